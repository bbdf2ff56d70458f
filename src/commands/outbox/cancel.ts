import type { Command } from 'commander'
import { askAPerson } from '../../agent.ts'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { targetOf } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { cancelWrite, findNamed, requireWithdrawable } from '../../outbox/change.ts'
import { sendWrite } from '../../outbox/outbox.ts'
import { prepareRemoval, requireRemovable } from '../../outbox/take-back.ts'
import { type OutboxRow, toWrite, writeFields } from '../../outbox/write.ts'
import { dropDraftFiles } from '../draft-files.ts'
import { type JsonOption, withJson } from '../options.ts'
import { sayOutcome } from '../writing.ts'

export function registerOutboxCancel(outbox: Command, app: App, run = runOutboxCancel): void {
  const cancel = outbox
    .command('cancel')
    .description('Withdraw a write that was not sent, or take back one that was, where the vendor has a call for it')
    .argument('<id>', 'its short id: 7F3K')
  withJson(cancel, app, writeFields).action((shortId: string, options: JsonOption) => run(app, shortId, options))
}

export async function runOutboxCancel(app: App, shortId: string, { json }: JsonOption): Promise<void> {
  const db = await app.db()
  const row = await findNamed(db, shortId)
  if (row.state === 'done') return takeBack(app, row, json)
  requireWithdrawable(row)
  if (!(await app.prompt.confirm(`Withdraw ${shortId.toUpperCase()}?`, '--yes'))) throw new MspError('cancelled', 'Nothing was changed.')
  const write = toWrite(await cancelWrite(db, shortId))
  await dropDraftFiles(app, write.id)
  app.io.err(`${write.shortId} is withdrawn.`)
  app.io.show(write, ['shortId', 'ticket', 'state'], json)
}

/** Another write, which deletes at the vendor what this one made. */
async function takeBack(app: App, row: OutboxRow, json: JsonOption['json']): Promise<void> {
  requireRemovable(row)
  const at = await app.connect(row.integration, { sessionId: row.sessionId, clientId: row.clientId })
  const deps = await app.outbox()
  const removal = need(at.integration, at.connection, 'tickets').remove
  const { write, words } = await prepareRemoval(deps, row, { target: targetOf(at), removal })
  if (app.agent)
    throw new MspError('forbidden', `To delete what ${row.shortId} wrote at ${at.integration.label} is a person's decision.`, {
      hint: askAPerson(app.agent, `outbox cancel ${row.shortId}`),
    })
  app.io.err(`${row.shortId} is delivered.`)
  if (!(await app.prompt.confirm(`${words}?`, '--yes'))) throw new MspError('cancelled', 'Nothing was changed.')
  const sent = await sendWrite(deps, write, {})
  app.io.show(sent, ['shortId', 'ticket', 'state'], json)
  sayOutcome(app, sent, `${row.shortId} is taken back.`, {})
}
