import { expressionBuilder, sql } from 'kysely'
import { databaseTime, isDuplicate, runUpdate, transact } from '../db/dialect.ts'
import { newShortId } from '../db/id.ts'
import type { Db, NewRow, OutboxState, Tables } from '../db/tables.ts'
import { hideSecrets } from '../live-secrets.ts'
import { longestWaitMs, type OutboxRow, underway } from './write.ts'

export type NewOutboxRow = Omit<NewRow<'outbox'>, 'shortId' | 'reference'>

/**
 * Stores a write together with what belongs to it, all or nothing, and not to be sent for `undoMs`; of an equal one the earlier row. One that
 * failed is replaced, so that it cannot be tried again besides.
 */
export async function addWrite(
  db: Db,
  write: NewOutboxRow,
  alongside?: (transaction: Db) => Promise<void>,
  undoMs = 0,
  tries = 20,
): Promise<{ row: OutboxRow; isNew: boolean }> {
  try {
    if (!alongside) return { row: await insertWrite(db, write, undoMs), isNew: true }
    const row = await transact(db, async (transaction) => {
      const inserted = await insertWrite(transaction, write, undoMs)
      await alongside(transaction)
      return inserted
    })
    return { row, isNew: true }
  } catch (error) {
    if (!isDuplicate(error) || tries === 0) throw error
    const earlier = await findEqual(db, write.dedupeKey)
    if (earlier && !(await moveWrite(db, earlier.id, ['failed'], { state: 'cancelled' }))) return { row: earlier, isNew: false }
    // else four letters that were taken
    return addWrite(db, write, alongside, undoMs, tries - 1)
  }
}

async function insertWrite(db: Db, write: NewOutboxRow, undoMs: number): Promise<OutboxRow> {
  const shortId = newShortId()
  const named = { ...write, shortId, reference: `msp ${shortId}` }
  const made = await db
    .insertInto('outbox')
    .values({ ...named, ...(undoMs > 0 && { notBefore: databaseTime(db, undoMs) }) })
    // not all of it: to read a row takes longer than to store it
    .returning(['seq', 'createdAt', 'notBefore'])
    .executeTakeFirstOrThrow()
  return { ...unsent, ...named, ...made }
}

/** What the database makes of the columns that a new write leaves out. */
const unsent = {
  ...{ sessionId: null, clientId: null, ticketId: null, ticketNumber: null, visibility: null, payloadEncrypted: null, dedupeKey: null },
  ...{ attempts: 0, missed: 0, firstSentAt: null, leaseOwner: null, leaseUntil: null, vendorId: null, lastError: null },
  ...{ agent: null, approvedBy: null },
}

/** The write that was asked for in the same words. */
export async function findEqual(db: Db, dedupeKey: string | null | undefined): Promise<OutboxRow | undefined> {
  if (!dedupeKey) return undefined
  return db.selectFrom('outbox').selectAll().where('dedupeKey', '=', dedupeKey).executeTakeFirst()
}

/** By its short id or its whole one. */
export async function findWrite(db: Db, name: string): Promise<OutboxRow | undefined> {
  const query = db.selectFrom('outbox').selectAll()
  const isWhole = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)
  return (isWhole ? query.where('id', '=', name.toLowerCase()) : query.where('shortId', '=', name.toUpperCase())).executeTakeFirst()
}

export const requireWrite = (db: Db, id: string): Promise<OutboxRow> =>
  db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

/** The latest writes, the newest first. */
export async function listWrites(db: Db, wanted: { states?: readonly OutboxState[]; limit: number }): Promise<OutboxRow[]> {
  let query = db.selectFrom('outbox').selectAll()
  if (wanted.states) query = query.where('state', 'in', [...wanted.states])
  return query.orderBy('seq', 'desc').limit(wanted.limit).execute()
}

/** The drafts that hold work of a session for a ticket, in order. */
export async function listDrafts(
  db: Db,
  { sessionId, integrationType, ticketId }: { sessionId: string | null; integrationType: string; ticketId: string },
): Promise<OutboxRow[]> {
  return db
    .selectFrom('outbox')
    .selectAll()
    .where('state', '=', 'draft')
    .where('sessionId', '=', sessionId)
    .where('id', 'in', (where) =>
      where.selectFrom('workItemPosts').select('outboxId').where('integration', '=', integrationType).where('ticketId', '=', ticketId),
    )
    .orderBy('seq')
    .execute()
}

/** A write on its way, and whether it may have its turn now, by the database's clock. */
export type Underway = OutboxRow & { isDue: boolean }

/** The wait is over; or its end was damaged, which must not hold up a ticket for ever. */
function isOver(db: Db) {
  const { eb, or } = expressionBuilder<Tables, 'outbox'>()
  return or([eb('notBefore', '<=', databaseTime(db)), eb('notBefore', '>', databaseTime(db, longestWaitMs))])
}

