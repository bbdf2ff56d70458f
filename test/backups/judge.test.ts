import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planStatuses } from '../../src/backups/backup.ts'
import type { Expectation } from '../../src/backups/expectation.ts'
import { isForgotten } from '../../src/backups/judge.ts'
import { at, judge, plan, snapshot } from './plan.ts'

const thursday = '2026-01-15T12:00:00.000Z'
const saturday = '2026-01-17T12:00:00.000Z'
const monday = '2026-01-19T12:00:00.000Z'
const expected = (given: Partial<Expectation>): Expectation => ({
  ...{ computer: '', plan: '', everyMinutes: null, graceMinutes: null, weekdaysOnly: false, pausedUntil: null, isIgnored: false },
  ...given,
})
const statusesOf = (jobs: ReturnType<typeof judge>) => jobs.map(({ key, status, reason }) => [key, status, reason])
const key = 'ad1/Nightly'

test('a plan that is in time is as the vendor says, with what is expected of it', () => {
  const given = plan({ nextStart: at('2026-01-16T03:00:00.000Z') })
  assert.deepEqual(judge([snapshot(thursday, [given])], { days: ['2026-01-14', '2026-01-15'] }), [
    {
      ...given,
      lastSuccess: at('2026-01-15T03:00:00.000Z'),
      isWrong: false,
      days: ['noData', 'successful'],
      expectation: undefined,
      deadline: { at: at('2026-01-16T05:00:00.000Z'), by: 'its schedule' },
    },
  ])
})

test('a run that did not come is no result, with what was expected and why, and the days since are missed', () => {
  const given = plan({ nextStart: at('2026-01-16T03:00:00.000Z'), reason: 'All good.' })
  const [job] = judge([snapshot(thursday, [given]), snapshot(monday, [given])], {
    days: ['2026-01-15', '2026-01-16', '2026-01-17', '2026-01-18', '2026-01-19'],
  })
  assert.deepEqual(
    [job?.status, job?.vendorStatus, job?.reason, job?.days, job?.lastSuccess],
    [
      ...['noResult', 'successful', 'A run was expected by 2026-01-16 05:00 (its schedule). The last one: All good.'],
      ...[['successful', 'overdue', 'overdue', 'overdue', 'overdue'], at('2026-01-15T03:00:00.000Z')],
    ],
  )
})

test('the minute of the deadline is still in time', () => {
  const given = plan({ nextStart: at('2026-01-16T03:00:00.000Z') })
  const statusAt = (time: string) => judge([snapshot(time, [given])])[0]?.status
  assert.deepEqual([statusAt('2026-01-16T05:00:00.000Z'), statusAt('2026-01-16T05:00:00.001Z')], ['successful', 'noResult'])
})

for (const status of planStatuses) {
  const becomes = ['successful', 'warning', 'running', 'unknown'].includes(status) ? 'noResult' : status
  test(`silence turns ${status} into ${becomes}`, () => assert.equal(judge([snapshot(monday, [plan({ status })])])[0]?.status, becomes))
}

