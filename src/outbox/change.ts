import { transact } from '../db/dialect.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import type { Removal } from '../tickets/ticket.ts'
import { noteCharged } from '../time/store.ts'
import type { NewCharge } from '../time/time.ts'
import type { Vault } from '../vault/vault.ts'
import { mostAttempts } from './deliver.ts'
import { isLost, openPayload } from './payload.ts'
import { findWrite, keepVendorIdWithin, moveWrite, requireWrite } from './store.ts'
import { noteTakenBack } from './take-back.ts'
import { approveCommand, inWords, isHeldBack, type OutboxRow } from './write.ts'

/** The write of this short id, or of the whole id that JSON gives. */
export async function findNamed(db: Db, typed: string): Promise<OutboxRow> {
  const found = await findWrite(db, typed)
  if (found) return found
  throw new MspError('not_found', `There is no write ${typed}.`, { hint: 'See: msp outbox list --all' })
}

const withdrawable = ['draft', 'ready', 'failed'] as const

/** Withdraws a write that has surely not been sent. */
export async function cancelWrite(db: Db, typed: string): Promise<OutboxRow> {
  const { id } = await findNamed(db, typed)
  const isMoved = await moveWrite(db, id, withdrawable, { state: 'cancelled' })
  const row = await requireWrite(db, id)
  if (!isMoved) throw noWithdrawal(row)
  return row
}

/** Refuses what may have been sent. */
export function requireWithdrawable(row: OutboxRow): void {
  if (!withdrawable.some((state) => state === row.state)) throw noWithdrawal(row)
}

function noWithdrawal(row: OutboxRow): MspError {
  const { shortId, state } = row
  return new MspError('usage', `${shortId} cannot be withdrawn: it is ${inWords(row)}.`, {
    hint: state === 'needs_human' ? `Say whether it is at the vendor: msp outbox resolve ${shortId}` : `See: msp outbox show ${shortId}`,
  })
}

/**
 * Puts a write back on its way, with the word of `person` for it; null when an agent asks. One that may have been sent is looked for first,
 * a draft stays one, and no agent cuts the time short in which it can still be withdrawn.
 */
export async function retryWrite(db: Db, typed: string, person: string | null): Promise<OutboxRow> {
  const row = await findNamed(db, typed)
  const { id, shortId, kind, vendorId } = row
  if (kind === 'email' && vendorId !== null)
    throw new MspError('usage', `${shortId} was sent, and those who have it would have it twice.`, {
      hint: `Send it to the others alone, then: msp outbox resolve ${shortId} --sent`,
    })
  if (person === null && isHeldBack(row))
    throw new MspError('forbidden', `${shortId} can still be withdrawn, and an agent does not cut that short.`, {
      hint: 'To send it once its time is up: msp outbox run --wait',
    })
  const again = { ...renewed(row), ...approvedBy(person) }
  // each from its own states: what was queued when it was read may have been sent since
  const isMoved =
    (await moveWrite(db, id, ['failed', 'ready'], { state: 'ready', ...again })) ||
    (await moveWrite(db, id, ['needs_human', 'unknown'], { state: 'unknown', ...again }))
  const write = await requireWrite(db, id)
  if (isMoved) return write
  throw new MspError('usage', `${shortId} cannot be tried again: it is ${inWords(write)}.`, {
    hint: write.state === 'draft' ? `In a terminal: ${approveCommand(write)}` : `See: msp outbox show ${shortId}`,
  })
}

/** Attempts that are used up count anew; else how often it was sent stays known. */
const renewed = ({ attempts }: OutboxRow) => (attempts >= mostAttempts ? { attempts: 0 } : {})

const approvedBy = (person: string | null) => (person === null ? {} : { approvedBy: person })

/** A write that needs a decision: a person says what became of it. */
export async function findUndecided(db: Db, typed: string): Promise<OutboxRow> {
  const row = await findNamed(db, typed)
  if (row.state === 'needs_human') return row
  throw noDecision(row)
}

const noDecision = (row: OutboxRow): MspError =>
  new MspError('usage', `${row.shortId} needs no decision: it is ${inWords(row)}.`, { hint: `See: msp outbox show ${row.shortId}` })

/** What a person says became of a write: it is at the vendor, as `vendorId` where one is known, or it is not and is sent again. */
export type Verdict = { isSent: true; vendorId: string | null } | { isSent: false }

/**
 * Settles a write that msp cannot tell by the word of a person, with all that msp keeps of it, at once. What the vendor has given an id is
 * not sent again.
 */
export async function resolveWrite(deps: ResolveDeps, write: OutboxRow, verdict: Verdict, person: string): Promise<OutboxRow> {
  const { db } = deps
  const { id } = write
  const note = verdict.isSent ? await noteOf(deps, write) : undefined
  // why it could not be told is over
  const decided = { lastError: null, approvedBy: person }
  const isMoved = await transact(db, async (transaction) => {
    if (!verdict.isSent)
      return moveWrite(transaction, id, ['needs_human'], { ...decided, ...renewed(write), state: 'ready' }, { isUnmade: true })
    if (!(await moveWrite(transaction, id, ['needs_human'], { ...decided, state: 'done' }))) return false
    const vendorId = (await requireWrite(transaction, id)).vendorId ?? verdict.vendorId
    if (vendorId !== null) await keepVendorIdWithin(transaction, write, vendorId)
    await note?.(transaction)
    return true
  })
  const row = await requireWrite(db, id)
  if (isMoved) return row
  if (row.state !== 'needs_human') throw noDecision(row)
  throw new MspError('usage', `${row.shortId} was sent: the vendor gave it the id ${row.vendorId}.`, {
    hint: `See: msp outbox show ${row.shortId}`,
  })
}

interface ResolveDeps {
  db: Db
  vault: () => Promise<Vault>
}

type Note = (transaction: Db) => Promise<void>

/** What msp keeps besides of a write that is at the vendor: that time is charged, that another write was taken back. */
async function noteOf({ vault }: ResolveDeps, row: OutboxRow): Promise<Note | undefined> {
  if (row.kind !== 'charge' && row.kind !== 'removal') return undefined
  const content = readContent(await vault(), row)
  if (content === undefined) return undefined
  if (row.kind === 'charge') return (transaction) => noteCharged(transaction, (content as NewCharge).timeWriteId)
  return (transaction) => noteTakenBack(transaction, row.shortId, content as Removal)
}

/** Undefined where nobody can read it any more: the person's word counts all the same. */
function readContent(vault: Vault, row: OutboxRow): unknown {
  try {
    return openPayload(vault, row)
  } catch (error) {
    if (isLost(error)) return undefined
    throw error
  }
}
