import type { Db } from '../db/tables.ts'
import { type Budget, intervalOf, keptFor, nextPlace, type Rate } from './budget.ts'
import { changeBudget, readBudget } from './store.ts'

export interface PaceDeps {
  db: Db
  scope: string
  rate: Rate
  sleep: (milliseconds: number) => Promise<void>
}

/** How a call asks for its turn. */
export interface Asking {
  /** The longest that it waits in all, in milliseconds; a background call before it takes a place in the line, and then once more. */
  patience: number
  /** Nobody waits for it: it goes when those that a person waits for leave room. */
  isBackground: boolean
  /** The error of a call that would have to wait longer. `isPause`: the vendor has asked for it. */
  refuse: (waitMs: number, isPause: boolean) => Error
  /** After each wait: what the call holds may have to be prolonged. */
  prolong?: (() => Promise<void>) | undefined
  /** Stored with each place that is taken. */
  note?: ((transaction: Db, budget: Budget) => Promise<void>) | undefined
}

interface Place {
  isTaken: boolean
  waitMs: number
  /** The pause that was known then. */
  pauseUs: number
}

/** Waits until this call may go, in the budget that all processes share. A place is taken first, then waited for, so that nobody is passed. Gives how long it waited. */
export async function takeTurn(deps: PaceDeps, asking: Asking): Promise<number> {
  let isYielding = asking.isBackground
  let left = asking.patience
  let waitedMs = 0
  for (;;) {
    const place = await askForPlace(deps, asking, { isYielding, left })
    if (!place.isTaken && place.waitMs > (isYielding ? asking.patience : left)) throw asking.refuse(place.waitMs, place.pauseUs > 0)
    if (place.waitMs === 0) return waitedMs
    const waitMs = place.waitMs + jitterMs(deps, isYielding)
    await deps.sleep(waitMs)
    await asking.prolong?.()
    waitedMs += waitMs
    left -= waitMs
    // the vendor may have asked for a pause since, and then the place is worth nothing
    if (place.isTaken && !(await hasNewPause(deps, place))) return waitedMs
    // others are always faster: it takes a place in the line as everybody does
    if (isYielding && left <= 0) [isYielding, left] = [false, asking.patience]
  }
}

/** Those that wait for a free place do not all ask for it at one moment. */
const jitterMs = ({ rate }: PaceDeps, isYielding: boolean): number => (isYielding ? (Math.random() * intervalOf(rate)) / 1000 : 0)

/** Takes the next place, unless the wait for it is too long; one that yields only a place that is free now. */
function askForPlace(
  { db, scope, rate }: PaceDeps,
  { note }: Asking,
  { isYielding, left }: { isYielding: boolean; left: number },
): Promise<Place> {
  const longest = isYielding ? 0 : Math.max(0, left * 1000)
  return changeBudget(
    db,
    scope,
    (budget) => {
      const { waitUs, tatUs } = nextPlace(rate, budget, isYielding ? keptFor(rate) : 0)
      const isTaken = waitUs <= longest
      const pauseUs = budget.pauseUs > budget.nowUs ? budget.pauseUs : 0
      return { result: { isTaken, waitMs: Math.ceil(waitUs / 1000), pauseUs }, ...(isTaken && { tatUs }) }
    },
    note,
  )
}

async function hasNewPause({ db, scope }: PaceDeps, { pauseUs }: Place): Promise<boolean> {
  const budget = await readBudget(db, scope)
  return budget !== undefined && budget.pauseUs > Math.max(budget.nowUs, pauseUs)
}

/** Nobody calls for so long. A longer pause stays. */
export const pauseAll = ({ db, scope }: Pick<PaceDeps, 'db' | 'scope'>, milliseconds: number, note?: Asking['note']): Promise<void> =>
  changeBudget(
    db,
    scope,
    ({ nowUs, pauseUs }) => ({ result: undefined, pauseUs: Math.max(pauseUs, nowUs + Math.ceil(milliseconds * 1000)) }),
    note,
  )

/** True while nobody calls. */
export async function isPaused({ db, scope }: Pick<PaceDeps, 'db' | 'scope'>): Promise<boolean> {
  const budget = await readBudget(db, scope)
  return budget !== undefined && budget.pauseUs > budget.nowUs
}

/** Ends the pause: the vendor was asked in spite of it, and has answered. False when there was none. */
export const endPause = ({ db, scope }: Pick<PaceDeps, 'db' | 'scope'>): Promise<boolean> =>
  changeBudget(db, scope, ({ nowUs, pauseUs }) => (pauseUs > nowUs ? { result: true, pauseUs: 0 } : { result: false }))
