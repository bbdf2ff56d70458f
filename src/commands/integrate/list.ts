import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { listCredentials } from '../../vault/credentials.ts'
import { type JsonOption, withJson } from '../options.ts'
import { shownFields, toShown } from './shown.ts'

export function registerIntegrateList(integrate: Command, app: App, run = runIntegrateList): void {
  const list = integrate.command('list').description('List the connected systems, and whom each key writes as')
  withJson(list, app, shownFields).action((options: JsonOption) => run(app, options))
}

export async function runIntegrateList(app: Pick<App, 'io' | 'db'>, { json }: JsonOption): Promise<void> {
  const shown = (await listCredentials(await app.db())).map(toShown)
  if (shown.length === 0) app.io.err('Nothing is connected yet. Start with: msp integrate syncro')
  app.io.list(shown, ['integration', 'owner', 'writesAs', 'isActive', 'lastUsedAt', 'lastTestStatus', 'apiUrl'], json)
}
