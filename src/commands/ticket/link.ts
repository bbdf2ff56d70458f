import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { LinkType } from '../../db/tables.ts'
import { pickOne, toIdPart } from '../../pick.ts'
import type { Session, WorkItem } from '../../sessions/session.ts'
import { listWorkItems } from '../../sessions/store.ts'
import { linkTicket } from '../../tickets/link.ts'
import { assignWork } from '../../tickets/store.ts'
import { linkTypes } from '../../tickets/ticket.ts'
import { type JsonOption, oneOf, withJson } from '../options.ts'
import { linkColumns, linkFields, toShownLink } from './links.ts'

export interface TicketLinkOptions extends JsonOption {
  type?: LinkType
  work?: string
  autoSync?: boolean
  session?: string
}

export function registerTicketLink(ticket: Command, app: App, run = runTicketLink): void {
  const link = ticket
    .command('link')
    .description('Link a ticket to the open session')
    .argument('<ticket>', 'T12345, #12345, 12345 or a pasted address')
    .option('--type <type>', `${linkTypes.join(', ')} (a new link is related)`, oneOf(linkTypes))
    .option('--work <id>', 'the one work item that belongs on this ticket')
    .option('--auto-sync', 'post the work to it when the session ends')
    .option('--no-auto-sync', 'no longer')
    .option('--session <id>', 'another session than the open one')
  withJson(link, app, linkFields).action((reference: string, options: TicketLinkOptions) => run(app, reference, options))
}

export async function runTicketLink(
  app: Pick<App, 'io' | 'db' | 'session' | 'ticket' | 'technician'>,
  reference: string,
  options: TicketLinkOptions,
): Promise<void> {
  const db = await app.db()
  const session = await app.session(options.session)
  const work = options.work === undefined ? undefined : await findWork(app, session, options.work)
  const { ticket } = await app.ticket(reference)
  const choice = {
    linkType: options.type,
    linkDirection: 'manual',
    linkedBy: app.technician(),
    autoSync: options.autoSync,
    workItemId: work?.id,
  } as const
  const link = await linkTicket(db, session, ticket, choice)
  if (work) await assignWork(db, work.id, ticket)
  app.io.err(`Linked T${ticket.number} to the session for ${session.client}.`, 'good')
  app.io.show(toShownLink(link), linkColumns, options.json)
}

const kind = { name: 'work item', list: 'msp work list' }

/** The session's work item of this id, or of a part of it that only one has. */
async function findWork(app: Pick<App, 'db'>, session: Session, typed: string): Promise<WorkItem> {
  const part = toIdPart(typed, kind)
  const items = await listWorkItems(await app.db(), session.id)
  return pickOne(
    items.filter(({ id }) => id.startsWith(part) || id.endsWith(part)),
    typed,
    kind,
  )
}
