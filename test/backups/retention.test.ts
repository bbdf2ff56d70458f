import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDays } from '../../src/backups/retention.ts'

test('a retention is days or weeks', () =>
  assert.deepEqual(['30d', '30', '30 days', '1 day', '30day', '4w', '4 weeks', '1Week'].map(parseDays), [30, 30, 30, 1, 30, 28, 28, 7]))

test('anything else is refused', () => {
  for (const typed of ['', '0d', '-1', 'ever', '30x', '999999d', '30eeks', '4ays', '4deeks', '4ways'])
    assert.throws(() => parseDays(typed), { code: 'usage' }, typed)
})
