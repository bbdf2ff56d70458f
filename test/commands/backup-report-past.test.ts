import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SandboxRun } from '../../src/sandbox/msp-backups/state.ts'
import { startBackups } from './backup-start.ts'

const reportWords = (date: string) => ['backup', 'report', '--client', 'data', '--date', date, '--days', '3', '--json']

test('a past date gives the same report tomorrow as today, whatever became of the plans', async (t) => {
  const { msp, sandbox, addPlans, run, remove, pass } = await startBackups(t)
  const [kept, removed] = addPlans('Dataforth', 'KEPT', 'REMOVED')
  await msp('backup', 'report', '--client', 'data')
  pass(24)
  assert.ok(kept)
  run(kept, { Status: 2, ErrorMessage: 'Full.' })
  // two looks on one day: the last one counts
  await msp('backup', 'report', '--client', 'data')
  run(kept, { Status: 7, ErrorMessage: 'Nearly full.' })
  const asked = sandbox.requests.length
  const live = (await msp('backup', 'report', '--client', 'data', '--days', '3', '--json')).json()
  assert.ok(sandbox.requests.length > asked)
  pass(24)
  const first = (await msp(...reportWords('yesterday'))).json()
  const { date, source, takenAt, plans, days, crossChecks } = first
  assert.deepEqual([date, source, takenAt, days], ['2026-01-16', 'snapshot', live.takenAt, ['2026-01-14', '2026-01-15', '2026-01-16']])
  assert.deepEqual([plans, crossChecks], [live.plans, []])
  assert.deepEqual(
    plans.map(({ computer, status, reason }: Record<string, unknown>) => [computer, status, reason]),
    [
      ['KEPT', 'warning', 'Nearly full.'],
      ['REMOVED', 'successful', null],
    ],
  )
  run(kept, { ComputerName: 'RENAMED', Status: 0 })
  remove(removed)
  await msp('backup', 'report', '--client', 'data')
  pass(24)
  sandbox.mspBackups.plans.length = 0
  await msp('backup', 'report', '--client', 'data')
  const before = sandbox.requests.length
  assert.deepEqual((await msp(...reportWords('2026-01-16'))).json(), first)
  assert.equal(sandbox.requests.length, before, 'a kept day is reported without asking anybody')
  const { stdout, stderr } = await msp('backup', 'report', '--client', 'data', '--date', '2026-01-16')
  assert.match(stdout[0] ?? '', /^Backup report of 2026-01-16: 2 jobs, /)
  assert.match(stderr.at(-1) ?? '', /^As it was when msp looked, 2026-01-16 14:32 \(America\/Phoenix\)\./)
})

const historyRun = (given: Partial<SandboxRun>): SandboxRun => ({
  ...{ CompanyName: 'Dataforth', PlanName: 'Nightly', PlanId: 'p1', ComputerName: 'PC1', ComputerHid: 'h1', PlanType: 11 },
  ...{ Status: 0, ErrorMessage: null, DataCopied: 5, TotalData: 7, StartTime: '2026-01-10T10:00:00' },
  ...given,
})

