import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, lstat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { recordReport } from '../../backups/record.ts'
import { type BackupReport, type ReportedPlan, reportFields, toSentence } from '../../backups/report.ts'
import { saveReport } from '../../backups/store.ts'
import type { Client } from '../../clients/client.ts'
import { newId } from '../../db/id.ts'
import { MspError } from '../../errors.ts'
import { quoted, writeOrdinaryFile, writeSecretFile } from '../../files.ts'
import { toRecipients } from '../../mail/address.ts'
import type { Sent } from '../../outbox/outbox.ts'
import type { Session } from '../../sessions/session.ts'
import { readLocalFile } from '../../sharing/local-file.ts'
import { requireSameClient } from '../../tickets/link.ts'
import { attachFile, type PlaceOptions, sayAttached, type ToAttach, withPlace } from '../attaching.ts'
import { openInBrowser } from '../browsing.ts'
import { draftFolder, dropDraftFiles } from '../draft-files.ts'
import { sayMailed, sendMail } from '../mailing.ts'
import type { JsonOption } from '../options.ts'
import { requireSessionOf, sessionOf } from '../session-of.ts'
import { type WriteOptions, withWriting } from '../writing.ts'

const formats = ['html', 'pdf', 'csv'] as const
type Format = (typeof formats)[number]

/** Where else than on the screen a report goes. */
export interface OutputOptions extends JsonOption, WriteOptions, PlaceOptions, Partial<Record<Format, string>> {
  open?: boolean
  attach?: string
  email?: string[]
  save?: boolean
  session?: string
}

export const withOutputs = (command: Command): Command =>
  withPlace(
    withWriting(
      command
        .option('--html <file>', 'write it as a page')
        .option('--pdf <file>', 'write it as a PDF')
        .option('--csv <file>', 'write it as a table')
        .option('--open', 'open the page in the browser')
        .option('--save', 'keep it with the session')
        .option('--attach <ticket>', 'hang the PDF on the ticket')
        .option('--email <address...>', 'mail it, with the PDF')
        .option('--session <id>', 'another session than the open one'),
    ),
  )

/** What was found out before the report is made, so that nothing is asked for in vain. */
export interface Outputs {
  ticket: Pick<ToAttach, 'ticket' | 'at'> | undefined
  session: Session | undefined
}

/** Refuses what could not be done with the report. */
export async function requireOutputs(app: App, client: Client, options: OutputOptions): Promise<Outputs> {
  if (options.dryRun && options.attach === undefined && options.email === undefined)
    throw new MspError('usage', '--dry-run shows what --attach and --email would send.', { hint: 'Give one of them, or leave it out.' })
  app.sendsNothing = options.dryRun ?? false
  const paths = formats.flatMap((format) => options[format] ?? [])
  if (new Set(paths.map((path) => resolve(path))).size < paths.length) throw new MspError('usage', 'Two formats would go to one file.')
  for (const path of paths) await requireWritable(path)
  if (options.email) {
    toRecipients(options.email)
    await app.connect('smtp')
  }
  const session = await (options.save ? requireSessionOf : sessionOf)(app, client, options.session)
  const ticket = options.attach === undefined ? undefined : await app.ticket(options.attach)
  // a report must not come before the eyes of another client
  if (ticket) await requireSameClient(await app.db(), ticket.ticket, { clientId: client.id, client: client.name }, 'the report is of')
  return { session, ticket }
}

async function requireWritable(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined)
  // somebody else may have put it there
  if (stats?.isSymbolicLink())
    throw new MspError('usage', `${path} is a link, and no report is written through one.`, {
      hint: `Name the file itself: readlink -f ${quoted(path)}`,
    })
  if (stats && !stats.isFile()) throw new MspError('usage', `${path} is no file that could be written.`, { hint: 'Name a file.' })
  try {
    await access(stats ? path : dirname(resolve(path)), constants.W_OK)
  } catch (cause) {
    throw new MspError('storage', `${path} cannot be written.`, { hint: `See who may write there: ls -ld ${quoted(dirname(path))}`, cause })
  }
}

interface Delivered {
  client: Client
  report: BackupReport
  outputs: Outputs
  /** Of `performance.now()`, when the report was begun. */
  began: number
  /** Takes what became of each write; with `--dry-run` its request. */
  writes: object[]
}

/** Writes a report to files, records that it was made, then opens, saves, attaches and mails it, as far as it was asked for. */
export async function deliverReport(app: App, delivered: Delivered, options: OutputOptions): Promise<void> {
  const { client, report, outputs, began, writes } = delivered
  const made = maker(report)
  const file = await writeFiles(app, made, options)
  await recordReport(await app.db(), report, {
    clientId: client.id,
    sessionId: outputs.session?.id ?? null,
    createdBy: app.technician(),
    format: file?.format ?? (options.json ? 'json' : 'text'),
    durationMs: Math.round(performance.now() - began),
    file,
  })
  if (options.open) await openPage(app, options.html, await made('html'))
  if (options.save && outputs.session) await save(app, report, client, outputs.session)
  const takeRequest = options.json && ((request: object) => void writes.push(request))
  if (outputs.ticket) await attach(app, delivered, { ...outputs.ticket, pdf: await made('pdf') }, { ...options, takeRequest })
  if (options.email)
    await mail(app, delivered, { to: options.email, pdf: await made('pdf'), html: await made('html') }, { ...options, takeRequest })
}

