import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { findClient } from '../../clients/find.ts'
import { startSession } from '../../sessions/open.ts'
import { linkTicket, requireSameClient } from '../../tickets/link.ts'
import { type JsonOption, withJson } from '../options.ts'
import { offerTicket } from './offer-ticket.ts'

const fields = ['id', 'client', 'technician', 'machine', 'startedAt', 'endedAt'] as const

export interface SessionStartOptions extends JsonOption {
  client: string
  ticket?: string
}

export function registerSessionStart(session: Command, app: App, run = runSessionStart): void {
  const start = session
    .command('start')
    .description('Start a session for a client; offers the ticket that fits')
    .requiredOption('--client <name>', 'any part of the name that only one has')
    .option('--ticket <ticket>', 'the ticket that caused it')
  withJson(start, app, fields).action((options: SessionStartOptions) => run(app, options))
}

export async function runSessionStart(app: App, options: SessionStartOptions): Promise<void> {
  const db = await app.db()
  const client = await findClient(db, options.client)
  const found = options.ticket === undefined ? undefined : await app.ticket(options.ticket)
  // before the session exists: another client's ticket must not leave an open session behind
  if (found) await requireSameClient(db, found.ticket, { clientId: client.id, client: client.name })
  const technician = app.technician()
  const session = await startSession(db, client, { technician, machine: app.machine }, app.now())
  app.io.err(`Session for ${client.name} started.`, 'good')
  if (found) {
    await linkTicket(db, session, found.ticket, { linkType: 'caused_by', linkDirection: 'automatic', linkedBy: technician })
    app.io.err(`Linked T${found.ticket.number}: ${found.ticket.subject}`)
  }
  app.io.show(session, ['id', 'client', 'startedAt'], options.json)
  if (!found) await offerTicket(app, session, 'caused_by')
}
