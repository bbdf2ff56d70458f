import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSize, toSizeWords } from '../src/size.ts'

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
