import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { hoursAgo, now, startWorking } from '../clients/working.ts'

const gigabyte = 1024 ** 3
const log = ['backup', 'log', '--from', 'msp-backups', '--client', 'grabb'] as const
const fields =
  '--json=asset,fileName,filePath,backupSource,backupType,backupStatus,fileSizeBytes,backupStartedAt,backupCompletedAt,verificationStatus,errorMessage'

const run = (asset: string, plan: string, status: string, hours: number, rest: object = {}) => ({
  ...{ asset, fileName: plan, filePath: `${asset}/${plan}`, backupSource: 'msp_backups', backupType: 'daily', backupStatus: status },
  ...{ fileSizeBytes: null, backupStartedAt: hoursAgo(hours), backupCompletedAt: hoursAgo(hours - 0.7) },
  ...{ verificationStatus: 'not_verified', errorMessage: null },
  ...rest,
})

test('the runs of a report are logged once, tied to its record; what never ran or nobody knows is no run', async (t) => {
  const { msp } = await startWorking(t)
  await msp('client', 'add', 'Grabb & Durando')
  const { exitCode, stderr } = await msp(...log)
  assert.deepEqual([exitCode, stderr], [0, ['Logged 4 runs of Grabb & Durando. Of 3 plans no run is known to log.']])
  assert.deepEqual((await msp('backup', 'list', fields)).json(), [
    run('GD-SQL01', 'SQL databases', 'in_progress', 0.5, { backupCompletedAt: null }),
    run('GD-WS02', 'Nightly files', 'completed', 9, {
      fileSizeBytes: 10 * gigabyte,
      errorMessage: 'Some files were skipped: Two files were in use.',
    }),
    run('GD-FS01', 'Nightly files', 'failed', 9.5, { errorMessage: 'The storage is full: The storage limit of the user is reached.' }),
    run('GD-DC01', 'Nightly image', 'completed', 10, { fileSizeBytes: 48 * gigabyte }),
  ])
  const [record, ...others] = (await msp('record', 'list', '--type', 'msp_backups_report', '--json=id,requestData,responseData')).json()
  assert.deepEqual(
    [others, record.requestData, record.responseData],
    [
      [],
      { customer: 'Grabb & Durando', date: '2026-01-15', format: 'log' },
      { summary: { total_jobs: 7, successful: 1, failed: 1, total_size_gb: 230 } },
    ],
  )
  const records = (await msp('backup', 'list', '--json=externalIntegrationId')).json()
  assert.deepEqual(records, Array(4).fill({ externalIntegrationId: record.id }))
  assert.deepEqual((await msp(...log)).stderr, [
    'Logged 0 runs of Grabb & Durando. 4 were logged before. Of 3 plans no run is known to log.',
  ])
})

test('the runs of a vendor are listed by the name that commands have for it, on a terminal with their computers', async (t) => {
  const { msp } = await startWorking(t, { terminal: true })
  await msp('client', 'add', 'Grabb & Durando')
  await msp(...log)
  const lists = await Promise.all(['msp-backups', 'msp_backups', 'veeam'].map((source) => msp('backup', 'list', '--source', source)))
  const files = lists.map(({ stdout }) => stdout.slice(1).map((line) => /GD-\w+\/\w+/.exec(line)?.[0]))
  const named = ['GD-SQL01/SQL', 'GD-WS02/Night', 'GD-FS01/Night', 'GD-DC01/Night']
  assert.deepEqual(files, [named, named, []])
})

test('a run that was under way when it was logged is completed by the next report', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  await msp('client', 'add', 'Grabb & Durando')
  await msp(...log)
  const running = sandbox.mspBackups.plans.find(({ ComputerName }) => ComputerName === 'GD-SQL01')
  assert.ok(running)
  Object.assign(running, { Status: 0, Duration: '1 h 5 min.' })
  assert.deepEqual((await msp(...log)).stderr, [
    'Logged 1 run of Grabb & Durando. 3 were logged before. Of 3 plans no run is known to log.',
  ])
  assert.deepEqual((await msp('backup', 'list', '--limit', '1', '--json=asset,backupStatus,fileSizeBytes,durationSeconds')).json(), [
    { asset: 'GD-SQL01', backupStatus: 'completed', fileSizeBytes: 22 * gigabyte, durationSeconds: 3900 },
  ])
})

test('a run is logged as the vendor has it, whatever msp expected since, and what is gone is no run', async (t) => {
  const clock = { now }
  const { msp, sandbox } = await startWorking(t, { now: () => clock.now })
  await msp('client', 'add', 'Grabb & Durando')
  await msp('backup', 'status')
  clock.now = new Date(now.getTime() + 3 * 86_400_000)
  const { plans } = sandbox.mspBackups
  plans.splice(0, plans.length, ...plans.filter(({ ComputerName }) => ComputerName === 'GD-DC01'))
  assert.deepEqual((await msp(...log)).stderr, ['Logged 1 run of Grabb & Durando.'])
  assert.deepEqual((await msp('backup', 'list', fields)).json(), [
    run('GD-DC01', 'Nightly image', 'completed', 10, { fileSizeBytes: 48 * gigabyte }),
  ])
})

test('a run without a computer is logged, and makes no asset', async (t) => {
  const { msp, sandbox, home } = await startWorking(t)
  await msp('client', 'add', 'Grabb & Durando')
  const { plans } = sandbox.mspBackups
  const kept = plans.find(({ ComputerName }) => ComputerName === 'GD-DC01')
  assert.ok(kept)
  plans.splice(0, plans.length, Object.assign(kept, { ComputerName: ' ' }))
  assert.deepEqual((await msp(...log)).stderr, ['Logged 1 run of Grabb & Durando.'])
  assert.deepEqual((await msp('backup', 'list', '--json=asset,fileName')).json(), [{ asset: null, fileName: 'Nightly image' }])
  const database = new DatabaseSync(`${home}/data/msp.sqlite`, { readOnly: true })
  t.after(() => database.close())
  assert.deepEqual(database.prepare('select name from infrastructure').all(), [])
})

for (const [words, exitCode, message] of [
  [['--from', 'syncro', '--client', 'grabb'], 1, 'SyncroMSP reports no backups.'],
  [['--from', 'acronis', '--client', 'grabb'], 5, 'There is no integration "acronis".'],
  [['--from', 'msp-backups'], 2, 'Whose backups?'],
  [['file.zip', '--from', 'msp-backups', '--client', 'grabb'], 2, 'Give a file or --from, not both.'],
] as const) {
  test(`msp backup log ${words.join(' ')} is refused`, async (t) => {
    const { msp } = await startWorking(t)
    const result = await msp('backup', 'log', ...words)
    assert.deepEqual([result.exitCode, result.stderr[0]], [exitCode, message])
  })
}
