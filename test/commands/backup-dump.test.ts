import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { dumpDatabase, nameUnfinished } from '../../src/backups/dump.ts'
import { registerBackupDump } from '../../src/commands/backup/dump.ts'
import { sha256 } from '../backups/archives.ts'
import { now } from '../clients/working.ts'
import { temporaryFolder } from '../support/engines.ts'
import { startMsp } from '../support/msp.ts'
import { onFullDisk, runMspBehind } from '../support/msp-child.ts'
import { parsed } from '../support/recording.ts'

const sh = (command: string) => promisify(execFile)('sh', ['-c', command])

/** A clock that goes on by a second with each look. */
function ticking() {
  let seconds = 0
  return () => new Date(now.getTime() + 1000 * seconds++)
}

for (const [argv, expected] of [
  ['dump', { type: 'manual' }],
  ['dump --to /mnt/nas --keep 14 --type daily --json=id', { type: 'daily', to: '/mnt/nas', keep: 14, json: ['id'] }],
] as const) {
  test(`msp backup ${argv}`, async () => assert.deepEqual(await parsed(registerBackupDump, argv), [expected]))
}

test('SQLite: the dump is compressed, for this user alone, logged, good, and comes back by the command that is printed', async (t) => {
  const { msp, home } = await startMsp(t, { now: () => now })
  await msp('client', 'add', 'Dataforth')
  const { exitCode, stdout, stderr } = await msp('backup', 'dump')
  const [folder, name] = [join(home, 'data', 'backups'), 'msp-2026-01-15T21-32-00Z-laptop.sqlite.gz']
  const file = join(folder, name)
  assert.deepEqual([exitCode, readdirSync(folder), stderr.at(-2)], [0, [name], 'Put it back, while nobody uses msp, with:'])
  assert.deepEqual([statSync(folder).mode & 0o777, statSync(file).mode & 0o777], [0o700, 0o600])
  const content = readFileSync(file)
  const fields =
    'client,backupType,backupSource,backupStatus,filePath,fileSizeBytes,storageLocation,databaseName,backupMethod,compressionType,checksum'
  const [{ id, ...row }] = (await msp('backup', 'list', `--json=id,${fields}`)).json()
  assert.deepEqual(row, {
    ...{
      client: null,
      backupType: 'manual',
      backupSource: 'local',
      backupStatus: 'completed',
      filePath: file,
      fileSizeBytes: content.length,
    },
    ...{
      storageLocation: 'laptop',
      databaseName: 'msp.sqlite',
      backupMethod: 'sqlite',
      compressionType: 'gzip',
      checksum: sha256(content),
    },
  })
  assert.deepEqual(stdout, [[id, file, content.length, sha256(content)].join('\t')])
  for (const method of ['checksum', 'test_restore']) assert.equal((await msp('backup', 'verify', id, '--method', method)).exitCode, 0)
  await msp('client', 'add', 'Grabb')
  await sh(stderr.at(-1) ?? '')
  assert.deepEqual((await msp('client', 'list', '--json=name')).json(), [{ name: 'Dataforth' }])
})

