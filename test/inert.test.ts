import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toInert, toInertJson, toInertLine } from '../src/inert.ts'
import { anyCharacter, anyText } from './support/text.ts'

// By code points, so that this list and the pattern in the source check each other.
const ranges = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f], // control characters but tab and newline
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f], // soft hyphen, joiners, fillers
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f], // zero-width and bidi marks, line separators
  [0x3164, 0x3164],
  [0xfe00, 0xfe0e],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb], // fillers, variation selectors
  [0xd800, 0xdfff], // surrogates that stand alone
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff], // shorthand and musical marks, tags
] as const
const dangerous = ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, offset) => first + offset))
const isDangerous = new Set<number>(dangerous)
const codesIn = (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0)
const dangerIn = (text: string) => codesIn(text).filter((code) => isDangerous.has(code))

test('every character that acts or cannot be seen becomes visible', () => {
  const left = dangerous.filter((code) => {
    const shown = toInert(`a${String.fromCodePoint(code)}b`)
    const expected = code < 0x20 ? `^${String.fromCharCode(code + 0x40)}` : `\\u{${code.toString(16)}}`
    return shown !== `a${expected}b`
  })
  assert.deepEqual(
    left.map((code) => code.toString(16)),
    [],
  )
})

test('every one of them is an escape in JSON, and reads back as it was', () => {
  for (const code of dangerous) {
    const text = `a${String.fromCodePoint(code)}b`
    const json = toInertJson({ text })
    assert.deepEqual([dangerIn(json.replaceAll('\n', '')), JSON.parse(json)], [[], { text }])
  }
})

for (const [text, expected] of [
  ['plain text, ünï¢ode, 漢字, עברית, العربية', 'plain text, ünï¢ode, 漢字, עברית, العربية'],
  ['one\ttwo\nthree', 'one\ttwo\nthree'],
  ['one\r\ntwo', 'one\ntwo'],
  ['one\rtwo', 'one^Mtwo'],
  ['\x1b[31mred\x1b[0m', '^[[31mred^[[0m'],
  ['\x1b]0;title\x07', '^[]0;title^G'],
  ['\x1b]52;c;ZXZpbA==\x1b\\', '^[]52;c;ZXZpbA==^[\\'],
  ['\x9b2J', '\\u{9b}2J'],
  ['a\bb\x7f', 'a^Hb\\u{7f}'],
  ['invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
  ['pay\u200bpal', 'pay\\u{200b}pal'],
  ['hi\u{e0068}\u{e0069}', 'hi\\u{e0068}\\u{e0069}'],
  ['❤️ 1️⃣', '❤️ 1️⃣'],
  ['a\ufe0f\ufe0f', 'a\\u{fe0f}\\u{fe0f}'],
  ['cafe\u0301', 'cafe\u0301'],
  ['👩\u200d💻', '👩\\u{200d}💻'],
  ['\ud83d', '\\u{d83d}'],
  ['\udc00😀\ud800', '\\u{dc00}😀\\u{d800}'],
] as const) {
  test(`${JSON.stringify(text)} is shown as ${JSON.stringify(expected)}`, () => assert.equal(toInert(text), expected))
}

test('in a place of one line, newlines and tabs become a space', () => {
  assert.equal(toInertLine('one\r\n\r\ntwo\tthree\rfour\u2028five\x0bsix'), 'one two three four\\u{2028}five^Ksix')
})

const nasty = fc
  .array(
    fc.oneof(
      anyText(),
      fc.constantFrom(...dangerous).map((code) => String.fromCodePoint(code)),
      fc.constantFrom('\ufe0f', '\r\n', '\t', '❤'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

test('no text that was made inert holds such a character, and doing it again changes nothing', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const [inert, line] = [toInert(text), toInertLine(text)]
      assert.deepEqual([dangerIn(inert), dangerIn(line), /[\r\n\t]/.test(line)], [[], [], false])
      assert.deepEqual([toInert(inert), toInertLine(line)], [inert, line])
    }),
    { numRuns: 2000 },
  )
})

test('no JSON holds such a character, it says the same, and it may pass through toInert unchanged', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: anyCharacter }), nasty, (value, text) => {
      const document = { value, text, [text]: [text] }
      const json = toInertJson(document)
      assert.deepEqual(dangerIn(json.replaceAll('\n', '')), [])
      assert.equal(toInert(json), json)
      assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(document)))
    }),
    { numRuns: 1000 },
  )
})
