import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { parseDay, startOfNextDay } from '../../src/time/day.ts'
import { dayOf, startOfDay } from '../../src/zone.ts'
import { anyText } from '../support/text.ts'

const thursday = new Date('2026-01-15T18:00:00Z')
const zone = 'America/Phoenix'

for (const [typed, day] of [
  ['today', '2026-01-15'],
  ['Yesterday', '2026-01-14'],
  ['thursday', '2026-01-15'],
  ['friday', '2026-01-09'],
  ['fri', '2026-01-09'],
  ['wednesday', '2026-01-14'],
  ['last friday', '2026-01-09'],
  ['last monday', '2026-01-12'],
  ['3 days ago', '2026-01-12'],
  ['a week ago', '2026-01-08'],
  ['15 Jan', '2026-01-15'],
  ['Jan 14', '2026-01-14'],
  ['16 Jan', '2025-01-16'],
  ['25 December', '2025-12-25'],
  ['15 Jan 2025', '2025-01-15'],
  ['fri 9 jan', '2026-01-09'],
  [' 2026-01-02 ', '2026-01-02'],
] as const) {
  test(`on a Thursday, 15 January, "${typed}" is ${day}`, async () => assert.equal(await parseDay(typed, thursday, zone), day))
}

test('every weekday is one of the last seven days', async () => {
  const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
  for (const [index, name] of days.entries()) {
    const day = await parseDay(name, thursday, zone)
    assert.ok(day > '2026-01-08' && day <= '2026-01-15', `${name}: ${day}`)
    assert.equal(new Date(day).getUTCDay(), index)
  }
})

for (const typed of ['tomorrow', 'in 3 days', '2026-01-16', '16 Jan 2026', 'next friday', 'next monday', 'monday next week']) {
  test(`"${typed}" is in the future`, async () =>
    assert.rejects(parseDay(typed, thursday, zone), { code: 'usage', message: / is in the future\.$/ }))
}

for (const typed of ['0000-01-01', '0026-01-15', '1999-12-31', '15 Jan 1998']) {
  test(`"${typed}" is too long ago to be meant`, async () =>
    assert.rejects(parseDay(typed, thursday, zone), { code: 'usage', message: / is before the year 2000\.$/ }))
}

for (const typed of ['2026-02-30', '2025-02-29', '2026-13-01', '0000-00-00']) {
  test(`there is no ${typed}`, async () =>
    assert.rejects(parseDay(typed, thursday, zone), { code: 'usage', message: `There is no day ${typed}.` }))
}

// each of these chrono reads, in part or by guessing
for (const typed of [
  ...['', 'soon', 'week', 'may', '25', '5pm', 'friday 3pm', 'friday or so', 'maybe friday', 'monday to friday', 'day before yesterday'],
  ...[
    '1/2/2026',
    '1.2.2026',
    '1/2',
    '2026-1-5',
    '20260115',
    '2026-01-15T10:00',
    '30 Feb',
    '31 April',
    'friday 16 jan',
    'monday 12 jan 2025',
  ],
]) {
  test(`"${typed}" is no day`, async () =>
    assert.rejects(parseDay(typed, thursday, zone), {
      code: 'usage',
      message: `"${typed}" is not a day.`,
      hint: 'Write it as friday, yesterday, 15 Jan or 2026-01-15.',
    }))
}

test('which day it is depends on the zone, not on the machine', async () => {
  const now = new Date('2026-01-16T02:00:00Z')
  assert.deepEqual(await Promise.all(['America/Phoenix', 'Europe/Berlin', 'Asia/Tokyo'].map((place) => parseDay('friday', now, place))), [
    '2026-01-09',
    '2026-01-16',
    '2026-01-16',
  ])
})

test('what is typed on any day of ten years is that day, in every zone', async () => {
  const instant = fc.date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2030-01-01T00:00:00Z'), noInvalidDate: true })
  const zones = fc.constantFrom('UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Kiritimati', 'Pacific/Pago_Pago')
  await fc.assert(
    fc.asyncProperty(instant, fc.integer({ min: 0, max: 360 }), zones, async (now, daysAgo, place) => {
      const day = dayOf(new Date(now.getTime() - daysAgo * 86_400_000), place)
      const date = new Date(`${day}T12:00:00Z`)
      const inWords = `${date.getUTCDate()} ${date.toLocaleString('en', { month: 'long', timeZone: 'UTC' })}`
      assert.equal(await parseDay(day, now, place), day)
      assert.equal(await parseDay(`${inWords} ${date.getUTCFullYear()}`, now, place), day)
      // nobody says the 29th of February without a year in another year
      if (!inWords.startsWith('29 F')) assert.equal(await parseDay(inWords, now, place), day)
    }),
    { numRuns: 200 },
  )
})

for (const [day, place, hours] of [
  ['2026-03-08', 'America/New_York', 23],
  ['2026-11-01', 'America/New_York', 25],
  ['2026-03-29', 'Europe/Berlin', 23],
  ['2026-10-25', 'Europe/Berlin', 25],
  ['2026-12-31', 'Europe/Berlin', 24],
] as const) {
  test(`${day} has ${hours} hours in ${place}`, () =>
    assert.equal((startOfNextDay(day, place).getTime() - startOfDay(day, place).getTime()) / 3_600_000, hours))
}

test('whatever is typed as a day is one that has begun, or refused with a sentence', async () => {
  const words = fc.constantFrom('friday', 'yesterday', 'last', 'next', 'Jan', '15', '2026', '-02-30', '2026-01-15', '0', '/', '.')
  const texts = fc.oneof(
    anyText(),
    fc.array(words, { maxLength: 4 }).map((parts) => parts.join(' ')),
  )
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      try {
        const day = await parseDay(text, thursday, zone)
        assert.match(day, /^\d{4}-\d\d-\d\d$/)
        assert.ok(startOfDay(day, zone) <= thursday)
      } catch (error) {
        if (!(error instanceof MspError)) throw error
      }
    }),
  )
})
