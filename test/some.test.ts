import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWhole, seed, some } from './support/some.ts'

test('a choice of cases has so many of each kind, each case once and in order', () => {
  const cases = Array.from({ length: 50 }, (_, number) => number)
  const chosen = some(cases, 3, (number) => number % 7)
  const counts = [...Map.groupBy(chosen, (number) => number % 7).values()].map(({ length }) => length)
  const wanted = isWhole ? [8, 7, 7, 7, 7, 7, 7] : [3, 3, 3, 3, 3, 3, 3]
  assert.deepEqual(
    [counts.toSorted((one, other) => other - one), chosen.toSorted((one, other) => one - other)],
    [wanted, chosen],
    `seed ${seed}`,
  )
})
