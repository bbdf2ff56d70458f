import { listMappings } from '../clients/store.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { isPassing } from '../http/failure.ts'
import { parseTicketReference, type TicketReference } from '../tickets/reference.ts'
import { listLinksTo } from '../tickets/store.ts'
import type { Ticket, TicketPlace, TicketSystem } from '../tickets/ticket.ts'
import type { Connected } from './connect.ts'
import { need } from './index.ts'
import { isDirect } from './integration.ts'

/** The ticket that a person named, at one of the connected vendors. A number that is an id is said, not guessed. */
export async function findTicket(typed: string, connected: readonly Connected[]): Promise<{ ticket: Ticket; at: Connected }> {
  const reference = parseTicketReference(typed)
  return findAt(choose(reference, connected), reference)
}

async function findAt(at: Connected, reference: TicketReference): Promise<{ ticket: Ticket; at: Connected }> {
  const tickets = need(at.integration, at.connection, 'tickets')
  const ticket = reference.by === 'id' ? await tickets.get(reference.value) : await tickets.byNumber(reference.value)
  if (ticket) return { ticket, at }
  throw await notFound(reference, tickets, at)
}

/** The same for a write. While the vendor cannot be asked a ticket that is linked is what it was when it was linked; the write waits in the outbox. */
export async function findTicketToWrite(
  db: Db,
  typed: string,
  connected: readonly Connected[],
): Promise<{ ticket: TicketPlace; at: Connected }> {
  const reference = parseTicketReference(typed)
  const at = choose(reference, connected)
  try {
    return await findAt(at, reference)
  } catch (error) {
    if (!isPassing(error)) throw error
    const ticket = await findLinked(db, reference, at)
    if (ticket) return { ticket, at }
    const name = reference.by === 'number' ? `T${reference.value}` : `Ticket ${reference.value}`
    throw new MspError(error.code, error.message, {
      hint: `${name} was never linked, so msp does not know whose it is, and nothing is queued. ${error.hint ?? 'Try again later.'}`,
      cause: error,
    })
  }
}

/** Of this tenant: another one may have the same ids. */
async function findLinked(db: Db, reference: TicketReference, at: Connected): Promise<TicketPlace | undefined> {
  const links = await listLinksTo(db, at.integration.id, reference)
  const link = links.find(({ ticketUrl }) => isAt(at, URL.parse(ticketUrl ?? '')?.host ?? ''))
  if (!link || link.clientId === null) return undefined
  const { integrationType: integration, ticketId: id, ticketNumber, clientId } = link
  const mapping = (await listMappings(db, clientId)).find((each) => each.integration === integration)
  return mapping && { integration, id, number: ticketNumber ?? id, vendorClientId: mapping.vendorClientId, client: mapping.vendorName }
}

function choose(reference: TicketReference, connected: readonly Connected[]): Connected {
  const fitting = connected.filter((at) => {
    if (reference.host !== undefined) return isAt(at, reference.host)
    return reference.integration === undefined || at.integration.id === reference.integration
  })
  if (fitting[0] && fitting.length === 1) return fitting[0]
  const place = reference.host ?? reference.integration
  if (fitting.length === 0) {
    const message = place === undefined ? 'No system with tickets is connected.' : `No connected system with tickets is at "${place}".`
    throw new MspError(place === undefined ? 'sign_in' : 'not_found', message, { hint: 'See: msp integrate list' })
  }
  const names = fitting.map(({ integration }) => `${integration.id}:${reference.value}`)
  throw new MspError(
    'ambiguous',
    `Ticket ${reference.value} may be at ${fitting.map(({ integration }) => integration.label).join(' or ')}.`,
    { hint: `Say which: ${names.join(' or ')}` },
  )
}

/** True for the host of the API, and for another one under which the vendor shows the same account. */
function isAt({ integration, baseUrl }: Connected, host: string): boolean {
  if (isDirect(integration)) return false
  const own = new URL(baseUrl).host
  if (host === own) return true
  if (!integration.hosts.some((each) => host.endsWith(`.${each}`))) return false
  try {
    return new URL(integration.baseUrl(host)).host === own
  } catch (error) {
    if (error instanceof MspError) return false
    throw error
  }
}

async function notFound(reference: TicketReference, tickets: TicketSystem, { integration }: Connected): Promise<MspError> {
  const { by, value } = reference
  const other = by === 'number' ? await tickets.get(value) : await tickets.byNumber(value)
  const message = `${integration.label} has no ticket with the ${by} ${value}.`
  if (!other) return new MspError('not_found', message, { hint: 'Look for it: msp ticket search' })
  const hint =
    by === 'number'
      ? `${value} is the id of ticket T${other.number}: use T${other.number}`
      : `${value} is the number of a ticket: use T${value}`
  return new MspError('not_found', message, { hint })
}
