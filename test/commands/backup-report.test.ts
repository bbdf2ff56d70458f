import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerBackupReport } from '../../src/commands/backup/report.ts'
import { now, startWorking } from '../clients/working.ts'
import { parsed } from '../support/recording.ts'

const gigabyte = 1024 ** 3
const unassigned = 'Of no company, and so in no report: 1 plan at MSP Backups.'
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString()

test('msp backup report --client data', async () =>
  assert.deepEqual(await parsed(registerBackupReport, 'report --client data'), [{ client: 'data' }]))
test('a report needs a client', async () =>
  assert.rejects(parsed(registerBackupReport, 'report'), { code: 'commander.missingMandatoryOptionValue' }))

test("the owner's sentence, and a line for each plan", async (t) => {
  const { msp } = await startWorking(t)
  const { exitCode, stdout, stderr } = await msp('backup', 'report', '--client', 'Dataforth')
  assert.deepEqual(
    [exitCode, stdout[0], stderr],
    [
      0,
      'Latest backup report: 5 jobs, all successful, 245 GB total',
      [
        'Taken 2026-01-15 14:32. Sizes are sums over plans. Times without a zone are read as UTC. Microsoft 365 and Google backups are not in it.',
        unassigned,
      ],
    ],
  )
  assert.deepEqual(
    stdout.slice(1).map((line) => line.split('\t')),
    [
      ['AD1', 'Nightly image', 'Image', 11, '60 GB', '4.5 GB'],
      ['AD2', 'Virtual machines', 'Virtual machines', 10.5, '45 GB', '3 GB'],
      ['D2TESTNAS', 'NAS to cloud', 'Files', 10, '80 GB', '6.3 GB'],
      ['DF-SQL01', 'SQL databases', 'SQL', 9.5, '25 GB', '2 GB'],
      ['DF-HV01', 'Hyper-V guests', 'Hyper-V', 9, '35 GB', '2.8 GB'],
    ].map(([computer, plan, type, hours, total, sent]) => [
      ...['successful', computer, plan, type, hoursAgo(Number(hours)), '0', total, sent, hoursAgo(-14), ''],
    ]),
  )
})

test("Grabb & Durando's mixed plans: the worst first, and the parts add up", async (t) => {
  const { msp } = await startWorking(t)
  await msp('client', 'add', 'Grabb & Durando')
  const report = (await msp('backup', 'report', '--client', 'grabb', '--json')).json()
  const plan = (computer: string, status: string, hours: number | null, rest: object = {}) => ({
    ...{ computer, plan: 'Nightly files', type: 'Files', lastStart: hours === null ? null : hoursAgo(hours), nextStart: hoursAgo(-14) },
    ...{ status, filesFailed: 0, protectedBytes: 10 * gigabyte, sentBytes: gigabyte, reason: null },
    ...rest,
  })
  assert.deepEqual(report, {
    client: 'Grabb & Durando',
    date: '2026-01-15',
    takenAt: now.toISOString(),
    totals: {
      ...{ totalJobs: 7, successful: 1, warning: 1, failed: 1, overdue: 1, running: 1, neverRan: 1, unknown: 1 },
      ...{ protectedBytes: 230 * gigabyte, sentBytes: 7.75 * gigabyte },
    },
    plans: [
      plan('GD-FS01', 'failed', 9.5, {
        ...{ filesFailed: 118, protectedBytes: 130 * gigabyte, sentBytes: gigabyte / 2 },
        reason: 'The storage is full: The storage limit of the user is reached.',
      }),
      plan('GD-WS07', 'overdue', 130),
      plan('GD-WS09', 'neverRan', null, { protectedBytes: 0, sentBytes: 0 }),
      plan('GD-WS11', 'unknown', 34),
      plan('GD-WS02', 'warning', 9, { filesFailed: 2, reason: 'Some files were skipped: Two files were in use.' }),
      plan('GD-SQL01', 'running', 0.5, {
        ...{ plan: 'SQL databases', type: 'SQL', protectedBytes: 22 * gigabyte, sentBytes: 0.75 * gigabyte },
      }),
      plan('GD-DC01', 'successful', 10, {
        ...{ plan: 'Nightly image', type: 'Image', protectedBytes: 48 * gigabyte, sentBytes: 3.5 * gigabyte },
      }),
    ],
  })
  const [sentence] = (await msp('backup', 'report', '--client', 'grabb')).stdout
  assert.equal(
    sentence,
    'Latest backup report: 7 jobs, 1 failed, 1 overdue, 1 never ran, 1 unknown, 1 with a warning, 1 running, 1 successful, 230 GB total',
  )
})