test('MariaDB: the dump is logged, and comes back by the command that is printed; one that fails is logged with the reason and leaves no half file', async (t) => {
  const running = await startMsp(t, { engine: 'mariadb', now: () => now })
  if (running === undefined) return
  const { msp, home, env } = running
  await msp('client', 'add', 'Däta "forth" 🙂')
  const { exitCode, stderr } = await msp('backup', 'dump', '--to', join(home, 'my dumps'), '--type', 'daily')
  assert.deepEqual([exitCode, readdirSync(join(home, 'my dumps'))], [0, ['msp-2026-01-15T21-32-00Z-laptop.sql.gz']])
  const url = new URL(env.MSP_DATABASE_URL ?? '')
  const [row] = (await msp('backup', 'list', '--json=backupType,backupMethod,databaseHost,databaseName')).json()
  assert.deepEqual(row, {
    backupType: 'daily',
    backupMethod: 'mariadb-dump',
    databaseHost: url.hostname,
    databaseName: url.pathname.slice(1),
  })
  await msp('client', 'add', 'Grabb')
  await sh(stderr.at(-1) ?? '')
  assert.deepEqual((await msp('client', 'list', '--json=name')).json(), [{ name: 'Däta "forth" 🙂' }])
  // stands for one that dies on the way
  const bin = join(home, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'mariadb-dump'),
    '#!/bin/sh\necho "-- MariaDB dump"\necho "mariadb-dump: Got error: 2013: Lost connection" >&2\nexit 3\n',
    { mode: 0o755 },
  )
  const path = process.env.PATH
  process.env.PATH = `${bin}:${path}`
  t.after(() => {
    process.env.PATH = path
  })
  const dumping = ['backup', 'dump', '--to', join(home, 'dumps')]
  const reason = 'mariadb-dump failed: mariadb-dump: Got error: 2013: Lost connection.'
  const hint = 'See that the database answers and its user may read all of it: msp db status'
  assert.deepEqual(await msp(...dumping), { exitCode: 1, stdout: [], stderr: [reason, hint] })
  assert.deepEqual(readdirSync(join(home, 'dumps')), [])
  const [failed] = (await msp('backup', 'list', '--json=backupStatus,errorMessage,fileSizeBytes')).json()
  assert.deepEqual(failed, { backupStatus: 'failed', errorMessage: reason, fileSizeBytes: null })
  // and for one that ends well, and wrote not all
  writeFileSync(join(bin, 'mariadb-dump'), '#!/bin/sh\necho "-- MariaDB dump"\n', { mode: 0o755 })
  const { exitCode: incomplete, stderr: said } = await msp(...dumping)
  assert.deepEqual([incomplete, said[0]], [1, 'mariadb-dump ended without saying that its dump is complete.'])
  assert.deepEqual(readdirSync(join(home, 'dumps')), [])
})

test('older dumps of that folder are deleted and marked, what is not of this log stays', async (t) => {
  const { msp, home } = await startMsp(t, { now: ticking() })
  const folder = join(home, 'dumps')
  await msp('backup', 'dump')
  for (const _ of [1, 2, 3]) await msp('backup', 'dump', '--to', folder)
  writeFileSync(join(folder, 'msp-2020-01-15T21-32-00Z-laptop.sqlite.gz'), "another msp's")
  const { exitCode, stderr } = await msp('backup', 'dump', '--to', folder, '--keep', '2')
  assert.deepEqual([exitCode, stderr[3]], [0, 'Deleted 2 older dumps, and marked that in the log.'])
  const rows = (await msp('backup', 'list', '--json=fileName,filePath,backupStatus')).json()
  assert.deepEqual(
    rows.map((row: { backupStatus: string }) => row.backupStatus),
    ['completed', 'completed', 'deleted', 'deleted', 'completed'],
  )
  const kept = rows.slice(0, 2).map((row: { fileName: string }) => row.fileName)
  assert.deepEqual(readdirSync(folder).toSorted(), ['msp-2020-01-15T21-32-00Z-laptop.sqlite.gz', ...kept].toSorted())
  assert.equal(readdirSync(join(home, 'data', 'backups')).length, 1)
})

test('what somebody logged by hand is no dump, whatever its row says, and the new dump stays when the clock went back', async (t) => {
  let time = now.getTime()
  const { msp, home } = await startMsp(t, { now: () => new Date(time) })
  const folder = join(home, 'dumps')
  await msp('backup', 'dump', '--to', folder)
  const [dump = ''] = readdirSync(folder)
  writeFileSync(join(folder, 'crm.sqlite.gz'), 'of another program')
  // the last one tells of the dump once more
  for (const name of ['crm.sqlite.gz', dump]) {
    const logging = ['backup', 'log', join(folder, name), '--source', 'local', '--method', 'sqlite', '--location', 'laptop']
    assert.equal((await msp(...logging, '--started', '2025-01-15 02:00', '--ended', '2025-01-15 02:10')).exitCode, 0)
  }
  time -= 60_000
  const two = await msp('backup', 'dump', '--to', folder, '--keep', '2')
  const earlier = 'msp-2026-01-15T21-31-00Z-laptop.sqlite.gz'
  assert.deepEqual([two.stderr.length, readdirSync(folder).toSorted()], [3, ['crm.sqlite.gz', earlier, dump]])
  time -= 60_000
  const one = await msp('backup', 'dump', '--to', folder, '--keep', '1')
  assert.equal(one.stderr[3], 'Deleted 2 older dumps, and marked that in the log.')
  assert.deepEqual(readdirSync(folder), ['crm.sqlite.gz', 'msp-2026-01-15T21-30-00Z-laptop.sqlite.gz'])
  const rows = (await msp('backup', 'list', '--json=fileName,backupStatus')).json() as Array<{ fileName: string; backupStatus: string }>
  const left = rows.filter(({ backupStatus }) => backupStatus === 'completed').map(({ fileName }) => fileName)
  assert.deepEqual(left.toSorted(), readdirSync(folder))
})

