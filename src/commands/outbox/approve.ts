import type { Command } from 'commander'
import { askAPerson } from '../../agent.ts'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { toInertLine } from '../../inert.ts'
import { need } from '../../integrations/index.ts'
import { toLocalTime } from '../../io.ts'
import { type Draft, findDraft, isNamed, readDraft, releaseDraft } from '../../outbox/approve.ts'
import { deliverWaiting, whoWillSee } from '../../outbox/outbox.ts'
import { sayOutcome } from '../writing.ts'

export function registerOutboxApprove(outbox: Command, app: App, run = runOutboxApprove): void {
  outbox
    .command('approve')
    .description('Send a draft of an agent: shows what it says and who will see it, and asks for the name of the client')
    .argument('<id>', 'its short id: 7F3K')
    .addHelpText('after', '\nIt takes a person at a terminal: nothing answers for one, --yes neither.')
    .action((shortId: string) => run(app, shortId))
}

export async function runOutboxApprove(app: App, typed: string): Promise<void> {
  requirePerson(app, typed.toUpperCase())
  const db = await app.db()
  const row = await findDraft(db, typed)
  const at = await app.connect(row.integration, { sessionId: row.sessionId, clientId: row.clientId })
  const { label } = at.integration
  const tickets = need(at.integration, at.connection, 'tickets')
  const draft = await app.io.progress('Reading the ticket…', readDraft(db, await app.vault(), row, { label, tickets }))
  show(app, draft, label)
  const answer = await app.prompt.text("To send it, type the client's name; its beginning is enough:", 'msp outbox approve')
  if (!(await isNamed(db, draft.client, answer))) {
    throw new MspError('cancelled', 'That is not the name of the client, or not enough of it. Nothing was sent.', {
      hint: `${row.shortId} stays a draft. To withdraw it: msp outbox cancel ${row.shortId}`,
    })
  }
  const write = await deliverWaiting(await app.outbox(), await releaseDraft({ db, vault: await app.vault() }, draft, app.technician()), {})
  app.io.show(write, ['shortId', 'ticket', 'visibility', 'state'])
  sayOutcome(app, write, `Commented on T${draft.ticket.number} (${draft.visibility}).`, {})
}

/** No flag stands for a person: `--yes` answers no question for a text. */
function requirePerson({ agent, prompt }: Pick<App, 'agent' | 'prompt'>, shortId: string): void {
  if (prompt.canAsk) return
  const command = `outbox approve ${shortId}`
  const message = "A draft is approved by a person at a terminal, who types the client's name."
  throw new MspError('forbidden', message, {
    hint: agent ? askAPerson(agent, command) : `Run it in a terminal, without --json and --no-input: msp ${command}`,
  })
}

/** Whose, where, for whom, and the whole text. Only headings begin a line, so that no text can pass for one. */
function show({ io, zone }: App, { row, content, visibility, client, ticket }: Draft, label: string): void {
  const asVendor = ticket.client === client.name ? '' : `, at ${label} ${ticket.client}`
  const heading = `Draft ${row.shortId}, by ${row.agent ?? 'an agent'} for ${row.createdBy}, ${toLocalTime(row.createdAt, zone())}`
  io.err(toInertLine(heading), 'bold')
  io.err(toInertLine(`Ticket   T${ticket.number}: ${ticket.subject} (${ticket.status})`))
  io.err(toInertLine(`Client   ${client.name}${asVendor}`))
  io.err(toInertLine(`Subject  ${content.subject}`))
  io.err('Text')
  io.err(content.body.replace(/(^|\n)(?=[^\r\n])/g, '$1  '))
  io.err(toInertLine(whoWillSee(label, visibility, ticket.recipients)), 'warn')
}
