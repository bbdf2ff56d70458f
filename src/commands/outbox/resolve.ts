import { type Command, Option } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { resolveWrite } from '../../outbox/change.ts'
import { toWrite, writeFields } from '../../outbox/write.ts'
import { type JsonOption, withJson } from '../options.ts'

export interface OutboxResolveOptions extends JsonOption {
  sent?: boolean
  notSent?: boolean
}

export function registerOutboxResolve(outbox: Command, app: App, run = runOutboxResolve): void {
  const resolve = outbox
    .command('resolve')
    .description('Say of a write that waits for a person whether it is at the vendor')
    .argument('<id>', 'its short id: 7F3K')
    .addOption(new Option('--sent', 'it is there: nothing more is sent').conflicts('notSent'))
    .option('--not-sent', 'it is not there: it is queued again')
  withJson(resolve, app, writeFields).action((shortId: string, options: OutboxResolveOptions) => run(app, shortId, options))
}

export async function runOutboxResolve(
  app: Pick<App, 'io' | 'db' | 'technician' | 'agent'>,
  shortId: string,
  { sent, notSent, json }: OutboxResolveOptions,
): Promise<void> {
  if (!sent && !notSent) throw new MspError('usage', 'Is it at the vendor?', { hint: 'Look there, then say it: --sent or --not-sent' })
  const write = toWrite(await resolveWrite(await app.db(), shortId, sent === true, app.agent ? null : app.technician()))
  app.io.err(sent ? `${write.shortId} counts as delivered.` : `${write.shortId} is queued again. To send it now: msp outbox run`)
  app.io.show(write, ['shortId', 'ticket', 'state'], json)
}
