import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planStatuses } from '../../src/backups/backup.ts'
import { type ReportInput, toReport } from '../../src/backups/make-report.ts'
import { type BackupReport, toAgeWords, toSentence } from '../../src/backups/report.ts'
import { plan } from './plan.ts'

const takenAt = new Date('2026-01-15T14:00:00.000Z')
const hoursAgo = (hours: number): Date => new Date(takenAt.getTime() - hours * 3_600_000)
const gigabyte = 1024 ** 3
const about = { client: 'Dataforth', date: '2026-01-15', takenAt, source: 'live', zone: 'UTC', days: [], notes: [] } as const
type Judged = ReportInput['plans'][number]
const judged = (given: Partial<Judged> = {}): Judged => ({ ...plan(), lastSuccess: null, days: [], isWrong: false, ...given })
const reportOf = (plans: readonly Judged[], change: Partial<BackupReport> = {}) =>
  toReport({ ...about, days: [], notes: [], ...change, plans })
const none = Object.fromEntries(planStatuses.map((status) => [status, 0])) as Record<(typeof planStatuses)[number], number>

const date = fc.option(fc.date({ noInvalidDate: true }))
const plans = fc.array(
  fc
    .record({
      ...{
        computer: fc.string(),
        plan: fc.string(),
        kind: fc.constantFrom('backup', 'restore', 'check'),
        lastStart: date,
        lastSuccess: date,
      },
      ...{ status: fc.constantFrom(...planStatuses), protectedBytes: fc.nat(2 ** 30), sentBytes: fc.nat(2 ** 30) },
    })
    .map((given) => judged(given as Partial<Judged>)),
)

test('of any plans the parts add up to the jobs, the sizes to those of the jobs, and the worst comes first', () =>
  fc.assert(
    fc.property(plans, (given) => {
      const { totals, plans: shown } = reportOf(given)
      const jobs = given.filter(({ kind }) => kind === 'backup')
      const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0)
      const { totalJobs, protectedBytes, sentBytes, ...counts } = totals
      assert.deepEqual(Object.keys(counts).sort(), [...planStatuses].sort())
      assert.deepEqual(
        [totalJobs, sum(Object.values(counts)), shown.length, protectedBytes, sentBytes],
        [jobs.length, jobs.length, jobs.length, sum(jobs.map((job) => job.protectedBytes)), sum(jobs.map((job) => job.sentBytes))],
      )
      const worries = shown.map(({ status }) => planStatuses.indexOf(status))
      assert.deepEqual(
        worries,
        worries.toSorted((one, other) => one - other),
      )
    }),
  ))

test('the sentence says "all successful" only when every job is, and there is one', () =>
  fc.assert(
    fc.property(plans, (given) => {
      const jobs = given.filter(({ kind }) => kind === 'backup')
      const areAll = jobs.length > 0 && jobs.every(({ status }) => status === 'successful')
      assert.equal(toSentence(reportOf(given)).includes('all successful'), areAll)
    }),
  ))

test('a report is whole', () => {
  const job = {
    filesFailed: 3,
    sentBytes: 7,
    nextStart: hoursAgo(-10),
    reason: 'Well done.',
    lastSuccess: hoursAgo(11),
    days: ['noRun'],
  } as const
  const evidence = { computer: 'PC1', plan: 'Test', status: 'failed' } as const
  const crossChecks = [{ vendor: 'MSP Backups', differences: [] }]
  const given = [
    judged({ ...job, days: ['noRun'] }),
    judged({ ...evidence, kind: 'restore', lastStart: hoursAgo(30) }),
    judged({ ...evidence, kind: 'restore', lastStart: hoursAgo(20) }),
    judged({ ...evidence, kind: 'restore', lastStart: null }),
    judged({ ...evidence, kind: 'check', lastStart: hoursAgo(40) }),
  ]
  assert.deepEqual(toReport({ ...about, days: ['2026-01-15'], notes: ['A note.'], plans: given, crossChecks }), {
    ...{ client: 'Dataforth', date: '2026-01-15', takenAt, source: 'live', zone: 'UTC' },
    totals: { totalJobs: 1, ...none, successful: 1, protectedBytes: gigabyte, sentBytes: 7 },
    oldestSuccess: { computer: 'AD1', plan: 'Nightly', at: hoursAgo(11) },
    plans: [
      {
        ...{
          computer: 'AD1',
          plan: 'Nightly',
          type: 'Files',
          status: 'successful',
          lastStart: hoursAgo(11),
          lastSuccess: hoursAgo(11),
          isWrong: false,
        },
        ...{ nextStart: hoursAgo(-10), filesFailed: 3, protectedBytes: gigabyte, sentBytes: 7, reason: 'Well done.', days: ['noRun'] },
        isWrong: false,
      },
    ],
    days: ['2026-01-15'],
    evidence: { restore: { ...evidence, at: hoursAgo(20) }, check: { ...evidence, at: hoursAgo(40) } },
    crossChecks,
    notes: ['A note.'],
  })
})