/** Writes that are on their way, in order; with `ticketOf` those to the same ticket up to and with that write. */
export async function listUnderway(db: Db, ticketOf?: OutboxRow): Promise<Underway[]> {
  let query = db
    .selectFrom('outbox')
    .selectAll()
    .select((row) => row.or([row('notBefore', 'is', null), isOver(db)]).as('isDue'))
    .where('state', 'in', [...underway])
  // what hangs on no ticket waits for nothing
  if (ticketOf?.ticketId === null) query = query.where('id', '=', ticketOf.id)
  else if (ticketOf) {
    query = query.where('seq', '<=', ticketOf.seq).where('integration', '=', ticketOf.integration).where('ticketId', '=', ticketOf.ticketId)
  }
  const rows = await query.orderBy('seq').execute()
  return rows.map((row) => ({ ...row, isDue: Boolean(row.isDue) }))
}

/**
 * Takes the write for one worker only, when it is due, in the state in which it was read, and if nobody has worked on it since: condition and
 * change are one statement, on the database's clock.
 */
export async function claimWrite(db: Db, write: OutboxRow, owner: string, leaseMs: number): Promise<boolean> {
  if (write.state !== 'ready' && write.state !== 'unknown') return false
  const { payloadEncrypted } = write
  const update = db
    .updateTable('outbox')
    .set({ state: 'sending', leaseOwner: owner, leaseUntil: databaseTime(db, leaseMs) })
    .where(isAsRead(db, write))
    // what was prepared and not sent shows in nothing else
    .where('payloadEncrypted', payloadEncrypted === null ? 'is' : '=', payloadEncrypted)
  return runUpdate(db, update)
}

function isAsRead(db: Db, { id, state, attempts, notBefore }: OutboxRow) {
  const { and, eb, fn } = expressionBuilder<Tables, 'outbox'>()
  const isDue = notBefore === null ? eb('notBefore', 'is', null) : isOver(db)
  // the bare column would make MariaDB weigh the index of states against the id, which takes as long as the rest of the statement
  return and([eb('id', '=', id), eb(fn.coalesce('state', sql.lit('')), '=', state), eb('attempts', '=', attempts), isDue])
}

/** Makes a write that its worker left behind `unknown`; `dead` says that the worker is known to be gone, else its lease must have run out. */
export async function abandonWrite(db: Db, write: OutboxRow, dead: boolean, settleMs: number): Promise<void> {
  let query = db
    .updateTable('outbox')
    .set({ state: 'unknown', leaseOwner: null, leaseUntil: null, notBefore: databaseTime(db, settleMs) })
    .where('id', '=', write.id)
    .where('state', '=', 'sending')
    .where('leaseOwner', '=', write.leaseOwner)
  if (!dead) query = query.where('leaseUntil', '<', databaseTime(db))
  await runUpdate(db, query)
}

/**
 * Notes that the request leaves now: one more attempt, the time from which the vendor is searched later, and a lease that covers the request.
 * Takes the write too, unless it is claimed. False when somebody else may send it, as after the claim of a laptop that slept: it must not leave.
 */
export async function markSent(db: Db, write: OutboxRow, owner: string, leaseMs: number, isClaimed: boolean): Promise<boolean> {
  const update = db
    .updateTable('outbox')
    .set({
      ...{ state: 'sending', leaseOwner: owner, leaseUntil: databaseTime(db, leaseMs), attempts: write.attempts + 1, missed: 0 },
      ...(write.firstSentAt === null && { firstSentAt: databaseTime(db) }),
    })
    .where(isClaimed ? isClaimedBy(db, write.id, owner) : isAsRead(db, write))
    .where('vendorId', 'is', null)
  return runUpdate(db, update)
}

function isClaimedBy(db: Db, id: string, owner: string) {
  const { and, eb } = expressionBuilder<Tables, 'outbox'>()
  return and([eb('id', '=', id), eb('leaseOwner', '=', owner), eb('leaseUntil', '>', databaseTime(db))])
}

/** Prolongs a claim. False when it has run out or passed to another: the process may have been stopped, the laptop asleep. */
export async function renewClaim(db: Db, id: string, owner: string, leaseMs: number): Promise<boolean> {
  const update = db
    .updateTable('outbox')
    .set({ leaseUntil: databaseTime(db, leaseMs) })
    .where(isClaimedBy(db, id, owner))
  return runUpdate(db, update)
}

/** Keeps the vendor's id as soon as it is known, of a time entry with the entry too: from then on nothing is sent again. */
export const keepVendorId = (db: Db, write: Pick<OutboxRow, 'id' | 'kind'>, vendorId: string): Promise<void> =>
  write.kind === 'time_entry'
    ? transact(db, (transaction) => keepVendorIdWithin(transaction, write, vendorId))
    : keepVendorIdWithin(db, write, vendorId)

/** The same as a part of a transaction. */
export async function keepVendorIdWithin(db: Db, { id, kind }: Pick<OutboxRow, 'id' | 'kind'>, vendorId: string): Promise<void> {
  await runUpdate(db, db.updateTable('outbox').set({ vendorId }).where('id', '=', id))
  if (kind === 'time_entry') await db.updateTable('timeEntries').set({ vendorId }).where('outboxId', '=', id).execute()
}

