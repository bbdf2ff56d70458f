import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { findWrite, moveWrite, requireWrite } from './store.ts'
import { approveCommand, inWords, needsPerson, type OutboxRow } from './write.ts'

/** The write of this short id, or of the whole id that JSON gives. */
export async function findNamed(db: Db, typed: string): Promise<OutboxRow> {
  const found = await findWrite(db, typed)
  if (found) return found
  throw new MspError('not_found', `There is no write ${typed}.`, { hint: 'See: msp outbox list --all' })
}

/** Withdraws a write that has surely not been sent. */
export async function cancelWrite(db: Db, typed: string): Promise<OutboxRow> {
  const write = await findNamed(db, typed)
  if (await moveWrite(db, write.id, ['draft', 'ready', 'failed'], { state: 'cancelled' })) return requireWrite(db, write.id)
  const { state } = await requireWrite(db, write.id)
  throw new MspError('usage', `${write.shortId} cannot be withdrawn: it is ${inWords({ state })}.`, {
    hint: `See: msp outbox show ${write.shortId}`,
  })
}

/**
 * Puts a write back on its way, with the word of `person` for it; null when an agent asks. One that may have been sent is looked for first,
 * and a draft stays one.
 */
export async function retryWrite(db: Db, typed: string, person: string | null): Promise<OutboxRow> {
  const { id, shortId, kind, vendorId } = await findNamed(db, typed)
  if (kind === 'email' && vendorId !== null)
    throw new MspError('usage', `${shortId} was sent, and those who have it would have it twice.`, {
      hint: `Send it to the others alone, then: msp outbox resolve ${shortId} --sent`,
    })
  const again = { attempts: 0, ...approvedBy(person) }
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

const approvedBy = (person: string | null) => (person === null ? {} : { approvedBy: person })

/**
 * What was seen at the vendor of a write that msp cannot tell: it is there, or it is sent again. An agent, `person` null, sends nothing again
 * that a client could see twice.
 */
export async function resolveWrite(db: Db, typed: string, isSent: boolean, person: string | null): Promise<OutboxRow> {
  const { id, shortId, vendorId, kind, visibility } = await findNamed(db, typed)
  const hint = `See: msp outbox show ${shortId}`
  const twice = kind === 'charge' ? 'be billed for it twice' : 'see it twice'
  if (!isSent && person === null && needsPerson({ kind, visibility }))
    throw new MspError('forbidden', `Whether ${shortId} is sent again is a person's decision: the client could ${twice}.`, {
      hint: `In a terminal: msp outbox resolve ${shortId} --not-sent`,
    })
  if (!isSent && vendorId !== null) throw new MspError('usage', `${shortId} was sent: the vendor gave it the id ${vendorId}.`, { hint })
  const change = { state: isSent ? 'done' : 'ready', attempts: 0, ...approvedBy(person) } as const
  if (await moveWrite(db, id, ['needs_human'], change)) return requireWrite(db, id)
  throw new MspError('usage', `${shortId} needs no decision: it is ${inWords(await requireWrite(db, id))}.`, { hint })
}
