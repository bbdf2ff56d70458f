import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toRetryAfterMs } from '../../src/http/retry-after.ts'
import { anyText } from '../support/text.ts'

const date = 'Wed, 01 Apr 2026 14:00:00 GMT'

for (const [header, expected] of [
  ['0', 0],
  ['7', 7000],
  ['007', 7000],
  [' 30 ', 30_000],
  ['1.5', 1500],
  ['3600', 3_600_000],
  ['86400', 3_600_000],
  ['9'.repeat(400), 3_600_000],
  ['Wed, 01 Apr 2026 14:00:30 GMT', 30_000],
  ['Wed, 01 Apr 2026 14:00:00 GMT', 0],
  ['Thu, 02 Apr 2026 14:00:00 GMT', 3_600_000],
  ['Wed, 01 Apr 2026 13:59:59 GMT', undefined],
  [undefined, undefined],
  ['', undefined],
  ['-5', undefined],
  ['+5', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['5 s', undefined],
  ['7, 8', undefined],
  ['-0', undefined],
  ['1.5.2', undefined],
  ['soon', undefined],
  ['Infinity', undefined],
  ['NaN', undefined],
  ['٣', undefined],
  ['2026-04-01T14:00:30Z', undefined],
  ['Apr 1 2026', undefined],
  ['Wednesday, 01-Apr-26 14:00:30 GMT', undefined],
  ['Wed, 01 Xyz 2026 14:00:30 GMT', undefined],
  ['Wed, 99 Apr 2026 14:00:30 GMT', undefined],
] as const) {
  const name = header === undefined ? 'no Retry-After' : `Retry-After: ${header.slice(0, 40)}`
  test(`${name} is ${expected === undefined ? 'no time' : `${expected} ms`}`, () => assert.equal(toRetryAfterMs(header, date), expected))
}

for (const other of [undefined, '', 'yesterday', 'Wed, 99 Apr 2026 14:00:30 GMT']) {
  test(`a date counts from the answer's own Date, and with ${other === undefined ? 'none' : `"${other}"`} there it is no time`, () =>
    assert.equal(toRetryAfterMs('Wed, 01 Apr 2026 14:00:30 GMT', other), undefined))
}

test('any headers give no time, or one between 0 and an hour', () => {
  const header = fc.oneof(
    anyText(),
    fc.double().map(String),
    fc.double({ min: -10, max: 5000 }).map((number) => number.toFixed(3)),
    fc.array(fc.nat()).map((list) => list.join(', ')),
    fc.date({ noInvalidDate: true }).map((day) => day.toUTCString()),
    fc.constant(undefined),
  )
  fc.assert(
    fc.property(header, header, (retryAfter, own) => {
      const ms = toRetryAfterMs(retryAfter, own)
      assert.ok(ms === undefined || (ms >= 0 && ms <= 3_600_000), String(ms))
    }),
    { numRuns: 1000 },
  )
})
