import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { withShortId } from '../../sessions/session.ts'
import { listWorkItems } from '../../sessions/store.ts'
import { type ListOptions, sayIfMore, withJson, withLimit } from '../options.ts'
import { workFields } from './add.ts'

export interface WorkListOptions extends ListOptions {
  session?: string
}

export function registerWorkList(work: Command, app: App, run = runWorkList): void {
  const list = withLimit(work.command('list').description('List what was done in the session'), 200).option(
    '--session <id>',
    'another session than the open one',
  )
  withJson(list, app, workFields).action((options: WorkListOptions) => run(app, options))
}

export async function runWorkList(app: Pick<App, 'io' | 'db' | 'session'>, { session, limit, json }: WorkListOptions): Promise<void> {
  const items = await listWorkItems(await app.db(), (await app.session(session)).id)
  if (items.length === 0) app.io.err('Nothing is noted in this session yet. Note it: msp work add "…"')
  const shown = items.slice(0, limit).map((item) => (app.io.isTerminal && !json ? withShortId(item) : item))
  app.io.list(shown, ['id', 'minutes', 'billable', 'createdAt', 'note'], json)
  sayIfMore(app, items, limit)
}
