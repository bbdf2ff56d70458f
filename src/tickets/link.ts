import { toNameKey } from '../clients/client.ts'
import { findMappedClient } from '../clients/store.ts'
import { isDuplicate } from '../db/dialect.ts'
import type { Db, LinkType } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import type { Session } from '../sessions/session.ts'
import { findLink, insertLink, type Link, updateLink } from './store.ts'
import type { Ticket, TicketPlace } from './ticket.ts'

export interface LinkChoice {
  /** Without it a link keeps its type, and a new one is `related`. */
  linkType?: LinkType | undefined
  linkDirection: 'manual' | 'automatic'
  linkedBy: string
  autoSync?: boolean | undefined
  /** The work item that the link documents. */
  workItemId?: string | undefined
}

/** Refuses a ticket of another client than the one that is worked for, with both names. */
export async function requireSameClient(
  db: Db,
  ticket: TicketPlace,
  worked: { clientId: string; client: string },
  what = 'this session is for',
): Promise<void> {
  const client = await findMappedClient(db, ticket.integration, ticket.vendorClientId)
  if (client?.id === worked.clientId) return
  const map = `msp client map ${quoted(worked.client)} ${quoted(`${ticket.integration}=${ticket.vendorClientId}`)}`
  if (!client && toNameKey(ticket.client) === toNameKey(worked.client)) {
    throw new MspError(
      'client_mismatch',
      `Your client ${worked.client} is not tied to the ${ticket.client} of ticket ${ticket.number} yet.`,
      {
        hint: `If they are the same: ${map}`,
      },
    )
  }
  throw new MspError('client_mismatch', `Ticket ${ticket.number} is for ${ticket.client}, ${what} ${worked.client}.`, {
    hint: `Start a session for that client. If the two names mean the same: ${map}`,
  })
}

/** Ties a session to a ticket of the same client. Asked for twice it is one row, with what was asked for last. */
export async function linkTicket(db: Db, session: Session, ticket: Ticket, choice: LinkChoice): Promise<Link> {
  await requireSameClient(db, ticket, session)
  const existing = await findLink(db, session.id, ticket)
  if (existing) return changeLink(db, existing, choice)
  try {
    return await insertLink(db, {
      sessionId: session.id,
      clientId: session.clientId,
      workItemId: choice.workItemId ?? null,
      integrationType: ticket.integration,
      ticketId: ticket.id,
      ...toLinkColumns(ticket),
      linkType: choice.linkType ?? 'related',
      linkDirection: choice.linkDirection,
      linkedBy: choice.linkedBy,
      autoSyncEnabled: choice.autoSync ?? false,
      lastSyncedAt: null,
      syncErrors: null,
    })
  } catch (error) {
    // linked by another process in this moment
    const other = isDuplicate(error) ? await findLink(db, session.id, ticket) : undefined
    if (other) return other
    throw error
  }
}

async function changeLink(db: Db, link: Link, { linkType, linkDirection, autoSync, workItemId }: LinkChoice): Promise<Link> {
  // what msp did by itself does not change what a person chose
  if (linkDirection === 'automatic') return link
  const change = {
    linkDirection,
    ...(linkType === undefined ? {} : { linkType }),
    ...(autoSync === undefined ? {} : { autoSyncEnabled: autoSync }),
    ...(workItemId === undefined ? {} : { workItemId }),
  }
  await updateLink(db, link.id, change)
  return { ...link, ...change }
}

/** The ticket's number, where it has one. */
export const nameOf = ({ ticketNumber, ticketId }: Link): string => ticketNumber ?? ticketId

/** What went wrong with a link, the latest last; of a column that was damaged nothing. */
export function readSyncErrors({ syncErrors }: Pick<Link, 'syncErrors'>): unknown[] {
  try {
    const errors: unknown = JSON.parse(syncErrors ?? '[]')
    return Array.isArray(errors) ? errors : []
  } catch {
    return []
  }
}

/** What a link keeps of its ticket; cut to what the columns hold. */
export const toLinkColumns = (ticket: Ticket) => ({
  ticketNumber: ticket.number,
  ticketSubject: ticket.subject.slice(0, 500),
  ticketUrl: ticket.url.slice(0, 500),
  ticketStatus: ticket.state,
  ticketPriority: ticket.urgency,
  vendorStatus: ticket.status.slice(0, 255),
  vendorPriority: ticket.priority?.slice(0, 255) ?? null,
})
