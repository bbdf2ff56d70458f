import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { toInertLine } from '../../inert.ts'
import { need } from '../../integrations/index.ts'
import { type Io, toLocalTime } from '../../io.ts'
import type { TicketDetail } from '../../tickets/ticket.ts'
import { type JsonOption, withJson } from '../options.ts'
import { ticketFields } from '../searching.ts'

export function registerTicketShow(ticket: Command, app: App, run = runTicketShow): void {
  const show = ticket
    .command('show')
    .description('Show a ticket with its comments')
    .argument('<ticket>', 'T12345, #12345, 12345 or a pasted address')
  withJson(show, app, [...ticketFields, 'comments']).action((reference: string, options: JsonOption) => run(app, reference, options))
}

export async function runTicketShow(app: Pick<App, 'io' | 'ticket' | 'zone'>, reference: string, { json }: JsonOption): Promise<void> {
  const { ticket, at } = await app.ticket(reference)
  const detail = await need(at.integration, at.connection, 'tickets').get(ticket.id)
  if (!detail) throw new MspError('not_found', `${at.integration.label} has no ticket with the id ${ticket.id}.`)
  app.io.show(detail, ['number', 'subject', 'client', 'status', 'priority', 'url', 'createdAt', 'updatedAt'], json)
  if (!json) printComments(app.io, detail, app.zone())
}

function printComments(io: Io, { comments }: TicketDetail, zone: string): void {
  for (const { createdAt, author, subject, body, visibility } of comments) {
    io.out('')
    io.out(toInertLine(`${toLocalTime(createdAt, zone)}  ${author ?? 'client'}  ${visibility}  ${subject}`), 'dim')
    io.out(indented(body))
  }
}

/** Only headings begin a line, so that no body can pass for one. */
const indented = (body: string): string => body.replace(/(^|\n)(?=[^\r\n])/g, '$1  ')
