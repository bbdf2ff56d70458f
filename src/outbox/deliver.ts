import { isStorageError, NotStored } from '../db/errors.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { HttpFailure } from '../http/failure.ts'
import type { BlindWrite, Candidate, Found, MadeId, VendorWrite } from '../http/http.ts'
import { type ClaimOwner, isDead, toOwnerText } from '../owner.ts'
import type { Limits, Step } from '../world.ts'
import { isLost } from './payload.ts'
import {
  abandonWrite,
  claimWrite,
  isOlderThan,
  keepVendorId,
  markSent,
  type NextState,
  releaseWrite,
  requireWrite,
  wasSentBefore,
} from './store.ts'
import { isUnapproved, longestWaitMs, type OutboxRow, toWrite, type Write } from './write.ts'

/** A write's way to its vendor with what it says: any kind. */
export interface Route {
  channel: VendorWrite<unknown, MadeId> | BlindWrite<unknown>
  content: unknown
  /** Stores the content with what was learned before it is sent. */
  keepContent: (content: unknown) => Promise<void>
  /** How much longer than usual the vendor may take until it shows what it has taken. */
  lagMs: number
  /** Why it must not be sent any more. */
  dead?: string | undefined
}

export interface Delivery {
  db: Db
  owner: ClaimOwner
  step: Step
  limits: Limits
  /** Opens the payload and connects to the vendor; throws when that cannot be done now. */
  route: (write: OutboxRow) => Promise<Route>
}

/** More than so many are for a person to allow. */
export const mostAttempts = 8
const mostHours = 24
const pollMs = 2000 // how often a vendor is asked whether it has made what it makes later

/**
 * One turn of a write, when it is due and nobody else has it. `write` is as it was read last, and no older one to its ticket is on its way.
 * Gives it as it is afterwards.
 */
export async function deliverWrite(delivery: Delivery, write: OutboxRow): Promise<Write> {
  const { db, owner, limits, step } = delivery
  if (write.state === 'sending') {
    const dead = write.leaseOwner !== null && isDead(write.leaseOwner, owner)
    await step('outbox.abandon', () => abandonWrite(db, write, dead, limits.settle))
    return toWrite(await requireWrite(db, write.id))
  }
  return (await takeTurn(delivery, write)) ?? toWrite(await requireWrite(db, write.id))
}

/** Undefined where the write may be otherwise than this turn left it, or somebody else has it. */
async function takeTurn(delivery: Delivery, write: OutboxRow): Promise<Write | undefined> {
  const { db, owner, limits, step } = delivery
  const opened = await openRoute(delivery, write)
  // where nothing comes before the request, it is claimed by the statement that notes that it leaves
  const isClaimed = 'state' in opened || !leavesAtOnce(write, opened)
  if (isClaimed && !(await step('outbox.claim', () => claimWrite(db, write, toOwnerText(owner), limits.lease)))) return undefined
  const next = 'state' in opened ? opened : await nextState(delivery, write, opened, isClaimed)
  if (next === undefined) return undefined
  const after = await orGiveUp(db, write, next)
  const release = () => step('outbox.release', () => releaseWrite(db, write.id, toOwnerText(owner), after))
  const isEnded = await (mayBeThere(after) ? orNotStored(write, opened, release) : release())
  const { state, lastError, attempts = write.attempts, vendorId = write.vendorId } = after
  return isEnded ? toWrite({ ...write, state, lastError, attempts, vendorId }) : undefined
}

const mayBeThere = ({ state }: NextState): boolean => state === 'done' || state === 'unknown' || state === 'needs_human'

/** Says of which write nothing could be stored when it may have arrived: who writes it again for that has it twice. */
async function orNotStored<T>({ shortId }: OutboxRow, route: Route | NextState, effect: () => Promise<T>): Promise<T> {
  try {
    return await effect()
  } catch (cause) {
    if (!isStorageError(cause)) throw cause
    const isBlind = 'channel' in route && route.channel.find === null
    const next = isBlind ? 'so a person is asked whether it was sent' : 'and msp looks for it there'
    const happened = `${shortId} may be at the vendor: that could not be stored, ${next} before it is sent again.`
    throw new NotStored(happened, { cause, hint: 'Do not write it again. When the database works: msp outbox run --wait' })
  }
}

/** A write that gets nowhere is a person's business in the end. The last attempt, too, is looked for before it is given up. */
async function orGiveUp(db: Db, { id, attempts: before }: OutboxRow, next: NextState): Promise<NextState> {
  if (next.state !== 'ready' && next.state !== 'unknown') return next
  const attempts = next.attempts ?? before
  const isTried = next.state === 'ready' && attempts >= mostAttempts
  if (!isTried && !(await isOlderThan(db, id, mostHours * 3_600_000))) return next
  const after = isTried ? `${attempts} attempts` : `${mostHours} hours`
  return { ...next, waitMs: undefined, state: 'needs_human', lastError: `Given up after ${after}: ${next.lastError ?? 'no answer'}` }
}

