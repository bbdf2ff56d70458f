import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { findClient } from '../../clients/find.ts'
import { listMappings } from '../../clients/store.ts'
import { type JsonOption, withJson } from '../options.ts'
import { clientFields, showClient } from './shown.ts'

export function registerClientShow(client: Command, app: App, run = runClientShow): void {
  const show = client.command('show').description('Show a client').argument('<client>', 'any part of the name that only one has')
  withJson(show, app, clientFields).action((words: string, options: JsonOption) => run(app, words, options))
}

export async function runClientShow(app: Pick<App, 'io' | 'db'>, words: string, { json }: JsonOption): Promise<void> {
  const db = await app.db()
  const client = await findClient(db, words)
  showClient(app.io, client, await listMappings(db, client.id), json)
}
