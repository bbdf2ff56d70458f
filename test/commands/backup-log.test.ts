import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loggedFields } from '../../src/backups/logged-backup.ts'
import { registerBackupLog } from '../../src/commands/backup/log.ts'
import { now } from '../clients/working.ts'
import examplesJson from '../db/owner-examples.json' with { type: 'json' }
import { type Msp, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const examples: Record<string, Record<string, unknown>> = examplesJson.backup_log
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')

async function startWithClients(t: TestContext, options = {}) {
  const running = await startMsp(t, { now: () => now, ...options })
  for (const name of ['Dataforth', 'Grabb & Durando']) await running.msp('client', 'add', name)
  return running
}

/** The one backup that is logged, in every field. */
async function onlyBackup(msp: Msp): Promise<Record<string, unknown>> {
  const backups = (await msp('backup', 'list', '--json')).json()
  assert.equal(backups.length, 1)
  return backups[0]
}

const defaults = { type: 'manual', source: 'local', status: 'completed', checksum: true }

for (const [argv, expected] of [
  ['log a.zip', ['a.zip', defaults]],
  [
    'log a.vbk --client Dataforth --type daily --size 45GB --retention 4w --encrypted --no-checksum --no-session --json=id',
    [
      'a.vbk',
      {
        ...{ ...defaults, client: 'Dataforth', type: 'daily', size: 48318382080, retention: 28, encrypted: true },
        ...{ checksum: false, session: false, json: ['id'] },
      },
    ],
  ],
] as const) {
  test(`msp backup ${argv}`, async () => assert.deepEqual(await parsed(registerBackupLog, argv), expected))
}

const owners: Record<string, string[]> = {
  'Successful Daily Backup': [
    ...['/mnt/backups/AD2_2026-01-15_daily.vbk', '--client', 'Dataforth', '--asset', 'AD2', '--type', 'daily', '--source', 'veeam'],
    ...['--size', '45GB', '--location', 'D2TESTNAS', '--started', '2026-01-15T02:00:00Z', '--ended', '2026-01-15T02:45:30Z'],
    ...['--verified', 'test_restore', '--verified-at', '2026-01-15T03:15:00Z', '--verification-details'],
    ...['{"restore_test_successful":true,"files_verified":12543,"checksum_valid":true}'],
    ...['--method', 'veeam', '--compression', 'veeam_proprietary', '--encrypted', '--retention', '30d'],
  ],
  'Pre-Migration Backup': [
    ...['/backups/pfsense_config_pre_migration_2026-01-15.xml', '--asset', 'pfSense', '--type', 'pre-migration', '--source', 'manual'],
    ...['--size', '524288', '--location', 'Local', '--started', '2026-01-15T14:00:00Z', '--ended', '2026-01-15T14:00:15Z'],
    ...['--verified', 'manual', '--method', 'file_copy'],
  ],
  'Failed Backup': [
    ...['/mnt/backups/NAS_2026-01-15_daily.vbk', '--client', 'Dataforth', '--asset', 'NAS', '--type', 'daily', '--source', 'veeam'],
    ...['--started', '2026-01-15T02:00:00Z', '--ended', '2026-01-15T02:05:00Z', '--status', 'failed', '--error'],
    'Insufficient disk space on target. Available: 2GB, Required: 50GB',
  ],
  'Database Backup': [
    ...['/var/backups/mysql/msp_tracking_2026-01-15.sql.gz', '--type', 'daily', '--size', '10485760', '--location', 'Jupiter'],
    ...['--started', '2026-01-15T01:00:00Z', '--ended', '2026-01-15T01:02:30Z', '--verified', 'checksum', '--database-host', '172.16.3.20'],
    ...['--database', 'msp_tracking', '--method', 'mysqldump', '--compression', 'gzip', '--retention', '90d'],
  ],
}

/** What msp adds to an example: names, what it computes, and false where nothing was said of an encryption. */
const added: Record<string, Record<string, unknown>> = {
  'Successful Daily Backup': {
    ...{ client: 'Dataforth', asset: 'AD2', durationSeconds: 2730, scheduledDeletionDate: '2026-02-14T02:45:30.000Z' },
  },
  'Pre-Migration Backup': {
    ...{ client: 'Grabb & Durando', asset: 'pfSense', durationSeconds: 15, encryptionEnabled: false },
    fileName: 'pfsense_config_pre_migration_2026-01-15.xml',
  },
  'Failed Backup': {
    ...{ client: 'Dataforth', asset: 'NAS', durationSeconds: 300, encryptionEnabled: false },
    fileName: 'NAS_2026-01-15_daily.vbk',
  },
  'Database Backup': {
    ...{ durationSeconds: 150, scheduledDeletionDate: '2026-04-15T01:02:30.000Z', encryptionEnabled: false },
    fileName: 'msp_tracking_2026-01-15.sql.gz',
  },
}

/** An example under msp's names, with the ids of the row that was found where it has placeholders. */
function toExpected(example: Record<string, unknown>, found: Record<string, unknown>): Record<string, unknown> {
  const toName = (column: string) => column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  const toValue = (column: string, value: unknown) => {
    if (/_id$/.test(column)) return found[toName(column)]
    return /_at$/.test(column) ? new Date(String(value)).toISOString() : value
  }
  return Object.fromEntries(Object.entries(example).map(([column, value]) => [toName(column), toValue(column, value)]))
}

for (const [name, argv] of Object.entries(owners)) {
  test(`the owner's example "${name}" is entered and read back`, async (t) => {
    const { msp } = await startWithClients(t)
    if (name === 'Pre-Migration Backup') await msp('session', 'start', '--client', 'Grabb & Durando')
    assert.equal((await msp('backup', 'log', ...argv)).exitCode, 0)
    const found = await onlyBackup(msp)
    const nothing = Object.fromEntries(loggedFields.map((field) => [field, null]))
    const { id, createdAt } = found
    const expected: Record<string, unknown> = { ...nothing, ...toExpected(examples[name] ?? {}, found), ...added[name], id, createdAt }
    assert.deepEqual(found, expected)
    for (const column of Object.keys(examples[name] ?? {}).filter((each) => each.endsWith('_id')))
      assert.match(String(found[column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())]), /^[0-9a-f-]{36}$/)
  })
}

