import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { resolveTime, type TypedTime, toSpanWords } from '../../src/time/when.ts'

const phoenix = 'America/Phoenix' // always seven hours behind
const now = new Date('2026-01-15T21:32:45.678Z') // a Thursday, 14:32 there

/** Start and end in UTC without seconds, and the minutes. */
async function resolved(typed: TypedTime, at = now, zone = phoenix) {
  const { start, end, minutes, isExplicit } = await resolveTime(typed, at, zone)
  assert.equal(end.getTime() - start.getTime(), minutes * 60_000)
  assert.ok([start, end].every((time) => time.getTime() % 60_000 === 0))
  return [start.toISOString().slice(0, 16), end.toISOString().slice(0, 16), minutes, isExplicit ? 'as typed' : 'may move']
}

for (const [typed, expected] of [
  [{ minutes: 150 }, ['2026-01-15T19:02', '2026-01-15T21:32', 150, 'may move']],
  [{ minutes: 30, yesterday: true }, ['2026-01-14T23:30', '2026-01-15T00:00', 30, 'may move']],
  [{ minutes: 30, on: 'friday' }, ['2026-01-09T23:30', '2026-01-10T00:00', 30, 'may move']],
  [{ minutes: 30, on: 'today' }, ['2026-01-15T21:02', '2026-01-15T21:32', 30, 'may move']],
  [{ from: '9:15', to: '11:45' }, ['2026-01-15T16:15', '2026-01-15T18:45', 150, 'as typed']],
  [{ from: '9:15', to: '11:45', minutes: 150 }, ['2026-01-15T16:15', '2026-01-15T18:45', 150, 'as typed']],
  [{ from: '9:15', minutes: 30 }, ['2026-01-15T16:15', '2026-01-15T16:45', 30, 'as typed']],
  [{ to: '11:45', minutes: 30 }, ['2026-01-15T18:15', '2026-01-15T18:45', 30, 'as typed']],
  [{ from: '22:00', minutes: 180, yesterday: true }, ['2026-01-15T05:00', '2026-01-15T08:00', 180, 'as typed']],
  [{ from: '9', to: '10', on: '15 Jan' }, ['2026-01-15T16:00', '2026-01-15T17:00', 60, 'as typed']],
  [{ from: '9', to: '10', on: '2025-12-31' }, ['2025-12-31T16:00', '2025-12-31T17:00', 60, 'as typed']],
  [{ to: '14:33', minutes: 1 }, ['2026-01-15T21:32', '2026-01-15T21:33', 1, 'as typed']],
] as const) {
  test(`${JSON.stringify(typed)} is ${expected.join(' ')}`, async () => assert.deepEqual(await resolved(typed), expected))
}

for (const [typed, clock] of Object.entries({
  '9:15': '09:15',
  '09:15': '09:15',
  '915': '09:15',
  '9': '09:00',
  '0:00': '00:00',
  '12am': '00:00',
  '12:30am': '00:30',
  '12pm': '12:00',
  '2pm': '14:00',
  '2:30 PM': '14:30',
  '1430': '14:30',
  '23:59': '23:59',
  ' 9:15 ': '09:15',
})) {
  test(`the clock says ${clock} when "${typed}" is typed`, async () => {
    const { start } = await resolveTime({ from: typed, minutes: 1, yesterday: true }, now, 'UTC')
    assert.equal(start.toISOString(), `2026-01-14T${clock}:00.000Z`)
  })
}

for (const typed of ['', 'noon', '24:00', '25', '9:60', '9:5', '99', '13pm', '0pm', '0am', '-1', '9:15:30', '9.15', '9h15', '９']) {
  test(`"${typed}" is no time of day`, async () =>
    assert.rejects(resolveTime({ from: typed, minutes: 1 }, now, phoenix), {
      code: 'usage',
      message: `"${typed}" is not a time of day.`,
      hint: 'Write it as 9:15 or 14:30.',
    }))
}

test('whatever is typed as a time of day is one or is refused', () =>
  fc.assert(
    fc.asyncProperty(fc.stringMatching(/^\d{0,3}:?\d{0,3} ?([ap]m)?$/), async (typed) => {
      const read = await resolveTime({ from: typed, minutes: 1, yesterday: true }, now, 'UTC').catch((error) => error)
      if (read instanceof Error) assert.equal(read.message, `"${typed}" is not a time of day.`)
      else assert.equal(read.start.toISOString().slice(0, 10), '2026-01-14')
    }),
  ))

