import { random } from './random.ts'

/** Whether every case is wanted, however long that takes: `MSP_TEST_SWEEP=all npm test`. */
export const isWhole = process.env.MSP_TEST_SWEEP === 'all'

/** What decides the choice of cases; a failure names it, and `MSP_TEST_SEED` repeats it. */
export const seed = Number(process.env.MSP_TEST_SEED ?? Date.now() % 1_000_000)

/** So many cases of each kind, others in each run and in their order; all of them where every case is wanted. */
export function some<T>(cases: readonly T[], count: number, kindOf: (item: T) => string | number | boolean): readonly T[] {
  if (isWhole) return cases
  const next = random(seed)
  const drawn = cases.map((item) => ({ item, lot: next() })).toSorted((one, other) => one.lot - other.lot)
  const chosen = [...Map.groupBy(drawn, ({ item }) => kindOf(item)).values()].flatMap((kind) => kind.slice(0, count))
  const items = new Set(chosen.map(({ item }) => item))
  return cases.filter((item) => items.has(item))
}