for (const [name, given, expectation, takenAt, status] of [
  ['without a schedule after a day', {}, undefined, saturday, 'noResult'],
  ['its schedule says next month', { nextStart: at('2026-02-15T03:00:00.000Z') }, undefined, monday, 'successful'],
  ['its schedule says in three months', { nextStart: at('2026-04-15T03:00:00.000Z') }, undefined, '2026-02-20T12:00:00.000Z', 'noResult'],
  [
    'its schedule says in three months, as somebody said',
    { nextStart: at('2026-04-15T03:00:00.000Z') },
    { everyMinutes: 90 * 1440 },
    '2026-02-20T12:00:00.000Z',
    'successful',
  ],
  ['it runs for a day', { status: 'running', nextStart: at('2026-02-01T03:00:00.000Z') }, undefined, '2026-01-16T04:00:00.000Z', 'running'],
  ['it runs for two days', { status: 'running', nextStart: at('2026-02-01T03:00:00.000Z') }, undefined, saturday, 'noResult'],
  ['it runs for two days of seven', { status: 'running' }, { everyMinutes: 7 * 1440 }, saturday, 'running'],
  ['it runs for days while it is paused', { status: 'running' }, { pausedUntil: at('2026-02-01T00:00:00.000Z') }, monday, 'running'],
  ['its start is a day ahead, as of another zone', { lastStart: at('2026-01-16T13:00:00.000Z') }, undefined, thursday, 'successful'],
  ['its start is far ahead', { lastStart: at('2099-01-01T00:00:00.000Z') }, undefined, thursday, 'unknown'],
  ['more often than its schedule', { nextStart: at('2026-02-15T03:00:00.000Z') }, { everyMinutes: 1440 }, saturday, 'noResult'],
  ['less often than its habit', {}, { everyMinutes: 7 * 1440 }, monday, 'successful'],
  ['with a long grace', {}, { everyMinutes: 1440, graceMinutes: 7 * 1440 }, monday, 'successful'],
  [
    'on weekdays only, over a weekend',
    { lastStart: at('2026-01-16T22:00:00.000Z') },
    { everyMinutes: 1440, weekdaysOnly: true },
    monday,
    'successful',
  ],
  [
    'on weekdays only, of a plan whose schedule says Saturday',
    { lastStart: at('2026-01-16T03:00:00.000Z'), nextStart: at('2026-01-17T03:00:00.000Z') },
    { weekdaysOnly: true },
    '2026-01-18T23:00:00.000Z',
    'successful',
  ],
  ['every day, over a weekend', { lastStart: at('2026-01-16T22:00:00.000Z') }, { everyMinutes: 1440 }, monday, 'noResult'],
  ['while it is paused', {}, { pausedUntil: at('2026-02-01T00:00:00.000Z') }, monday, 'successful'],
  ['just after a pause', {}, { pausedUntil: at('2026-01-19T00:00:00.000Z') }, monday, 'successful'],
  ['long after a pause', {}, { pausedUntil: at('2026-01-16T00:00:00.000Z') }, monday, 'noResult'],
  ['when nothing is expected', {}, { isIgnored: true }, monday, 'successful'],
] as const) {
  test(`what is expected ${name}: ${status}`, () => {
    const expectations = expectation ? [expected(expectation)] : []
    assert.equal(judge([snapshot(takenAt, [plan(given)])], { expectations })[0]?.status, status)
  })
}

test('a pause of the client holds for a plan of which something else is expected', () => {
  const own = expected({ computer: 'ad1', plan: key, everyMinutes: 60 })
  const statusWith = (wider: Partial<Expectation>) => judge([snapshot(monday, [plan()])], { expectations: [own, expected(wider)] })[0]
  const standing = [{ everyMinutes: 9999 }, { pausedUntil: at('2026-02-01T00:00:00.000Z') }, { isIgnored: true }].map(statusWith)
  assert.deepEqual(
    standing.map((job) => [job?.status, job?.isWrong]),
    [
      ['noResult', true],
      ['successful', false],
      // somebody said of this one that it is expected
      ['noResult', true],
    ],
  )
})

test('what runs for too long, or begins in the future, says so', () => {
  const reasonOf = (given: Parameters<typeof plan>[0]) => judge([snapshot(saturday, [plan(given)])])[0]?.reason
  assert.deepEqual(
    [reasonOf({ status: 'running', reason: 'Copying.' }), reasonOf({ lastStart: at('2099-01-01T00:00:00.000Z') })],
    [
      'It has been running since 2026-01-15 03:00.',
      'Its last start, 2099-01-01 00:00, lies in the future: is the clock of the computer right?',
    ],
  )
})

test('what is usual is learnt from the snapshots', () => {
  const weekly = ['2026-01-01', '2026-01-08', '2026-01-15'].map((day) =>
    snapshot(`${day}T12:00:00.000Z`, [plan({ lastStart: at(`${day}T03:00:00.000Z`) })]),
  )
  const last = plan({ lastStart: at('2026-01-15T03:00:00.000Z') })
  assert.deepEqual(
    [
      judge([...weekly, snapshot('2026-01-25T15:00:00.000Z', [last])])[0]?.status,
      judge([...weekly, snapshot('2026-01-25T15:00:01.000Z', [last])])[0]?.reason,
    ],
    ['successful', 'A run was expected by 2026-01-25 15:00 (its runs, 7 days apart).'],
  )
})

test('a plan that was there before and is not any more is gone, and protects nothing', () => {
  const old = plan({ computerKey: 'old', nextStart: at('2026-01-16T03:00:00.000Z'), filesFailed: 3, reason: 'Well done.' })
  const [kept, gone] = judge([snapshot(thursday, [old, plan()]), snapshot(saturday, [plan({ nextStart: at(monday) })])], {
    days: ['2026-01-15'],
  })
  assert.deepEqual(
    [kept?.status, gone],
    [
      'successful',
      {
        ...old,
        ...{ status: 'gone', nextStart: null, filesFailed: 0, protectedBytes: 0, sentBytes: 0 },
        reason: 'It is not in the list any more. It was last seen 2026-01-15 12:00.',
        ...{
          lastSuccess: at('2026-01-15T03:00:00.000Z'),
          days: ['successful'],
          expectation: undefined,
          deadline: undefined,
          isWrong: true,
        },
      },
    ],
  )
})