/** True when the write was asked for so long ago and no person has said since that it shall go on. */
export async function isOlderThan(db: Db, id: string, milliseconds: number): Promise<boolean> {
  const old = await db
    .selectFrom('outbox')
    .select('id')
    .where('id', '=', id)
    .where('approvedBy', 'is', null)
    .where('createdAt', '<', databaseTime(db, -milliseconds))
    .executeTakeFirst()
  return old !== undefined
}

/** True when the write was first sent so long ago. */
export async function wasSentBefore(db: Db, id: string, milliseconds: number): Promise<boolean> {
  const old = await db
    .selectFrom('outbox')
    .select('id')
    .where('id', '=', id)
    .where('firstSentAt', '<', databaseTime(db, -milliseconds))
    .executeTakeFirst()
  return old !== undefined
}

/** Stores what a write says once more is known, unless the claim has passed to another. */
export async function keepPayload(db: Db, id: string, owner: string, payloadEncrypted: Buffer): Promise<void> {
  await runUpdate(db, db.updateTable('outbox').set({ payloadEncrypted }).where('id', '=', id).where('leaseOwner', '=', owner))
}

export interface NextState {
  state: OutboxState
  lastError: string | null
  /** Not before so many milliseconds from now. */
  waitMs?: number | undefined
  missed?: number
  /** How many attempts it has had, where that changed. */
  attempts?: number
  /** The vendor's id of it, where it is known. */
  vendorId?: string | null
}

/** Ends a worker's turn. False when the claim has passed to another. */
export async function releaseWrite(
  db: Db,
  id: string,
  owner: string,
  { state, lastError, waitMs, missed, attempts, vendorId }: NextState,
): Promise<boolean> {
  const update = db
    .updateTable('outbox')
    .set({
      state,
      lastError: lastError === null ? null : hideSecrets(lastError),
      notBefore: waitMs === undefined ? null : databaseTime(db, waitMs),
      leaseOwner: null,
      leaseUntil: null,
      ...(missed === undefined ? {} : { missed }),
      ...(attempts === undefined ? {} : { attempts }),
      ...(vendorId === undefined ? {} : { vendorId }),
    })
    .where('id', '=', id)
    .where('leaseOwner', '=', owner)
  return runUpdate(db, update)
}

/** Moves a write that nobody works on from one of `from` to another state, with `isUnmade` only one that the vendor has given no id. False when it was not so. */
export async function moveWrite(
  db: Db,
  id: string,
  from: readonly OutboxState[],
  change: Partial<NewRow<'outbox'>> & { state: OutboxState },
  { isUnmade = false } = {},
): Promise<boolean> {
  let query = db
    .updateTable('outbox')
    // after a withdrawal asking again is a new write
    .set({ ...change, notBefore: null, missed: 0, ...(change.state === 'cancelled' ? { dedupeKey: null } : {}) })
    .where('id', '=', id)
    .where('state', 'in', [...from])
  if (isUnmade) query = query.where('vendorId', 'is', null)
  return runUpdate(db, query)
}

/** Lets a write go out that nobody has tried yet: a pause that the vendor has asked for since stays. */
export async function endUndoWindow(db: Db, id: string): Promise<void> {
  const update = db.updateTable('outbox').set({ notBefore: null }).where('id', '=', id)
  await runUpdate(db, update.where('state', '=', 'ready').where('attempts', '=', 0).where('lastError', 'is', null))
}

/** Thrown when another process has taken some of the work items in this moment: what is left must be looked up again. */
export class WorkTaken extends Error {}

/** Ties work items to the write that takes them to a ticket. A failed write that had them is cancelled, so that it cannot be tried again besides. */
export async function takeWork(
  db: Db,
  outboxId: string,
  workItemIds: readonly string[],
  ticket: { integration: string; id: string },
): Promise<void> {
  const earlier = await db
    .selectFrom('workItemPosts')
    .select('outboxId')
    .distinct()
    .where('workItemId', 'in', [...workItemIds])
    .where('integration', '=', ticket.integration)
    .where('ticketId', '=', ticket.id)
    .execute()
  for (const { outboxId: id } of earlier) {
    if (!(await moveWrite(db, id, ['failed', 'cancelled'], { state: 'cancelled' }))) throw new WorkTaken()
    await db
      .deleteFrom('workItemPosts')
      .where('outboxId', '=', id)
      .where('workItemId', 'in', [...workItemIds])
      .execute()
  }
  const rows = workItemIds.map((workItemId) => ({ workItemId, integration: ticket.integration, ticketId: ticket.id, outboxId }))
  try {
    await db.insertInto('workItemPosts').values(rows).execute()
  } catch (error) {
    throw isDuplicate(error) ? new WorkTaken() : error
  }
}

const keptDays = 30

/** What was written is forgotten a month after it was done or cancelled; that it was stays. */
export async function forgetOldPayloads(db: Db): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ payloadEncrypted: null })
    .where('state', 'in', ['done', 'cancelled'])
    .where('payloadEncrypted', 'is not', null)
    .where('createdAt', '<', databaseTime(db, -keptDays * 24 * 3_600_000))
    .execute()
}
