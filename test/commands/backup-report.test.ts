import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerBackupReport } from '../../src/commands/backup/report.ts'
import { hoursAgo, now, startWorking } from '../clients/working.ts'
import { parsed } from '../support/recording.ts'
import { startBackups } from './backup-start.ts'

const gigabyte = 1024 ** 3
const unassigned = 'Of no client, and so in no report: 1 plan at MSP Backups.'
const sums = 'Sizes are sums over plans: what two plans cover counts twice.'
const zone = 'Times that MSP Backups sends without a zone are read as UTC.'
const coverage = 'Microsoft 365 and Google backups are not covered.'

for (const [argv, options] of [
  ['--client data', { client: 'data', date: 'latest', days: 7 }],
  ['--all --check', { all: true, check: true, date: 'latest', days: 7 }],
  [
    '--client data --date yesterday --days 28 --html a --pdf b --csv c --open --save --session 1',
    {
      ...{ client: 'data', date: 'yesterday', days: 28, html: 'a', pdf: 'b', csv: 'c', open: true, save: true, session: '1' },
    },
  ],
] as const) {
  test(`msp backup report ${argv}`, async () => assert.deepEqual(await parsed(registerBackupReport, `report ${argv}`), [options]))
}

for (const [days, refusal] of [
  ['0', { code: 'commander.invalidArgument' }],
  ['1.5', { code: 'commander.invalidArgument' }],
  ['91', { code: 'usage', message: 'A strip shows 90 days at most.' }],
] as const) {
  test(`--days ${days} is refused`, async () =>
    assert.rejects(parsed(registerBackupReport, `report --client data --days ${days}`), refusal))
}

test("the owner's sentence, and a line for each plan", async (t) => {
  const { msp } = await startWorking(t)
  const { exitCode, stdout, stderr } = await msp('backup', 'report', '--client', 'Dataforth', '--days', '2')
  assert.deepEqual(
    [exitCode, stdout[0], stderr],
    [
      0,
      'Latest backup report: 5 jobs, all successful, 245 GB total',
      [
        'Oldest latest success: AD1, Nightly image, 2026-01-15 03:32 (11 h ago).',
        'Restore test: D2TESTNAS, Test restore, 2026-01-07 06:32 (8 days ago), successful. Consistency check: AD1, Consistency check, 2026-01-13 02:32 (3 days ago), successful.',
        'MSP Backups counts the same.',
        `Taken 2026-01-15 14:32 (America/Phoenix). ${sums} ${zone} ${coverage}`,
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
      ...['successful', computer, plan, type, hoursAgo(Number(hours)), '0', total, sent, hoursAgo(-14), '', hoursAgo(Number(hours))],
      'noData,successful',
    ]),
  )
})

test("Grabb & Durando's mixed plans: the worst first, and the parts add up", async (t) => {
  const { msp } = await startWorking(t)
  await msp('client', 'add', 'Grabb & Durando')
  const report = (await msp('backup', 'report', '--client', 'grabb', '--json', '--days', '2')).json()
  const plan = (computer: string, status: string, hours: number | null, rest: object = {}) => ({
    ...{ computer, plan: 'Nightly files', type: 'Files', lastStart: hours === null ? null : hoursAgo(hours), nextStart: hoursAgo(-14) },
    ...{ status, filesFailed: 0, protectedBytes: 10 * gigabyte, sentBytes: gigabyte, reason: null, lastSuccess: null },
    ...{ days: ['noData', status], isWrong: status !== 'running' && status !== 'successful' },
    ...rest,
  })
  assert.deepEqual(report, {
    client: 'Grabb & Durando',
    date: '2026-01-15',
    takenAt: now.toISOString(),
    source: 'live',
    zone: 'America/Phoenix',
    totals: {
      ...{ totalJobs: 7, successful: 1, warning: 1, failed: 1, overdue: 1, running: 1, neverRan: 1, unknown: 1, noResult: 0, gone: 0 },
      ...{ protectedBytes: 230 * gigabyte, sentBytes: 7.75 * gigabyte },
    },
    oldestSuccess: { computer: 'GD-DC01', plan: 'Nightly image', at: hoursAgo(10) },
    plans: [
      plan('GD-FS01', 'failed', 9.5, {
        ...{ filesFailed: 118, protectedBytes: 130 * gigabyte, sentBytes: gigabyte / 2 },
        reason: 'The storage is full: The storage limit of the user is reached.',
      }),
      plan('GD-WS07', 'overdue', 130, { reason: 'It missed its scheduled start.', days: ['noRun', 'overdue'] }),
      plan('GD-WS09', 'neverRan', null, { protectedBytes: 0, sentBytes: 0, days: ['noData', 'overdue'] }),
      plan('GD-WS11', 'unknown', 34, { reason: 'MSP Backups itself does not know how it ended.', days: ['unknown', 'noRun'] }),
      plan('GD-WS02', 'warning', 9, { filesFailed: 2, reason: 'Some files were skipped: Two files were in use.' }),
      plan('GD-SQL01', 'running', 0.5, {
        ...{ plan: 'SQL databases', type: 'SQL', protectedBytes: 22 * gigabyte, sentBytes: 0.75 * gigabyte },
      }),
      plan('GD-DC01', 'successful', 10, {
        ...{ plan: 'Nightly image', type: 'Image', protectedBytes: 48 * gigabyte, sentBytes: 3.5 * gigabyte, lastSuccess: hoursAgo(10) },
      }),
    ],
    days: ['2026-01-14', '2026-01-15'],
    evidence: { restore: null, check: null },
    crossChecks: [{ vendor: 'MSP Backups', differences: [] }],
    notes: [sums, zone, coverage],
    writes: [],
  })
})