test('when every plan is gone each of them is said', () => {
  const snapshots = [snapshot(thursday, [plan(), plan({ computerKey: 'ad2' })]), snapshot(saturday, [])]
  assert.deepEqual(
    judge(snapshots).map((job) => [job.key, job.status]),
    [
      [key, 'gone'],
      ['ad2/Nightly', 'gone'],
    ],
  )
})

for (const [name, snapshots] of [
  ['in a snapshot of single runs', [snapshot(thursday, [plan()]), snapshot(saturday, [], false)]],
  ['that only such a snapshot knew', [snapshot(thursday, [plan()], false), snapshot(saturday, [])]],
  ['that is a restore', [snapshot(thursday, [plan({ kind: 'restore' })]), snapshot(saturday, [])]],
] as const) {
  test(`a plan ${name} is not gone`, () => assert.deepEqual(judge(snapshots), []))
}

test('what is gone and of which nothing is expected is only there to be named', () => {
  const snapshots = [snapshot(thursday, [plan()]), snapshot(saturday, [])]
  const [gone] = judge(snapshots, { expectations: [expected({ isIgnored: true })] })
  const [paused] = judge(snapshots, { expectations: [expected({ pausedUntil: at(monday) })] })
  assert.deepEqual(
    [gone, paused].map((job) => job && [job.status, isForgotten(job), job.isWrong]),
    [
      ['gone', true, false],
      ['gone', false, false],
    ],
  )
})

test('a plan that came back is not gone', () =>
  assert.deepEqual(
    judge([snapshot(thursday, [plan()]), snapshot(saturday, []), snapshot(monday, [plan({ status: 'failed' })])]).map(
      ({ status }) => status,
    ),
    ['failed'],
  ))

test('a renamed computer is the same plan, with its past', () => {
  const [before, after] = [plan({ computer: 'RECEPTION' }), plan({ computer: 'FRONT-DESK', lastStart: at(saturday), status: 'failed' })]
  const [job, ...others] = judge([snapshot(thursday, [before]), snapshot(saturday, [after])], { days: ['2026-01-15', '2026-01-17'] })
  assert.deepEqual(
    [job?.computer, job?.status, job?.lastSuccess, job?.days, others],
    ['FRONT-DESK', 'failed', at('2026-01-15T03:00:00.000Z'), ['successful', 'failed'], []],
  )
})

test('nothing is expected of restores and checks', () => {
  const given = ['restore', 'check'] as const
  const jobs = judge([
    snapshot(
      monday,
      given.map((kind) => plan({ kind, plan: kind })),
    ),
  ])
  assert.deepEqual(
    jobs.map(({ status, deadline }) => [status, deadline]),
    [
      ['successful', undefined],
      ['successful', undefined],
    ],
  )
})

test('somebody must look at what is neither successful nor running, unless it is paused or ignored', () => {
  const wrong = (given: Parameters<typeof plan>[0], expectation?: Partial<Expectation>) => {
    const [job] = judge([snapshot(thursday, [plan(given)])], { expectations: expectation ? [expected(expectation)] : [] })
    return job?.isWrong
  }
  assert.deepEqual(
    planStatuses.filter((status) => !wrong({ status })),
    ['running', 'successful'],
  )
  assert.deepEqual(
    [
      wrong({ status: 'failed', kind: 'restore' }),
      wrong({ status: 'failed' }, { isIgnored: true }),
      wrong({ status: 'failed' }, { pausedUntil: at(saturday) }),
      wrong({ status: 'failed' }, { pausedUntil: at(thursday) }),
      wrong({ status: 'failed' }, { everyMinutes: 1 }),
    ],
    [false, false, false, true, true],
  )
})

test('a reason names the time in the zone of the technician', () =>
  assert.deepEqual(statusesOf(judge([snapshot(monday, [plan()])], { zone: 'America/Phoenix' })), [
    [key, 'noResult', 'A run was expected by 2026-01-15 22:00 (a day, since it has no schedule).'],
  ]))
