import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseInstant } from '../../src/time/instant.ts'

const now = new Date('2026-01-15T21:32:00.000Z')

for (const [typed, instant] of [
  ['2026-01-15T02:00:00Z', '2026-01-15T02:00:00.000Z'],
  ['2026-01-15T02:00:30.5+02:00', '2026-01-15T00:00:30.500Z'],
  ['2026-01-15 02:00', '2026-01-15T09:00:00.000Z'],
  ['02:00', '2026-01-15T09:00:00.000Z'],
  ['2pm', '2026-01-15T21:00:00.000Z'],
  ['yesterday 2am', '2026-01-14T09:00:00.000Z'],
  ['2am yesterday', '2026-01-14T09:00:00.000Z'],
  ['friday at 23:15', '2026-01-10T06:15:00.000Z'],
  ['15 Jan 02:00', '2026-01-15T09:00:00.000Z'],
  ['2 hours ago', '2026-01-15T19:32:00.000Z'],
  ['now', '2026-01-15T21:32:00.000Z'],
] as const) {
  test(`"${typed}" is an instant`, async () => assert.equal((await parseInstant(typed, now, 'America/Phoenix')).toISOString(), instant))
}

for (const typed of [
  '',
  'soon',
  '9',
  'yesterday',
  'ago',
  '25:00',
  '2026-02-31T00:00:00Z',
  '2026-02-31 00:00',
  '22:00',
  'monday 2am friday',
]) {
  test(`"${typed}" is refused`, async () => assert.rejects(parseInstant(typed, now, 'America/Phoenix'), { code: 'usage' }))
}
