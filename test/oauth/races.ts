import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '../../src/db/tables.ts'
import type { Step } from '../../src/world.ts'
import { random } from '../support/random.ts'
import { startSignedIn } from './start.ts'

/** What a race came to: how each process ended, and how often the vendor gave tokens and saw an old one again. */
export interface Outcome {
  seed: number
  ends: string[]
  refreshes: number
  replayed: number
  condition: string
}

/** Whether the token of that race has run out: otherwise it soon does. */
export const hasRunOut = (seed: number): boolean => random(seed)() < 0.5

/**
 * Races of two to six processes, on one machine or several, for the token of a sign-in that has just run out or is refused: each effect of each takes
 * another time. Gives those in which not all had the one new token, or in which the vendor saw more than one renewal.
 */
export async function runRaces(t: Pick<TestContext, 'after'>, db: Db, seeds: readonly number[]): Promise<Outcome[]> {
  const { sandbox, signInAgain, process } = await startSignedIn(t, db)
  const { oauth } = sandbox.syncro
  const lost: Outcome[] = []
  for (const seed of seeds) {
    const next = random(seed)
    const { credential, condition } = await signInAgain(next() < 0.5 ? 1000 : -250_000)
    const before = { refreshes: oauth.given.refresh_token, replayed: oauth.replayed }
    const slow: Step = async (_, effect) => {
      await wait(next() * 6)
      const result = await effect()
      await wait(next() * 6)
      return result
    }
    const contenders = Array.from({ length: 2 + Math.floor(next() * 5) }, async (_, index) => {
      await wait(next() * 20)
      const tokens = await process({ step: slow, machine: next() < 0.5 ? 'laptop' : `desk-${index}` })
      return tokens().catch((error: Error) => error.message)
    })
    const given = await Promise.all(contenders)
    const isWhole = (await condition()) === 'live' && (await credential()).gen > 1
    const outcome: Outcome = {
      ...{ seed, condition: isWhole ? 'live' : 'lost' },
      ends: given.map((token) => (token !== undefined && /^[\w-]{32}$/.test(token) ? 'token' : String(token))),
      refreshes: oauth.given.refresh_token - before.refreshes,
      replayed: oauth.replayed - before.replayed,
    }
    const isFair = outcome.condition === 'live' && outcome.refreshes === 1 && outcome.replayed === 0
    if (!isFair || outcome.ends.some((end) => end !== 'token')) lost.push(outcome)
  }
  return lost
}