/** The way to the vendor, or what becomes of a write for which there is none now. */
async function openRoute(delivery: Delivery, write: OutboxRow): Promise<Route | NextState> {
  try {
    const route = await delivery.route(write)
    if (!isUnapproved(route.content)) return route
    return { state: 'draft', lastError: 'An agent wrote it, and no person has approved it.' }
  } catch (error) {
    if (isLost(error)) return { state: write.state === 'ready' ? 'failed' : 'needs_human', lastError: messageOf(error) }
    // signed out, locked or offline before anything was sent
    return { state: write.state, lastError: messageOf(error), waitMs: waitAfter(error, backoff(write)) }
  }
}

const leavesAtOnce = ({ state, vendorId }: OutboxRow, { channel, dead }: Route): boolean =>
  state === 'ready' && vendorId === null && dead === undefined && channel.prepare === undefined

/** Undefined when somebody else took the write, which was not claimed. */
async function nextState(delivery: Delivery, write: OutboxRow, route: Route, isClaimed: boolean): Promise<NextState | undefined> {
  if (write.vendorId !== null) return complete(delivery, write, route, write.vendorId)
  if (write.state === 'unknown') return look(delivery, write, route)
  if (route.dead !== undefined) return { state: 'failed', lastError: route.dead }
  const { content, refusal } = await prepare(write, route)
  return refusal ?? send(delivery, write, { ...route, content }, isClaimed)
}

/** What is read before it is sent changes nothing at the vendor. */
async function prepare(write: OutboxRow, { channel, content, keepContent }: Route): Promise<{ content: unknown; refusal?: NextState }> {
  if (!channel.prepare) return { content }
  try {
    const prepared = await channel.prepare(content)
    if (prepared !== content) await keepContent(prepared)
    return { content: prepared }
  } catch (error) {
    const lastError = messageOf(error)
    return {
      content,
      refusal: isFinal(error) ? { state: 'failed', lastError } : { state: 'ready', lastError, waitMs: waitAfter(error, backoff(write)) },
    }
  }
}

async function send(delivery: Delivery, write: OutboxRow, route: Route, isClaimed: boolean): Promise<NextState | undefined> {
  const { db, owner, step, limits } = delivery
  if (!(await step('outbox.sent', () => markSent(db, write, toOwnerText(owner), limits.lease, isClaimed))))
    return isClaimed ? { state: 'unknown', lastError: 'Its turn took too long.', waitMs: limits.settle } : undefined
  return { attempts: write.attempts + 1, ...(await orNotStored(write, route, () => sendOnce(delivery, write, route))) }
}

async function sendOnce(delivery: Delivery, write: OutboxRow, route: Route): Promise<NextState> {
  const { limits } = delivery
  let vendorId: MadeId
  try {
    vendorId = await route.channel.send(route.content, write.reference)
  } catch (error) {
    const madeId = error instanceof HttpFailure ? error.madeId : undefined
    if (madeId === undefined) return afterFailure(route, write, error, limits)
    await keepId(delivery, write, madeId)
    return { state: 'needs_human', lastError: messageOf(error), vendorId: madeId }
  }
  // the vendor makes it later
  if (vendorId === undefined) return { state: 'unknown', lastError: null, waitMs: Math.min(pollMs, limits.settle) }
  return complete(delivery, write, route, vendorId)
}

async function keepId({ db, step }: Delivery, write: OutboxRow, vendorId: string): Promise<void> {
  if (vendorId !== write.vendorId) await step('outbox.found', () => keepVendorId(db, write, vendorId))
}

/** What a send that threw means: never again without a look, unless it surely did not arrive. */
function afterFailure({ channel }: Route, write: OutboxRow, error: unknown, limits: Limits): NextState {
  const lastError = messageOf(error)
  if (channel.find === null && !(error instanceof HttpFailure && error.outcome !== 'unknown')) return asksAPerson(write, lastError)
  if (!(error instanceof HttpFailure)) return { state: 'unknown', lastError, waitMs: limits.settle }
  // what the vendor's limit held back was no attempt
  const attempts = error.code === 'rate_limited' && error.status === undefined ? { attempts: write.attempts } : {}
  if (error.outcome === 'not_sent') return { state: 'ready', lastError, waitMs: waitAfter(error, backoff(write)), ...attempts }
  if (error.outcome === 'unknown') return { state: 'unknown', lastError, waitMs: limits.settle }
  return isFinal(error) ? { state: 'failed', lastError } : { state: 'ready', lastError, waitMs: backoff(write) }
}

/** A no of the vendor that no time changes. A key that was refused can be renewed: the write itself is good. */
const isFinal = (error: unknown): boolean => error instanceof HttpFailure && error.outcome === 'refused' && error.code !== 'sign_in'

/** Of a write that may have arrived where nobody can look it up. */
const asksAPerson = ({ shortId }: OutboxRow, lastError: string): NextState => ({
  state: 'needs_human',
  lastError: `${lastError} Whether it arrived cannot be looked up. Ask who should have it, then: msp outbox resolve ${shortId} --sent, or --not-sent to send it again`,
})

