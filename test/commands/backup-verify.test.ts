import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { registerBackupVerify } from '../../src/commands/backup/verify.ts'
import { sha256, toTar, toZip } from '../backups/archives.ts'
import { now } from '../clients/working.ts'
import { temporaryFolder } from '../support/engines.ts'
import { hasMariaDb } from '../support/mariadb.ts'
import { type StartOptions, startMsp } from '../support/msp.ts'
import { onFullDisk, runMspBehind } from '../support/msp-child.ts'
import { scriptFile } from '../support/processes.ts'
import { parsed } from '../support/recording.ts'

type Given = Omit<StartOptions, 'engine' | 'sandbox'>

/** msp with a folder for files: `log` writes one, logs it and gives its id, `verify` verifies it and gives what is said and kept. */
async function startWithFiles(t: TestContext, options: Given = {}) {
  const running = await startMsp(t, { now: () => now, ...options })
  const { msp, home } = running
  const log = async (name: string, content: string | Buffer, ...more: string[]): Promise<string> => {
    const path = join(home, 'files', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    const times = ['--started', '2026-01-15 02:00', '--ended', '2026-01-15 02:10']
    return (await msp('backup', 'log', path, ...times, ...more, '--json=id')).json().id
  }
  const verify = async (id: string, method: string, ...more: string[]) => {
    const { exitCode, stderr } = await msp('backup', 'verify', id.slice(-8), '--method', method, ...more)
    return { exitCode, said: stderr[0], ...(await readRow(id)) }
  }
  const readRow = async (id: string) => {
    const rows = (await msp('backup', 'list', '--json')).json()
    const row = rows.find((each: { id: string }) => each.id === id)
    // how long it took differs from run to run; what came before has a test of its own
    const { duration_ms, earlier, ...details } = row.verificationDetails ?? {}
    return { status: row.verificationStatus, by: row.verificationMethod, at: row.verificationCompletedAt, details }
  }
  return { ...running, files: join(home, 'files'), log, verify, readRow }
}

const mine = { machine: 'laptop', technician: 'mike@example.com' }
const at = now.toISOString()
const unverified = { status: 'not_verified', by: null, at: null, details: {} }

for (const [argv, expected] of [
  ['verify 3f2a --method checksum', ['3f2a', { method: 'checksum' }]],
  ['verify 3f2a --method file_count --expect 12 --json=id', ['3f2a', { method: 'file_count', expect: 12, json: ['id'] }]],
  ['verify 3f2a --method manual --note Opened. --failed', ['3f2a', { method: 'manual', note: 'Opened.', failed: true }]],
] as const) {
  test(`msp backup ${argv}`, async () => assert.deepEqual(await parsed(registerBackupVerify, argv), expected))
}

test('checksum: a file that is what it was passes; one that is not fails, with both sums as evidence', async (t) => {
  const { files, log, verify } = await startWithFiles(t)
  const id = await log('a.bin', 'hello')
  const sums = { algorithm: 'sha256', expected_checksum: sha256('hello'), compared_with: ['the log'], bytes: 5, ...mine }
  const kept = { by: 'checksum', at }
  assert.deepEqual(await verify(id, 'checksum'), {
    ...{ exitCode: 0, said: 'a.bin passed: checksum.', status: 'passed', ...kept },
    details: { ...sums, checksum_valid: true, found_checksum: sha256('hello') },
  })
  writeFileSync(join(files, 'a.bin'), 'hellO')
  assert.deepEqual(await verify(id, 'checksum'), {
    ...{ exitCode: 1, said: 'a.bin did not pass: The checksum of the file is not the one in the log.', status: 'failed', ...kept },
    details: {
      ...sums,
      checksum_valid: false,
      found_checksum: sha256('hellO'),
      reason: 'The checksum of the file is not the one in the log.',
    },
  })
})

test('checksum: without one there is nothing to compare with, which is no pass; the file beside says it too', async (t) => {
  const { files, log, verify } = await startWithFiles(t)
  const id = await log('a.bin', 'hello', '--no-checksum')
  const nothing = 'There is nothing to compare with: no checksum in the log, and none beside the file.'
  assert.deepEqual(await verify(id, 'checksum'), { exitCode: 3, said: nothing, ...unverified })
  writeFileSync(join(files, 'a.bin.md5'), 'soon')
  assert.deepEqual(await verify(id, 'checksum'), {
    ...{ exitCode: 3, said: `${join(files, 'a.bin.md5')} holds no MD5 checksum of a.bin.` },
    ...unverified,
  })
  writeFileSync(join(files, 'a.bin.md5'), '5d41402abc4b2a76b9719d911017c592 *a.bin\n00000000000000000000000000000000 *b.bin\n')
  const { status, details } = await verify(id, 'checksum')
  assert.deepEqual([status, details.algorithm, details.compared_with], ['passed', 'md5', ['a.bin.md5']])
})

test('a file that is not on this machine is not checked, and the row stays as it was', async (t) => {
  const { files, log, verify } = await startWithFiles(t)
  const id = await log('a.zip', toZip([{ name: 'a' }]))
  const before = await verify(id, 'file_count')
  rmSync(join(files, 'a.zip'))
  const said = `${join(files, 'a.zip')} is not on this machine.`
  for (const method of ['checksum', 'file_count', 'test_restore'])
    assert.deepEqual(await verify(id, method), { ...before, exitCode: 3, said })
})

test('what failed, is in progress or was deleted is not verified', async (t) => {
  const { msp, log, verify } = await startWithFiles(t)
  const deleted = await log('gone.zip', 'x')
  await msp('backup', 'delete-mark', deleted, '--yes')
  const { stderr } = await msp('backup', 'verify', deleted, '--method', 'checksum')
  assert.deepEqual(stderr, [
    'gone.zip was marked as deleted 2026-01-15: there is nothing to verify.',
    'See which can be: msp backup list --status completed',
  ])
  const { id } = (await msp('backup', 'log', '/mnt/x', '--started', '02:00', '--status', 'failed', '--json=id')).json()
  assert.deepEqual(await verify(id, 'manual', '--note', 'x'), { exitCode: 3, said: 'x failed: there is nothing to verify.', ...unverified })
})

test('file_count: the first count is kept, another verification does not forget it, and a later one must find as many', async (t) => {
  const { files, log, verify } = await startWithFiles(t)
  const id = await log('a.tar.gz', gzipSync(toTar([{ name: 'a' }, { name: 'b' }])))
  assert.deepEqual((await verify(id, 'file_count')).details, { files_verified: 2, ...mine })
  assert.equal((await verify(id, 'checksum')).details.files_expected, 2)
  writeFileSync(join(files, 'a.tar.gz'), gzipSync(toTar([{ name: 'a' }])))
  const reason = 'It holds 1 file, and 2 were expected.'
  const evidence = { files_verified: 1, files_expected: 2, expected_by: 'the verification before', reason, ...mine }
  for (const _ of [1, 2]) {
    const { exitCode, said, details } = await verify(id, 'file_count')
    assert.deepEqual([exitCode, said, details], [1, `a.tar.gz did not pass: ${reason}`, evidence])
  }
  assert.deepEqual((await verify(id, 'file_count', '--expect', '1')).status, 'passed')
})

test('an archive or a folder without a file is no backup', async (t) => {
  const { home, msp, log, verify } = await startWithFiles(t)
  const reason = 'There is no file in it.'
  for (const [name, content] of [
    ['a.zip', toZip([])],
    ['b.tar.gz', gzipSync(toTar([{ name: 'folder/', type: 'Directory' }]))],
  ] as const) {
    const id = await log(name, content)
    const said = { exitCode: 1, said: `${name} did not pass: ${reason}`, status: 'failed', at }
    const counted = { files_verified: 0, reason, ...mine }
    assert.deepEqual(await verify(id, 'file_count'), { ...said, by: 'file_count', details: counted })
    const { status, details } = await verify(id, 'test_restore')
    assert.deepEqual([status, details.restore_test_successful, details.reason], ['failed', false, reason])
  }
  mkdirSync(join(home, 'empty', 'folder'), { recursive: true })
  const { id } = (await msp('backup', 'log', join(home, 'empty'), '--json=id')).json()
  assert.equal((await verify(id, 'file_count')).said, `empty did not pass: ${reason}`)
})

test('test_restore: an archive is unpacked beside nothing, and what came out is evidence', async (t) => {
  const { log, verify } = await startWithFiles(t)
  // its own, so that nothing else lies there
  const temporary = temporaryFolder(t)
  const before = process.env.TMPDIR
  process.env.TMPDIR = temporary
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  const good = await log(
    'a.zip',
    toZip([
      { name: 'a/b', content: 'hello' },
      { name: 'link', linkTo: '/' },
    ]),
  )
  assert.deepEqual(await verify(good, 'test_restore'), {
    ...{ exitCode: 0, said: 'a.zip passed: test restore.', status: 'passed', by: 'test_restore', at },
    details: { restore_test_successful: true, files_verified: 2, checksum_valid: true, bytes: 5, links: 1, ...mine },
  })
  const bad = await log('b.zip', toZip([{ name: '../a', content: 'hello' }]))
  const reason = 'The archive names a file outside of itself, "../a"; msp unpacks nothing of it.'
  assert.deepEqual(await verify(bad, 'test_restore'), {
    ...{ exitCode: 1, said: `b.zip did not pass: ${reason}`, status: 'failed', by: 'test_restore', at },
    details: { restore_test_successful: false, reason, ...mine },
  })
  const unknown = await log('c.vbk', 'x')
  assert.deepEqual([(await verify(unknown, 'test_restore')).exitCode, (await verify(unknown, 'file_count')).exitCode], [3, 3])
  assert.deepEqual(readdirSync(temporary), [])
})

test("what msp's own limits keep it from looking into is not checked, and the row stays as it was", async (t) => {
  const { log, verify } = await startWithFiles(t)
  const encrypted = await log('a.zip', toZip([{ name: 'a', content: 'hello', encrypted: true }]))
  const said = 'The archive is encrypted, and msp cannot look into it.'
  assert.deepEqual(await verify(encrypted, 'test_restore'), { exitCode: 3, said, ...unverified })
  const swelling = await log('b.tar.gz', gzipSync(toTar([{ name: 'a', content: 'x'.repeat(110 * 1024 ** 2) }])))
  const stopped = 'The backup unpacks to more than 200 times its size; msp stops there, as at a zip bomb.'
  assert.deepEqual(await verify(swelling, 'file_count'), { exitCode: 3, said: stopped, ...unverified })
})

test('test_restore: a SQLite database is looked through and counted, compressed or not; a damaged one fails', async (t) => {
  const { home, log, verify } = await startWithFiles(t)
  const path = join(home, 'made.sqlite')
  const database = new DatabaseSync(path)
  database.exec(
    'create table "a ""b" (x); insert into "a ""b" values (1), (2); create table empty (x); create virtual table f using fts5(x)',
  )
  database.close()
  const content = readFileSync(path)
  const counted = { 'a "b': 2, empty: 0, f_config: 1, f_content: 0, f_data: 2, f_docsize: 0, f_idx: 0 }
  const evidence = { restore_test_successful: true, tables: 7, rows: 5, rows_by_table: counted, ...mine }
  for (const [name, bytes] of [
    ['a.db', content],
    ['a.sqlite.gz', gzipSync(content)],
  ] as const)
    assert.deepEqual((await verify(await log(name, bytes), 'test_restore')).details, evidence)
  for (const [name, bytes, reason] of [
    ['b.db', content.subarray(0, 9000), /^(The database is damaged|It cannot be opened as a database): /],
    ['c.sqlite', 'hello'.repeat(100), /^It cannot be opened as a database: file is not a database\.$/],
    ['d.sqlite.gz', gzipSync(content).subarray(0, 200), /^The backup is damaged, or is no gzip: unexpected end of file\.$/],
    ['e.db', '', /^There is no table in the database\.$/],
  ] as const) {
    const { status, details } = await verify(await log(name, bytes), 'test_restore')
    assert.deepEqual([name, status, details.restore_test_successful], [name, 'failed', false])
    assert.match(details.reason, reason)
  }
})

test('test_restore: a dump is restored into a server of its own, in which it may do nothing but make tables', async (t) => {
  if (!hasMariaDb()) return t.skip('NOT TESTED: there is no MariaDB here.')
  const { home, log, verify } = await startWithFiles(t)
  const harmful = `create table a (id int); insert into a values (1); select 'x' into outfile '${join(home, 'harm')}';`
  const [good, bad] = [
    await log(
      'a.sql.gz',
      gzipSync("create table `o``n\te` (t text); insert into `o``n\te` values ('ü'), ('b'); create table two (id int);"),
    ),
    await log('b.sql', `-- MariaDB dump\n\\! touch ${join(home, 'harm')}\n${harmful}`),
  ]
  const [restored, refused] = await Promise.all([verify(good, 'test_restore'), verify(bad, 'test_restore')])
  assert.deepEqual(restored, {
    ...{ exitCode: 0, said: 'a.sql.gz passed: test restore.', status: 'passed', by: 'test_restore', at },
    details: { restore_test_successful: true, tables: 2, rows: 2, rows_by_table: { 'o`n\te': 2, two: 0 }, ...mine },
  })
  assert.deepEqual([refused.exitCode, refused.details.reason], [1, "The dump cannot be restored: ERROR at line 2: Unknown command '\\!'."])
  assert.equal(readdirSync(home).includes('harm'), false)
})

test('what earlier verifications found is kept beside the latest, twenty at most', async (t) => {
  const { files, msp, log, verify } = await startWithFiles(t)
  const id = await log('a.tar', toTar([{ name: 'a' }]))
  await verify(id, 'manual', '--note', 'Opened.')
  await verify(id, 'file_count')
  writeFileSync(join(files, 'a.tar'), toTar([{ name: 'b' }]))
  await verify(id, 'checksum')
  await verify(id, 'test_restore')
  const readEarlier = async () => (await msp('backup', 'list', '--json=verificationDetails')).json()[0].verificationDetails.earlier
  const found = await readEarlier()
  const times = found.map(({ duration_ms }: { duration_ms: number }) => typeof duration_ms)
  assert.deepEqual(times, ['number', 'number', 'number'])
  const kept = found.map(
    ({ method, status, completed_at, checksum_valid, files_verified, note, reason, earlier }: Record<string, unknown>) => [
      ...[method, status, completed_at, checksum_valid ?? files_verified ?? note, reason, earlier],
    ],
  )
  assert.deepEqual(kept, [
    ['checksum', 'failed', at, false, 'The checksum of the file is not the one in the log.', undefined],
    ['file_count', 'passed', at, 1, undefined, undefined],
    ['manual', 'passed', at, 'Opened.', undefined, undefined],
  ])
  for (let count = 0; count < 20; count++) await verify(id, 'manual', '--note', `${count} ${'ü'.repeat(1000)}`)
  const many = await readEarlier()
  assert.deepEqual([many.length, many[0].note.slice(0, 2), many.at(-1).method], [20, '18', 'test_restore'])
  for (let count = 0; count < 3; count++) await verify(id, 'manual', '--note', `${count} ${'ü'.repeat(3900)}`, '--failed')
  assert.equal((await readEarlier())[1].note.slice(0, 1), '0')
})

test('test_restore: evidence that the log has no room for is left out by the piece, and what is left out is said', async (t) => {
  const { home, log, msp, verify } = await startWithFiles(t)
  const path = join(home, 'made.sqlite')
  const database = new DatabaseSync(path)
  const names = Array.from({ length: 400 }, (_, index) => `${index + 1000}${'ü'.repeat(100)}`)
  database.exec(`begin; ${names.map((name) => `create table "${name}" (x);`).join('')} commit`)
  database.close()
  const many = await log('a.db', readFileSync(path))
  for (const _ of [1, 2]) await verify(many, 'test_restore')
  const [{ verificationDetails }] = (await msp('backup', 'list', '--json=verificationDetails')).json()
  const { rows_by_table, tables, tables_left_out, earlier } = verificationDetails
  assert.deepEqual(rows_by_table, Object.fromEntries(names.slice(0, 400 - tables_left_out).map((name) => [name, 0])))
  assert.deepEqual([tables, tables_left_out > 200, earlier.length, 'tables_left_out' in earlier[0]], [400, true, 1, false])
  assert.ok(Buffer.byteLength(JSON.stringify(verificationDetails)) < 65_535)
  const outside = await log('b.zip', toZip([{ name: `../${'ü'.repeat(32_000)}` }]))
  const reason = `The archive names a file outside of itself, "../${'ü'.repeat(196)}…"; msp unpacks nothing of it.`
  assert.equal((await verify(outside, 'test_restore')).details.reason, reason)
})

test('test_restore: a disk without room says nothing about the backup', async (t) => {
  const { env, home, log, readRow } = await startWithFiles(t)
  const disk = join(home, 'disk')
  mkdirSync(disk)
  const content = toZip([{ name: 'a', content: Buffer.alloc(10_000) }])
  const id = await log('a.zip', content)
  const full = await onFullDisk(t, disk, join(home, 'files', 'a.zip'), 20)
  if (full === undefined) return
  const { exitCode, stderr } = await runMspBehind(
    [...full, 'env', `TMPDIR=${disk}`],
    env,
    'backup',
    'verify',
    id,
    '--method',
    'test_restore',
  )
  assert.deepEqual(
    [exitCode, stderr, await readRow(id)],
    [
      3,
      [
        `There is not enough room in ${disk} to unpack the backup. Available: 0 bytes`,
        'Make room there, or name another folder: TMPDIR=/path msp …',
      ],
      unverified,
    ],
  )
})

test('manual: what was checked is asked for, and who says so is kept', async (t) => {
  const { log, verify, tell } = await startWithFiles(t, { terminal: true })
  const id = await log('a.vbk', 'x')
  tell(['Opened two mailboxes.'])
  assert.deepEqual(await verify(id, 'manual'), {
    ...{
      exitCode: 0,
      said: 'a.vbk passed: manual.',
      status: 'passed',
      by: 'manual',
      at,
      details: { note: 'Opened two mailboxes.', ...mine },
    },
  })
  const { exitCode, status, details } = await verify(id, 'manual', '--note', 'No mailbox opens.', '--failed')
  assert.deepEqual([exitCode, status, details], [1, 'failed', { note: 'No mailbox opens.', reason: 'No mailbox opens.', ...mine }])
  assert.deepEqual((await verify(id, 'checksum', '--note', 'x')).said, '--note and --failed belong to --method manual.')
})

test('Ctrl-C ends a verification, and the row is as it was', async (t) => {
  const { env, files, log, readRow } = await startWithFiles(t)
  const id = await log('large.bin', 'hello', '--no-checksum')
  // so large that it is read for minutes; it takes no room
  truncateSync(join(files, 'large.bin'), 200 * 1024 ** 3)
  writeFileSync(join(files, 'large.bin.sha256'), sha256('hello'))
  const script = scriptFile('msp-process.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(env), 'backup', 'verify', id, '--method', 'checksum'])
  child.stdin.end()
  while ((await readRow(id)).status !== 'in_progress') await sleep(20)
  child.kill('SIGINT')
  const printed: Buffer[] = []
  child.stdout.on('data', (chunk) => printed.push(chunk))
  await once(child, 'close')
  const text = Buffer.concat(printed).toString()
  assert.deepEqual(
    [JSON.parse(text.slice(text.indexOf('{'))), await readRow(id)],
    [{ exitCode: 130, stdout: [], stderr: ['Cancelled.'] }, unverified],
  )
})