test('of two dumps in one second into one folder one is made, and it is whole', async (t) => {
  const { msp, home } = await startMsp(t, { now: () => now })
  const folder = join(home, 'dumps')
  const name = 'msp-2026-01-15T21-32-00Z-laptop.sqlite.gz'
  await msp('client', 'add', 'Dataforth')
  const dumped = await Promise.all([1, 2].map(() => msp('backup', 'dump', '--to', folder)))
  const [good, refused] = dumped.toSorted((one, other) => one.exitCode - other.exitCode)
  assert.deepEqual([good?.exitCode, readdirSync(folder)], [0, [name]])
  assert.deepEqual(refused, { exitCode: 1, stdout: [], stderr: [`${join(folder, name)} is there already.`, 'Try again in a second.'] })
  const [{ id }] = (await msp('backup', 'list', '--status', 'completed', '--json=id')).json()
  assert.equal((await msp('backup', 'verify', id, '--method', 'checksum')).exitCode, 0)
})

test('what a killed process left of a dump is removed by the next one, and what another one is making or nobody knows stays', async (t) => {
  const { msp, home } = await startMsp(t, { now: () => now })
  const folder = join(home, 'dumps')
  mkdirSync(folder)
  const { pid: dead } = spawnSync('true')
  const [dump, earlier] = ['msp-2026-01-15T21-32-00Z-laptop.sqlite.gz', 'msp-2026-01-14T21-32-00Z-laptop.sqlite.gz']
  const left = nameUnfinished(earlier, dead)
  const stay = [
    nameUnfinished(earlier, process.ppid),
    nameUnfinished(earlier, dead).replace(/\.[0-9a-f]{6}-/, '.ffffff-'),
    nameUnfinished('crm.sqlite.gz', dead),
    `${earlier}.tmp`,
    earlier,
  ]
  for (const name of [left, `${left}.copy`, `${left}.copy-journal`, ...stay]) writeFileSync(join(folder, name), 'x')
  assert.equal((await msp('backup', 'dump', '--to', folder)).exitCode, 0)
  assert.deepEqual(readdirSync(folder).toSorted(), [dump, ...stay].toSorted())
})

test('a copy of a SQLite database that comes out empty is no dump', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'empty.sqlite'), '')
  const place = { engine: 'sqlite', path: join(folder, 'empty.sqlite') } as const
  const order = { place, folder: join(folder, 'dumps'), name: 'x.gz', required: 0, signal: new AbortController().signal }
  await assert.rejects(dumpDatabase(order), { code: 'storage', message: 'The copy of the database came out empty, or is none.' })
  assert.deepEqual(readdirSync(join(folder, 'dumps')), [])
})

test('an older dump that is another file now, or was logged for a client, stays', async (t) => {
  const { msp, home } = await startMsp(t, { now: ticking() })
  const folder = join(home, 'dumps')
  await msp('client', 'add', 'Dataforth')
  await msp('backup', 'dump', '--to', folder)
  const changed = join(folder, readdirSync(folder)[0] ?? '')
  const content = readFileSync(changed)
  content[20] = (content[20] ?? 0) ^ 1
  writeFileSync(changed, content)
  const theirs = join(folder, 'msp-2025-01-15T21-32-00Z-theirs.sqlite.gz')
  writeFileSync(theirs, 'theirs')
  const told = ['--source', 'local', '--method', 'sqlite', '--location', 'laptop', '--client', 'Dataforth']
  assert.equal((await msp('backup', 'log', theirs, ...told, '--started', '2025-01-15 02:00', '--ended', '2025-01-15 02:10')).exitCode, 0)
  const { exitCode, stderr } = await msp('backup', 'dump', '--to', folder, '--keep', '1')
  const left = `An older dump was not deleted: ${changed} is not the file that was logged. See what lies there: ls -l ${folder}`
  assert.deepEqual([exitCode, stderr.slice(3), readdirSync(folder).length], [0, [left], 3])
  assert.equal((await msp('backup', 'list', '--status', 'deleted', '--json')).json().length, 0)
})