test("a day on which nobody looked comes out of the vendor's history, is kept, and says so", async (t) => {
  const { msp, sandbox, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'TODAY')
  const { runs } = sandbox.mspBackups
  // the day in Phoenix is from 7 to 7 in UTC
  runs.push(historyRun({}), historyRun({ PlanId: 'p2', Status: 2, ErrorMessage: 'Full.', StartTime: '2026-01-11T06:59:59' }))
  runs.push(historyRun({ StartTime: '2026-01-10T06:59:59', Status: 2 }), historyRun({ StartTime: '2026-01-11T07:00:00', Status: 2 }))
  const report = (await msp(...reportWords('2026-01-10'))).json()
  const plan = { computer: 'PC1', plan: 'Nightly', type: 'Image', nextStart: null, filesFailed: 0, protectedBytes: 7, sentBytes: 5 }
  const none = { warning: 0, overdue: 0, running: 0, neverRan: 0, unknown: 0, noResult: 0, gone: 0 }
  assert.deepEqual(report, {
    ...{ client: 'Dataforth', date: '2026-01-10', takenAt: '2026-01-11T06:59:59.999Z', source: 'history', zone: 'America/Phoenix' },
    totals: { totalJobs: 2, successful: 1, failed: 1, ...none, protectedBytes: 14, sentBytes: 10 },
    oldestSuccess: { computer: 'PC1', plan: 'Nightly', at: '2026-01-10T10:00:00.000Z' },
    plans: [
      {
        ...plan,
        ...{ status: 'failed', lastStart: '2026-01-11T06:59:59.000Z', lastSuccess: null, reason: 'Full.', isWrong: true },
        days: ['noData', 'noData', 'failed'],
      },
      {
        ...plan,
        ...{
          status: 'successful',
          lastStart: '2026-01-10T10:00:00.000Z',
          lastSuccess: '2026-01-10T10:00:00.000Z',
          reason: null,
          isWrong: false,
        },
        days: ['noData', 'noData', 'successful'],
      },
    ],
    days: ['2026-01-08', '2026-01-09', '2026-01-10'],
    evidence: { restore: null, check: null },
    crossChecks: [],
    writes: [],
    notes: [
      'Sizes are sums over plans: what two plans cover counts twice.',
      'Times that MSP Backups sends without a zone are read as UTC.',
      'Microsoft 365 and Google backups are not covered.',
      'Put together of the history of MSP Backups: plans of which no run began that day are not in it.',
    ],
  })
  runs.length = 0
  const before = sandbox.requests.length
  assert.deepEqual((await msp(...reportWords('2026-01-10'))).json(), report)
  assert.equal(sandbox.requests.length, before)
  const { stderr } = await msp('backup', 'report', '--client', 'data', '--date', '2026-01-10')
  assert.match(stderr.at(-1) ?? '', /^Out of the vendor's history, until 2026-01-10 23:59 /)
  // what a history does not have is not gone, and no snapshot of today
  const live = (await msp('backup', 'report', '--client', 'data', '--json')).json()
  assert.deepEqual(
    live.plans.map(({ computer, status }: Record<string, unknown>) => [computer, status]),
    [['TODAY', 'successful']],
  )
})

test('a day that has just ended, or on which a run still goes on, is not kept, and asked for again', async (t) => {
  const { msp, sandbox, pass } = await startBackups(t)
  const { runs } = sandbox.mspBackups
  const computersOf = async () => {
    const before = sandbox.requests.length
    const { plans } = (await msp(...reportWords('2026-01-14'))).json()
    const names = plans.map(({ computer, status }: Record<string, unknown>) => `${computer} ${status}`)
    return [names, sandbox.requests.length > before ? 'asked' : 'kept']
  }
  runs.push(historyRun({ StartTime: '2026-01-14T10:00:00' }))
  assert.deepEqual(await computersOf(), [['PC1 successful'], 'asked'])
  // it comes in late; the day ended 2026-01-15 at 7 in UTC
  const late = historyRun({ ComputerName: 'PC2', ComputerHid: 'h2', StartTime: '2026-01-15T06:00:00', Status: 3 })
  runs.push(late)
  pass(11.4)
  const running = [['PC2 running', 'PC1 successful'], 'asked']
  assert.deepEqual(await computersOf(), running)
  pass(24)
  assert.deepEqual(await computersOf(), running)
  late.Status = 2
  const failed = ['PC2 failed', 'PC1 successful']
  assert.deepEqual(
    [await computersOf(), await computersOf()],
    [
      [failed, 'asked'],
      [failed, 'kept'],
    ],
  )
})

test('a day of which nothing is known is not made up', async (t) => {
  const { msp, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'TODAY')
  await msp('backup', 'report', '--client', 'data')
  assert.deepEqual(await msp('backup', 'report', '--client', 'data', '--date', 'yesterday'), {
    exitCode: 5,
    stdout: [],
    stderr: [
      'Nothing is known of the backups of Dataforth on 2026-01-14: msp did not look that day, and the vendor has no runs of it.',
      'Each report keeps a snapshot of its day. For the days to come, run every day: msp backup status --check',
    ],
  })
})

test('a day to come is refused, and today is now', async (t) => {
  const { msp, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'TODAY')
  const result = await msp('backup', 'report', '--client', 'data', '--date', '2026-01-16')
  assert.deepEqual([result.exitCode, result.stdout, result.stderr], [2, [], ['2026-01-16 is in the future.']])
  const sources = ['today', '2026-01-15', 'latest'].map(async (day) => (await msp(...reportWords(day))).json().source)
  assert.deepEqual(await Promise.all(sources), ['live', 'live', 'live'])
})

test('the strip is as long as it was asked to be', async (t) => {
  const { msp, addPlans, run, pass } = await startBackups(t)
  const [plan] = addPlans('Dataforth', 'PC1')
  assert.ok(plan)
  for (const Status of [0, 2, 7, 3]) {
    run(plan, { Status })
    await msp('backup', 'status')
    pass(24)
  }
  pass(-24)
  const stripOf = async (days: string) => (await msp('backup', 'report', '--client', 'data', '--json', '--days', days)).json()
  const { days, plans } = await stripOf('5')
  assert.deepEqual(
    [days, plans[0].days, plans[0].lastSuccess],
    [
      ['2026-01-14', '2026-01-15', '2026-01-16', '2026-01-17', '2026-01-18'],
      ['noData', 'successful', 'failed', 'warning', 'running'],
      '2026-01-15T20:32:00.000Z',
    ],
  )
  assert.equal((await stripOf('28')).plans[0].days.length, 28)
})
