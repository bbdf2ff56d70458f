import { shellPatienceMs } from '../agent.ts'
import type { Db } from '../db/tables.ts'
import { type Delivery, deliverWrite } from './deliver.ts'
import { forgetOldPayloads, listUnderway, requireWrite, type Underway } from './store.ts'
import { isSettled, type OutboxRow, toWrite, type Write } from './write.ts'

export interface QueueDeps {
  db: Db
  delivery: Delivery
  now: () => Date
  sleep: (milliseconds: number) => Promise<void>
}

/** How long a write is tried. */
export interface Insistence {
  /** Insists: waits until it is delivered, or fails with code `not_delivered`. */
  wait?: boolean
  /** Goes on trying and looking until this is true, instead of once. */
  isOver?: () => boolean
}

/** Tries once, older writes to the ticket first; with `wait` or `isOver` until it is settled. */
export async function deliverNow(deps: QueueDeps, write: OutboxRow, { wait, isOver }: Insistence): Promise<Write> {
  const started = deps.now().getTime()
  const limit = wait ? shellPatienceMs : deps.delivery.limits.interactive
  const isLate = isOver ?? (() => deps.now().getTime() - started > limit)
  for (;;) {
    const last = await deliverInOrder(deps, await listUnderway(deps.db, write), isLate)
    if (last?.id === write.id && isSettled(last.state)) return last
    const row = await requireWrite(deps.db, write.id)
    if (isSettled(row.state) || (!wait && !isOver) || isLate()) return toWrite(row)
    await deps.sleep(pauseMs(row, deps))
  }
}

/** Gives each write to one ticket its turn, up to one that is not settled by it; gives that one, or the last. */
async function deliverInOrder({ delivery }: QueueDeps, writes: Underway[], isLate: () => boolean): Promise<Write | undefined> {
  let last: Write | undefined
  for (const write of writes) {
    last = await deliverIfDue(delivery, write)
    if (!isSettled(last.state) || isLate()) break
  }
  return last
}

/** For a write that must wait the way to the vendor is not even opened. */
const deliverIfDue = async (delivery: Delivery, { isDue, ...write }: Underway): Promise<Write> =>
  isDue ? deliverWrite(delivery, write) : toWrite(write)

/** Until the write is due again, a moment at least. */
const pauseMs = ({ notBefore }: OutboxRow, { now, delivery }: QueueDeps): number =>
  Math.min(Math.max((notBefore?.getTime() || 0) - now().getTime(), Math.min(100, delivery.limits.settle)), 5000)

/** Delivers what is due, in order; with `wait` goes on until nothing is on its way. Gives the writes that were, as they are now. */
export async function runOutbox(deps: QueueDeps, { wait = false } = {}): Promise<Write[]> {
  const started = deps.now().getTime()
  await forgetOldPayloads(deps.db)
  const seen = new Set<string>()
  for (;;) {
    await deliverDue(deps, seen)
    const left = await listUnderway(deps.db)
    if (!wait || left.length === 0 || deps.now().getTime() - started > shellPatienceMs) break
    await deps.sleep(Math.min(...left.map((write) => pauseMs(write, deps))))
  }
  const writes: Write[] = []
  // read again: another process may have delivered some of them
  for (const id of seen) writes.push(toWrite(await requireWrite(deps.db, id)))
  return writes
}

/** A write that a bug stops must not stop those to other tickets; the bug is thrown when they have had their turn. */
async function deliverDue({ db, delivery }: QueueDeps, seen: Set<string>): Promise<void> {
  const bugs: unknown[] = []
  const waiting = new Set<string>()
  for (const write of await listUnderway(db)) {
    seen.add(write.id)
    const ticket = write.ticketId === null ? write.id : `${write.integration} ${write.ticketId}`
    if (waiting.has(ticket)) continue
    waiting.add(ticket)
    try {
      if (isSettled((await deliverIfDue(delivery, write)).state)) waiting.delete(ticket)
    } catch (error) {
      bugs.push(error)
    }
  }
  if (bugs.length > 0) throw bugs[0]
}