test('an older dump that cannot be deleted is a warning after the new one is shown, and stays in the log', async (t) => {
  const { msp, home } = await startMsp(t, { now: ticking() })
  const folder = join(home, 'dumps')
  await msp('backup', 'dump', '--to', folder)
  const stuck = join(folder, readdirSync(folder)[0] ?? '')
  // a folder is not deleted like a file, not even by root
  rmSync(stuck)
  mkdirSync(stuck)
  const { exitCode, stdout, stderr } = await msp('backup', 'dump', '--to', folder, '--keep', '1')
  assert.deepEqual([exitCode, stdout.length, stderr[1]], [0, 1, 'Put it back, while nobody uses msp, with:'])
  assert.deepEqual(stderr.slice(3), [`An older dump was not deleted: ${stuck} is a folder. See what lies there: ls -l ${folder}`])
  const rows = (await msp('backup', 'list', '--json=backupStatus')).json()
  assert.deepEqual(rows, [{ backupStatus: 'completed' }, { backupStatus: 'completed' }])
})

test('older dumps that are not there, as on a disk that is not mounted, stay in the log, which says how to mark them', async (t) => {
  const { msp, home } = await startMsp(t, { now: ticking() })
  const [folder, away] = [join(home, 'nas'), join(home, 'away')]
  await msp('backup', 'dump', '--to', folder)
  const [name = ''] = readdirSync(folder)
  renameSync(folder, away)
  const { exitCode, stderr } = await msp('backup', 'dump', '--to', folder, '--keep', '1')
  const [, { id }] = (await msp('backup', 'list', '--json=id')).json()
  const gone = `An older dump was not deleted: ${join(folder, name)} is not there. If it is gone for good: msp backup delete-mark ${id}`
  assert.deepEqual([exitCode, stderr.slice(3), readdirSync(away)], [0, [gone], [name]])
  assert.equal((await msp('backup', 'list', '--status', 'deleted', '--json')).json().length, 0)
})

// once the look before is enough; once the database fits in, and its compressed copy beside it does not
for (const spare of [-260, 4]) {
  test(`a disk with ${spare < 0 ? 'too little' : 'hardly enough'} room is said, logged, and nothing is left there`, async (t) => {
    const { msp, home, env } = await startMsp(t)
    await msp('client', 'add', 'Dataforth')
    const size = Math.ceil(statSync(join(home, 'data', 'msp.sqlite')).size / 1024)
    const target = join(home, 'target')
    mkdirSync(target)
    writeFileSync(join(home, 'empty'), '')
    const disk = await onFullDisk(t, target, join(home, 'empty'), size + spare)
    if (disk === undefined) return
    const looking = ['sh', '-c', `"$@"; ls -A '${target}' >'${home}/left'`, 'sh']
    const { exitCode, stderr } = await runMspBehind([...disk, ...looking], env, 'backup', 'dump', '--to', target)
    assert.match(stderr[0] ?? '', /^Insufficient disk space on target\. Available: ([\d.]+KB|0 bytes), Required: [\d.]+KB$/)
    assert.deepEqual([exitCode, readFileSync(join(home, 'left'), 'utf8')], [1, 'empty\nfiller\n'])
    assert.deepEqual((await msp('backup', 'list', '--json=backupStatus,errorMessage')).json(), [
      { backupStatus: 'failed', errorMessage: stderr[0] },
    ])
  })
}

test('a folder that cannot be made is said, and logged', async (t) => {
  const { msp, home } = await startMsp(t)
  writeFileSync(join(home, 'file'), '')
  const { exitCode, stderr } = await msp('backup', 'dump', '--to', join(home, 'file', 'x'))
  assert.deepEqual(
    [exitCode, stderr],
    [1, ['The dump could not be written (ENOTDIR).', `See who may write there: ls -ld ${join(home, 'file', 'x')}`]],
  )
  assert.deepEqual((await msp('backup', 'list', '--json=errorMessage')).json(), [{ errorMessage: stderr[0] }])
})
