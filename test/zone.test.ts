import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../src/errors.ts'
import { addDays, dayOf, isWeekend, localReader, monthsOf, startOfDay, toInstant } from '../src/zone.ts'
import { anyText } from './support/text.ts'

for (const [local, zone, instant, why] of [
  ['2026-03-07T22:00:05.113', 'UTC', '2026-03-07T22:00:05.113Z', 'without an offset'],
  ['2026-03-07T22:00:05.113', 'America/Phoenix', '2026-03-08T05:00:05.113Z', 'where the clocks never change'],
  ['2026-03-07T22:00:05.1134567', 'America/Phoenix', '2026-03-08T05:00:05.113Z', 'with more digits than a millisecond'],
  ['2026-03-08T01:59:59', 'America/New_York', '2026-03-08T06:59:59.000Z', 'just before the clocks go forward'],
  ['2026-03-08T02:30:00', 'America/New_York', '2026-03-08T07:30:00.000Z', 'in the hour that is skipped'],
  ['2026-03-08T03:00:00', 'America/New_York', '2026-03-08T07:00:00.000Z', 'just after the clocks went forward'],
  ['2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00.000Z', 'in the hour that comes twice'],
  ['2026-11-01T02:00:00', 'America/New_York', '2026-11-01T07:00:00.000Z', 'after the hour that comes twice'],
  ['2026-04-05T01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z', 'in the half hour that comes twice'],
] as const) {
  test(`${local} in ${zone}, ${why}`, () => assert.equal(toInstant(local, zone).toISOString(), instant))
}

const zones = ['UTC', 'America/New_York', 'America/Phoenix', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kathmandu']
// at the changes of the clocks, and anywhere else
const seconds = fc.oneof(
  fc.integer({ min: Date.parse('1975-01-01') / 1000, max: Date.parse('2035-01-01') / 1000 }),
  ...['2026-03-08T02:00', '2026-11-01T01:30', '2026-04-05T01:30', '2026-10-04T02:00', '2026-09-06T00:00'].map((local) =>
    fc.integer({ min: -7200, max: 7200 }).map((offset) => Date.parse(`${local}Z`) / 1000 + offset),
  ),
)

test('many times of one zone are read as each of them is', () =>
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.array(seconds, { maxLength: 10 }), (zone, times) => {
      const read = localReader(zone)
      const locals = times.map((time) => new Date(time * 1000).toISOString().replace(/\.?0*Z$/, ''))
      assert.deepEqual(
        locals.map((local) => read(local)),
        locals.map((local) => toInstant(local, zone)),
      )
    }),
    { numRuns: 200 },
  ))

for (const zone of ['UTC', 'America/New_York']) {
  test(`what is no time is refused by the reader of ${zone} too`, () => {
    for (const local of ['yesterday', '2026-02-30T10:00:00', '2026-03-07T24:00:00', '2026-03-07T22:00:05Z'])
      assert.throws(() => localReader(zone)(local), { code: 'usage', message: `"${local}" is not a time.` })
  })
}

for (const [from, to, zone, months] of [
  ['2026-01-15T00:00:00Z', '2026-01-16T00:00:00Z', 'UTC', ['2026-1']],
  ['2026-01-31T00:00:00Z', '2026-02-01T00:00:00Z', 'UTC', ['2026-1']],
  ['2026-01-31T00:00:00Z', '2026-02-01T00:00:00.001Z', 'UTC', ['2026-1', '2026-2']],
  ['2026-01-31T07:00:00Z', '2026-02-01T07:00:00Z', 'America/Phoenix', ['2026-1']],
  ['2026-01-31T07:00:00Z', '2026-02-01T07:00:00Z', 'UTC', ['2026-1', '2026-2']],
  ['2025-11-30T00:00:00Z', '2026-01-02T00:00:00Z', 'UTC', ['2025-11', '2025-12', '2026-1']],
] as const) {
  test(`from ${from} to ${to} in ${zone} there is ${months.join(', ')}`, () =>
    assert.deepEqual(
      monthsOf({ from: new Date(from), to: new Date(to) }, zone).map(({ year, month }) => `${year}-${month}`),
      months,
    ))
}

test('days are counted over the ends of months and years, and weekends are Saturdays and Sundays', () => {
  assert.deepEqual(
    [addDays('2026-12-31', 1), addDays('2026-03-01', -1), addDays('2024-02-28', 1)],
    ['2027-01-01', '2026-02-28', '2024-02-29'],
  )
  assert.deepEqual(
    Array.from({ length: 7 }, (_, index) => isWeekend(addDays('2026-01-12', index))),
    [false, false, false, false, false, true, true],
  )
})

for (const [instant, zone, day] of [
  ['2026-03-08T06:59:59.999Z', 'America/Phoenix', '2026-03-07'],
  ['2026-03-08T07:00:00.000Z', 'America/Phoenix', '2026-03-08'],
  ['2026-12-31T12:00:00.000Z', 'Pacific/Kiritimati', '2027-01-01'],
] as const) {
  test(`${instant} is on ${day} in ${zone}`, () => assert.equal(dayOf(new Date(instant), zone), day))
}

for (const [day, zone, instant] of [
  ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z'],
  ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
  ['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
  // here the day of the change begins at one o'clock
  ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
] as const) {
  test(`${day} begins in ${zone} at ${instant}`, () => assert.equal(startOfDay(day, zone).toISOString(), instant))
}

for (const [what, convert, code, message] of [
  ['a time that is none', () => toInstant('yesterday', 'UTC'), 'usage', '"yesterday" is not a time.'],
  ['a day that does not exist', () => startOfDay('2026-02-30', 'UTC'), 'usage', '"2026-02-30" is not a day.'],
  [
    'a time that names an offset of its own',
    () => toInstant('2026-03-07T22:00:05Z', 'UTC'),
    'usage',
    '"2026-03-07T22:00:05Z" is not a time.',
  ],
  ['a zone that is none', () => dayOf(new Date(0), 'Mars/Base'), 'config', '"Mars/Base" is not a time zone.'],
  ['an empty zone', () => toInstant('2026-03-07T22:00:05', ''), 'config', '"" is not a time zone.'],
] as const) {
  test(`${what} is refused`, () => assert.throws(convert, { name: 'MspError', code, message }))
}

test('whatever is no time, day or zone is refused with a sentence', () => {
  const text = fc.oneof(anyText(), fc.stringMatching(/^-?\d{4,6}-\d\d-\d\d(T\d\d:\d\d)?$/), fc.constant('2026-01-15'))
  const zoneText = fc.oneof(anyText(), fc.constantFrom('UTC', 'Europe/Berlin', '+25:00', '../etc'))
  fc.assert(
    fc.property(text, zoneText, (local, zone) => {
      for (const read of [() => toInstant(local, zone), () => startOfDay(local, zone), () => dayOf(new Date(0), zone)]) {
        try {
          read()
        } catch (error) {
          if (!(error instanceof MspError)) throw error
        }
      }
    }),
  )
})
