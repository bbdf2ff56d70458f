import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { findCredentials } from '../../vault/store.ts'
import { type JsonOption, withJson } from '../options.ts'
import { readLimit } from './limit.ts'
import { shownFields, toShown } from './shown.ts'

export function registerIntegrateList(integrate: Command, app: App, run = runIntegrateList): void {
  const list = integrate.command('list').description('List the connected systems, and whom each key writes as')
  withJson(list, app, fields).action((options: JsonOption) => run(app, options))
}

const fields = [...shownFields, 'limit', 'rateLimitRequests', 'rateLimitPeriodSeconds', 'rateLimitRemaining', 'pausedUntil'] as const

export async function runIntegrateList(app: Pick<App, 'io' | 'db' | 'now' | 'zone'>, { json }: JsonOption): Promise<void> {
  const credentials = await findCredentials(await app.db())
  const shown = await Promise.all(
    credentials.map(async (credential) => ({ ...toShown(credential), ...(await readLimit(app, credential)) })),
  )
  if (shown.length === 0) app.io.err('Nothing is connected yet. Start with: msp integrate syncro')
  app.io.list(shown, ['integration', 'owner', 'writesAs', 'isActive', 'lastUsedAt', 'lastTestStatus', 'limit', 'apiUrl'], json)
}