for (const [typed, message] of [
  [{}, 'How long was it?'],
  [{ from: '9:15' }, 'How long was it?'],
  [{ to: '9:15' }, 'How long was it?'],
  [{ on: 'friday', yesterday: true, minutes: 5 }, 'Use --on or --yesterday, not both.'],
  [{ from: '11:45', to: '9:15' }, '--to 9:15 is not after --from 11:45.'],
  [{ from: '9:15', to: '9:15' }, '--to 9:15 is not after --from 9:15.'],
  [{ from: '9:15', to: '11:45', minutes: 60 }, 'From 9:15 to 11:45 are 150 minutes, not 60.'],
  [{ from: '14:00', minutes: 60 }, 'That ends in the future, 2026-01-15 15:00.'],
  [{ from: '14:00', to: '14:34' }, 'That ends in the future, 2026-01-15 14:34.'],
  [{ from: '23:30', minutes: 60 }, 'That ends in the future, 2026-01-16 00:30.'],
  [{ minutes: 5, on: 'tomorrow' }, '2026-01-16 is in the future.'],
] as const) {
  test(`${JSON.stringify(typed)} is refused: ${message}`, async () =>
    assert.rejects(resolveTime(typed, now, phoenix), { code: 'usage', message }))
}

test('what is in the future says what time it is, and where', async () =>
  assert.rejects(resolveTime({ from: '14:00', minutes: 60 }, now, phoenix), {
    hint: 'It is 2026-01-15 14:32 in America/Phoenix; for another day use --yesterday or --on.',
  }))

// the clocks go forward at 2:00 on 8 March in New York and on 29 March in Berlin, back at 2:00 on 1 November and at 3:00 on 25 October
for (const [place, typed, expected] of [
  ['America/New_York', { on: '2026-03-08', from: '1:30', to: '3:30' }, ['2026-03-08T06:30', '2026-03-08T07:30', 60]],
  ['America/New_York', { on: '2026-03-08', from: '1:30', minutes: 120 }, ['2026-03-08T06:30', '2026-03-08T08:30', 120]],
  ['America/New_York', { on: '2026-03-08', to: '3:30', minutes: 120 }, ['2026-03-08T05:30', '2026-03-08T07:30', 120]],
  ['America/New_York', { on: '2026-03-08', minutes: 60 }, ['2026-03-08T20:00', '2026-03-08T21:00', 60]],
  ['America/New_York', { on: '2026-11-01', from: '0:30', to: '2:30' }, ['2026-11-01T04:30', '2026-11-01T07:30', 180]],
  ['America/New_York', { on: '2026-11-01', from: '1:15', to: '1:45', minutes: 90 }, ['2026-11-01T05:15', '2026-11-01T06:45', 90]],
  ['Europe/Berlin', { on: '2026-10-25', from: '2:30', to: '3:30', minutes: 60 }, ['2026-10-25T01:30', '2026-10-25T02:30', 60]],
  ['Europe/Berlin', { on: '2026-10-25', from: '2:30', to: '3:30', minutes: 120 }, ['2026-10-25T00:30', '2026-10-25T02:30', 120]],
  ['Europe/Berlin', { on: '2026-10-25', from: '1:30', to: '2:30', minutes: 60 }, ['2026-10-24T23:30', '2026-10-25T00:30', 60]],
  ['America/New_York', { on: '2026-11-01', minutes: 60 }, ['2026-11-01T21:00', '2026-11-01T22:00', 60]],
  ['Europe/Berlin', { on: '2026-03-29', from: '1:30', to: '3:30' }, ['2026-03-29T00:30', '2026-03-29T01:30', 60]],
  ['Europe/Berlin', { on: '2026-03-29', minutes: 60 }, ['2026-03-29T14:00', '2026-03-29T15:00', 60]],
  ['Europe/Berlin', { on: '2026-10-25', from: '1:30', to: '3:30' }, ['2026-10-24T23:30', '2026-10-25T02:30', 180]],
  ['Europe/Berlin', { on: '2026-10-25', from: '22:00', to: '23:00' }, ['2026-10-25T21:00', '2026-10-25T22:00', 60]],
] as const) {
  test(`${JSON.stringify(typed)} in ${place}`, async () => {
    const later = new Date('2026-12-01T12:00:00Z')
    assert.deepEqual((await resolved(typed, later, place)).slice(0, 3), expected)
  })
}

