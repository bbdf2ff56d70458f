import type { App } from '../app.ts'
import { listAssetNames } from '../clients/store.ts'
import type { Connected } from '../integrations/connect.ts'
import { need } from '../integrations/index.ts'
import type { Session } from '../sessions/session.ts'
import { listWorkItems } from '../sessions/store.ts'
import { listLinks } from '../tickets/store.ts'
import { type Candidate, rankTickets, type Suggestion } from '../tickets/suggest.ts'
import type { ListedTicket, TicketQuery, TicketSystem } from '../tickets/ticket.ts'
import { dayOf, startOfDay } from '../zone.ts'
import { take } from './searching.ts'

/** Where tickets of the session's client may be. */
export interface Place {
  at: Connected
  /** The vendor's ids of the client. */
  counterparts: readonly string[]
}

export interface Suggested {
  /** The best first. */
  suggestions: Suggestion[]
  /** There were notes to compare with. */
  hasWork: boolean
}

/** How many tickets of a list are compared: a client may have thousands. */
const mostCompared = 100

/** Ranks the tickets of the session's client that are open, or were done today, and are not linked to the session. */
export async function suggestTickets(
  app: Pick<App, 'io' | 'db' | 'now' | 'zone'>,
  session: Session,
  places: readonly Place[],
): Promise<Suggested> {
  const db = await app.db()
  const notes = (await listWorkItems(db, session.id)).map(({ note }) => note)
  const linked = new Set(
    (await listLinks(db, { sessionId: session.id })).map(({ integrationType, ticketId }) => `${integrationType} ${ticketId}`),
  )
  const today = startOfDay(dayOf(app.now(), app.zone()), app.zone())
  const candidates: Candidate[] = []
  for (const { at, counterparts } of places) {
    const tickets = need(at.integration, at.connection, 'tickets')
    for (const vendorClientId of counterparts) {
      const found = await listCandidates(app, tickets, {
        vendorClientId,
        client: session.client,
        doneSince: notes.length > 0 ? today : undefined,
      })
      for (const ticket of found) candidates.push({ ticket, isMine: isMine(ticket, at) })
    }
  }
  const unlinked = candidates.filter(({ ticket }) => !linked.has(`${ticket.integration} ${ticket.id}`))
  const work = { notes, assets: await listAssetNames(db, session.clientId), now: app.now(), zone: app.zone() }
  return { suggestions: rankTickets(unlinked, work), hasWork: notes.length > 0 }
}

interface Wanted {
  vendorClientId: string
  client: string
  /** Done ones that changed since are wanted, too. */
  doneSince: Date | undefined
}

/** Each ticket once, and no more than are compared, of which it is said. */
async function listCandidates(
  { io }: Pick<App, 'io'>,
  tickets: TicketSystem,
  { vendorClientId, client, doneSince }: Wanted,
): Promise<ListedTicket[]> {
  // one more than is compared tells that there are more
  const read = (query: TicketQuery) => io.progress('Reading tickets…', take(tickets.search({ vendorClientId, ...query }), mostCompared + 1))
  const open = await read({ open: true })
  const changed = doneSince === undefined ? [] : await read({ since: doneSince })
  if (Math.max(open.length, changed.length) > mostCompared)
    io.err(`There are more than ${mostCompared} such tickets of ${client}; the first ${mostCompared} were compared.`)
  const found = [...open.slice(0, mostCompared), ...changed.slice(0, mostCompared)]
  return [...new Map(found.map((ticket) => [ticket.id, ticket])).values()]
}

/** A team's key does not tell whose a ticket is. */
const isMine = ({ assigneeId }: ListedTicket, { credential }: Connected): boolean =>
  credential.owner !== '' && assigneeId !== undefined && assigneeId === credential.accountId
