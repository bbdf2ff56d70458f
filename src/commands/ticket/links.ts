import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { findClient } from '../../clients/find.ts'
import { readSyncErrors } from '../../tickets/link.ts'
import { type Link, listLinks } from '../../tickets/store.ts'
import { type ListOptions, sayIfMore, withJson, withLimit } from '../options.ts'

export const linkFields = [
  ...['id', 'sessionId', 'clientId', 'workItemId', 'integrationType', 'ticketId', 'ticketNumber', 'ticketSubject', 'ticketUrl'],
  ...['ticketStatus', 'ticketPriority', 'vendorStatus', 'vendorPriority', 'linkType', 'linkDirection', 'linkedBy'],
  ...['autoSyncEnabled', 'lastSyncedAt', 'syncErrors', 'createdAt', 'updatedAt'],
] as const

/** What is shown of one link. */
export const linkColumns = ['ticketNumber', 'linkType', 'ticketSubject'] as const

export const toShownLink = (link: Link) => ({ ...link, syncErrors: readSyncErrors(link) })

export interface TicketLinksOptions extends ListOptions {
  session?: string
  client?: string
  all?: boolean
}

export function registerTicketLinks(ticket: Command, app: App, run = runTicketLinks): void {
  const links = withLimit(ticket.command('links').description('List the tickets of the open session'))
    .option('--session <id>', 'of another session')
    .option('--client <name>', 'of every session for this client')
    .option('--all', 'of every session')
  withJson(links, app, linkFields).action((options: TicketLinksOptions) => run(app, options))
}

export async function runTicketLinks(
  app: Pick<App, 'io' | 'db' | 'session'>,
  { session, client, all, limit, json }: TicketLinksOptions,
): Promise<void> {
  const db = await app.db()
  const clientId = client === undefined ? undefined : (await findClient(db, client)).id
  const sessionId = all || clientId !== undefined ? undefined : (await app.session(session)).id
  const links = await listLinks(db, {
    ...(clientId === undefined ? {} : { clientId }),
    ...(sessionId === undefined ? {} : { sessionId }),
    limit: limit + 1,
  })
  if (links.length === 0) app.io.err('No ticket is linked. Link one: msp ticket link T12345')
  app.io.list(
    links.slice(0, limit).map(toShownLink),
    ['ticketNumber', 'linkType', 'ticketStatus', 'autoSyncEnabled', 'lastSyncedAt', 'ticketSubject'],
    json,
  )
  sayIfMore(app, links, limit)
}