test('a terminal gets the figures, a strip of the days, and the reasons below the table', async (t) => {
  const { msp } = await startWorking(t, { terminal: true })
  await msp('client', 'add', 'Grabb & Durando')
  assert.deepEqual((await msp('backup', 'report', '--client', 'grabb')).stdout, [
    'Latest backup report: 7 jobs, 1 failed, 1 overdue, 1 never ran, 1 unknown, 1 with a warning, 1 running, 1 successful, 230 GB total',
    '',
    '7      1           1        1       1        1        1          1        230 GB     7.8 GB',
    'total  successful  warning  failed  overdue  running  never ran  unknown  protected  sent',
    '',
    'STATUS      COMPUTER  LAST RUN                       PROTECTED  SENT     DAYS     PLAN',
    'failed      GD-FS01   2026-01-15 05:02 (10 h ago)    130 GB     512 MB         x  Nightly files',
    'overdue     GD-WS07   2026-01-10 04:32 (5 days ago)  10 GB      1 GB       ····o  Nightly files',
    'never ran   GD-WS09                                  0 bytes    0 bytes        o  Nightly files',
    'unknown     GD-WS11   2026-01-14 04:32 (34 h ago)    10 GB      1 GB          ?·  Nightly files',
    'warning     GD-WS02   2026-01-15 05:32 (9 h ago)     10 GB      1 GB           !  Nightly files',
    'running     GD-SQL01  2026-01-15 14:02 (30 min ago)  22 GB      768 MB         >  SQL databases',
    'successful  GD-DC01   2026-01-15 04:32 (10 h ago)    48 GB      3.5 GB         +  Nightly image',
    'The last 7 days, today last: + successful, ! warning, x failed, o overdue, ? unknown, > running, · no run, blank no data',
    'GD-FS01, Nightly files: 118 files failed; The storage is full: The storage limit of the user is reached.',
    'GD-WS07, Nightly files: It missed its scheduled start.',
    'GD-WS11, Nightly files: MSP Backups itself does not know how it ended.',
    'GD-WS02, Nightly files: 2 files failed; Some files were skipped: Two files were in use.',
    'Oldest latest success: GD-DC01, Nightly image, 2026-01-15 04:32 (10 h ago). Of 6 plans no success is known.',
    'Restore test: not recorded. Consistency check: not recorded.',
    'MSP Backups counts the same.',
    `Taken 2026-01-15 14:32 (America/Phoenix). ${sums} ${zone} ${coverage}`,
  ])
})

