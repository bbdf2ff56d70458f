import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { isMeant, parseTicketReference } from '../../tickets/reference.ts'
import { deleteLink, listLinks } from '../../tickets/store.ts'
import { type JsonOption, withJson } from '../options.ts'
import { linkColumns, linkFields, toShownLink } from './links.ts'

export interface TicketUnlinkOptions extends JsonOption {
  session?: string
}

export function registerTicketUnlink(ticket: Command, app: App, run = runTicketUnlink): void {
  const unlink = ticket
    .command('unlink')
    .description('Take a ticket off the open session; the ticket itself stays as it is')
    .argument('<ticket>', 'T12345, #12345, 12345 or a pasted address')
    .option('--session <id>', 'another session than the open one')
  withJson(unlink, app, linkFields).action((reference: string, options: TicketUnlinkOptions) => run(app, reference, options))
}

// no vendor is asked: a ticket that is gone there can still be unlinked
export async function runTicketUnlink(app: Pick<App, 'io' | 'db' | 'session'>, typed: string, options: TicketUnlinkOptions): Promise<void> {
  const db = await app.db()
  const session = await app.session(options.session)
  const reference = parseTicketReference(typed)
  const links = await listLinks(db, { sessionId: session.id })
  const link = links.find((each) => isMeant(each, reference))
  if (!link) {
    const { by, value } = reference
    const other = links.find((each) => isMeant(each, { ...reference, by: by === 'id' ? 'number' : 'id' }))
    throw new MspError('not_found', `Ticket ${typed} is not linked to the session for ${session.client}.`, {
      hint: other
        ? `${value} is the ${by === 'id' ? 'number' : 'id'} of T${other.ticketNumber}: use T${other.ticketNumber}`
        : 'See: msp ticket links',
    })
  }
  await deleteLink(db, link)
  app.io.err(`T${link.ticketNumber} is no longer linked to the session for ${session.client}.`, 'good')
  app.io.show(toShownLink(link), linkColumns, options.json)
}
