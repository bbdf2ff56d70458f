import type { App } from '../app.ts'
import type { Client } from '../clients/client.ts'
import { findMappedClient } from '../clients/store.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import type { Session } from '../sessions/session.ts'
import { requireSameClient } from '../tickets/link.ts'
import type { TicketPlace } from '../tickets/ticket.ts'
import { dayOf } from '../zone.ts'

/** The session that something of a client belongs to: the one that was named, else the open one. One of another client is none, or refused when it was named. */
export async function sessionOf(app: Pick<App, 'session' | 'currentSession'>, client: Client, id?: string): Promise<Session | undefined> {
  if (id !== undefined) return requireSessionOf(app, client, id)
  const open = await app.currentSession()
  return open?.clientId === client.id ? open : undefined
}

/** The same where there has to be one. */
export async function requireSessionOf(app: Pick<App, 'session'>, client: Client, id?: string): Promise<Session> {
  const session = await app.session(id)
  if (session.clientId === client.id) return session
  throw new MspError('client_mismatch', `The report is of ${client.name}, the session is for ${session.client}.`, {
    hint: `Start one for that client: msp session start --client ${quoted(client.name)}`,
  })
}

/** To what a write on a ticket belongs. */
export interface Belonging {
  session: Session | undefined
  sessionId: string | null
  clientId: string | null
}

/** To the session that was named, else the open one, which has to be of the ticket's client; without one to that client. */
export async function belongingOf(app: Pick<App, 'db' | 'currentSession'>, ticket: TicketPlace, reference?: string): Promise<Belonging> {
  const [db, session] = [await app.db(), await app.currentSession(reference)]
  if (session) {
    await requireSameClient(db, ticket, session)
    return { session, sessionId: session.id, clientId: session.clientId }
  }
  const client = await findMappedClient(db, ticket.integration, ticket.vendorClientId)
  return { session, sessionId: null, clientId: client?.id ?? null }
}

/** Within what the same words are a repeat: the session, without one the technician's day. */
export const repeatedWithin = (app: Pick<App, 'technician' | 'now' | 'zone'>, sessionId: string | null): string =>
  sessionId ?? `${app.technician()} ${dayOf(app.now(), app.zone())}`
