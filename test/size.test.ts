import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseSize, toSizeWords } from '../src/size.ts'
import { anyText } from './support/text.ts'

const gigabyte = 1024 ** 3

for (const [bytes, words] of [
  [0, '0 bytes'],
  [1, '1 byte'],
  [1023, '1023 bytes'],
  [1024, '1 KB'],
  [1536, '1.5 KB'],
  [245 * gigabyte, '245 GB'],
  [245.6 * gigabyte, '246 GB'],
  [1024 * gigabyte, '1 TB'],
  [1023.99 * gigabyte, '1 TB'],
  [9.99 * gigabyte, '10 GB'],
  [2 ** 62, '4096 PB'],
] as const) {
  test(`${bytes} bytes are ${words}`, () => assert.equal(toSizeWords(bytes), words))
}

test('a size is bytes, or units of 1024', () => {
  const typed = ['0', '10485760', '12 bytes', '45GB', '45 GiB', '1.5 tb', '3kb', '7 B']
  assert.deepEqual(typed.map(parseSize), [0, 10485760, 12, 48318382080, 48318382080, 1649267441664, 3072, 7])
})

test('anything else is no size', () => {
  for (const typed of ['', 'large', '-1', '1e9', '45G B', '9999999PB']) assert.throws(() => parseSize(typed), { code: 'usage' })
})

test('a size is read back as it is shown, but for what rounding takes', () =>
  fc.assert(
    fc.property(
      fc.nat(2 ** 31 - 1).map((root) => root * 2 ** 20),
      (bytes) => {
        const read = parseSize(toSizeWords(bytes))
        assert.ok(Math.abs(read - bytes) <= bytes * 0.05, `${bytes} ${read}`)
        assert.equal(toSizeWords(read), toSizeWords(bytes))
      },
    ),
  ))

test('whatever is typed is a whole number of bytes or refused with a sentence', () =>
  fc.assert(
    fc.property(fc.oneof(anyText(), fc.stringMatching(/^-?\d{0,20}\.?\d{0,3} ?[kMGTPe]?i?[bB]?$/)), (typed) => {
      try {
        const bytes = parseSize(typed)
        assert.ok(Number.isSafeInteger(bytes) && bytes >= 0)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'usage')
      }
    }),
  ))
