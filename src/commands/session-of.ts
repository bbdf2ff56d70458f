import type { App } from '../app.ts'
import type { Client } from '../clients/client.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import type { Session } from '../sessions/session.ts'

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
