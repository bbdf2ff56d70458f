import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toWaitWords } from '../src/waiting.ts'

for (const [seconds, words] of [
  [0.001, '1 s'],
  [1, '1 s'],
  [100.2, '101 s'],
  [119, '119 s'],
  [119.5, '2 minutes'],
  [121, '3 minutes'],
  [7140, '119 minutes'],
  [7141, '2 hours'],
  [86_400, '24 hours'],
] as const) {
  test(`${seconds} seconds are ${words}`, () => assert.equal(toWaitWords(seconds * 1000), words))
}
