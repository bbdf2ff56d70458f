import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { findClient } from '../../clients/find.ts'
import { withShortId } from '../../sessions/session.ts'
import { listSessions } from '../../sessions/store.ts'
import { type ListOptions, sayIfMore, withJson, withLimit } from '../options.ts'

const fields = ['id', 'client', 'technician', 'machine', 'startedAt', 'endedAt'] as const

export interface SessionListOptions extends ListOptions {
  client?: string
  open?: boolean
  mine?: boolean
}

export function registerSessionList(session: Command, app: App, run = runSessionList): void {
  const list = withLimit(session.command('list').description('List sessions, the latest first'), 20)
    .option('--client <name>', 'of this client')
    .option('--open', 'that have not ended')
    .option('--mine', 'of yours')
  withJson(list, app, fields).action((options: SessionListOptions) => run(app, options))
}

export async function runSessionList(app: Pick<App, 'io' | 'db' | 'technician'>, options: SessionListOptions): Promise<void> {
  const db = await app.db()
  const sessions = await listSessions(db, {
    ...(options.client === undefined ? {} : { clientId: (await findClient(db, options.client)).id }),
    ...(options.mine ? { technician: app.technician() } : {}),
    open: options.open ?? false,
    limit: options.limit + 1,
  })
  if (sessions.length === 0) app.io.err('There are no such sessions. Start one: msp session start --client NAME')
  const shown = sessions.slice(0, options.limit).map((each) => (app.io.isTerminal && !options.json ? withShortId(each) : each))
  app.io.list(shown, ['id', 'client', 'technician', 'startedAt', 'endedAt'], options.json)
  sayIfMore(app, sessions, options.limit)
}
