import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { migrations } from '../../migrations/index.ts'
import { makeOwnerDatabase, type OwnerDb, openOwnerDb } from '../db/owner-database.ts'
import { startMsp } from '../support/msp.ts'

const changes = Object.entries(migrations).map(([name, { what }]) => ({ name, what }))
/** What is left to do after 7 of them. */
const left = changes.slice(7)

/** msp where the owner's tables are, as an msp of `applied` migrations left them; undefined, and the test is skipped, without MariaDB. */
async function startAtOwners(t: TestContext, engine: 'sqlite' | 'mariadb', applied = 0, change?: (db: OwnerDb) => Promise<unknown>) {
  const running = engine === 'mariadb' ? await startMsp(t, { engine, migrated: false }) : await startMsp(t)
  if (running === undefined) return undefined
  const file = join(running.home, 'data', 'msp.sqlite')
  mkdirSync(dirname(file), { recursive: true })
  await makeOwnerDatabase(running.env.MSP_DATABASE_URL ?? file, applied, change)
  return { ...running, file, place: running.env.MSP_DATABASE_URL ?? file }
}

const onSqlite = [
  {
    name: 'external_integrations',
    what: 'wider type: created_at; CHECK: integration_type',
  },
  {
    name: 'integration_credentials',
    what: 'adds owner, account_id, account_name, account_email, gen, state, lease_owner, lease_until; wider type: oauth_expires_at, last_tested_at, last_used_at, created_at, updated_at; no more UNIQUE: (integration_name); UNIQUE: (integration_name, owner); CHECK: state',
  },
  {
    name: 'ticket_links',
    what: 'adds vendor_status, vendor_priority; wider type: last_synced_at, created_at, updated_at; UNIQUE: (session_id, integration_type, ticket_id)',
  },
  {
    name: 'backup_log',
    what: 'may be empty now: file_size_bytes, backup_completed_at; wider type: backup_started_at, backup_completed_at, verification_completed_at, scheduled_deletion_date, deleted_at, created_at; CHECK: file_size_bytes, backup_completed_at, backup_status',
  },
]

test('what an adoption would change is shown before it is done, by status and dry run, and nothing is changed', async (t) => {
  const running = await startAtOwners(t, 'sqlite')
  assert.ok(running)
  const { msp, file } = running
  const before = readFileSync(file)
  assert.deepEqual(await msp('db', 'status'), {
    exitCode: 0,
    stdout: [
      `sqlite\t${file}\tlacks ${changes.length} changes`,
      ...changes.map(({ name, what }) => `pending\t${what}\t${name}`),
      ...onSqlite.map(({ name, what }) => `changes\t${what}\t${name}`),
    ],
    stderr: ['Apply what is missing: msp db migrate'],
  })
  assert.deepEqual((await msp('db', 'status', '--json=changes,differences')).json(), {
    changes: onSqlite.map(({ name, what }) => ({ table: name, what })),
    differences: [],
  })
  assert.deepEqual(await msp('db', 'migrate', '--dry-run'), {
    exitCode: 0,
    stdout: [...changes, ...onSqlite].map(({ name, what }) => `${what}\t${name}`),
    stderr: [`Would be applied to ${file}:`],
  })
  assert.deepEqual((await msp('db', 'migrate', '--dry-run', '--json')).json(), [...changes, ...onSqlite])
  assert.deepEqual(readFileSync(file), before)
})

test('on a terminal each thing that becomes of a table is a line', async (t) => {
  const { msp, home } = await startMsp(t, { terminal: true })
  const file = join(home, 'data', 'msp.sqlite')
  mkdirSync(dirname(file))
  await makeOwnerDatabase(file, 7)
  const lines = onSqlite.flatMap(({ name, what }) => [name, ...what.split('; ').map((part) => `  ${part}`)])
  const heading = /^WHAT +NAME$/
  const planned = await msp('db', 'migrate', '--dry-run')
  assert.match(planned.stdout[0] ?? '', heading)
  assert.deepEqual(planned.stdout.slice(1 + left.length), lines)
  const status = await msp('db', 'status')
  assert.deepEqual([status.exitCode, status.stdout.slice(-lines.length)], [0, lines])
  const db = await openOwnerDb(file)
  await sql`drop table time_entries`.execute(db)
  await db.destroy()
  const differing = await msp('db', 'status')
  assert.deepEqual([differing.exitCode, differing.stdout.at(-1)], [1, 'time_entries is missing, which 006_outbox_and_time has made'])
})

