import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { cancelWrite } from '../../outbox/change.ts'
import { toWrite, writeFields } from '../../outbox/write.ts'
import { dropDraftFiles } from '../draft-files.ts'
import { type JsonOption, withJson } from '../options.ts'

export function registerOutboxCancel(outbox: Command, app: App, run = runOutboxCancel): void {
  const cancel = outbox.command('cancel').description('Withdraw a write that was not sent').argument('<id>', 'its short id: 7F3K')
  withJson(cancel, app, writeFields).action((shortId: string, options: JsonOption) => run(app, shortId, options))
}

export async function runOutboxCancel(
  app: Pick<App, 'io' | 'db' | 'prompt' | 'config'>,
  shortId: string,
  { json }: JsonOption,
): Promise<void> {
  if (!(await app.prompt.confirm(`Withdraw ${shortId.toUpperCase()}?`, '--yes'))) throw new MspError('cancelled', 'Nothing was changed.')
  const write = toWrite(await cancelWrite(await app.db(), shortId))
  await dropDraftFiles(app, write.id)
  app.io.err(`${write.shortId} is withdrawn.`)
  app.io.show(write, ['shortId', 'ticket', 'state'], json)
}