/** The first of the files that were asked for. */
async function writeFiles(app: App, made: ReturnType<typeof maker>, options: OutputOptions) {
  const written: Array<{ format: Format; url: string; sizeBytes: number }> = []
  for (const format of formats) {
    const path = options[format]
    if (path === undefined) continue
    const content = await made(format)
    await writeOrdinaryFile(path, content, { throughLinks: false })
    written.push({ format, url: pathToFileURL(resolve(path)).href, sizeBytes: Buffer.byteLength(content) })
    app.io.err(`Wrote ${path}.`, 'good')
  }
  return written[0]
}

const toWritten = ({ kind, shortId, ticket, state }: Sent) => ({ kind, shortId, ticket, state })

/** Gives the report in a format, made once. */
function maker(report: BackupReport) {
  const made = new Map<Format, Promise<string | Buffer>>()
  const make = async (format: Format): Promise<string | Buffer> => {
    if (format === 'html') return (await import('../../reports/html.ts')).toHtml(report)
    if (format === 'csv') return (await import('../../reports/csv.ts')).toCsv(report)
    return (await import('../../reports/pdf.ts')).toPdf(report)
  }
  return (format: Format) => {
    const content = made.get(format) ?? make(format)
    made.set(format, content)
    return content
  }
}

async function openPage(app: App, path: string | undefined, html: string | Buffer): Promise<void> {
  const file = resolve(path ?? join(app.config.folders.state, 'reports', 'backup-report.html'))
  if (path === undefined) await writeSecretFile(file, html, { overwrite: true })
  const url = pathToFileURL(file).href
  const isOpen = (await openInBrowser(app, url)) === 'open'
  app.io.err(isOpen ? `The page is open in the browser: ${url}` : `There is no browser here. The page: ${url}`, isOpen ? undefined : 'warn')
}

async function save(app: App, report: BackupReport, client: Client, session: Session): Promise<void> {
  const body = JSON.stringify(Object.fromEntries(reportFields.map((field) => [field, report[field]])))
  const { date: reportDate, takenAt } = report
  await saveReport(await app.db(), { sessionId: session.id, clientId: client.id, reportDate, takenAt, body, createdBy: app.technician() })
  app.io.err(`Saved to the session for ${session.client}.`, 'good')
}

/** The owner's way to name it: `dataforth_backup_report_2026-01-15.pdf`. */
export const toFileName = ({ client, date }: Pick<BackupReport, 'client' | 'date'>): string =>
  `${toSlug(client) || 'client'}_backup_report_${date}.pdf`

const longestSlug = { characters: 80, bytes: 200 } // with the rest of the name a file system's 255 bytes

function toSlug(name: string): string {
  const words = name
    .normalize('NFKD')
    // an accent may go; of other scripts marks are a part
    .replace(/(?<=\p{Script=Latin})\p{Mark}+/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^[\p{Letter}\p{Mark}\p{Number}]--\p{Default_Ignorable_Code_Point}]+/gv, '_')
  let slug = ''
  for (const character of [...words.replace(/^[_\p{Mark}]+/u, '')].slice(0, longestSlug.characters)) {
    if (Buffer.byteLength(slug + character) > longestSlug.bytes) break
    slug += character
  }
  return slug.replace(/_+$/, '')
}

async function attach(
  app: App,
  { report, writes }: Delivered,
  { pdf, ...place }: Pick<ToAttach, 'ticket' | 'at'> & { pdf: string | Buffer },
  options: OutputOptions,
): Promise<void> {
  const id = newId()
  const path = join(draftFolder(app, id), toFileName(report))
  // two PDFs of one report differ in their bytes
  const sameness = [report.client, report.date, statusesOf(report)]
  try {
    await writeSecretFile(path, pdf, { overwrite: false })
    const what = await readLocalFile(path)
    const sent = await attachFile(app, { id, ...place, what, sameness }, { ...options, asJson: options.json !== undefined })
    if (sent === undefined) return
    writes.push(toWritten(sent))
    sayAttached(app, sent, { name: 'the report' }, options)
  } finally {
    await dropDraftFiles(app, id)
  }
}

/** What a report says, as a hash: one whose plans went another way since is another report. Sizes grow with each run, and say nothing new. */
function statusesOf({ plans }: { plans: ReadonlyArray<Pick<ReportedPlan, 'computer' | 'plan' | 'status'>> }): string {
  const lines = plans.map(({ computer, plan, status }) => JSON.stringify([computer, plan, status]))
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex').slice(0, 16)
}

interface Mail {
  to: string[]
  pdf: string | Buffer
  html: string | Buffer
}

async function mail(app: App, { client, report, writes }: Delivered, { to, pdf, html }: Mail, options: OutputOptions): Promise<void> {
  const sent = await sendMail(
    app,
    {
      client,
      to,
      subject: `Backup report of ${report.client}, ${report.date}`,
      text: `${toSentence(report)}\n\nThe whole report is attached as a PDF.\n`,
      html: html.toString(),
      attachments: [{ fileName: toFileName(report), contentType: 'application/pdf', content: Buffer.from(pdf).toString('base64') }],
      sameness: [report.date, statusesOf(report)],
    },
    options,
  )
  if (sent === undefined) return
  writes.push(toWritten(sent))
  sayMailed(app, sent, to, options)
}