test('of a file that is here the size, the times and the checksum are read, and a checksum beside it is compared', async (t) => {
  const { msp, home } = await startWithClients(t)
  const file = join(home, 'configs.zip')
  writeFileSync(file, 'hello')
  const changed = new Date('2026-01-15T10:00:00.000Z')
  utimesSync(file, changed, changed)
  writeFileSync(`${file}.sha256`, `${sha256('hello')}  configs.zip\n`)
  const { stderr, exitCode } = await msp('backup', 'log', file)
  assert.deepEqual(
    [exitCode, stderr],
    [
      0,
      [
        'Logged for no client: configs.zip, 5 bytes, completed.',
        'Its checksum is the one in configs.zip.sha256.',
        'Its times are those of the file where you gave none: 2026-01-15 03:00 to 2026-01-15 03:00.',
      ],
    ],
  )
  const { filePath, fileSizeBytes, backupCompletedAt, checksum } = await onlyBackup(msp)
  assert.deepEqual(
    { filePath, fileSizeBytes, backupCompletedAt, checksum },
    { filePath: file, fileSizeBytes: 5, backupCompletedAt: changed.toISOString(), checksum: sha256('hello') },
  )
})

test('a file that the checksum beside it contradicts is not logged as good', async (t) => {
  const { msp, home } = await startWithClients(t)
  const file = join(home, 'configs.zip')
  writeFileSync(file, 'hellO')
  writeFileSync(`${file}.sha256`, sha256('hello').toUpperCase())
  assert.deepEqual(await msp('backup', 'log', file), {
    exitCode: 1,
    stdout: [],
    stderr: [
      'The file is not the one that configs.zip.sha256 beside it was made for: the checksums differ.',
      `The file: ${sha256('hellO')} · configs.zip.sha256: ${sha256('hello')}`,
    ],
  })
  assert.deepEqual((await msp('backup', 'list', '--json')).json(), [])
})

test('a folder is logged with the size of what is in it', async (t) => {
  const { msp, home } = await startWithClients(t)
  const folder = join(home, 'copies')
  mkdirSync(join(folder, 'deep'), { recursive: true })
  writeFileSync(join(folder, 'deep', 'large'), '')
  truncateSync(join(folder, 'deep', 'large'), 4 * 1024 ** 3)
  writeFileSync(join(folder, 'small'), 'hello')
  assert.equal((await msp('backup', 'log', folder, '--started', '2026-01-15T10:00:00Z', '--ended', '10:30')).exitCode, 0)
  const { fileSizeBytes, checksum, backupCompletedAt } = await onlyBackup(msp)
  assert.deepEqual([fileSizeBytes, checksum, backupCompletedAt], [4 * 1024 ** 3 + 5, null, '2026-01-15T17:30:00.000Z'])
})

