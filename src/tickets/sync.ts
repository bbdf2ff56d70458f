import type { Client } from '../clients/client.ts'
import { findMappedClient } from '../clients/store.ts'
import { transact } from '../db/dialect.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { withoutSecrets } from '../live-secrets.ts'
import { toLinkColumns } from './link.ts'
import { type Link, markSynced, updateLink } from './store.ts'
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

interface Pull {
  db: Db
  now: Date
  /** Ours by the vendor's id, looked up once each. */
  clients: Map<string, Client | undefined>
}

/**
 * Brings the tickets of these links up to date: one paged list of what has changed since the oldest reading, and single reads only where there
 * are so few that a list would cost more.
 */
export async function pullLinks(db: Db, tickets: TicketSystem, links: readonly Link[], now: Date): Promise<Results> {
  const byTicket = Map.groupBy(links, ({ ticketId }) => ticketId)
  if (byTicket.size > fewTickets) return pullListed(db, tickets, byTicket, now)
  const pull: Pull = { db, now, clients: new Map() }
  const results: Results[] = []
  for (const [id, each] of byTicket) results.push(await pullOne(pull, tickets, id, each))
  return together(results)
}

const together = (results: readonly Results[]): Results => ({
  pulled: results.flatMap(({ pulled }) => pulled),
  failed: results.flatMap(({ failed }) => failed),
})

async function pullListed(db: Db, tickets: TicketSystem, listed: Map<string, Link[]>, now: Date): Promise<Results> {
  const since = new Date(Math.min(...[...listed.values()].flat().map((link) => readAt(link).getTime())))
  const changed = new Map<string, Ticket>()
  // collected first: a list that breaks off must not pass for "nothing else has changed"
  for await (const ticket of tickets.changedSince(since)) if (listed.has(ticket.id)) changed.set(ticket.id, ticket)
  const unchanged = [...listed].flatMap(([id, each]) => (changed.has(id) ? [] : each.map((link) => link.id)))
  // stored at once: a transaction for each of many links takes longer than reading them all
  return transact(db, async (transaction) => {
    const pull: Pull = { db: transaction, now, clients: new Map() }
    await markSynced(transaction, unchanged, now)
    const results: Results[] = []
    for (const [id, ticket] of changed) results.push(await apply(pull, listed.get(id) ?? [], async () => ticket))
    return together(results)
  })
}

const pullOne = (pull: Pull, tickets: TicketSystem, id: string, links: readonly Link[]): Promise<Results> =>
  apply(pull, links, async () => {
    const ticket = await tickets.get(id)
    if (ticket) return ticket
    throw new MspError('not_found', `The ticket is gone: ${links[0]?.integrationType} has no ticket with the id ${id}.`)
  })

/** Brings the links of one ticket up to date; what goes wrong is kept with each of them. */
async function apply(pull: Pull, links: readonly Link[], read: () => Promise<Ticket>): Promise<Results> {
  const { db, now } = pull
  const results: Results = { pulled: [], failed: [] }
  try {
    const ticket = await read()
    for (const link of links) results.pulled.push(...(await applyTicket(pull, link, ticket)))
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    for (const link of links) results.failed.push(await noteSyncError(db, link, error, now))
  }
  return results
}

const readAt = (link: Link): Date => link.lastSyncedAt ?? link.createdAt

/** Brings a link up to date and says what differs; a ticket that went to another client is a conflict. */
async function applyTicket({ db, now, clients }: Pull, link: Link, ticket: Ticket): Promise<Pulled[]> {
  const { vendorClientId } = ticket
  if (!clients.has(vendorClientId)) clients.set(vendorClientId, await findMappedClient(db, ticket.integration, vendorClientId))
  if (clients.get(vendorClientId)?.id !== link.clientId)
    throw new MspError('client_mismatch', `Ticket ${ticket.number} now belongs to ${ticket.client}.`)
  const next = toLinkColumns(ticket)
  await updateLink(db, link.id, { ...next, lastSyncedAt: now, syncErrors: null, updatedAt: now })
  const fields = { status: 'vendorStatus', priority: 'vendorPriority', subject: 'ticketSubject' } as const
  const changed = Object.entries(fields).flatMap(([name, column]) =>
    link[column] === next[column] ? [] : [[name, { from: link[column], to: next[column] }] as const],
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
