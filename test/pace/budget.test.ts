import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Budget, keptFor, nextPlace, type Rate, sane, secondUs, toLimit } from '../../src/pace/budget.ts'

const syncro: Rate = { burst: 60, perSecond: 2 }
const fresh: Budget = { nowUs: 1_000 * secondUs, tatUs: 0, pauseUs: 0 }

/** Takes so many places at once and gives the waits in milliseconds. */
function waits(rate: Rate, budget: Budget, count: number, kept = 0): number[] {
  let { tatUs } = budget
  return Array.from({ length: count }, () => {
    const place = nextPlace(rate, { ...budget, tatUs }, kept)
    tatUs = place.tatUs
    return place.waitUs / 1000
  })
}

test('60 calls go at once, then two a second', () => {
  assert.deepEqual(waits(syncro, fresh, 65), [...Array(60).fill(0), 500, 1000, 1500, 2000, 2500])
})

test('after a while there is room again, for a burst at most', () => {
  const rate = { burst: 3, perSecond: 1 }
  const after = (seconds: number): Budget => ({ nowUs: seconds * secondUs, tatUs: 1_004 * secondUs, pauseUs: 0 })
  assert.deepEqual(waits(rate, after(1_000), 2), [2000, 3000])
  assert.deepEqual(waits(rate, after(1_003), 3), [0, 0, 1000])
  assert.deepEqual(waits(rate, after(9_000), 4), [0, 0, 0, 1000])
})

test('a pause is waited for, and a burst goes when it ends', () => {
  const paused = { ...fresh, pauseUs: fresh.nowUs + 7 * secondUs }
  assert.deepEqual(waits({ burst: 3, perSecond: 1 }, paused, 5), [7000, 7000, 7000, 8000, 9000])
})

test('what keeps places for others waits for those, and is as fast from then on', () => {
  assert.deepEqual(waits(syncro, fresh, 58, keptFor(syncro)), [...Array(55).fill(0), 500, 1000, 1500])
  assert.deepEqual([keptFor(syncro), keptFor({ burst: 10, perSecond: 1 }), keptFor({ burst: 1, perSecond: 1 })], [5, 2, 0])
})

test('times that only a wrong clock can have left are forgotten, real ones are not', () => {
  const [day, hour] = [86_400 * secondUs, 3600 * secondUs]
  assert.deepEqual(sane({ ...fresh, tatUs: fresh.nowUs + day, pauseUs: fresh.nowUs + day }), fresh)
  const real = { ...fresh, tatUs: fresh.nowUs + hour, pauseUs: fresh.nowUs + hour }
  assert.deepEqual(sane(real), real)
  assert.deepEqual(sane({ ...real, tatUs: Number.NaN, pauseUs: 'garbage' as never }), { ...real, tatUs: 0, pauseUs: 0 })
})

test('the limit says how many calls can still go in a minute', () => {
  const left = (budget: Partial<Budget>) => toLimit(syncro, { ...fresh, ...budget })
  const { nowUs } = fresh
  assert.deepEqual(left({}), { requests: 180, periodSeconds: 60, remaining: 180 })
  const remaining = [1, 60, 3600].map((seconds) => left({ tatUs: nowUs + seconds * secondUs }).remaining)
  assert.deepEqual(remaining, [178, 60, 0])
  const paused = [30, 60, 61].map((seconds) => left({ pauseUs: nowUs + seconds * secondUs }).remaining)
  assert.deepEqual(paused, [120, 60, 0])
})

interface Ask {
  afterMs: number
  isBackground: boolean
  isPause: boolean
}

/** When the calls that are asked for like this go, in microseconds. */
function goingTimes(rate: Rate, asked: readonly Ask[]): number[] {
  let budget = fresh
  return asked.flatMap(({ afterMs, isBackground, isPause }) => {
    const nowUs = budget.nowUs + afterMs * 1000
    budget = { ...budget, nowUs, pauseUs: isPause ? nowUs + 3 * secondUs : budget.pauseUs }
    const { waitUs, tatUs } = nextPlace(rate, budget, isBackground ? keptFor(rate) : 0)
    if (isBackground && waitUs > 0) return []
    budget = { ...budget, tatUs }
    return [nowUs + waitUs]
  })
}

test('in no window more calls go than a burst and what the rate allows in it, whenever they are asked for and whoever pauses', () => {
  const rates = fc.record({ burst: fc.integer({ min: 1, max: 100 }), perSecond: fc.integer({ min: 1, max: 50 }) })
  const asks = fc.record({
    // most come at the same moment
    afterMs: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3000) }),
    isBackground: fc.boolean(),
    isPause: fc.oneof({ weight: 50, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  })
  fc.assert(
    fc.property(rates, fc.array(asks, { minLength: 50, maxLength: 300 }), fc.integer({ min: 1, max: 20_000 }), (rate, asked, windowMs) => {
      const went = goingTimes(rate, asked)
      const most = rate.burst + Math.ceil((rate.perSecond * windowMs) / 1000)
      for (const [index, at] of went.entries()) {
        const late = went[index + most] ?? Number.POSITIVE_INFINITY
        assert.ok(late - at >= windowMs * 1000, `${most + 1} calls in less than ${windowMs} ms`)
      }
    }),
    { numRuns: 300 },
  )
})

test('with nobody there background calls use at least 95 % of what Syncro allows in a minute', () => {
  let budget = fresh
  let went = 0
  while (budget.nowUs < fresh.nowUs + 60 * secondUs) {
    const { waitUs, tatUs } = nextPlace(syncro, budget, keptFor(syncro))
    if (waitUs === 0) went++
    // a sleep that is late by half a place each time
    budget = waitUs === 0 ? { ...budget, tatUs } : { ...budget, nowUs: budget.nowUs + waitUs + secondUs / 4 }
  }
  assert.ok(went >= 171, String(went))
})
