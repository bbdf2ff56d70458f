import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { makeOwnerDatabase } from '../db/owner-database.ts'
import { type Result, startMsp } from '../support/msp.ts'
import { onFullDisk, runMspBehind, withoutPower } from '../support/msp-child.ts'

/** msp with a database in which there is one client. */
async function startWithClient(t: TestContext) {
  const running = await startMsp(t, { limits: { lock: 20 } })
  const file = join(running.home, 'data', 'msp.sqlite')
  assert.equal((await running.msp('client', 'add', 'Bell & Sons')).exitCode, 0)
  return { ...running, file }
}

const refused = (...stderr: string[]): Result => ({ exitCode: 1, stdout: [], stderr })
const clients: Result = { exitCode: 0, stdout: ['Bell & Sons\t'], stderr: [] }
const readOnly = (file: string) =>
  refused(
    `The database ${file} cannot be written.`,
    'Check the rights of the file and of its folder, and that the disk is not mounted read-only.',
  )
const full = (file: string) => refused(`The disk of the database ${file} is full.`, 'Make room, then try again: nothing is half-written.')
const locked = (file: string) => refused(`The database ${file} is locked by another program.`, 'Close the other program, then try again.')

/** Runs `body` while a file or a folder has another mode. */
async function withMode(path: string, mode: number, body: () => Promise<void>): Promise<void> {
  chmodSync(path, mode)
  try {
    await body()
  } finally {
    chmodSync(path, 0o700)
  }
}

test('a read-only file is read; what would write to it is refused', async (t) => {
  const { env, file } = await startWithClient(t)
  const before = readFileSync(file)
  await withMode(file, 0o400, async () => {
    assert.deepEqual(await runMspBehind(withoutPower, env, 'client', 'list'), clients)
    assert.equal((await runMspBehind(withoutPower, env, 'db', 'status')).exitCode, 0)
    assert.deepEqual(await runMspBehind(withoutPower, env, 'client', 'add', 'Grabb'), readOnly(file))
  })
  assert.deepEqual(readFileSync(file), before)
})

test('a database in a read-only folder, where SQLite cannot make its own files, is refused', async (t) => {
  const { env, file } = await startWithClient(t)
  const before = readFileSync(file)
  await withMode(dirname(file), 0o500, async () => {
    for (const argv of [['client', 'list'], ['client', 'add', 'Grabb'], ['init']])
      assert.deepEqual(await runMspBehind(withoutPower, env, ...argv), readOnly(file), argv.join(' '))
  })
  assert.deepEqual(readFileSync(file), before)
})

test('a folder into which nobody may look is not taken for an empty one', async (t) => {
  const { env, file } = await startWithClient(t)
  const closed = refused(`The database ${file} cannot be opened.`, 'Check that its folder exists and that you may write there.')
  await withMode(dirname(file), 0, async () => {
    for (const argv of [
      ['db', 'status'],
      ['db', 'migrate'],
      ['client', 'list'],
    ])
      assert.deepEqual(await runMspBehind(withoutPower, env, ...argv), closed, argv.join(' '))
  })
})

test('an adoption of a read-only file is shown, and refused before anything is changed', async (t) => {
  const { env, home } = await startMsp(t)
  const file = join(home, 'data', 'msp.sqlite')
  mkdirSync(dirname(file))
  await makeOwnerDatabase(file, 7)
  const before = readFileSync(file)
  await withMode(file, 0o400, async () => {
    assert.equal((await runMspBehind(withoutPower, env, 'db', 'status')).exitCode, 0)
    for (const argv of [
      ['db', 'migrate'],
      ['client', 'list'],
    ])
      assert.deepEqual(await runMspBehind(withoutPower, env, ...argv), readOnly(file), argv.join(' '))
  })
  assert.deepEqual(readFileSync(file), before)
})

