import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDuration, toDurationWords } from '../../src/time/duration.ts'

for (const [typed, minutes] of [
  ['2.5h', 150],
  ['2,5h', 150],
  ['2.5 h', 150],
  ['.5h', 30],
  ['150m', 150],
  ['90min', 90],
  ['1h30', 90],
  ['1h30m', 90],
  ['1h 30m', 90],
  [' 1H 30M ', 90],
  ['0h45', 45],
  ['1h5', 65],
  ['1.0m', 1],
  ['24h', 1440],
  ['1440m', 1440],
] as const) {
  test(`${typed} is ${minutes} minutes`, () => assert.equal(parseDuration(typed), minutes))
}

const hint = 'Write it as 2.5h, 150m or 1h30.'

for (const typed of [
  '',
  'h',
  'soon',
  '90',
  '2.5',
  '-2h',
  '+2h',
  '1h90',
  '1h-30',
  '2.5h30',
  '1h30s',
  '1e2m',
  '0x10m',
  '2h 2h',
  '١h',
  '2..5h',
  '1_0m',
  'NaNh',
  'Infinityh',
]) {
  test(`"${typed}" is no duration`, () =>
    assert.throws(() => parseDuration(typed), { code: 'usage', message: `"${typed}" is not a duration.`, hint }))
}

for (const typed of ['0.5m', '1.01h', '0.001h', '1.2345h']) {
  test(`${typed} is no whole number of minutes`, () =>
    assert.throws(() => parseDuration(typed), { code: 'usage', message: `"${typed}" is not a whole number of minutes.`, hint }))
}

for (const typed of ['0', ' 0 ', '00', '0.0', '0,0', '0m', '0h', '0h00', '0.0h']) {
  test(`${typed} is no time at all`, () =>
    assert.throws(() => parseDuration(typed), { code: 'usage', message: `"${typed}" is no time at all.`, hint: 'The least is a minute.' }))
}

for (const typed of ['25h', '24h01', '1441m', '99999999999999999999m']) {
  test(`${typed} is more than a day`, () =>
    assert.throws(() => parseDuration(typed), {
      code: 'usage',
      message: `"${typed}" is more than 24 hours.`,
      hint: 'Log each day by itself.',
    }))
}

const minutes = fc.integer({ min: 1, max: 1440 })

test('every number of minutes up to a day is read in each way to write it', () =>
  fc.assert(
    fc.property(minutes, (count) => {
      const [hours, rest] = [Math.floor(count / 60), count % 60]
      assert.deepEqual(
        [`${count}m`, `${hours}h${rest}`, `${hours}h ${String(rest).padStart(2, '0')}m`, `${count / 60}h`].map(parseDuration),
        [count, count, count, count],
      )
    }),
  ))

test('whatever is typed, the answer is between a minute and a day or a sentence', () =>
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?\d{0,4}[.,]?\d{0,3} ?[hm]? ?\d{0,3}m?$/)), (typed) => {
      try {
        const read = parseDuration(typed)
        assert.ok(Number.isInteger(read) && read >= 1 && read <= 1440)
      } catch (error) {
        assert.deepEqual([(error as { code: string }).code, (error as Error).message.startsWith(`"${typed}" is `)], ['usage', true])
      }
    }),
  ))

for (const [count, words] of [
  [0, '0 minutes'],
  [1, '1 minute'],
  [10, '10 minutes'],
  [30, '30 minutes'],
  [60, '1 hour'],
  [75, '1.25 hours'],
  [90, '1.5 hours'],
  [100, '1 h 40 min'],
  [150, '2.5 hours'],
  [480, '8 hours'],
  [1440, '24 hours'],
] as const) {
  test(`${count} minutes are "${words}"`, () => assert.equal(toDurationWords(count), words))
}

test('what msp writes of a duration it reads too', () =>
  fc.assert(fc.property(minutes, (count) => assert.equal(parseDuration(toDurationWords(count)), count))))