test('MariaDB: who is asked sees what happens to the tables that were there', async (t) => {
  const running = await startAtOwners(t, 'mariadb', 7)
  if (running === undefined) return
  const { msp, place } = running
  const shown = place.replace(/^.*@/, '')
  const { stderr, ...result } = await msp('db', 'migrate', '--yes')
  assert.deepEqual(result, { exitCode: 0, stdout: left.map(({ name, what }) => `${what}\t${name}`) })
  assert.deepEqual(
    stderr.map((line) => /^ {4}\w+: /.exec(line)?.[0] ?? line),
    [
      `${shown} lacks ${left.length} changes:`,
      ...left.map(({ what }) => `  ${what}`),
      ...onSqlite.map(({ name }) => `    ${name}: `),
      `Applied to ${shown}:`,
    ],
  )
  assert.deepEqual((await msp('db', 'status', '--json=state,changes,differences')).json(), {
    ...{ state: 'up to date', changes: [], differences: [] },
  })
})

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`tables of another shape are refused by every command with one list (${engine})`, async (t) => {
    const running = await startAtOwners(t, engine, 0, (db) => sql`alter table sessions rename column machine to host`.execute(db))
    if (running === undefined) return
    const { msp, place } = running
    const lines = ['sessions lacks machine (varchar(255))', 'sessions.host must not be empty and has no default, msp does not know it']
    const sentence = 'The database holds tables that msp cannot take over as they are. Nothing was changed.'
    const hint = 'Mend that by hand, or give msp a database of its own, then: msp db status'
    const refusal = { exitCode: 1, stdout: [], stderr: [sentence, ...lines.map((line) => `  ${line}`), hint] }
    for (const argv of [
      ['db', 'migrate', '--yes'],
      ['db', 'migrate', '--dry-run'],
      ['record', 'list'],
      ['init', '--yes'],
      ['session', 'list'],
    ])
      assert.deepEqual(await msp(...argv), refusal, argv.join(' '))
    const shown = engine === 'sqlite' ? place : place.replace(/^.*@/, '')
    assert.deepEqual(await msp('db', 'status'), {
      exitCode: 1,
      stdout: [
        `${engine}\t${shown}\thas tables that msp cannot use`,
        ...changes.map(({ name, what }) => `pending\t${what}\t${name}`),
        ...lines.map((line) => `differs\t${line}\t`),
      ],
      stderr: [sentence, hint],
    })
  })

  test(`the status does not trust the list of migrations where the tables say otherwise (${engine})`, async (t) => {
    const running = await startAtOwners(t, engine, 7)
    if (running === undefined) return
    const { msp, place } = running
    assert.equal((await msp('db', 'migrate', '--yes')).exitCode, 0)
    const db = await openOwnerDb(place)
    await sql`drop table time_entries`.execute(db)
    await sql`alter table ticket_links rename column vendor_status to old_status`.execute(db)
    await db.destroy()
    assert.deepEqual((await msp('db', 'status', '--json=state,applied,differences')).json(), {
      state: 'has tables that msp cannot use',
      applied: changes,
      differences: ['time_entries is missing, which 006_outbox_and_time has made', 'ticket_links lacks vendor_status (varchar(255))'],
    })
    assert.deepEqual((await msp('db', 'migrate', '--yes')).exitCode, 1)
  })

  test(`a key that something else wrote is listed, said not to be sealed by msp, and removed (${engine})`, async (t) => {
    const running = await startAtOwners(t, engine)
    if (running === undefined) return
    const { msp } = running
    assert.equal((await msp('db', 'migrate', '--yes')).exitCode, 0)
    const list = (await msp('integrate', 'list', '--json=integration,owner,type,writesAs,state')).json()
    assert.deepEqual(list, [
      { integration: 'msp-backups', owner: 'team', type: 'api_key', writesAs: null, state: 'ok' },
      { integration: 'syncro', owner: 'team', type: 'oauth', writesAs: null, state: 'ok' },
      { integration: 'zapier', owner: 'team', type: 'bearer_token', writesAs: null, state: 'ok' },
    ])
    const otherKind = 'The stored key of MSP Backups is of another kind than it takes today.'
    const foreign =
      'The value in integration_credentials.oauth_client_secret_encrypted, row 01980000-0000-7000-8000-000000020000 (the key of syncro), was not sealed by msp.'
    const tested = await msp('integrate', 'test', '--json=integration,status,error')
    assert.deepEqual(
      [tested.exitCode, tested.json()],
      [
        1,
        [
          { integration: 'msp-backups', status: 'auth_failed', error: otherKind },
          { integration: 'syncro', status: 'auth_failed', error: foreign },
        ],
      ],
    )
    assert.deepEqual(await msp('backup', 'report', '--client', 'Dataforth'), {
      exitCode: 4,
      stdout: [],
      stderr: [otherKind, 'Connect it again: msp integrate msp-backups'],
    })
    assert.deepEqual(await msp('ticket', 'show', 'T12345'), {
      exitCode: 1,
      stdout: [],
      stderr: [foreign, 'Something else wrote it. Connect that system again: msp integrate'],
    })
    for (const id of ['syncro', 'msp-backups']) assert.equal((await msp('integrate', 'remove', id, '--yes')).exitCode, 0)
    assert.deepEqual((await msp('integrate', 'list', '--json=integration')).json(), [{ integration: 'zapier' }])
    assert.equal((await msp('record', 'list', '--json=id')).json().length, 5)
  })
}