for (const [typed, message, hint] of [
  [
    { on: '2026-10-25', from: '2:30', to: '3:30' },
    'From 2:30 to 3:30 are 60 or 120 minutes: the clocks in Europe/Berlin went back on 2026-10-25.',
    'Say how long it was: 60m --from 2:30 --to 3:30',
  ],
  [
    { on: '2026-10-25', from: '2:10', to: '2:40' },
    'From 2:10 to 2:40 are 30 or 90 minutes: the clocks in Europe/Berlin went back on 2026-10-25.',
    'Say how long it was: 30m --from 2:10 --to 2:40',
  ],
  [
    { on: '2026-10-25', from: '2:30', to: '3:30', minutes: 90 },
    'From 2:30 to 3:30 are 60 or 120 minutes, not 90.',
    'Leave out the duration, or one of the times.',
  ],
  ...[
    { from: '2:30', to: '3:30' },
    { from: '1:30', to: '2:30' },
    { from: '2:30', minutes: 60 },
    { to: '2:30', minutes: 60 },
  ].map(
    (typed) =>
      [
        { ...typed, on: '2026-03-29' },
        'There was no 2:30 on 2026-03-29: the clocks in Europe/Berlin went forward over it.',
        'Give a time that the clocks showed.',
      ] as const,
  ),
] as const) {
  test(`where the clocks are changed ${JSON.stringify(typed)} is refused`, async () =>
    assert.rejects(resolveTime(typed, new Date('2026-12-01T12:00:00Z'), 'Europe/Berlin'), { code: 'usage', message, hint }))
}

for (const [typed, isTwice] of [
  [{ from: '2:30', minutes: 60 }, true],
  [{ to: '2:30', minutes: 60 }, true],
  [{ from: '2:10', to: '2:40', minutes: 30 }, true],
  [{ from: '2:10', to: '2:40', minutes: 90 }, false],
  [{ from: '1:59', to: '3:00' }, false],
] as const) {
  test(`whether ${JSON.stringify(typed)} may be twice where the clocks went back is said`, async () => {
    const { twice } = await resolveTime({ ...typed, on: '2026-10-25' }, new Date('2026-12-01T12:00:00Z'), 'Europe/Berlin')
    const clock = 'from' in typed ? typed.from : typed.to
    const said = `The clocks in Europe/Berlin went back on 2026-10-25, and showed ${clock} twice: the first is taken.`
    assert.equal(twice, isTwice ? said : undefined)
  })
}

test('yesterday is the day before by the calendar, also after a day of 25 or 23 hours', async () => {
  const afterFall = new Date('2026-11-02T05:30:00Z') // 0:30 in New York
  assert.deepEqual(await resolved({ yesterday: true, from: '9', to: '10' }, afterFall, 'America/New_York'), [
    ...['2026-11-01T14:00', '2026-11-01T15:00', 60, 'as typed'],
  ])
  const afterSpring = new Date('2026-03-29T22:30:00Z') // 0:30 in Berlin
  assert.deepEqual(await resolved({ yesterday: true, from: '9', to: '10' }, afterSpring, 'Europe/Berlin'), [
    ...['2026-03-29T07:00', '2026-03-29T08:00', 60, 'as typed'],
  ])
})

test('a zone that is none is said', async () =>
  assert.rejects(resolveTime({ minutes: 5 }, now, 'Mars/Olympus'), { code: 'config', message: '"Mars/Olympus" is not a time zone.' }))

test('a span is told with its weekday, and over midnight with both days', () => {
  const span = (start: string, end: string) => toSpanWords({ start: new Date(start), end: new Date(end) }, phoenix)
  assert.deepEqual(
    [span('2026-01-15T16:15Z', '2026-01-15T18:45Z'), span('2026-01-16T05:00Z', '2026-01-16T08:00Z')],
    ['Thursday 2026-01-15 09:15 to 11:45', 'Thursday 2026-01-15 22:00 to 2026-01-16 01:00'],
  )
})
