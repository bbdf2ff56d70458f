import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { shorten } from '../../shorten.ts'
import { type ListOptions, sayIfMore, withJson, withLimit } from '../options.ts'
import { requireCounterparts, ticketFields } from '../searching.ts'
import { type Place, suggestTickets } from '../suggesting.ts'

const fields = [...ticketFields, 'score', 'reason', 'isAboutWork'] as const

const longestSubject = 40 // what fits beside a reason

export interface TicketSuggestOptions extends ListOptions {
  session?: string
}

export function registerTicketSuggest(ticket: Command, app: App, run = runTicketSuggest): void {
  const suggest = withLimit(
    ticket.command('suggest').description('List tickets that fit the open session, the best first, with the reason'),
    5,
  ).option('--session <id>', 'another session than the open one')
  withJson(suggest, app, fields).action((options: TicketSuggestOptions) => run(app, options))
}

export async function runTicketSuggest(
  app: Pick<App, 'io' | 'db' | 'session' | 'connectedWith' | 'now' | 'zone'>,
  { session: reference, limit, json }: TicketSuggestOptions,
): Promise<void> {
  const session = await app.session(reference)
  const client = { id: session.clientId, name: session.client }
  const places: Place[] = []
  for (const at of await app.connectedWith('tickets'))
    places.push({ at, counterparts: await requireCounterparts(app, client, at.integration) })
  const { suggestions } = await suggestTickets(app, session, places)
  if (suggestions.length === 0) app.io.err(`No open ticket of ${session.client} is left to suggest.`)
  else if (!json) app.io.err(`Tickets of ${session.client}, the one that fits best first:`)
  const shown = suggestions.slice(0, limit).map(({ ticket, ...why }) => ({ ...ticket, ...why }))
  const fitting = app.io.isTerminal && !json ? shown.map((each) => ({ ...each, subject: shorten(each.subject, longestSubject) })) : shown
  app.io.list(fitting, ['number', 'subject', 'reason'], json)
  sayIfMore(app, suggestions, limit)
}