test('a report without plans has nothing in it, and no evidence', () => {
  const { totals, plans, oldestSuccess, evidence } = reportOf([])
  assert.deepEqual(
    { totals, plans, oldestSuccess, evidence },
    {
      totals: { totalJobs: 0, ...none, protectedBytes: 0, sentBytes: 0 },
      plans: [],
      oldestSuccess: null,
      evidence: { restore: null, check: null },
    },
  )
})

test('among equals the one that ran longest ago comes first, then they go by name', () => {
  const given = [
    judged({ computer: 'B', lastStart: hoursAgo(1) }),
    judged({ computer: 'C', lastStart: hoursAgo(2) }),
    judged({ computer: 'A', plan: 'b', lastStart: hoursAgo(1) }),
    judged({ computer: 'A', plan: 'a', lastStart: hoursAgo(1) }),
  ]
  assert.deepEqual(
    reportOf(given).plans.map((each) => each.computer + each.plan),
    ['CNightly', 'Aa', 'Ab', 'BNightly'],
  )
})

test('the oldest success is that of a job which did not succeed since, not of one that never did', () => {
  const given = [
    judged({ computer: 'fresh', lastSuccess: hoursAgo(1) }),
    judged({ computer: 'stale', lastSuccess: hoursAgo(50) }),
    judged({ computer: 'never' }),
    judged({ computer: 'restore', kind: 'restore', lastSuccess: hoursAgo(500) }),
  ]
  assert.deepEqual(reportOf(given).oldestSuccess, { computer: 'stale', plan: 'Nightly', at: hoursAgo(50) })
})

for (const [given, sentence] of [
  [Array.from({ length: 5 }, () => judged({ protectedBytes: 49 * gigabyte })), '5 jobs, all successful, 245 GB total'],
  [[judged()], '1 job, all successful, 1 GB total'],
  [[], '0 jobs, 0 bytes total'],
  [[judged({ kind: 'restore' }), judged({ kind: 'check' })], '0 jobs, 0 bytes total'],
  [[judged({ status: 'unknown' })], '1 job, 1 unknown, 1 GB total'],
  [[judged({ status: 'running' }), judged()], '2 jobs, 1 running, 1 successful, 2 GB total'],
  [
    planStatuses.toReversed().map((status) => judged({ status, protectedBytes: 0 })),
    '9 jobs, 1 failed, 1 gone, 1 no result, 1 overdue, 1 never ran, 1 unknown, 1 with a warning, 1 running, 1 successful, 0 bytes total',
  ],
] as const) {
  test(`Latest backup report: ${sentence}`, () => assert.equal(toSentence(reportOf(given)), `Latest backup report: ${sentence}`))
}

test('the sentence of a past day names the day', () =>
  assert.equal(toSentence(reportOf([judged()], { source: 'snapshot' })), 'Backup report of 2026-01-15: 1 job, all successful, 1 GB total'))

for (const [hours, words] of [
  [-1, 'in the future'],
  [0, '0 min ago'],
  [0.5, '30 min ago'],
  [1, '1 h ago'],
  [47.9, '48 h ago'],
  [48, '2 days ago'],
  [240, '10 days ago'],
] as const) {
  test(`${hours} hours before is ${words}`, () => assert.equal(toAgeWords(hoursAgo(hours), takenAt), words))
}
