import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { findClient } from '../../clients/find.ts'
import type { Connected } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import type { Ticket, TicketQuery } from '../../tickets/ticket.ts'
import { parseDay } from '../../time/day.ts'
import { startOfDay } from '../../zone.ts'
import { type ListOptions, sayIfMore, withJson, withLimit } from '../options.ts'
import { requireCounterparts, take, ticketFields } from '../searching.ts'

export interface TicketSearchOptions extends ListOptions {
  client?: string
  status?: string
  open?: boolean
  mine?: boolean
  since?: string
}

export function registerTicketSearch(ticket: Command, app: App, run = runTicketSearch): void {
  const search = withLimit(ticket.command('search').description('Search tickets'), 50)
    .argument('[words...]', 'words of the subject or the comments')
    .option('--client <name>', 'of this client')
    .option('--status <status>', "in this status, in your system's own word")
    .option('--open', 'that are not resolved or closed')
    .option('--mine', 'that are assigned to you')
    .option('--since <day>', 'that changed since: yesterday, monday, 2026-01-15')
  withJson(search, app, ticketFields).action((words: string[], options: TicketSearchOptions) => run(app, words, options))
}

export async function runTicketSearch(app: App, words: string[], options: TicketSearchOptions): Promise<void> {
  const found: Ticket[] = []
  for (const at of await app.connectedWith('tickets')) {
    const tickets = need(at.integration, at.connection, 'tickets')
    for (const query of await toQueries(app, words, options, at)) {
      // one more than is shown tells that there are more
      found.push(...(await app.io.progress('Searching…', take(tickets.search(query), options.limit + 1))))
    }
  }
  const newest = found.toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime())
  if (newest.length === 0) app.io.err('No ticket fits.')
  app.io.list(newest.slice(0, options.limit), ['number', 'client', 'status', 'priority', 'updatedAt', 'subject'], options.json)
  sayIfMore(app, newest, options.limit)
}

/** One query for each counterpart that the client has at this vendor. */
async function toQueries(app: App, words: string[], options: TicketSearchOptions, { integration }: Connected): Promise<TicketQuery[]> {
  const { status, open, mine } = options
  const since = options.since === undefined ? undefined : startOfDay(await parseDay(options.since, app.now(), app.zone()), app.zone())
  const query: TicketQuery = {
    ...(words.length > 0 ? { words: words.join(' ') } : {}),
    ...(status === undefined ? {} : { status }),
    open: open ?? false,
    mine: mine ?? false,
    ...(since ? { since } : {}),
  }
  if (options.client === undefined) return [query]
  const client = await findClient(await app.db(), options.client)
  const counterparts = await requireCounterparts(app, client, integration)
  return counterparts.map((vendorClientId) => ({ ...query, vendorClientId }))
}
