import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { listClients, listMappings } from '../../clients/store.ts'
import { type ListOptions, sayIfMore, withJson, withLimit } from '../options.ts'
import { clientFields, listShownClients, toShownClient } from './shown.ts'

export function registerClientList(client: Command, app: App, run = runClientList): void {
  const list = withLimit(client.command('list').description('List the clients'), 1000)
  withJson(list, app, clientFields).action((options: ListOptions) => run(app, options))
}

export async function runClientList(app: Pick<App, 'io' | 'db'>, { limit, json }: ListOptions): Promise<void> {
  const db = await app.db()
  const [clients, mappings] = [await listClients(db), await listMappings(db)]
  if (clients.length === 0) app.io.err('There are no clients yet. Add one: msp client add NAME')
  const shown = clients.slice(0, limit).map((each) => toShownClient(each, mappings))
  listShownClients(app.io, shown, json)
  sayIfMore(app, clients, limit)
}
