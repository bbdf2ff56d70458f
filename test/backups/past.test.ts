import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackupPlan } from '../../src/backups/backup.ts'
import { dayReader, lastSuccessOf, readPast, type Snapshot } from '../../src/backups/past.ts'
import { at, plan, snapshot } from './plan.ts'

const key = 'ad1/Nightly'
const ran = (lastStart: string | null, status: BackupPlan['status'] = 'successful') =>
  plan({ lastStart: lastStart === null ? null : at(lastStart), status })
const days = ['2026-01-12', '2026-01-13', '2026-01-14', '2026-01-15']
const stripOf = (snapshots: readonly Snapshot[], zone = 'UTC') =>
  dayReader(days, snapshots, zone)(key, readPast(snapshots).get(key)?.runs ?? [])
/** A look at noon of a January day, at a plan that last ran then. */
const noon = (day: number, lastStart: string | null, status?: BackupPlan['status']) =>
  snapshot(`2026-01-${day}T12:00:00.000Z`, [ran(lastStart, status)])

for (const [name, snapshots, strip] of [
  ['nobody looked', [], ['noData', 'noData', 'noData', 'noData']],
  ['one look shows the last run only', [noon(15, '2026-01-15T03:00:00Z')], ['noData', 'noData', 'noData', 'successful']],
  [
    'a look every day',
    [
      noon(12, '2026-01-12T03:00:00Z', 'failed'),
      noon(13, '2026-01-13T03:00:00Z', 'warning'),
      noon(14, '2026-01-14T03:00:00Z', 'unknown'),
      noon(15, '2026-01-15T03:00:00Z', 'running'),
    ],
    ['failed', 'warning', 'unknown', 'running'],
  ],
  [
    'what a later look says of a run counts',
    [noon(14, '2026-01-14T03:00:00Z', 'running'), snapshot('2026-01-14T18:00:00.000Z', [ran('2026-01-14T03:00:00Z', 'failed')])],
    ['noData', 'noData', 'failed', 'noData'],
  ],
  [
    'a failure that was mended the same day is a warning',
    [noon(14, '2026-01-14T03:00:00Z', 'failed'), snapshot('2026-01-14T18:00:00.000Z', [ran('2026-01-14T16:00:00Z')])],
    ['noData', 'noData', 'warning', 'noData'],
  ],
  [
    'a success before a failure mends nothing',
    [noon(14, '2026-01-14T03:00:00Z'), snapshot('2026-01-14T18:00:00.000Z', [ran('2026-01-14T16:00:00Z', 'failed')])],
    ['noData', 'noData', 'failed', 'noData'],
  ],
  [
    'a failure after which another run is under way is one',
    [noon(14, '2026-01-14T03:00:00Z', 'failed'), snapshot('2026-01-14T18:00:00.000Z', [ran('2026-01-14T17:00:00Z', 'running')])],
    ['noData', 'noData', 'failed', 'noData'],
  ],
  [
    'of several runs a day the worst',
    [noon(14, '2026-01-14T03:00:00Z', 'warning'), snapshot('2026-01-14T18:00:00.000Z', [ran('2026-01-14T16:00:00Z')])],
    ['noData', 'noData', 'warning', 'noData'],
  ],
  [
    'the vendor said overdue on a day without a run',
    [noon(13, '2026-01-12T03:00:00Z'), noon(15, '2026-01-12T03:00:00Z', 'overdue')],
    ['successful', 'noRun', 'noRun', 'overdue'],
  ],
  ['a plan that never ran is late every day that somebody looked', [noon(14, null, 'neverRan')], ['noData', 'noData', 'overdue', 'noData']],
  [
    'a later look proves that no run began',
    [noon(12, '2026-01-12T03:00:00Z'), noon(15, '2026-01-12T03:00:00Z')],
    ['successful', 'noRun', 'noRun', 'noRun'],
  ],
  [
    'when a later run hid what was before nothing is proved',
    [noon(12, '2026-01-12T03:00:00Z'), noon(15, '2026-01-14T03:00:00Z')],
    ['successful', 'noData', 'successful', 'noRun'],
  ],
  [
    'a look that does not have the plan says nothing of its runs',
    [snapshot('2026-01-14T12:00:00.000Z', []), noon(15, '2026-01-15T03:00:00Z')],
    ['noData', 'noData', 'noData', 'successful'],
  ],
  [
    'what was put together of single runs counts for its own day',
    [snapshot('2026-01-13T23:59:59.999Z', [ran('2026-01-13T03:00:00Z', 'failed')], false), noon(15, '2026-01-15T03:00:00Z')],
    ['noData', 'failed', 'noData', 'successful'],
  ],
] satisfies Array<[string, Snapshot[], string[]]>) {
  test(`the days of a plan: ${name}`, () => assert.deepEqual(stripOf(snapshots), strip))
}

test('a run belongs to the day on which it began in the zone', () => {
  const snapshots = [snapshot('2026-01-15T12:00:00.000Z', [ran('2026-01-15T03:00:00Z')])]
  assert.deepEqual(
    [stripOf(snapshots, 'America/Phoenix'), stripOf(snapshots, 'Asia/Tokyo')],
    [
      ['noData', 'noData', 'successful', 'noRun'],
      ['noData', 'noData', 'noData', 'successful'],
    ],
  )
})

test('a run is known once, in order, as the latest snapshot has it; overdue is none', () => {
  const snapshots = [
    snapshot('2026-01-14T12:00:00.000Z', [ran('2026-01-14T03:00:00.000Z', 'running')]),
    snapshot('2026-01-14T18:00:00.000Z', [ran('2026-01-14T03:00:00.000Z', 'warning')]),
    snapshot('2026-01-15T11:00:00.000Z', [ran('2026-01-13T03:00:00.000Z')], false),
    snapshot('2026-01-15T12:00:00.000Z', [ran('2026-01-14T03:00:00.000Z', 'overdue')]),
    snapshot('2026-01-15T13:00:00.000Z', []),
  ]
  assert.deepEqual(readPast(snapshots).get(key), {
    runs: [
      { start: at('2026-01-13T03:00:00.000Z'), status: 'successful' },
      { start: at('2026-01-14T03:00:00.000Z'), status: 'warning' },
    ],
    lastSeen: { at: at('2026-01-15T12:00:00.000Z'), plan: ran('2026-01-14T03:00:00.000Z', 'overdue') },
  })
})

test('what only a history has was never seen in a list', () => {
  const snapshots = [snapshot('2026-01-14T12:00:00.000Z', [ran('2026-01-14T03:00:00.000Z')], false)]
  assert.equal(readPast(snapshots).get(key)?.lastSeen, undefined)
})

test('the last success is the latest run that is known to have succeeded', () => {
  const pastOf = (...runs: BackupPlan[]) =>
    readPast(runs.map((run, index) => snapshot(`2026-01-15T1${index}:00:00.000Z`, [run]))).get(key) ?? assert.fail()
  const [first, second, third] = ['2026-01-13T03:00:00.000Z', '2026-01-14T03:00:00.000Z', '2026-01-15T03:00:00.000Z']
  assert.deepEqual(
    [
      lastSuccessOf(pastOf(ran(first), ran(second), ran(third, 'failed'))),
      lastSuccessOf(pastOf(ran(first, 'warning'), ran(second, 'unknown'))),
      lastSuccessOf(pastOf(ran(null, 'neverRan'))),
    ],
    [at(second), null, null],
  )
})
