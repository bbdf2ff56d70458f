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

interface Pull {
  db: Db
  tickets: TicketSystem
  now: Date
  pulled: Pulled[]
  failed: SyncFailure[]
  /** Ours by the vendor's id, looked up once each. */
  clients: Map<string, Promise<Client | undefined>>
}

/**
 * Brings the tickets of these links up to date: one paged list of what has changed since the oldest reading, and single reads only where there
 * are so few that a list would cost more.
 */
export async function pullLinks(
  db: Db,
  tickets: TicketSystem,
  links: readonly Link[],
  now: Date,
): Promise<{ pulled: Pulled[]; failed: SyncFailure[] }> {
  const pull: Pull = { db, tickets, now, pulled: [], failed: [], clients: new Map() }
  const byTicket = Map.groupBy(links, ({ ticketId }) => ticketId)
  if (byTicket.size > fewTickets) await pullListed(pull, byTicket)
  else for (const [id, each] of byTicket) await pullOne(pull, id, each)
  return { pulled: pull.pulled, failed: pull.failed }
}

async function pullListed(pull: Pull, listed: Map<string, Link[]>): Promise<void> {
  const since = new Date(Math.min(...[...listed.values()].flat().map((link) => readAt(link).getTime())))
  const changed = new Map<string, Ticket>()
  // collected first: a list that breaks off must not pass for "nothing else has changed"
  for await (const ticket of pull.tickets.changedSince(since)) if (listed.has(ticket.id)) changed.set(ticket.id, ticket)
  const unchanged = [...listed].flatMap(([id, each]) => (changed.has(id) ? [] : each.map((link) => link.id)))
  // stored at once: a transaction for each of many links takes longer than reading them all
  const { pulled, failed } = await transact(pull.db, async (db) => {
    const stored: Pull = { ...pull, db, pulled: [], failed: [], clients: new Map() }
    await markSynced(db, unchanged, pull.now)
    for (const [id, ticket] of changed) await apply(stored, listed.get(id) ?? [], async () => ticket)
    return stored
  })
  pull.pulled.push(...pulled)
  pull.failed.push(...failed)
}

const pullOne = (pull: Pull, id: string, links: readonly Link[]): Promise<void> =>
  apply(pull, links, async () => {
    const ticket = await pull.tickets.get(id)
    if (ticket) return ticket
    throw new MspError('not_found', `The ticket is gone: ${links[0]?.integrationType} has no ticket with the id ${id}.`)
  })

/** Brings the links of one ticket up to date; what goes wrong is kept with each of them. */
async function apply(pull: Pull, links: readonly Link[], read: () => Promise<Ticket>): Promise<void> {
  const { db, now, pulled, failed } = pull
  try {
    const ticket = await read()
    for (const link of links) pulled.push(...(await applyTicket(pull, link, ticket)))
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    for (const link of links) failed.push(await noteSyncError(db, link, error, now))
  }
}

const readAt = (link: Link): Date => link.lastSyncedAt ?? link.createdAt

/** Brings a link up to date and says what differs; a ticket that went to another client is a conflict. */
async function applyTicket({ db, now, clients }: Pull, link: Link, ticket: Ticket): Promise<Pulled[]> {
  const looking = clients.get(ticket.vendorClientId) ?? findMappedClient(db, ticket.integration, ticket.vendorClientId)
  clients.set(ticket.vendorClientId, looking)
  const client = await looking
  if (client?.id !== link.clientId) throw new MspError('client_mismatch', `Ticket ${ticket.number} now belongs to ${ticket.client}.`)
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