async function look(delivery: Delivery, write: OutboxRow, route: Route): Promise<NextState> {
  const { limits } = delivery
  try {
    const found = await findAt(delivery.db, route, write)
    if (found === 'blind') return afterBlindness(write)
    if (found === 'pending') return afterPending(delivery, write, route.lagMs)
    if (found !== 'absent' && 'candidates' in found) return { state: 'needs_human', lastError: cannotTell(write, found.candidates) }
    if (found !== 'absent') return complete(delivery, write, route, found.vendorId)
    const missed = write.missed + 1
    // once is not enough: the vendor's lists may lag behind
    if (missed >= 2) return { state: 'ready', lastError: write.lastError, missed: 0 }
    return { state: 'unknown', lastError: write.lastError, missed, waitMs: limits.settle }
  } catch (error) {
    const lastError = `Could not look for it: ${messageOf(error)}`
    if (isFinal(error)) return { state: 'needs_human', lastError }
    return { state: 'unknown', lastError, waitMs: waitAfter(error, limits.settle) }
  }
}

const cannotTell = ({ shortId }: OutboxRow, candidates: readonly Candidate[]): string => {
  const what = candidates.length === 1 ? 'Something at the vendor may be it' : `${candidates.length} things at the vendor may be it`
  return `${what}: ${candidates.map(({ vendorId }) => vendorId).join(', ')}. To see and to say which: msp outbox resolve ${shortId}`
}

/** What the vendor shows now of a write that needs a decision; `blind` where nobody can look. Changes nothing. */
export const lookFor = async ({ db, route }: Pick<Delivery, 'db' | 'route'>, write: OutboxRow): Promise<Found | 'blind'> =>
  findAt(db, await route(write), write)

async function findAt(db: Db, { channel, content }: Route, write: OutboxRow): Promise<Found | 'blind'> {
  const { id, reference, firstSentAt, createdAt } = write
  // since a time that was damaged nothing would be found, and it would be sent again
  const isDamaged = firstSentAt !== null && (Number.isNaN(firstSentAt.getTime()) || !(await wasSentBefore(db, id, -longestWaitMs)))
  return channel.find === null || isDamaged ? 'blind' : channel.find(content, reference, firstSentAt ?? createdAt)
}

function afterBlindness(write: OutboxRow): NextState {
  // claimed by a process that ended before anything left
  if (write.firstSentAt === null) return { state: 'ready', lastError: write.lastError }
  return asksAPerson(write, 'It was on its way when msp lost sight of it.')
}

/** It may still come, but not for ever: a vendor that makes things later has had its time, and who waits for it a while more. */
async function afterPending({ db, limits }: Delivery, write: OutboxRow, lagMs: number): Promise<NextState> {
  // claimed by a process that ended before anything left
  if (write.firstSentAt === null) return { state: 'ready', lastError: write.lastError }
  if (await wasSentBefore(db, write.id, limits.attach + lagMs + 2 * limits.settle))
    return { state: 'needs_human', lastError: 'The vendor has not shown that it took it; look at the ticket.' }
  return { state: 'unknown', lastError: write.lastError, waitMs: Math.min(pollMs, limits.settle) }
}

async function complete(delivery: Delivery, write: OutboxRow, { channel, content }: Route, vendorId: string): Promise<NextState> {
  // where nothing comes after it, the id is stored with the state
  if (!channel.complete && write.kind !== 'time_entry') return { state: 'done', lastError: null, vendorId }
  await keepId(delivery, write, vendorId)
  try {
    await channel.complete?.(vendorId, content)
    return { state: 'done', lastError: null, vendorId }
  } catch (error) {
    // a record that could not be stored is no word of the vendor's
    const isStorage = error instanceof MspError && error.code === 'storage'
    const passing = isStorage || (error instanceof HttpFailure && !isFinal(error))
    // it is there; what is missing besides is repeated, or said
    const lastError = messageOfRest(write, vendorId, error)
    return passing
      ? { state: 'unknown', lastError, vendorId, waitMs: waitAfter(error, backoff(write)) }
      : { state: 'needs_human', lastError, vendorId }
  }
}

/** The vendor's answer to what comes after a write is none to the write: who takes it for that writes it again. */
const messageOfRest = ({ kind }: OutboxRow, vendorId: string, error: unknown): string =>
  // a refusal without a status is what msp found when it looked
  error instanceof HttpFailure && (error.status !== undefined || error.outcome !== 'refused') && kind !== 'removal'
    ? `It is at the vendor as ${vendorId}, and could not be checked: ${messageOf(error)}`
    : messageOf(error)

/** As long as the vendor asks for, else so long. */
const waitAfter = (error: unknown, milliseconds: number): number =>
  (error instanceof HttpFailure ? error.retryAfterMs : undefined) ?? milliseconds

const backoff = ({ attempts }: OutboxRow): number => Math.random() * Math.min(60_000, 500 * 2 ** (attempts + 1))

/** Of a known failure its sentence; anything else is a bug, and must not be swallowed as a state. */
function messageOf(error: unknown): string {
  if (error instanceof MspError) return error.message
  throw error
}