test('a home in which nothing may be made is said, by each command with what it wanted to make', async (t) => {
  const { env, home } = await startMsp(t)
  const folder = refused(`The folder ${home}/data cannot be made.`, `See what is there: ls -ld ${home}/data`)
  const settings = refused(`${home}/config/config.json could not be written (EACCES).`, `See who may write there: ls -ld ${home}/config`)
  await withMode(home, 0o500, async () => {
    for (const argv of [['db', 'migrate'], ['client', 'add', 'Grabb'], ['init']])
      assert.deepEqual(await runMspBehind(withoutPower, env, ...argv), folder, argv.join(' '))
    assert.deepEqual(await runMspBehind(withoutPower, env, 'config', 'set', 'comment.visibility', 'public'), settings)
  })
  assert.deepEqual(readdirSync(home), [])
})

for (const [room, works] of [
  [0, false],
  [40, true],
] as const) {
  test(`a disk with ${room} kB left is said to be full, and what was there stays`, async (t) => {
    const { env, file, home } = await startWithClient(t)
    copyFileSync(file, join(home, 'msp.sqlite'))
    const disk = await onFullDisk(t, dirname(file), join(home, 'msp.sqlite'), room)
    if (disk === undefined) return
    assert.deepEqual(await runMspBehind(disk, env, 'client', 'list'), works ? clients : full(file))
    assert.deepEqual(await runMspBehind(disk, env, 'client', 'add', 'Grabb'), full(file))
  })
}

test('an adoption for which the disk has no room is refused and leaves every table as it was', async (t) => {
  const { env, home } = await startMsp(t)
  const [file, copy] = [join(home, 'data', 'msp.sqlite'), join(home, 'msp.sqlite')]
  mkdirSync(dirname(file))
  await makeOwnerDatabase(copy, 7)
  for (const room of [0, 60, 200]) {
    const disk = await onFullDisk(t, dirname(file), copy, room)
    if (disk === undefined) return
    assert.deepEqual(await runMspBehind(disk, env, 'db', 'migrate'), full(file), `${room} kB`)
  }
  const disk = await onFullDisk(t, dirname(file), copy, 60)
  // twice on one disk, which is gone when the process behind it ends: what was refused first is still to be done
  const twice = ['sh', '-c', '"$@" db migrate >/dev/null </dev/null; exec "$@" db status --json=pending,changes', 'sh']
  const left = await runMspBehind([...(disk ?? []), ...twice], env)
  const { pending, changes } = JSON.parse(left.stdout.join('\n'))
  assert.deepEqual(
    [left.exitCode, pending.map(({ name }: { name: string }) => name), changes.length],
    [0, ['008_adopted_tables', '009_backup_proof', '010_rate_limits'], 4],
  )
})

test('a database that another program writes to is read; it is locked for what would write', async (t) => {
  const { msp, file } = await startWithClient(t)
  const other = new DatabaseSync(file)
  t.after(() => other.close())
  other.exec('begin immediate')
  assert.deepEqual(await msp('client', 'list'), clients)
  assert.deepEqual(await msp('client', 'add', 'Grabb'), locked(file))
  other.exec('rollback')
  assert.equal((await msp('client', 'add', 'Grabb')).exitCode, 0)
})

test('a database that another program holds alone is locked for every command', async (t) => {
  const { msp, file } = await startWithClient(t)
  const other = new DatabaseSync(file)
  t.after(() => other.close())
  other.exec('pragma journal_mode = delete; begin exclusive')
  for (const argv of [['db', 'status'], ['db', 'migrate'], ['client', 'list'], ['client', 'add', 'Grabb'], ['init'], ['key', 'status']])
    assert.deepEqual(await msp(...argv), locked(file), argv.join(' '))
  other.exec('rollback')
  assert.deepEqual(await msp('client', 'list'), clients)
})

test('a database with a damaged page is said to be damaged', async (t) => {
  const { msp, file } = await startWithClient(t)
  assert.equal((await msp('session', 'start', '--client', 'Bell')).exitCode, 0)
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xff, 4096))
  assert.deepEqual(await msp('client', 'list'), refused(`The database ${file} is damaged.`, 'Put it back from your last backup.'))
})
