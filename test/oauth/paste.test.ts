import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { readPasted } from '../../src/oauth/paste.ts'
import { anyText } from '../support/text.ts'

const state = 'abc-DEF_123'
const redirectUri = 'http://127.0.0.1:40123/callback/syncro'
const query = `code=a%2Fb&state=${state}`
const expected = { redirectUri, state }

for (const [what, pasted] of [
  ['the whole address', `${redirectUri}?${query}`],
  ['all behind the question mark', query],
  ['that with its question mark', `?${query}`],
  ['the address in quotes', `"${redirectUri}?${query}"`],
  ['the address in other quotes, with blanks', `  '${redirectUri}?${query}'  `],
  ['the address in angle brackets', `<${redirectUri}?${query}>`],
  [
    'an address that a terminal has broken',
    `${redirectUri.slice(0, 20)}\n  ${redirectUri.slice(20)}?${query.slice(0, 9)}\r\n${query.slice(9)}\n`,
  ],
  ['an address with a fragment', `${redirectUri}?${query}#_=_`],
] as const) {
  test(`${what} is read`, () => assert.deepEqual(Object.fromEntries(readPasted(pasted, expected)), { code: 'a/b', state }))
}

const hint = 'Copy all that stands in the address bar after you have agreed, even when the page says that it cannot connect.'
for (const [what, pasted, message] of [
  ['nothing', ' \n', 'Nothing was pasted.'],
  ['a code alone', 'Zm9vYmFy', 'That is not the address: a code alone does not do.'],
  ['another host', `http://127.0.0.1:40124/callback/syncro?${query}`, 'That address leads somewhere else.'],
  ['another name of this machine', `http://localhost:40123/callback/syncro?${query}`, 'That address leads somewhere else.'],
  ['another path', `http://127.0.0.1:40123/callback/other?${query}`, 'That address leads somewhere else.'],
  ['a user in front', `http://mike@127.0.0.1:40123/callback/syncro?${query}`, 'That address leads somewhere else.'],
  ["the vendor's page", `https://acme.syncromsp.com/oauth/authorize?${query}`, 'That address leads somewhere else.'],
  ['another state', `${redirectUri}?code=a&state=other`, 'That address belongs to another sign-in.'],
  ['two states', `${redirectUri}?${query}&state=${state}`, 'That address belongs to another sign-in.'],
  ['half of it', `${redirectUri}?code=a`, 'That is not the whole address: it has no state in it.'],
  ['9 kB', `${redirectUri}?${query}&x=${'x'.repeat(9000)}`, 'That is far longer than the address can be.'],
] as const) {
  test(`${what} is refused`, () => assert.throws(() => readPasted(pasted, expected), { code: 'usage', message, hint }))
}

test('whatever is pasted, it is the redirect or a sentence', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 200 }), (text) => {
      try {
        assert.equal(readPasted(text, expected).get('state'), state)
      } catch (error) {
        assert.ok(error instanceof MspError)
      }
    }),
    { numRuns: 2000 },
  )
})
