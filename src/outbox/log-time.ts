import { toNameKey } from '../clients/client.ts'
import { findMappedClient, listClients } from '../clients/store.ts'
import { newId } from '../db/id.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import type { Session } from '../sessions/session.ts'
import { requireSameClient } from '../tickets/link.ts'
import type { TicketPlace } from '../tickets/ticket.ts'
import { findTimeEntryOf, insertTimeEntry, listCountedEntries, lockCountedEntries, type TimeEntry } from '../time/store.ts'
import type { TimeSystem } from '../time/time.ts'
import { avoidOverlap, findOverlap, type Span, toSpanWords } from '../time/when.ts'
import { dayOf } from '../zone.ts'
import { type NewWrite, type OutboxDeps, type SendOptions, type Sent, sendWrite, type Target } from './outbox.ts'
import { findSameTime, type SameTime, samenessOf } from './same-time.ts'
import type { Write } from './write.ts'

/** Time to log on a ticket. */
export interface TimeToLog extends SameTime {
  ticket: TicketPlace
  target: Target
  session: Session | undefined
  span: Placed
}

/** The write of a time entry, with the row that belongs to it. */
export async function prepareTime(db: Db, technician: string, time: TimeToLog): Promise<NewWrite<'time_entry'>> {
  const { ticket, target, session, minutes, note, billable, laborId } = time
  const { start, end, refusal, besides } = time.span
  const clientId = await clientOf(db, ticket, session)
  return {
    kind: 'time_entry',
    content: { ticketId: ticket.id, ticketNumber: ticket.number, start, end, minutes, note, billable, laborId },
    target,
    sessionId: session?.id ?? null,
    clientId,
    visibility: null,
    sameness: samenessOf(time, technician),
    findSame: async (on, keyOf) => (await findSameTime(on, technician, time, keyOf))?.outboxId,
    alongside: async (transaction, outboxId) => {
      // not earlier: a repeat is no overlap, it is the entry that is there
      if (refusal) throw refusal
      const meanwhile = besides ? await lockCountedEntries(transaction, { from: start, to: end, technician }) : []
      if (besides && meanwhile.length > 0) throw new TakenMeanwhile(besides(meanwhile.map(toTaken)))
      await insertTimeEntry(transaction, {
        id: newId(),
        sessionId: session?.id ?? null,
        clientId,
        integration: ticket.integration,
        ticketId: ticket.id,
        ticketNumber: ticket.number,
        technician,
        startedAt: start,
        endedAt: end,
        minutes,
        billable,
        laborId,
        note,
        outboxId,
        vendorId: null,
        chargedAt: null,
      })
    },
  }
}

async function clientOf(db: Db, ticket: TicketPlace, session: Session | undefined): Promise<string> {
  if (session) {
    await requireSameClient(db, ticket, session)
    return session.clientId
  }
  const client = await findMappedClient(db, ticket.integration, ticket.vendorClientId)
  if (client) return client.id
  const same = (await listClients(db)).find(({ nameKey }) => nameKey === toNameKey(ticket.client))
  const [name, id] = [same?.name ?? ticket.client, `${ticket.integration}=${ticket.vendorClientId}`].map(quoted)
  throw new MspError('client_mismatch', `Ticket ${ticket.number} is for ${ticket.client}, which is none of your clients yet.`, {
    hint: same ? `Say that it is yours: msp client map ${name} ${id}` : `Add it: msp client add ${name} --map ${id}`,
  })
}

/** A logged entry as it is shown. */
export interface LoggedTime {
  id: string
  ticket: string
  minutes: number
  start: Date
  end: Date
  billable: boolean
  state: Write['state']
  vendorId: string | null
}

export const loggedFields = ['id', 'ticket', 'minutes', 'start', 'end', 'billable', 'state', 'vendorId'] as const

/** Logs the time; asked for twice, in whatever session, it is the earlier entry. */
export async function logTime(deps: OutboxDeps, time: TimeToLog, options: SendOptions): Promise<{ logged: LoggedTime; write: Sent }> {
  const write = await sendTime(deps, time, options)
  const entry = await findTimeEntryOf(deps.db, write.id)
  if (!entry) throw new MspError('storage', `The time entry of ${write.shortId} is missing.`)
  const { id, ticketNumber, minutes, startedAt: start, endedAt: end, billable } = entry
  const { state, vendorId } = write
  return { write, logged: { id, ticket: ticketNumber ?? '', minutes, start, end, billable, state, vendorId } }
}

async function sendTime(deps: OutboxDeps, time: TimeToLog, options: SendOptions): Promise<Sent> {
  try {
    return await sendWrite(deps, await prepareTime(deps.db, deps.technician, time), options)
  } catch (error) {
    if (error instanceof TakenMeanwhile) return sendTime(deps, { ...time, span: error.span }, options)
    throw error
  }
}

/** The time was taken between the look and the writing; `span` is where the entry goes now. */
class TakenMeanwhile extends Error {
  readonly span: Placed
  constructor(span: Placed) {
    super('The time was taken meanwhile.')
    this.span = span
  }
}

interface Taken extends Span {
  name: string
}

const toTaken = ({ startedAt: start, endedAt: end, ticketNumber }: TimeEntry): Taken => ({ start, end, name: `T${ticketNumber}` })

const dayMs = 24 * 3_600_000

/** What the technician has logged around a span: here, and at the vendor under the key's account. */
export async function listTaken(
  db: Db,
  technician: string,
  span: Span,
  at: { system: TimeSystem; accountId: string | null },
): Promise<Taken[]> {
  const [from, to] = [new Date(span.start.getTime() - dayMs), span.end]
  const logged = await listCountedEntries(db, { from, to })
  const own = logged.filter((entry) => entry.technician === technician)
  const taken = own.map(toTaken)
  // colleagues' too: under the team's key the vendor has them all as one user's
  const known = new Set(logged.map(({ vendorId }) => vendorId))
  for await (const entry of at.system.entriesSince(from)) {
    if (entry.end === null || entry.userId !== at.accountId || known.has(entry.id)) continue
    taken.push({ start: entry.start, end: entry.end, name: `an entry at the vendor (${entry.id})` })
  }
  return taken
}

/** Where an entry goes, and why it must not when it is new. */
export interface Placed extends Span {
  refusal: MspError | null
  /** Where it goes with these besides; without it the entry may overlap. */
  besides?: (others: readonly Taken[]) => Placed
}

/** Where the entry goes: as typed, refused where it overlaps; else moved back, within its day, to where the others leave room. */
export function placeTime(span: Span & { isExplicit: boolean }, taken: readonly Taken[], zone: string): Placed {
  const { start, end } = span
  const besides = (others: readonly Taken[]) => placeTime(span, [...taken, ...others], zone)
  if (!span.isExplicit) {
    const moved = avoidOverlap({ start, end }, taken)
    // what ends at midnight is of the day before
    const [day, movedDay] = [end, moved.end].map((time) => dayOf(new Date(time.getTime() - 1), zone))
    return { ...moved, besides, refusal: day === movedDay ? null : noRoom(String(day)) }
  }
  const other = findOverlap({ start, end }, taken)
  return { start, end, besides, refusal: other ? overlaps(other, zone) : null }
}

const noRoom = (day: string): MspError =>
  new MspError('usage', `Your entries leave no room for it on ${day}.`, {
    hint: 'Say when it was, with --from, --to, --on or --yesterday.',
  })

const overlaps = (other: Taken, zone: string): MspError =>
  new MspError('usage', `That overlaps with ${other.name}, ${toSpanWords(other, zone)}.`, { hint: 'If both are meant, use --overlap.' })
