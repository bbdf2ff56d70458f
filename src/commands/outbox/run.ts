import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { runOutbox } from '../../outbox/queue.ts'
import { isSettled, toTurn, writeFields } from '../../outbox/write.ts'
import { type JsonOption, withJson } from '../options.ts'

export interface OutboxRunOptions extends JsonOption {
  wait?: boolean
}

export function registerOutboxRun(outbox: Command, app: App, run = runOutboxRun): void {
  const command = outbox
    .command('run')
    .description('Deliver what is queued')
    .option('--wait', 'until nothing is on its way; exit 8 when something still is')
  withJson(command, app, writeFields).action((options: OutboxRunOptions) => run(app, options))
}

export async function runOutboxRun(
  app: Pick<App, 'io' | 'outbox' | 'now'> & { exitCode: number; isBackground: boolean },
  { wait, json }: OutboxRunOptions,
): Promise<void> {
  app.isBackground = true
  const writes = await app.io.progress('Delivering…', runOutbox(await app.outbox(), { wait: wait ?? false }))
  if (writes.length === 0) app.io.err('Nothing is queued.')
  app.io.list(writes, ['shortId', 'kind', 'ticket', 'state', 'lastError'], json)
  if (writes.some(({ state }) => state === 'failed' || state === 'needs_human')) app.exitCode = 1
  const left = writes.filter(({ state }) => !isSettled(state))
  const turns = json ? [] : left.flatMap((write) => toTurn(write, app.now()) ?? [])
  for (const { sentence } of turns) app.io.err(sentence)
  if (!wait && turns.some(({ isSoon }) => isSoon)) app.io.err('To wait for it: msp outbox run --wait')
  if (wait && left.length > 0)
    throw new MspError('not_delivered', `${left.length === 1 ? '1 write is' : `${left.length} writes are`} not delivered yet.`, {
      hint: 'See: msp outbox list',
    })
}
