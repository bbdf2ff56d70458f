import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BackupPlan, planStatuses } from '../../src/backups/backup.ts'
import { listStale, toReport, toSentence, toSizeWords } from '../../src/backups/report.ts'

const at = new Date('2026-01-15T14:00:00.000Z')
const taken = { at, date: '2026-01-15' }
const hoursAgo = (hours: number): Date => new Date(at.getTime() - hours * 3_600_000)
const gigabyte = 1024 ** 3

const plan = (given: Partial<BackupPlan> = {}): BackupPlan => ({
  ...{ vendorClient: 'Dataforth', computer: 'AD1', key: '1', plan: 'Nightly', type: 'Files', kind: 'backup', status: 'successful' },
  ...{ lastStart: hoursAgo(10), nextStart: null, filesFailed: 0, protectedBytes: gigabyte, sentBytes: 1, reason: null },
  ...given,
})

const size = fc.integer({ min: 0, max: 2 ** 50 })
const plans = fc.array(
  fc.record({
    vendorClient: fc.constant('Dataforth'),
    computer: fc.string(),
    key: fc.string(),
    plan: fc.string(),
    type: fc.string(),
    kind: fc.constantFrom('backup', 'restore', 'check'),
    status: fc.constantFrom(...planStatuses),
    lastStart: fc.option(fc.date({ noInvalidDate: true })),
    nextStart: fc.option(fc.date({ noInvalidDate: true })),
    filesFailed: fc.nat(),
    protectedBytes: size,
    sentBytes: size,
    reason: fc.option(fc.string()),
  }),
)

test('of any plans the parts add up to the jobs, and the sizes to those of the jobs', () =>
  fc.assert(
    fc.property(plans, (given) => {
      const report = toReport('Dataforth', given, taken)
      const jobs = given.filter(({ kind }) => kind === 'backup')
      const { totalJobs, successful, warning, failed, overdue, running, neverRan, unknown, protectedBytes, sentBytes, ...rest } =
        report.totals
      assert.deepEqual(
        [totalJobs, successful + warning + failed + overdue + running + neverRan + unknown, report.plans.length, rest],
        [jobs.length, jobs.length, jobs.length, {}],
      )
      assert.equal(
        protectedBytes,
        jobs.reduce((sum, job) => sum + job.protectedBytes, 0),
      )
      assert.equal(
        sentBytes,
        jobs.reduce((sum, job) => sum + job.sentBytes, 0),
      )
    }),
  ))

test('of any plans the worst comes first', () =>
  fc.assert(
    fc.property(plans, (given) => {
      const worries = toReport('Dataforth', given, taken).plans.map(({ status }) => planStatuses.indexOf(status))
      assert.deepEqual(
        worries,
        worries.toSorted((one, other) => one - other),
      )
    }),
  ))

test('the sentence says "all successful" only when every job is, none is silent, and there is one', () =>
  fc.assert(
    fc.property(plans, (given) => {
      const jobs = given.filter(({ kind }) => kind === 'backup')
      const areAll = jobs.length > 0 && jobs.every(({ status }) => status === 'successful')
      const report = toReport('Dataforth', given, taken)
      assert.equal(toSentence(report).includes('all successful'), areAll && listStale(report).length === 0)
    }),
  ))

test('a report is whole', () => {
  const { vendorClient: _, key: __, kind: ___, ...shown } = plan({ sentBytes: 7, nextStart: hoursAgo(-10), reason: 'Well done.' })
  assert.deepEqual(toReport('Dataforth', [plan({ sentBytes: 7, nextStart: hoursAgo(-10), reason: 'Well done.' })], taken), {
    client: 'Dataforth',
    date: '2026-01-15',
    takenAt: at,
    totals: {
      ...{ totalJobs: 1, successful: 1, warning: 0, failed: 0, overdue: 0, running: 0, neverRan: 0, unknown: 0 },
      ...{ protectedBytes: gigabyte, sentBytes: 7 },
    },
    plans: [shown],
  })
})

test('among equals the one that ran longest ago comes first, then they go by name', () => {
  const given = [
    plan({ computer: 'B', lastStart: hoursAgo(1) }),
    plan({ computer: 'C', lastStart: hoursAgo(2) }),
    plan({ computer: 'A', plan: 'b', lastStart: hoursAgo(1) }),
    plan({ computer: 'A', plan: 'a', lastStart: hoursAgo(1) }),
  ]
  assert.deepEqual(
    toReport('Dataforth', given, taken).plans.map((each) => each.computer + each.plan),
    ['CNightly', 'Aa', 'Ab', 'BNightly'],
  )
})

for (const [given, sentence] of [
  [Array.from({ length: 5 }, () => plan({ protectedBytes: 49 * gigabyte })), '5 jobs, all successful, 245 GB total'],
  [[plan()], '1 job, all successful, 1 GB total'],
  [[], '0 jobs, 0 bytes total'],
  [[plan({ kind: 'restore' }), plan({ kind: 'check' })], '0 jobs, 0 bytes total'],
  [[plan({ status: 'unknown' })], '1 job, 1 unknown, 1 GB total'],
  [[plan({ status: 'running' }), plan()], '2 jobs, 1 running, 1 successful, 2 GB total'],
  [
    planStatuses.toReversed().map((status) => plan({ status, protectedBytes: 0 })),
    '7 jobs, 1 failed, 1 overdue, 1 never ran, 1 unknown, 1 with a warning, 1 running, 1 successful, 0 bytes total',
  ],
] as const) {
  test(`Latest backup report: ${sentence}`, () =>
    assert.equal(toSentence(toReport('Dataforth', given, taken)), `Latest backup report: ${sentence}`))
}

test('a success of days ago is told apart', () => {
  const given = [
    plan({ computer: 'fresh', lastStart: hoursAgo(26) }),
    plan({ computer: 'stale', lastStart: hoursAgo(26.1) }),
    plan({ computer: 'hangs', lastStart: hoursAgo(50), status: 'running' }),
    plan({ computer: 'failed', lastStart: hoursAgo(50), status: 'failed' }),
    plan({ computer: 'never', lastStart: null, status: 'neverRan' }),
    plan({ computer: 'restore', lastStart: hoursAgo(500), kind: 'restore' }),
  ]
  assert.deepEqual(
    listStale(toReport('Dataforth', given, taken)).map(({ computer }) => computer),
    ['hangs', 'stale'],
  )
})

for (const [bytes, words] of [
  [0, '0 bytes'],
  [1, '1 byte'],
  [1023, '1023 bytes'],
  [1024, '1 KB'],
  [1536, '1.5 KB'],
  [245 * gigabyte, '245 GB'],
  [245.6 * gigabyte, '246 GB'],
  [1024 * gigabyte, '1 TB'],
  [1023.99 * gigabyte, '1 TB'],
  [9.99 * gigabyte, '10 GB'],
  [2 ** 62, '4096 PB'],
] as const) {
  test(`${bytes} bytes are ${words}`, () => assert.equal(toSizeWords(bytes), words))
}
