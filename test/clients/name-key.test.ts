import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toNameKey } from '../../src/clients/client.ts'
import { anyText } from '../support/text.ts'

for (const [name, key] of [
  ['Dataforth', 'dataforth'],
  ['  Grabb  &\tDurando ', 'grabb & durando'],
  ['Bell-and-Sons, Inc.', 'bell and sons inc'],
  ['Café Zürich', 'cafe zurich'],
  ['Cafe\u0301 Zu\u0308rich', 'cafe zurich'],
  ['ＦＵＬＬ　ｗｉｄｔｈ', 'full width'],
  ['日本商事', '日本商事'],
  ['3M', '3m'],
  ['!!! …', ''],
  ['\u200b', ''],
] as const) {
  test(`${JSON.stringify(name)} is compared as "${key}"`, () => assert.equal(toNameKey(name), key))
}

const name = fc.oneof(fc.string({ unit: 'grapheme' }), anyText())

test('a key is its own key', () => fc.assert(fc.property(name, (text) => assert.equal(toNameKey(toNameKey(text)), toNameKey(text)))))

test('space around and between words makes no other name', () =>
  fc.assert(fc.property(name, name, (one, other) => assert.equal(toNameKey(` ${one}  \n${other}\t`), toNameKey(`${one} ${other}`)))))

test('letters of ASCII are compared without case', () =>
  fc.assert(fc.property(fc.string(), (text) => assert.equal(toNameKey(text.toUpperCase()), toNameKey(text.toLowerCase())))))
