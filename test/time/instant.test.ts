import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { parseInstant } from '../../src/time/instant.ts'
import { anyText } from '../support/text.ts'

const now = new Date('2026-01-15T21:32:00.000Z')

for (const [typed, instant] of [
  ['2026-01-15T02:00:00Z', '2026-01-15T02:00:00.000Z'],
  ['2026-01-15T02:00:30.5+02:00', '2026-01-15T00:00:30.500Z'],
  ['2026-01-15 02:00', '2026-01-15T09:00:00.000Z'],
  ['02:00', '2026-01-15T09:00:00.000Z'],
  ['2pm', '2026-01-15T21:00:00.000Z'],
  ['yesterday 2am', '2026-01-14T09:00:00.000Z'],
  ['2am yesterday', '2026-01-14T09:00:00.000Z'],
  ['friday at 23:15', '2026-01-10T06:15:00.000Z'],
  ['15 Jan 02:00', '2026-01-15T09:00:00.000Z'],
  ['2 hours ago', '2026-01-15T19:32:00.000Z'],
  ['now', '2026-01-15T21:32:00.000Z'],
] as const) {
  test(`"${typed}" is an instant`, async () => assert.equal((await parseInstant(typed, now, 'America/Phoenix')).toISOString(), instant))
}

for (const typed of [
  '',
  'soon',
  '9',
  'yesterday',
  'ago',
  '25:00',
  '2026-02-31T00:00:00Z',
  '2026-02-31 00:00',
  '22:00',
  'monday 2am friday',
]) {
  test(`"${typed}" is refused`, async () => assert.rejects(parseInstant(typed, now, 'America/Phoenix'), { code: 'usage' }))
}

const date = fc.date({ min: new Date('2000-01-01T00:00:00Z'), max: now, noInvalidDate: true })
const offset = fc.integer({ min: -14 * 60, max: 14 * 60 })

test('an instant is read in every offset that it is written in', async () =>
  fc.assert(
    fc.asyncProperty(date, offset, async (instant, minutes) => {
      const local = new Date(instant.getTime() + minutes * 60_000).toISOString().slice(0, -1)
      const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, '0'))
      const read = await parseInstant(`${local}${minutes < 0 ? '-' : '+'}${hours}:${rest}`, now, 'America/Phoenix')
      assert.equal(read.getTime(), instant.getTime())
    }),
  ))

const words = fc.constantFrom('yesterday', 'friday', 'ago', '2', 'hours', '02:00', '2am', '15 Jan', '2026-01-15', 'T', 'at', ' ', '-', '99')
const typed = fc.oneof(
  anyText(),
  fc.array(words, { maxLength: 5 }).map((parts) => parts.join(' ')),
)

test('whatever is typed as an instant is one that is past, or refused with a sentence', async () =>
  fc.assert(
    fc.asyncProperty(typed, async (text) => {
      try {
        const read = await parseInstant(text, now, 'Europe/Berlin')
        assert.ok(read.getTime() <= now.getTime() + 60_000)
      } catch (error) {
        if (!(error instanceof MspError)) throw error
      }
    }),
  ))
