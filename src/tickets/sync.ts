import { findMappedClient } from '../clients/store.ts'
import { transact } from '../db/dialect.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { withoutSecrets } from '../live-secrets.ts'
import { nameOf, readSyncErrors, toLinkColumns } from './link.ts'
import {
  type Link,
  type LinkChange,
  type LinkedTickets,
  type LinkQuery,
  listLinks,
  listLinksToChange,
  markSynced,
  updateLink,
  updateLinks,
} from './store.ts'
import type { Ticket, TicketSystem } from './ticket.ts'

/** What a pull changed of one ticket: old and new value of each field. */
export interface Pulled {
  ticket: string
  changed: Record<string, { from: string | null; to: string | null }>
}

export interface SyncFailure {
  ticket: string
  code: string
  message: string
}

/** The comment that says what was done: one dense list. */
export const toSummary = (notes: readonly string[]): string =>
  ['Changes made today:', ...notes.map((note) => `- ${note.replace(/\s*\n\s*/g, ' ').trim()}`)].join('\n')

const fewTickets = 2

interface Results {
  pulled: Pulled[]
  failed: SyncFailure[]
}

/** The links of one integration that are synced. */
export interface LinksAt extends Omit<LinkedTickets, 'integration'> {
  query: LinkQuery & { integration: string }
}

/**
 * Brings the tickets of these links up to date: one paged list of what has changed since the oldest reading, and single reads only where there
 * are so few that a list would cost more.
 */
export const pullLinks = (db: Db, tickets: TicketSystem, at: LinksAt): Promise<Results> =>
  at.tickets > fewTickets ? pullListed(db, tickets, at) : pullEach(db, tickets, at)

async function pullListed(db: Db, tickets: TicketSystem, { query, since, now }: LinksAt): Promise<Results> {
  const changed = new Map<string, Ticket>()
  // collected first: a list that breaks off must not pass for "nothing else has changed"
  for await (const ticket of tickets.changedSince(since)) changed.set(ticket.id, ticket)
  return storeRead(db, query, changed, now)
}

async function pullEach(db: Db, tickets: TicketSystem, { query, now }: LinksAt): Promise<Results> {
  const results: Results[] = []
  for (const [id, links] of Map.groupBy(await listLinks(db, query), ({ ticketId }) => ticketId)) {
    try {
      const ticket = await tickets.get(id)
      if (!ticket) throw new MspError('not_found', `The ticket is gone: ${query.integration} has no ticket with the id ${id}.`)
      results.push(await storeRead(db, { ...query, ticketIds: [id] }, new Map([[id, ticket]]), now))
    } catch (error) {
      results.push({ pulled: [], failed: await noteForAll(db, links, error, now) })
    }
  }
  return together(results)
}

const together = (results: readonly Results[]): Results => ({
  pulled: results.flatMap(({ pulled }) => pulled),
  failed: results.flatMap(({ failed }) => failed),
})

/** Keeps a failure with each of these links; any other error is a bug. */
export async function noteForAll(db: Db, links: readonly Link[], error: unknown, now: Date): Promise<SyncFailure[]> {
  if (!(error instanceof MspError)) throw error
  const failed: SyncFailure[] = []
  for (const link of links) failed.push(await noteSyncError(db, link, error, now))
  return failed
}

const atOnce = 500

/**
 * Stores in one transaction that the links were read at this time, and what has changed on these tickets; on the others nothing has. What another
 * sync has read since is newer, and left alone. A ticket that went to another client is a conflict, and its links stay as unread as they were.
 */
const storeRead = (db: Db, query: LinkQuery, changed: ReadonlyMap<string, Ticket>, now: Date): Promise<Results> =>
  transact(db, async (transaction) => {
    const clientOf = clientFinder(transaction)
    const results: Results = { pulled: [], failed: [] }
    const conflicts: Array<{ link: Link; error: MspError }> = []
    const ids = [...changed.keys()]
    for (let start = 0; start < ids.length; start += atOnce) {
      const changes: LinkChange[] = []
      // closed ones too: another sync may have closed what is open again by now
      const some = { ...query, notClosed: false, ticketIds: ids.slice(start, start + atOnce), notReadSince: now }
      const links = (await listLinksToChange(transaction, some)).flatMap((link) => withTicket(link, changed))
      for (const { link, ticket } of links.filter((each) => !isLeftOut(query, each))) {
        if ((await clientOf(ticket)) !== link.clientId) conflicts.push({ link, error: isAnothers(ticket) })
        else {
          const change = differing(link, toLinkColumns(ticket))
          changes.push({ id: link.id, change: { ...change, lastSyncedAt: now, syncErrors: null, updatedAt: now } })
          results.pulled.push(...toPulled(link, change))
        }
      }
      await updateLinks(transaction, changes)
    }
    await markSynced(transaction, { ...query, notReadSince: now }, now)
    for (const { link, error } of conflicts) {
      results.failed.push(await noteSyncError(transaction, link, error, now))
      await updateLink(transaction, link.id, { lastSyncedAt: link.lastSyncedAt })
    }
    return results
  })

/** Of what was closed and still is nobody hears where only open tickets are synced. */
const isLeftOut = ({ notClosed }: LinkQuery, { link, ticket }: LinkedTicket): boolean =>
  notClosed === true && link.ticketStatus === 'closed' && ticket.state === 'closed'

interface LinkedTicket {
  link: Link
  ticket: Ticket
}

function withTicket(link: Link, changed: ReadonlyMap<string, Ticket>): LinkedTicket[] {
  const ticket = changed.get(link.ticketId)
  return ticket ? [{ link, ticket }] : []
}

const isAnothers = ({ number, client }: Ticket): MspError => new MspError('client_mismatch', `Ticket ${number} now belongs to ${client}.`)

/** The id of our client of a ticket, looked up once each. */
function clientFinder(db: Db): (ticket: Ticket) => Promise<string | undefined> {
  const known = new Map<string, string | undefined>()
  return async ({ integration, vendorClientId }) => {
    if (!known.has(vendorClientId)) known.set(vendorClientId, (await findMappedClient(db, integration, vendorClientId))?.id)
    return known.get(vendorClientId)
  }
}

type Columns = ReturnType<typeof toLinkColumns>

function differing(link: Link, next: Columns): Partial<Columns> {
  const columns = (Object.keys(next) as Array<keyof Columns>).filter((column) => link[column] !== next[column])
  return Object.fromEntries(columns.map((column) => [column, next[column]]))
}

/** The columns that people know by another name. */
const fieldNames = { status: 'vendorStatus', priority: 'vendorPriority', subject: 'ticketSubject' } as const

function toPulled(link: Link, change: Partial<Columns>): Pulled[] {
  const fields = Object.entries(fieldNames).flatMap(([name, column]) => {
    const to = change[column]
    return to === undefined ? [] : [[name, { from: link[column], to }] as const]
  })
  return fields.length === 0 ? [] : [{ ticket: change.ticketNumber ?? nameOf(link), changed: Object.fromEntries(fields) }]
}

const keptErrors = 20

/** Keeps a failure in the link's `sync_errors`, the latest last. */
export async function noteSyncError(db: Db, link: Link, error: MspError, now: Date): Promise<SyncFailure> {
  const errors = [...readSyncErrors(link), { at: now.toISOString(), code: error.code, message: error.message }]
  await updateLink(db, link.id, { syncErrors: JSON.stringify(withoutSecrets(errors.slice(-keptErrors))), updatedAt: now })
  return { ticket: nameOf(link), code: error.code, message: error.message }
}
