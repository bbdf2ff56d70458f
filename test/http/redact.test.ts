import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { redact } from '../../src/http/redact.ts'

for (const [text, expected] of [
  ['The key T0p-secret is not valid', 'The key [hidden] is not valid'],
  ['T0p-secretT0p-secret', '[hidden][hidden]'],
  ['Authorization: Bearer abcdef0123456789abcdef==', 'Authorization: Bearer [hidden]'],
  ['bearer\tabcdef0123456789abcdef', 'bearer [hidden]'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl expired', '[hidden] expired'],
  ['Set up bearer authentication for the API', 'Set up bearer authentication for the API'],
  ['Tested backup: successful (45GB)', 'Tested backup: successful (45GB)'],
  ['', ''],
] as const) {
  test(`"${text}" becomes "${expected}"`, () => assert.equal(redact(text, ['T0p-secret']), expected))
}

test('a secret of three characters or none is left, else nothing could be read', () => {
  assert.equal(redact('a test of abc', ['', 'a', 'abc']), 'a test of abc')
})

test('no secret is left, wherever it stands', () => {
  const secret = fc.stringMatching(/^[\w.~+/-]{8,30}$/)
  fc.assert(
    fc.property(secret, fc.array(fc.string(), { minLength: 2 }), (hidden, around) => {
      assert.ok(!redact(around.join(hidden), [hidden]).includes(hidden))
    }),
  )
})
