import type { Command } from 'commander'
import { askAPerson } from '../../agent.ts'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { toInertLine } from '../../inert.ts'
import { toLocalTime } from '../../io.ts'
import { type NewEmail, toFileList } from '../../mail/mail.ts'
import { type Draft, findDraft, isNamed, readDraft, releaseDraft } from '../../outbox/approve.ts'
import { type Offering, toConsent } from '../../outbox/attach.ts'
import { toChargeWords } from '../../outbox/charge-time.ts'
import { deliverWaiting, whoWillSee } from '../../outbox/outbox.ts'
import type { Write } from '../../outbox/write.ts'
import { toSizeWords } from '../../size.ts'
import { toDurationWords } from '../../time/duration.ts'
import { attachDraft, openDraft, type PlaceOptions, withPlace } from '../attaching.ts'
import { dropDraftFiles, writeMailFiles } from '../draft-files.ts'
import { toMailedWords, toRecipient } from '../mailing.ts'
import { sayOutcome } from '../writing.ts'

export function registerOutboxApprove(outbox: Command, app: App, run = runOutboxApprove): void {
  withPlace(outbox.command('approve'))
    .description('Send a draft of an agent: shows what it says and who will see it, and asks for the name of the client')
    .argument('<id>', 'its short id: 7F3K')
    .addHelpText(
      'after',
      '\nIt is for a person: it asks at a terminal, and no flag answers, --yes neither. That is no lock: a program' +
        '\nthat hides that it is an agent and makes itself a terminal can type the name there.',
    )
    .action((shortId: string, options: PlaceOptions) => run(app, shortId, options))
}

export async function runOutboxApprove(app: App, typed: string, options: PlaceOptions): Promise<void> {
  requirePerson(app, typed.toUpperCase())
  const db = await app.db()
  const row = await findDraft(db, typed)
  const at = await app.connect(row.integration, { sessionId: row.sessionId, clientId: row.clientId })
  const { label } = at.integration
  const { tickets, time, mail } = at.connection
  const draft = await app.io.progress('Reading the draft…', readDraft(db, await app.vault(), row, { label, tickets, time, mail }))
  const offering = draft.kind === 'attachment' ? await openDraft(app, draft, label, options) : undefined
  show(app, draft, label, offering)
  if (draft.kind === 'email' && hasMore(draft.content))
    app.io.err(`To look at them first: ${await writeMailFiles(app, row.id, draft.content)}`)
  const answer = await app.prompt.text("To send it, type the client's name; its beginning is enough:", 'msp outbox approve')
  if (!(await isNamed(db, draft.client, answer))) {
    throw new MspError('cancelled', 'That is not the name of the client, or not enough of it. Nothing was sent.', {
      hint: `${row.shortId} stays a draft. To withdraw it: msp outbox cancel ${row.shortId}`,
    })
  }
  const write = await send(app, draft, label, offering).finally(() => dropDraftFiles(app, row.id))
  app.io.show(write, ['shortId', 'ticket', 'visibility', 'state'])
  sayOutcome(app, write, toDone(draft), {})
}

const hasMore = ({ html, attachments }: Pick<NewEmail, 'html' | 'attachments'>): boolean => html !== null || attachments.length > 0

async function send(app: App, draft: Draft, label: string, offering: Offering | undefined): Promise<Write> {
  const deps = { db: await app.db(), vault: await app.vault() }
  const release = (content: Draft['content']) => releaseDraft(deps, { row: draft.row, content }, app.technician())
  if (draft.kind === 'attachment' && offering) return attachDraft(app, draft.content, offering, { label, release })
  return deliverWaiting(await app.outbox(), await release(draft.content), {})
}

function toDone(draft: Draft): string {
  if (draft.kind === 'email') return toMailedWords(draft.content.to)
  if (draft.kind === 'attachment') return `Attached ${draft.content.fileName} to T${draft.ticket.number}.`
  if (draft.kind === 'charge') return `Charged the time on T${draft.ticket.number}.`
  return `Commented on T${draft.ticket.number} (${draft.visibility}).`
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

/** Of whom the draft is, for whom, and all that it says. Only headings begin a line, so that no text can pass for one. */
function show(app: App, draft: Draft, label: string, offering: Offering | undefined): void {
  const { row } = draft
  const heading = `Draft ${row.shortId}, by ${row.agent ?? 'an agent'} for ${row.createdBy}, ${toLocalTime(row.createdAt, app.zone())}`
  app.io.err(toInertLine(heading), 'bold')
  if (draft.kind === 'email') showEmail(app, draft, label)
  else if (draft.kind === 'attachment') showAttachment(app, draft, label, offering)
  else if (draft.kind === 'charge') showCharge(app, draft, label)
  else showComment(app, draft, label)
}

function showTicket({ io }: App, { client, ticket }: Exclude<Draft, { kind: 'email' }>, label: string): void {
  const asVendor = ticket.client === client.name ? '' : `, at ${label} ${ticket.client}`
  io.err(toInertLine(`Ticket   T${ticket.number}: ${ticket.subject} (${ticket.status})`))
  io.err(toInertLine(`Client   ${client.name}${asVendor}`))
}

function showAttachment(app: App, draft: Draft & { kind: 'attachment' }, label: string, offering: Offering | undefined): void {
  const { io } = app
  const { fileName, file, url } = draft.content
  showTicket(app, draft, label)
  io.err(toInertLine(`File     ${fileName}`))
  io.err(toInertLine(`From     ${file?.path ?? url}`))
  if (offering) io.err(toInertLine(toConsent(offering.file, offering.host, label)), 'warn')
  else io.err(`${label} fetches it from there, and on the ticket the client may see it.`, 'warn')
}

function showComment(app: App, draft: Draft & { kind: 'comment' }, label: string): void {
  const { io } = app
  const { content, visibility, ticket } = draft
  showTicket(app, draft, label)
  io.err(toInertLine(`Subject  ${content.subject}`))
  showText(io, content.body)
  io.err(toInertLine(whoWillSee(label, visibility, ticket.recipients)), 'warn')
}

function showCharge(app: App, draft: Draft & { kind: 'charge' }, label: string): void {
  const { content, client } = draft
  showTicket(app, draft, label)
  app.io.err(toInertLine(`Time     ${toDurationWords(content.minutes)}`))
  showText(app.io, content.note, 'Note')
  app.io.err(toInertLine(toChargeWords(content, client.name, label)), 'warn')
}

function showEmail({ io }: App, { content, client, from }: Draft & { kind: 'email' }, label: string): void {
  const { to, subject, text, html, attachments } = content
  io.err(toInertLine(`From     ${from}`))
  io.err(toInertLine(`To       ${to.join(', ')}`))
  io.err(toInertLine(`Client   ${client.name}`))
  io.err(toInertLine(`Subject  ${subject}`))
  for (const { fileName, contentType, sizeBytes } of toFileList(attachments))
    io.err(toInertLine(`File     ${fileName} (${contentType}, ${toSizeWords(sizeBytes)})`))
  if (html !== null) io.err(`Page     mail.html, which mail programs show instead of the text (${toSizeWords(Buffer.byteLength(html))})`)
  showText(io, text)
  io.err(toInertLine(whoWillSee(label, 'email', to.map(toRecipient))), 'warn')
}

function showText(io: App['io'], text: string, heading = 'Text'): void {
  io.err(heading)
  io.err(text.replace(/(^|\n)(?=[^\r\n])/g, '$1  '))
}
