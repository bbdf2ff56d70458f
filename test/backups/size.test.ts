import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDays, parseSize } from '../../src/backups/size.ts'

test('a size is bytes, or units of 1024', () => {
  const typed = ['0', '10485760', '12 bytes', '45GB', '45 GiB', '1.5 tb', '3kb']
  assert.deepEqual(typed.map(parseSize), [0, 10485760, 12, 48318382080, 48318382080, 1649267441664, 3072])
})

test('a retention is days or weeks', () =>
  assert.deepEqual(['30d', '30', '30 days', '1 day', '4w', '4 weeks'].map(parseDays), [30, 30, 30, 1, 28, 28]))

test('anything else is refused', () => {
  for (const typed of ['', 'large', '-1', '1e9', '45G B', '9999999PB']) assert.throws(() => parseSize(typed), { code: 'usage' })
  for (const typed of ['', '0d', '-1', 'ever', '30x', '999999d']) assert.throws(() => parseDays(typed), { code: 'usage' })
})