test('the open session is the one of the backup when the client is the same, and gives the client when none is named', async (t) => {
  const { msp } = await startWithClients(t)
  await msp('session', 'start', '--client', 'Dataforth')
  const [{ id }] = (await msp('session', 'list', '--json=id')).json()
  const given = ['--size', '1', '--started', '02:00', '--ended', '02:10']
  for (const more of [[], ['--client', 'data'], ['--client', 'grabb'], ['--no-session']])
    await msp('backup', 'log', '/mnt/x', ...given, ...more)
  const backups = (await msp('backup', 'list', '--json=client,sessionId')).json()
  assert.deepEqual(backups.toReversed(), [
    { client: 'Dataforth', sessionId: id },
    { client: 'Dataforth', sessionId: id },
    { client: 'Grabb & Durando', sessionId: null },
    { client: null, sessionId: null },
  ])
  const { exitCode, stderr } = await msp('backup', 'log', '/mnt/x', ...given, '--client', 'grabb', '--session', id)
  assert.deepEqual([exitCode, stderr[0]], [1, 'The session is for Dataforth, not for Grabb & Durando.'])
})

test('a machine is noted once, however its name is written', async (t) => {
  const { msp } = await startWithClients(t)
  const given = ['/mnt/x', '--client', 'data', '--size', '1', '--started', '02:00', '--ended', '02:10', '--asset']
  const news = []
  for (const name of ['AD2', 'ad2 ', 'AD-2']) news.push((await msp('backup', 'log', ...given, name)).stderr[0])
  assert.deepEqual(news, [
    'AD2 is new at Dataforth, and is noted now.',
    'Logged: x, 1 byte, completed.',
    'AD-2 is new at Dataforth, and is noted now.',
  ])
})

test('what cannot be right is refused, and nothing of it is kept', async (t) => {
  const { msp, home } = await startWithClients(t)
  writeFileSync(join(home, 'five'), 'hello')
  const here = join(home, 'five')
  const whole = ['/mnt/x', '--size', '1', '--started', '02:00', '--ended', '02:10']
  for (const [words, message] of [
    [[], 'Which file is the backup in?'],
    [['/mnt/x', '--date', 'yesterday'], '--date belongs to --from.'],
    [['/mnt/x'], 'When did it start? /mnt/x is not on this machine.'],
    [['/mnt/x', '--started', '02:00'], 'When did it end? /mnt/x is not on this machine.'],
    [['/mnt/x', '--started', '02:00', '--ended', '02:10'], 'How large is it? /mnt/x is not on this machine.'],
    [['/mnt/x', '--size', '1', '--started', '02:10', '--ended', '02:00'], 'The backup ends before it starts.'],
    [['/mnt/x', '--size', '1', '--started', '23:00'], '"23:00" is in the future.'],
    [['/mnt/x', '--size', '1', '--started', 'soon'], '"soon" is not a time.'],
    [['/mnt/x', '--size', 'large'], '"large" is not a size.'],
    [['/mnt/x', '--retention', 'ever'], '"ever" is no number of days.'],
    [[here, '--size', '6', '--started', '02:00', '--ended', '02:10'], 'The file has 5 bytes, not 6.'],
    [[...whole, '--error', 'Full.'], 'Only a failed backup has an error.'],
    [[...whole, '--status', 'in_progress'], 'A backup in progress has no end yet.'],
    [[...whole, '--status', 'failed', '--verified', 'manual'], 'Only a completed backup can be verified.'],
    [[...whole, '--verified-at', '02:10'], 'How was it verified?'],
    [[...whole, '--verified', 'manual', '--verification-details', '[1]'], 'The details of a verification are a JSON object.'],
    [[...whole, '--asset', 'AD2'], 'A machine or device belongs to a client.'],
    [[...whole, '--client', 'data', '--asset', ' '], 'The name of the machine or device is empty.'],
    [[...whole, '--method', 'x'.repeat(51)], 'The method has 50 characters at most.'],
    [[`/${'x'.repeat(500)}`, ...whole.slice(1)], 'The path has 500 characters at most.'],
  ] as const) {
    const { exitCode, stdout, stderr } = await msp('backup', 'log', ...words)
    assert.deepEqual([exitCode, stdout, stderr[0], stderr.length], [2, [], message, 2])
  }
  assert.deepEqual((await msp('backup', 'list', '--json')).json(), [])
})

test('a backup that failed or is in progress needs no size, and the latter no end', async (t) => {
  const { msp, home } = await startWithClients(t)
  writeFileSync(join(home, 'half'), 'hello')
  await msp('backup', 'log', 'D:\\Backups\\x.vbk', '--status', 'failed', '--started', 'yesterday 2am')
  await msp('backup', 'log', join(home, 'half'), '--status', 'in_progress', '--started', '2 hours ago')
  const fields = 'fileName,fileSizeBytes,backupStartedAt,backupCompletedAt,checksum'
  assert.deepEqual((await msp('backup', 'list', `--json=${fields}`)).json(), [
    { fileName: 'half', fileSizeBytes: null, backupStartedAt: '2026-01-15T19:32:00.000Z', backupCompletedAt: null, checksum: null },
    { fileName: 'x.vbk', fileSizeBytes: null, backupStartedAt: '2026-01-14T09:00:00.000Z', backupCompletedAt: null, checksum: null },
  ])
})
