import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { quoted } from '../../files.ts'
import { toInertLine } from '../../inert.ts'
import type { Session } from '../../sessions/session.ts'
import { shorten } from '../../shorten.ts'
import { linkTicket } from '../../tickets/link.ts'
import type { Link } from '../../tickets/store.ts'
import { type Suggestion, toOffer } from '../../tickets/suggest.ts'
import { listCounterparts } from '../searching.ts'
import { type Place, type Suggested, suggestTickets } from '../suggesting.ts'

/**
 * Asks whether the best ticket belongs to the session, and links it on yes. Where nobody can answer, or none is about the work, prints the commands
 * that link the best ones. A vendor that fails costs a line, not the session.
 */
export async function offerTicket(app: App, session: Session, linkType: 'caused_by' | 'documents'): Promise<Link | undefined> {
  const { suggestions, hasWork } = await lookForTickets(app, session)
  const best = toOffer(suggestions, hasWork)
  if (!best || !app.prompt.canAsk) {
    const fitting = best && hasWork ? suggestions.filter(({ isAboutWork }) => isAboutWork) : suggestions
    sayHowToLink(app, session, fitting.slice(0, mostNamed))
    return undefined
  }
  if (!(await app.prompt.offer(`Link ${inWords(best)}?`))) return undefined
  const choice = { linkType, linkDirection: 'automatic', linkedBy: app.technician() } as const
  const link = await linkTicket(await app.db(), session, best.ticket, choice)
  app.io.err(`Linked T${link.ticketNumber}: ${link.ticketSubject}`, 'good')
  if (hasWork) app.io.err(`To post the work to it: msp ticket sync --session ${session.id}`)
  return link
}

const mostNamed = 3
const nothing: Suggested = { suggestions: [], hasWork: false }

async function lookForTickets(app: App, session: Session): Promise<Suggested> {
  try {
    const places: Place[] = []
    for (const at of await app.ticketSystems(session)) {
      places.push({ at, counterparts: await listCounterparts(app, session.clientId, at.integration) })
    }
    return await suggestTickets(app, session, places)
  } catch (error) {
    if (!(error instanceof MspError) || error.code === 'cancelled') throw error
    app.io.err(`No ticket is suggested: ${error.message}`, 'warn')
    return nothing
  }
}

function sayHowToLink({ io }: Pick<App, 'io'>, session: Session, suggestions: readonly Suggestion[]): void {
  if (suggestions.length === 0) return
  io.err(suggestions.length === 1 ? 'A ticket that may fit. To link it:' : 'Tickets that may fit. To link one:')
  const which = session.endedAt === null ? '' : ` --session ${session.id}`
  for (const suggestion of suggestions) {
    // the vendor's words on a line of their own: the other one is copied into a shell
    io.err(`  ${inWords(suggestion)}`)
    io.err(`    msp ticket link ${quoted(`T${suggestion.ticket.number}`)}${which}`)
  }
}

/** `T12345 "Backup configuration for NAS" (words: backup, nas · in progress · updated today)` */
const inWords = ({ ticket: { number, subject }, reason }: Suggestion): string =>
  toInertLine(`T${number} "${shorten(subject, 60)}" (${reason})`)
