import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { migrations } from '../../migrations/index.ts'
import { registerDbMigrate } from '../../src/commands/db/migrate.ts'
import { ctrlC, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const changes = Object.entries(migrations).map(([name, { what }]) => ({ name, what }))
const names = changes.map(({ name }) => name)
const rows = (state: string) => changes.map(({ name, what }) => `${state}\t${what}\t${name}`)
const plainRows = changes.map(({ name, what }) => `${what}\t${name}`)
const fileOf = (home: string) => join(home, 'data', 'msp.sqlite')

/** As a newer msp leaves it. */
function addMigration(path: string, name: string): void {
  const database = new DatabaseSync(path)
  database.prepare('insert into kysely_migration values (?, ?)').run(name, '2027-01-01')
  database.close()
}

for (const [argv, expected] of [
  ['migrate', [{}]],
  ['migrate --dry-run --json=name', [{ dryRun: true, json: ['name'] }]],
] as const) {
  test(`msp db ${argv}`, async () => assert.deepEqual(await parsed(registerDbMigrate, argv), expected))
}

test('a SQLite file that does not exist is said, not made', async (t) => {
  const { msp, home } = await startMsp(t)
  assert.deepEqual(await msp('db', 'status'), {
    exitCode: 0,
    stdout: [`sqlite\t${fileOf(home)}\tnot made yet`, ...rows('pending')],
    stderr: ['The first command that needs the database makes it: msp init'],
  })
  assert.deepEqual(readdirSync(home), [])
})

test('the status of an empty file says what it lacks, and leaves the file as it is', async (t) => {
  const { msp, home } = await startMsp(t)
  mkdirSync(dirname(fileOf(home)))
  writeFileSync(fileOf(home), '')
  assert.deepEqual(await msp('db', 'status'), {
    exitCode: 0,
    stdout: [`sqlite\t${fileOf(home)}\tlacks ${changes.length} changes`, ...rows('pending')],
    stderr: ['Apply what is missing: msp db migrate'],
  })
  assert.deepEqual(readFileSync(fileOf(home)), Buffer.alloc(0))
})

test('a database is migrated once, and the status says so', async (t) => {
  const { msp, home } = await startMsp(t)
  const path = fileOf(home)
  assert.deepEqual(await msp('db', 'migrate'), { exitCode: 0, stdout: plainRows, stderr: [`Applied to ${path}:`] })
  const nothing = [`Nothing to do: ${path} has everything that this msp needs.`]
  assert.deepEqual(await msp('db', 'migrate'), { exitCode: 0, stdout: [], stderr: nothing })
  assert.deepEqual(await msp('db', 'migrate', '--dry-run'), { exitCode: 0, stdout: [], stderr: nothing })
  assert.deepEqual(await msp('db', 'status'), { exitCode: 0, stdout: [`sqlite\t${path}\tup to date`, ...rows('applied')], stderr: [] })
  const { exitCode, stderr, ...result } = await msp('db', 'status', '--json')
  assert.deepEqual([exitCode, stderr], [0, []])
  assert.deepEqual(JSON.parse(result.stdout.join('\n')), {
    ...{ engine: 'sqlite', place: path, exists: true, state: 'up to date' },
    ...{ applied: changes, pending: [], changes: [], differences: [], newer: [] },
  })
})

test('a dry run shows what would be applied, and makes nothing', async (t) => {
  const { msp, home } = await startMsp(t)
  assert.deepEqual(await msp('db', 'migrate', '--dry-run'), {
    exitCode: 0,
    stdout: plainRows,
    stderr: [`Would be applied to ${fileOf(home)}:`],
  })
  assert.deepEqual((await msp('db', 'migrate', '--dry-run', '--json')).json(), changes)
  assert.equal(existsSync(fileOf(home)), false)
})

test('a database newer than this msp is said, refused and not touched', async (t) => {
  const { msp, home } = await startMsp(t)
  const path = fileOf(home)
  await msp('db', 'migrate')
  addMigration(path, '999_teleport')
  const before = readFileSync(path)
  const refusal = [
    'The database was changed by a newer msp (999_teleport). Nothing was touched.',
    'Install the newest msp on this machine too.',
  ]
  assert.deepEqual(await msp('db', 'status'), {
    exitCode: 1,
    stdout: [`sqlite\t${path}\tnewer than this msp`, ...rows('applied'), 'newer\tmade by a newer msp\t999_teleport'],
    stderr: refusal,
  })
  for (const argv of [['db', 'migrate'], ['record', 'list'], ['key', 'status'], ['init']]) {
    assert.deepEqual(await msp(...argv), { exitCode: 1, stdout: [], stderr: refusal }, argv.join(' '))
  }
  assert.deepEqual(readFileSync(path), before)
})

test('a file that is no database is said', async (t) => {
  const { msp, home } = await startMsp(t)
  mkdirSync(dirname(fileOf(home)))
  writeFileSync(fileOf(home), 'Dear diary, '.repeat(100))
  for (const verb of ['status', 'migrate']) {
    assert.deepEqual(await msp('db', verb), {
      exitCode: 1,
      stdout: [],
      stderr: [`${fileOf(home)} is not a database of msp.`, 'Move that file away, or choose another folder with MSP_HOME.'],
    })
  }
})

test('a MariaDB that is down is a sentence, without user and password', async (t) => {
  const { msp } = await startMsp(t, { env: { MSP_DATABASE_URL: 'mysql://msp:s3cret@127.0.0.1:1/msp' } })
  const stderr = [
    'The database at 127.0.0.1:1/msp does not answer (ECONNREFUSED).',
    'Check that it runs and that this machine can reach it, then: msp db status',
  ]
  for (const argv of [['db', 'status'], ['db', 'migrate', '--yes'], ['record', 'list'], ['init'], ['key', 'status']]) {
    assert.deepEqual(await msp(...argv), { exitCode: 1, stdout: [], stderr }, argv.join(' '))
  }
})

test('MariaDB: an empty database is shown and not changed; it is changed when somebody says so', async (t) => {
  const running = await startMsp(t, { engine: 'mariadb', migrated: false })
  if (running === undefined) return
  const { msp, env } = running
  const place = env.MSP_DATABASE_URL?.replace(/^.*@/, '')
  const lacking = {
    exitCode: 0,
    stdout: [`mariadb\t${place}\tlacks ${changes.length} changes`, ...rows('pending')],
    stderr: ['Apply what is missing: msp db migrate'],
  }
  assert.deepEqual(await msp('db', 'status'), lacking)
  const list = [`${place} lacks ${changes.length} changes:`, ...changes.map(({ what }) => `  ${what}`)]
  assert.deepEqual(await msp('db', 'migrate'), {
    exitCode: 2,
    stdout: [],
    stderr: [
      ...list,
      'This needs an answer: Apply now? Everybody who works with this database gets it. (y/n)',
      'Without a terminal, give it with --yes.',
    ],
  })
  const refusal = [`The database ${place} lacks ${changes.length} changes of this msp.`, 'See: msp db status · apply: msp db migrate --yes']
  assert.deepEqual(await msp('record', 'list'), { exitCode: 1, stdout: [], stderr: refusal })
  assert.deepEqual(await msp('db', 'status'), lacking)
  assert.deepEqual(await msp('db', 'migrate', '--yes'), { exitCode: 0, stdout: plainRows, stderr: [...list, `Applied to ${place}:`] })
  assert.deepEqual((await msp('db', 'status', '--json=engine,place,exists,state')).json(), {
    ...{ engine: 'mariadb', place, exists: true, state: 'up to date' },
  })
})

test('MariaDB: a person is asked, and no means no', async (t) => {
  const running = await startMsp(t, { engine: 'mariadb', migrated: false, terminal: true })
  if (running === undefined) return
  const { msp, tell, asked } = running
  const question = 'Apply now? Everybody who works with this database gets it.'
  tell([false, ctrlC])
  for (const sentence of ['Nothing was changed.', 'Cancelled.']) {
    const { exitCode, stdout, stderr } = await msp('db', 'migrate')
    assert.deepEqual([exitCode, stdout, stderr.at(-1)], [130, [], sentence])
  }
  tell([true])
  assert.equal((await msp('db', 'migrate')).exitCode, 0)
  assert.deepEqual(asked, [question, question, question])
  const { applied } = (await msp('db', 'status', '--json=applied')).json()
  assert.deepEqual(
    applied,
    names.map((name, index) => ({ name, what: changes[index]?.what })),
  )
})
