import { findMappedClient } from '../clients/store.ts'
import { transact } from '../db/dialect.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { withoutSecrets } from '../live-secrets.ts'
import { toLinkColumns } from './link.ts'
import { findOldestReading, type Link, type LinkQuery, listLinks, listLinksAmong, markSynced, updateLink } from './store.ts'
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

/** The links of one integration that are synced, and to how many tickets they lead. */
export interface LinksAt {
  query: LinkQuery & { integration: string }
  tickets: number
}

/**
 * Brings the tickets of these links up to date: one paged list of what has changed since the oldest reading, and single reads only where there
 * are so few that a list would cost more.
 */
export const pullLinks = (db: Db, tickets: TicketSystem, { query, tickets: count }: LinksAt, now: Date): Promise<Results> =>
  count > fewTickets ? pullListed(db, tickets, query, now) : pullEach(db, tickets, query, now)

async function pullListed(db: Db, tickets: TicketSystem, query: LinkQuery, now: Date): Promise<Results> {
  const since = (await findOldestReading(db, query)) ?? now
  const changed = new Map<string, Ticket>()
  // collected first: a list that breaks off must not pass for "nothing else has changed"
  for await (const ticket of tickets.changedSince(since)) changed.set(ticket.id, ticket)
  return storeRead(db, query, changed, now)
}

async function pullEach(db: Db, tickets: TicketSystem, query: LinksAt['query'], now: Date): Promise<Results> {
  const results: Results[] = []
  for (const [id, links] of byTicket(await listLinks(db, query))) {
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

const byTicket = (links: readonly Link[]): Map<string, Link[]> => Map.groupBy(links, ({ ticketId }) => ticketId)

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

/** Stores at once that the links were read now, and what has changed on these tickets; the others have not changed. A transaction for each of many links takes longer than reading them all. */
const storeRead = (db: Db, query: LinkQuery, changed: ReadonlyMap<string, Ticket>, now: Date): Promise<Results> =>
  transact(db, async (transaction) => {
    const links = byTicket(await listLinksAmong(transaction, query, [...changed.keys()]))
    await markSynced(transaction, query, now)
    const clients = new Map<string, string | undefined>()
    const results: Results[] = []
    for (const [id, each] of links) {
      const ticket = changed.get(id)
      if (ticket) results.push(await applyTicket(transaction, { ticket, links: each, clients, now }))
    }
    return together(results)
  })

interface Read {
  ticket: Ticket
  links: readonly Link[]
  /** The ids of our clients by the vendor's, looked up once each. */
  clients: Map<string, string | undefined>
  now: Date
}

/** Brings the links of a ticket up to date and says what differs; a ticket that went to another client is a conflict, and stays as unread as it was. */
async function applyTicket(db: Db, { ticket, links, clients, now }: Read): Promise<Results> {
  const { vendorClientId } = ticket
  if (!clients.has(vendorClientId)) clients.set(vendorClientId, (await findMappedClient(db, ticket.integration, vendorClientId))?.id)
  const results: Results = { pulled: [], failed: [] }
  for (const link of links) {
    if (clients.get(vendorClientId) === link.clientId) results.pulled.push(...(await applyTo(db, link, ticket)))
    else {
      const error = new MspError('client_mismatch', `Ticket ${ticket.number} now belongs to ${ticket.client}.`)
      results.failed.push(await noteSyncError(db, link, error, now))
      await updateLink(db, link.id, { lastSyncedAt: link.lastSyncedAt })
    }
  }
  return results
}

const shownFields = { status: 'vendorStatus', priority: 'vendorPriority', subject: 'ticketSubject' } as const

async function applyTo(db: Db, link: Link, ticket: Ticket): Promise<Pulled[]> {
  const next = toLinkColumns(ticket)
  const columns = (Object.keys(next) as Array<keyof typeof next>).filter((column) => link[column] !== next[column])
  if (columns.length === 0) return []
  await updateLink(db, link.id, Object.fromEntries(columns.map((column) => [column, next[column]])))
  const changed = Object.entries(shownFields).flatMap(([name, column]) =>
    columns.includes(column) ? [[name, { from: link[column], to: next[column] }] as const] : [],
  )
  return changed.length === 0 ? [] : [{ ticket: next.ticketNumber, changed: Object.fromEntries(changed) }]
}

const keptErrors = 20

/** Keeps a failure in the link's `sync_errors`, the latest last. */
export async function noteSyncError(db: Db, link: Link, error: MspError, now: Date): Promise<SyncFailure> {
  const earlier: unknown = JSON.parse(link.syncErrors ?? '[]')
  const errors = [...(Array.isArray(earlier) ? earlier : []), { at: now.toISOString(), code: error.code, message: error.message }]
  await updateLink(db, link.id, { syncErrors: JSON.stringify(withoutSecrets(errors.slice(-keptErrors))), updatedAt: now })
  return { ticket: link.ticketNumber ?? link.ticketId, code: error.code, message: error.message }
}