test('a success that protected nothing is a warning, with the reason', async (t) => {
  const { msp } = await startWorking(t)
  await msp('client', 'add', 'Bell & Sons')
  const { stdout } = await msp('backup', 'report', '--client', 'bell')
  const [status, computer, ...rest] = stdout[1]?.split('\t') ?? []
  assert.deepEqual(
    [stdout[0], status, computer, rest.at(-1)],
    [
      'Latest backup report: 1 job, 1 with a warning, 0 bytes total',
      'warning',
      'BELL-PC01',
      'The last run was successful, but it protected nothing: no files and no data.',
    ],
  )
})

test('a plan that never ran has not succeeded, whatever its status says, and a new status is no success either', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  await msp('client', 'add', 'Acme')
  const status = (Status: number, more: object = {}) => ({ ComputerName: `S${Status}`, Status, ...more })
  sandbox.mspBackups.addPlans(
    'Acme',
    ...[0, 3, 7].map((number) => status(number, { LastStart: null })),
    ...[5, 6, 8, 99].map((number) => status(number)),
    status(0, { ComputerName: 'new type', PlanType: 40 }),
    status(0, { ComputerName: 'restore', PlanType: 4 }),
    status(0, { ComputerName: 'check', PlanType: 13 }),
  )
  const { totals, plans } = (await msp('backup', 'report', '--client', 'acme', '--json')).json()
  assert.deepEqual(
    plans.map(({ computer, status }: { computer: string; status: string }) => `${computer} ${status}`),
    [...['S5 failed', 'S6 failed', 'S0 neverRan', 'S3 neverRan', 'S7 neverRan'], ...['new type unknown', 'S8 unknown', 'S99 unknown']],
  )
  const { totalJobs, successful, warning, failed, overdue, running, neverRan, unknown } = totals
  assert.deepEqual([totalJobs, successful, warning, failed, overdue, running, neverRan, unknown], [8, 0, 0, 2, 0, 0, 3, 3])
})

test('a success of days ago is said', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.mspBackups.addPlans('Dataforth', { ComputerName: 'OLD-PC', LastStart: hoursAgo(72).replace('Z', ''), NextStart: null })
  const { stdout, stderr } = await msp('backup', 'report', '--client', 'data')
  assert.deepEqual(
    [stdout[0], stderr[0]],
    [
      'Latest backup report: 6 jobs, 6 successful, 1 silent for more than a day, 255 GB total',
      'OLD-PC, Nightly files counts as successful, but its last run began 2026-01-12 14:32.',
    ],
  )
})

test('a terminal gets the reasons below the table', async (t) => {
  const { msp } = await startWorking(t, { terminal: true })
  await msp('client', 'add', 'Grabb & Durando')
  assert.deepEqual((await msp('backup', 'report', '--client', 'grabb')).stdout.slice(1), [
    'STATUS      COMPUTER  PLAN           LAST START        PROTECTED  SENT',
    'failed      GD-FS01   Nightly files  2026-01-15 05:02  130 GB     512 MB',
    'overdue     GD-WS07   Nightly files  2026-01-10 04:32  10 GB      1 GB',
    'never ran   GD-WS09   Nightly files                    0 bytes    0 bytes',
    'unknown     GD-WS11   Nightly files  2026-01-14 04:32  10 GB      1 GB',
    'warning     GD-WS02   Nightly files  2026-01-15 05:32  10 GB      1 GB',
    'running     GD-SQL01  SQL databases  2026-01-15 14:02  22 GB      768 MB',
    'successful  GD-DC01   Nightly image  2026-01-15 04:32  48 GB      3.5 GB',
    'GD-FS01, Nightly files: 118 files failed; The storage is full: The storage limit of the user is reached.',
    'GD-WS02, Nightly files: 2 files failed; Some files were skipped: Two files were in use.',
  ])
})
