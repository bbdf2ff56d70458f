import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import type { Sent } from '../../outbox/outbox.ts'
import { writeFields } from '../../outbox/write.ts'
import { readLocalFile, toFileName } from '../../sharing/local-file.ts'
import type { Ticket } from '../../tickets/ticket.ts'
import { type AttachFileOptions, attachFile, sayAttached, type ToAttach, withPlace } from '../attaching.ts'
import { openInBrowser } from '../browsing.ts'
import { type JsonOption, withJson } from '../options.ts'
import { refuseOwnFile, refuseSecretsIn } from '../refuse-secrets.ts'
import { withWriting } from '../writing.ts'

export interface TicketAttachOptions extends JsonOption, AttachFileOptions {
  name?: string
  url?: string
  web?: boolean
}

export function registerTicketAttach(ticket: Command, app: App, run = runTicketAttach): void {
  const attach = withPlace(withWriting(ticket.command('attach')))
    .description('Attach a file of this machine to a ticket')
    .argument('<ticket>', 'T12345, #12345, 12345 or a pasted address')
    .argument('[file...]', 'the files')
    .option('--name <name>', 'as it is called on the ticket')
    .option('--url <url>', 'instead of a file: the https address of one that is online')
    .option('--web', 'open the page of the ticket, to attach it there')
    .option('--session <id>', 'another session than the open one')
    .addHelpText(
      'after',
      '\nSyncroMSP fetches a file from a link, so the file leaves this machine: that is asked, or agreed to with --yes.',
    )
  withJson(attach, app, ['fileName', ...writeFields]).action((reference: string, files: string[], options: TicketAttachOptions) =>
    run(app, reference, files, options),
  )
}

export async function runTicketAttach(app: App, reference: string, files: readonly string[], options: TicketAttachOptions): Promise<void> {
  requireOneSource(files, options)
  // before anything is asked of the vendor: one that cannot be read keeps the others from going
  const things = options.web ? [] : await readThings(app, files, options)
  const { ticket, at } = await app.ticket(reference)
  if (options.web) return openTicket(app, ticket)
  // those of the vendor are known by now
  for (const what of things) if ('path' in what) await refuseSecretsIn(what.path)
  const ended: Ended[] = []
  try {
    for (const what of things) {
      const sent = await attachFile(app, { ticket, at, what }, { ...options, asJson: options.json !== undefined })
      if (sent) ended.push({ sent, what })
    }
  } finally {
    // what hangs there is said, also when the next one is called off
    const rows = ended.map(({ sent, what }) => ({ ...sent, fileName: what.name }))
    if (rows.length > 0) app.io.list(rows, ['shortId', 'ticket', 'fileName', 'state'], options.json)
  }
  sayAll(app, ended, options)
}

interface Ended {
  sent: Sent
  what: ToAttach['what']
}

/** How each went; the last failure is thrown, as that of a single one is. */
function sayAll(app: Pick<App, 'io' | 'now'>, ended: readonly Ended[], options: TicketAttachOptions): void {
  const failures: MspError[] = []
  for (const { sent, what } of ended) {
    try {
      sayAttached(app, sent, what, options)
    } catch (error) {
      if (!(error instanceof MspError)) throw error
      failures.push(error)
    }
  }
  const last = failures.pop()
  for (const { message } of failures) app.io.err(message, 'bad')
  if (last) throw last
}

function requireOneSource(files: readonly string[], { url, name, web, publicUrl, listen, via }: TicketAttachOptions): void {
  const refuse = (message: string, hint?: string) => new MspError('usage', message, { hint })
  const sources = [files.length > 0, url !== undefined, web === true].filter(Boolean).length
  if (sources === 0) throw refuse('Which file?', 'Give its path; or --url URL --name NAME, or --web.')
  if (sources > 1) throw refuse('Give files, --url or --web, one of them.')
  if (url !== undefined && name === undefined) throw refuse('--url needs --name: what the file is called on the ticket.')
  if (name !== undefined && files.length > 1) throw refuse('--name is for one file.')
  if (files.length === 0 && [publicUrl, listen, via].some((given) => given !== undefined))
    throw refuse('--public-url, --listen and --via are for files of this machine.')
}

async function readThings(app: App, files: readonly string[], { url, name }: TicketAttachOptions): Promise<ToAttach['what'][]> {
  if (url !== undefined) return [{ name: toFileName(name ?? ''), url: checkLink(url) }]
  const things: ToAttach['what'][] = []
  for (const file of files) {
    await refuseOwnFile(app, file)
    things.push(await readLocalFile(file, name))
  }
  return things
}

/** A link may hold a key, so what is wrong with it is said without it. */
function checkLink(typed: string): string {
  const url = /[^!-~]/.test(typed) ? null : URL.parse(typed)
  const hint = 'Give an address that works without signing in: https://…'
  if (url === null) throw new MspError('usage', 'That is not a URL.', { hint })
  if (url.protocol !== 'https:') throw new MspError('usage', 'The URL does not begin with https://', { hint })
  if (url.username !== '' || url.password !== '') throw new MspError('usage', 'The URL has user information in it.', { hint })
  return url.href
}

async function openTicket(app: App, { url, number }: Ticket): Promise<void> {
  const { io } = app
  io.out(url)
  const ended = await openInBrowser(app, url)
  if (ended === 'none') return io.err(`Open this address in a browser to attach the file to T${number}.`)
  if (ended === 'open') return io.err(`The page of T${number} opens in the browser: attach the file there.`)
  io.err('The browser could not be opened. Open the address yourself.', 'warn')
}