test('on a terminal the status is in colour', async (t) => {
  const { msp } = await startWorking(t, { terminal: true, env: { NO_COLOR: undefined, TERM: 'xterm' } })
  await msp('client', 'add', 'Grabb & Durando')
  const { stdout } = await msp('backup', 'report', '--client', 'grabb')
  const painted = stdout.flatMap(
    (line) => /^\x1b\[(\d+)m(failed|overdue|never ran|unknown|warning|running|successful)\x1b\[39m /.exec(line) ?? [],
  )
  assert.deepEqual(
    painted.filter((_, index) => index % 3 !== 0),
    ['31', 'failed', '31', 'overdue', '31', 'never ran', '33', 'unknown', '33', 'warning', '32', 'successful'],
  )
})

test('a success that protected nothing is a warning, with the reason', async (t) => {
  const { msp } = await startWorking(t)
  await msp('client', 'add', 'Bell & Sons')
  const { stdout } = await msp('backup', 'report', '--client', 'bell')
  const [status, computer, ...rest] = stdout[1]?.split('\t') ?? []
  assert.deepEqual(
    [stdout[0], status, computer, rest.at(7)],
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
  const { totalJobs, protectedBytes, sentBytes, ...counts } = totals
  assert.deepEqual(
    [totalJobs, counts, protectedBytes, sentBytes],
    [
      8,
      { successful: 0, warning: 0, failed: 2, overdue: 0, running: 0, neverRan: 3, unknown: 3, noResult: 0, gone: 0 },
      80 * gigabyte,
      8 * gigabyte,
    ],
  )
})

test('a success of days ago is no result, and a plan that is not there any more is gone', async (t) => {
  const { msp, addPlans, run, remove, pass, instant } = await startBackups(t)
  const [kept, silent, removed] = addPlans('Dataforth', 'KEPT', 'SILENT', 'REMOVED')
  await msp('backup', 'report', '--client', 'data')
  const [last, next] = [instant(-1), instant(23)]
  pass(48)
  assert.ok(kept && silent)
  run(kept)
  remove(removed)
  const { plans, totals, crossChecks, notes } = (await msp('backup', 'report', '--client', 'data', '--json', '--days', '3')).json()
  assert.deepEqual(
    plans.map(({ computer, status, lastStart, nextStart, reason, days }: Record<string, unknown>) => [
      ...[computer, status, lastStart, nextStart, reason, days],
    ]),
    [
      [
        ...['REMOVED', 'gone', last, null, 'It is not in the list any more. It was last seen 2026-01-15 14:32.'],
        ['successful', 'noData', 'noData'],
      ],
      [
        ...['SILENT', 'noResult', last, next, 'A run was expected by 2026-01-16 15:32 (its schedule).'],
        ['successful', 'overdue', 'overdue'],
      ],
      ['KEPT', 'successful', instant(-1), instant(23), null, ['successful', 'noData', 'successful']],
    ],
  )
  const differences = [{ what: 'successful', ours: 1, theirs: 2 }]
  assert.deepEqual([totals.totalJobs, totals.gone, crossChecks], [3, 1, [{ vendor: 'MSP Backups', differences }]])
  assert.ok(notes.includes('msp judges 1 plan otherwise than MSP Backups: the reasons beside them say why.'), notes.join('\n'))
})

test('what the vendor counts otherwise is shown', async (t) => {
  const { msp, sandbox, addPlans } = await startBackups(t)
  const [plan] = addPlans('Dataforth', 'PC1', 'PC2')
  // a plan of an unknown type is a backup here, and none in the counts of the sandbox
  sandbox.mspBackups.addPlans('Dataforth', { ComputerName: 'PC3', PlanType: 40, Status: 2 })
  assert.ok(plan)
  const { crossChecks } = (await msp('backup', 'report', '--client', 'data', '--json')).json()
  const differences = [
    { what: 'plans', ours: 3, theirs: 2 },
    { what: 'failed', ours: 1, theirs: 0 },
  ]
  assert.deepEqual(crossChecks, [{ vendor: 'MSP Backups', differences }])
  const { stderr } = await msp('backup', 'report', '--client', 'data')
  assert.ok(stderr.includes('MSP Backups counts otherwise: plans 2, here 3; failed 0, here 1.'), stderr.join('\n'))
})

test("without the vendor's own counts there is a report, which says so", async (t) => {
  const { msp, sandbox, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  sandbox.arm({ vendor: 'msp-backups', on: 'GET Computers/:offset/:count', kind: 'status', status: 403 })
  const { totals, crossChecks, notes } = (await msp('backup', 'report', '--client', 'data', '--json')).json()
  assert.deepEqual(
    [totals.totalJobs, crossChecks, notes.at(-1)],
    [1, [], 'What MSP Backups counts itself could not be read: MSP Backups does not allow this: status 403.'],
  )
})

test('--check ends with 1 when somebody must look, without it the report ends well', async (t) => {
  const { msp, addPlans } = await startBackups(t)
  const [, other] = addPlans('Dataforth', 'PC1', 'PC2')
  const codes: Array<[name: string, code: number]> = []
  for (const [name, change] of [
    ['all is well', {}],
    ['one is running', { Status: 3 }],
    ['one has a warning', { Status: 7 }],
    ['one failed', { Status: 2 }],
    ['one is unknown', { Status: 99 }],
    ['a restore failed', { Status: 2, PlanType: 4 }],
  ] as const) {
    Object.assign(other ?? {}, change)
    codes.push([name, (await msp('backup', 'report', '--client', 'data', '--check')).exitCode])
  }
  assert.deepEqual(codes, [
    ['all is well', 0],
    ['one is running', 0],
    ['one has a warning', 1],
    ['one failed', 1],
    ['one is unknown', 1],
    ['a restore failed', 0],
  ])
  Object.assign(other ?? {}, { Status: 2, PlanType: 3 })
  assert.equal((await msp('backup', 'report', '--client', 'data')).exitCode, 0)
})

test('without a client there is no report', async (t) => {
  const { msp } = await startWorking(t)
  assert.deepEqual(await msp('backup', 'report'), {
    ...{ exitCode: 2, stdout: [], stderr: ['Whose backups?', 'Name the client with --client, start a session for it, or use --all.'] },
  })
})

test('without --client it is that of the session', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'Dataforth')
  assert.deepEqual((await msp('backup', 'report', '--json=client')).json(), { client: 'Dataforth' })
})
