import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { toSentence } from '../../backups/report.ts'
import { listSavedReports } from '../../backups/store.ts'
import { listWorkItems } from '../../sessions/store.ts'
import { listLinks } from '../../tickets/store.ts'
import { loggedMinutes } from '../../time/store.ts'
import { type JsonOption, withJson } from '../options.ts'

const fields = [
  'id',
  'client',
  'technician',
  'machine',
  'startedAt',
  'endedAt',
  'tickets',
  'workItems',
  'loggedMinutes',
  'backupReports',
] as const

export interface SessionShowOptions extends JsonOption {
  session?: string
}

export function registerSessionShow(session: Command, app: App, run = runSessionShow): void {
  const show = session
    .command('show')
    .description('Show the open session, or another')
    .option('--session <id>', 'another session, by its id or a part of it')
  withJson(show, app, fields).action((options: SessionShowOptions) => run(app, options))
}

export async function runSessionShow(
  app: Pick<App, 'io' | 'db' | 'session'>,
  { session: reference, json }: SessionShowOptions,
): Promise<void> {
  const session = await app.session(reference)
  const db = await app.db()
  const shown = {
    ...session,
    tickets: (await listLinks(db, { sessionId: session.id })).map(({ ticketNumber }) => `T${ticketNumber}`),
    workItems: (await listWorkItems(db, session.id)).map(({ note }) => note),
    loggedMinutes: await loggedMinutes(db, session.id),
    backupReports: (await listSavedReports(db, session.id)).map(({ body }) => toSentence(JSON.parse(body))),
  }
  app.io.show(shown, fields, json)
}
