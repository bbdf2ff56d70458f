import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deadlineOf, type Expectation, expectationOf, toGapWords } from '../../src/backups/expectation.ts'
import { at, plan } from './plan.ts'

const expected = (given: Partial<Expectation> = {}): Expectation => ({
  ...{ computer: '', plan: '', everyMinutes: null, graceMinutes: null, weekdaysOnly: false, pausedUntil: null, isIgnored: false },
  ...given,
})
const hours = (count: number) => count * 60

test("a plan's own expectation counts, else its computer's, else the client's", () => {
  const all = [
    expected({ everyMinutes: 1 }),
    expected({ computer: 'ad1', everyMinutes: 2 }),
    expected({ computer: 'ad1', plan: 'ad1/Nightly', everyMinutes: 3 }),
  ]
  const of = (computerKey: string, key: string) => expectationOf({ computerKey, key }, all)?.everyMinutes
  assert.deepEqual([of('ad1', 'ad1/Nightly'), of('ad1', 'ad1/Weekly'), of('ad2', 'ad2/Nightly')], [3, 2, 1])
  assert.equal(expectationOf({ computerKey: 'ad1', key: 'x' }, []), undefined)
})

interface Case {
  last?: string | null
  next?: string
  starts?: string[]
  expectation?: Partial<Expectation>
  zone?: string
}

function deadline({ last = '2026-01-15T03:00:00.000Z', next, starts = [], expectation, zone = 'UTC' }: Case) {
  const given = plan({ lastStart: last === null ? null : at(last), nextStart: next === undefined ? null : at(next) })
  const found = deadlineOf(given, starts.map(at), expectation && expected(expectation), zone)
  return found && [found.at.toISOString(), found.by]
}

const nightly = ['2026-01-12T03:00:00.000Z', '2026-01-13T03:00:00.000Z', '2026-01-14T03:00:00.000Z']
const weekly = ['2026-01-01T03:00:00.000Z', '2026-01-08T03:00:00.000Z']

for (const [name, given, wanted] of [
  ['of a plan that never ran nothing is late', { last: null, next: '2026-01-16T03:00:00.000Z' }, undefined],
  ['its next start, and two hours', { next: '2026-01-16T03:00:00.000Z' }, ['2026-01-16T05:00:00.000Z', 'its schedule']],
  [
    'its next start, and the grace that is set',
    { next: '2026-01-16T03:00:00.000Z', expectation: { graceMinutes: hours(6) } },
    ['2026-01-16T09:00:00.000Z', 'its schedule'],
  ],
  [
    'a next start before the last one says nothing',
    { next: '2026-01-15T02:00:00.000Z' },
    ['2026-01-16T05:00:00.000Z', 'a day, since it has no schedule'],
  ],
  ['without a schedule a day and two hours', {}, ['2026-01-16T05:00:00.000Z', 'a day, since it has no schedule']],
  ['two runs make no habit', { starts: weekly.slice(1) }, ['2026-01-16T05:00:00.000Z', 'a day, since it has no schedule']],
  ['one and a half times the usual gap', { starts: weekly }, ['2026-01-25T15:00:00.000Z', 'its runs, 7 days apart']],
  ['a nightly habit', { starts: nightly }, ['2026-01-16T15:00:00.000Z', 'its runs, 24 h apart']],
  [
    'never sooner than 26 hours after the last run',
    { starts: ['2026-01-15T01:00:00.000Z', '2026-01-15T02:00:00.000Z'] },
    ['2026-01-16T05:00:00.000Z', 'its runs, 1 h apart'],
  ],
  ['as it is set, and two hours', { expectation: { everyMinutes: hours(24) } }, ['2026-01-16T05:00:00.000Z', 'every 24 h']],
  [
    'as it is set, whatever the schedule says',
    { next: '2026-02-15T03:00:00.000Z', expectation: { everyMinutes: hours(4), graceMinutes: 30 } },
    ['2026-01-15T07:30:00.000Z', 'every 4 h'],
  ],
  [
    'on weekdays, from Thursday to Friday',
    { expectation: { everyMinutes: hours(24), weekdaysOnly: true } },
    ['2026-01-16T05:00:00.000Z', 'every 24 h'],
  ],
  [
    'on weekdays, from Friday over the weekend',
    { last: '2026-01-16T03:00:00.000Z', expectation: { everyMinutes: hours(24), weekdaysOnly: true } },
    ['2026-01-19T05:00:00.000Z', 'every 24 h'],
  ],
  [
    'on weekdays, from a Saturday: the time begins on Monday',
    { last: '2026-01-17T12:00:00.000Z', expectation: { everyMinutes: hours(24), weekdaysOnly: true } },
    ['2026-01-20T02:00:00.000Z', 'every 24 h'],
  ],
  [
    'on weekdays, a week of five days',
    { expectation: { everyMinutes: hours(120), graceMinutes: 1, weekdaysOnly: true } },
    ['2026-01-22T03:01:00.000Z', 'every 5 days'],
  ],
  [
    'on weekdays, in the zone: Friday evening in Phoenix is Saturday in UTC',
    {
      ...{ last: '2026-01-17T03:00:00.000Z', zone: 'America/Phoenix' },
      expectation: { everyMinutes: hours(24), weekdaysOnly: true },
    },
    ['2026-01-20T05:00:00.000Z', 'every 24 h'],
  ],
  [
    'on weekdays, over a weekend that has 47 hours',
    {
      ...{ last: '2026-03-07T03:00:00.000Z', zone: 'America/New_York' },
      expectation: { everyMinutes: hours(24), weekdaysOnly: true },
    },
    // Friday 22:00 there, to Tuesday 00:00 that is two hours of Friday and twenty-four of Monday
    ['2026-03-10T04:00:00.000Z', 'every 24 h'],
  ],
  [
    'after a pause the time begins anew',
    { expectation: { everyMinutes: hours(24), pausedUntil: at('2026-02-02T00:00:00.000Z') } },
    ['2026-02-03T02:00:00.000Z', 'every 24 h'],
  ],
  [
    'after a pause a start that was in it is not missed',
    { next: '2026-01-16T03:00:00.000Z', expectation: { pausedUntil: at('2026-02-02T00:00:00.000Z') } },
    ['2026-02-03T02:00:00.000Z', 'a day, since it has no schedule'],
  ],
  [
    'a pause that ended before the last run is over',
    { expectation: { everyMinutes: hours(24), pausedUntil: at('2026-01-10T00:00:00.000Z') } },
    ['2026-01-16T05:00:00.000Z', 'every 24 h'],
  ],
] satisfies Array<[string, Case, unknown]>) {
  test(`a run is due: ${name}`, () => assert.deepEqual(deadline(given), wanted))
}

for (const [minutes, words] of [
  [30, '30 min'],
  [90, '90 min'],
  [60, '1 h'],
  [1440, '24 h'],
  [2880, '48 h'],
  [2940, '2 days'],
  [10_080, '7 days'],
  [5040, '3.5 days'],
  [1590, '27 h'],
] as const) {
  test(`${minutes} minutes are ${words}`, () => assert.equal(toGapWords(minutes * 60_000), words))
}
