import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { OutboxState } from '../../db/tables.ts'
import { listWrites } from '../../outbox/store.ts'
import { toTurn, toWrite, type Write, writeFields } from '../../outbox/write.ts'
import { type ListOptions, oneOf, sayIfMore, withJson, withLimit } from '../options.ts'

const states = [
  'draft',
  'ready',
  'sending',
  'done',
  'unknown',
  'failed',
  'cancelled',
  'needs_human',
] as const satisfies readonly OutboxState[]
const open = ['draft', 'ready', 'sending', 'unknown', 'failed', 'needs_human'] as const

export interface OutboxListOptions extends ListOptions {
  all?: boolean
  state?: OutboxState
}

export function registerOutboxList(outbox: Command, app: App, run = runOutboxList): void {
  const list = withLimit(
    outbox
      .command('list')
      .description('List the writes that are not done: queued, failed, drafts to approve, and those that need a decision'),
  )
    .option('--all', 'those that are done or cancelled too')
    .option('--state <state>', states.join(', '), oneOf(states))
  withJson(list, app, writeFields).action((options: OutboxListOptions) => run(app, options))
}

export async function runOutboxList(app: Pick<App, 'io' | 'db' | 'now'>, { all, state, limit, json }: OutboxListOptions): Promise<void> {
  const wanted = state ? [state] : all ? states : open
  const writes = (await listWrites(await app.db(), { states: wanted, limit: limit + 1 })).map(toWrite)
  if (writes.length === 0) app.io.err(wanted === open ? 'Everything is delivered.' : 'There are no such writes.')
  app.io.list(
    writes.slice(0, limit),
    ['shortId', 'kind', 'ticket', 'visibility', 'state', 'attempts', 'createdAt', 'agent', 'lastError'],
    json,
  )
  sayIfMore(app, writes, limit)
  if (!json) for (const write of writes.slice(0, limit)) sayTurn(app, write)
  if (!json && writes.some(({ state }) => state === 'draft'))
    app.io.err('A person lets a draft out, in a terminal: msp outbox approve <id>')
}

function sayTurn({ io, now }: Pick<App, 'io' | 'now'>, write: Write): void {
  const turn = toTurn(write, now())
  if (turn !== undefined) io.err(turn.sentence)
}
