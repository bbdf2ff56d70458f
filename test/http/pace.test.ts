import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPace } from '../../src/http/pace.ts'

/** A clock that only sleeping moves. */
function clockAt(start: number) {
  let time = start
  const pass = (ms: number): void => {
    time += ms
  }
  return { now: () => new Date(time), pass, sleep: async (ms: number) => pass(ms) }
}

test('60 calls go at once, then two a second', async () => {
  const clock = clockAt(1_000_000)
  const pace = createPace({ burst: 60, perSecond: 2 }, clock)
  const at: number[] = []
  for (let call = 0; call < 65; call++) {
    await pace()
    at.push(clock.now().getTime() - 1_000_000)
  }
  assert.deepEqual(at, [...Array(60).fill(0), 500, 1000, 1500, 2000, 2500])
})

test('after a pause there is room again, for a burst at most', async () => {
  const clock = clockAt(0)
  const pace = createPace({ burst: 3, perSecond: 1 }, clock)
  const waits: number[] = []
  const call = async () => {
    const before = clock.now().getTime()
    await pace()
    waits.push(clock.now().getTime() - before)
  }
  for (let count = 0; count < 4; count++) await call()
  clock.pass(2000)
  for (let count = 0; count < 3; count++) await call()
  clock.pass(3_600_000)
  for (let count = 0; count < 4; count++) await call()
  assert.deepEqual(waits, [0, 0, 0, 1000, 0, 0, 1000, 0, 0, 0, 1000])
})

test('calls at the same moment do not share a place', async () => {
  const waits: number[] = []
  const pace = createPace({ burst: 2, perSecond: 10 }, { now: () => new Date(0), sleep: async (ms) => void waits.push(ms) })
  await Promise.all(Array.from({ length: 5 }, pace))
  assert.deepEqual(waits, [100, 200, 300])
})

test('in no window of a minute more than 180 calls go to Syncro, whenever they are asked for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 40 }), async (gaps) => {
      const clock = clockAt(0)
      const pace = createPace({ burst: 60, perSecond: 2 }, clock)
      const at: number[] = []
      for (const gap of gaps) {
        clock.pass(gap)
        for (let call = 0; call < 30; call++) {
          await pace()
          at.push(clock.now().getTime())
        }
      }
      for (const [index, time] of at.entries()) assert.ok((at[index + 180] ?? Number.POSITIVE_INFINITY) - time >= 60_000)
    }),
    { numRuns: 30 },
  )
})
