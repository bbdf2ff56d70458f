import { readFile, stat } from 'node:fs/promises'
import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { visibilityOf } from '../../config.ts'
import type { Visibility } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import { type Connected, targetOf } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { type NewWrite, sendWrite } from '../../outbox/outbox.ts'
import { writeFields } from '../../outbox/write.ts'
import { recipientsOf, type TicketPlace, visibilities } from '../../tickets/ticket.ts'
import { offerReport } from '../offer-report.ts'
import { type JsonOption, oneOf, withJson } from '../options.ts'
import { readInput, toText } from '../read-input.ts'
import { refuseOwnFile } from '../refuse-secrets.ts'
import { type Belonging, belongingOf, repeatedWithin } from '../session-of.ts'
import { sayOutcome, showRequest, type WriteOptions, withWriting } from '../writing.ts'

export interface TicketCommentOptions extends JsonOption, WriteOptions {
  file?: string
  subject: string
  visibility?: Visibility
  session?: string
}

export function registerTicketComment(ticket: Command, app: App, run = runTicketComment): void {
  const comment = withWriting(ticket.command('comment'))
    .description('Comment on a ticket; internal unless you say otherwise')
    .argument('<ticket>', 'T12345, #12345, 12345 or a pasted address')
    .argument('[text]', 'what it says; - reads standard input')
    .option('--file <file>', 'read the text from a file; - reads standard input')
    .option('--subject <subject>', 'the heading of the comment', 'Note')
    .option('--visibility <who>', 'internal (nobody at the client), public (seen in the portal), email (mailed)', oneOf(visibilities))
    .option('--session <id>', 'another session than the open one')
  withJson(comment, app, writeFields).action((reference: string, typed: string | undefined, options: TicketCommentOptions) =>
    run(app, reference, typed, options),
  )
}

export async function runTicketComment(
  app: App,
  reference: string,
  typed: string | undefined,
  options: TicketCommentOptions,
): Promise<void> {
  const body = await readBody(app, typed, options.file)
  const { ticket, at } = await app.ticketToWrite(reference)
  const belonging = await belongingOf(app, ticket, options.session)
  const write = toComment(app, { ticket, at, belonging, body }, options)
  app.sendsNothing = options.dryRun ?? false
  if (options.dryRun) return showRequest(app, write, options.json !== undefined)
  const sent = await sendWrite(await app.outbox(), write, options)
  app.io.show(sent, ['shortId', 'ticket', 'visibility', 'state'], options.json)
  sayOutcome(app, sent, `Commented on T${ticket.number} (${sent.visibility}).`, options)
  if (belonging.session && !sent.isRepeat) await offerReport(app, belonging.session, body)
}

interface ToComment {
  ticket: TicketPlace
  at: Connected
  belonging: Belonging
  body: string
}

function toComment(app: App, { ticket, at, belonging, body }: ToComment, options: TicketCommentOptions): NewWrite<'comment'> {
  const { sessionId, clientId } = belonging
  const visibility = options.visibility ?? visibilityOf(app.config)
  const subject = options.subject.trim() || 'Note'
  return {
    kind: 'comment',
    content: { ticketId: ticket.id, ticketNumber: ticket.number, subject, body, visibility },
    target: targetOf(at),
    sessionId,
    clientId,
    visibility,
    sameness: [repeatedWithin(app, sessionId), subject, body, visibility],
    recipients: () => recipientsOf(need(at.integration, at.connection, 'tickets'), ticket.id),
  }
}

const longest = 60_000
const attachIt = 'Attach it as a file: msp ticket attach'

async function readBody(app: App, typed: string | undefined, file: string | undefined): Promise<string> {
  if (typed !== undefined && file !== undefined) throw new MspError('usage', 'Give the text or --file, not both.')
  if (typed === undefined && file === undefined)
    throw new MspError('usage', 'What should the comment say?', { hint: 'Give the text, --file FILE, or - for standard input.' })
  const body = (
    file === '-' || (file === undefined && typed === '-')
      ? await readInput(app.stdin, 4 * longest)
      : file === undefined
        ? (typed ?? '')
        : await readText(app, file)
  ).trim()
  if (body === '')
    throw new MspError('usage', 'The comment is empty.', { hint: 'Say what it should say: msp ticket comment T12345 "Fuser replaced."' })
  if (body.length > longest)
    throw new MspError('usage', `The comment has ${body.length} characters; ${longest} is the most.`, { hint: attachIt })
  return body
}

async function readText(app: App, file: string): Promise<string> {
  await refuseOwnFile(app, file)
  return toText(await readBytes(file), file)
}

async function readBytes(file: string): Promise<Uint8Array> {
  const stats = await stat(file).catch(() => undefined)
  // a device or a pipe may never end
  if (stats && !stats.isFile())
    throw new MspError('usage', `${file} is not a regular file.`, { hint: 'Check its name, or give the text on standard input: -' })
  if (stats && stats.size > 4 * longest)
    throw new MspError('usage', `${file} is too long for a comment: ${longest} characters are the most.`, { hint: attachIt })
  try {
    return await readFile(file)
  } catch (cause) {
    throw new MspError('usage', `${file} cannot be read.`, { hint: 'Check the name of the file.', cause })
  }
}
