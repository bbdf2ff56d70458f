import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { retryWrite } from '../../outbox/change.ts'
import { deliverWaiting } from '../../outbox/outbox.ts'
import { writeFields } from '../../outbox/write.ts'
import { type JsonOption, withJson } from '../options.ts'
import { sayOutcome } from '../writing.ts'

export function registerOutboxRetry(outbox: Command, app: App, run = runOutboxRetry): void {
  const retry = outbox
    .command('retry')
    .description('Try a write again that failed or needs a decision; what may have arrived is looked for first')
    .argument('<id>', 'its short id: 7F3K')
  withJson(retry, app, writeFields).action((shortId: string, options: JsonOption) => run(app, shortId, options))
}

export async function runOutboxRetry(
  app: Pick<App, 'io' | 'db' | 'outbox' | 'technician' | 'agent' | 'now'>,
  shortId: string,
  { json }: JsonOption,
): Promise<void> {
  const row = await retryWrite(await app.db(), shortId, app.agent ? null : app.technician())
  const write = await deliverWaiting(await app.outbox(), row, {})
  app.io.show(write, ['shortId', 'ticket', 'state'], json)
  sayOutcome(app, write, `${write.shortId} is delivered.`, {})
}
