import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toPassphrase } from '../../src/vault/passphrase.ts'

/** What a person can type on one line. */
const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/\p{Control}|^\ufeff/u.test(text))
const end = fc.constantFrom('', '\n', '\r\n')

test('a line is the passphrase, as it stands there, whatever ends it and whether or not a byte order mark begins it', () => {
  fc.assert(
    fc.property(line, end, fc.constantFrom('', '\ufeff'), (text, last, mark) => assert.equal(toPassphrase(mark + text + last), text)),
  )
})

test('spaces at both ends belong to it', () => assert.equal(toPassphrase('  four words in here \n'), '  four words in here '))

test('more than a line is none', () => {
  fc.assert(fc.property(line, line, end, (first, second, last) => assert.equal(toPassphrase(`${first}\n${second}${last}`), undefined)))
})

for (const text of ['', '\n', '\r\n', '\ufeff', '\n\n', 'with\0nul in it', 'an escape \x1b[A in it']) {
  test(`${JSON.stringify(text)} is none`, () => assert.equal(toPassphrase(text), undefined))
}
