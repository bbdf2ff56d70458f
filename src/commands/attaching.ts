import type { Command } from 'commander'
import type { App } from '../app.ts'
import { toListenPlace } from '../config.ts'
import { MspError } from '../errors.ts'
import { type Connected, targetOf } from '../integrations/connect.ts'
import { need } from '../integrations/index.ts'
import { interruptible } from '../interrupt.ts'
import { type Offering, sendAttachment, sendOffered, toConsent } from '../outbox/attach.ts'
import type { NewWrite, Sent } from '../outbox/outbox.ts'
import type { OutboxRow, Write } from '../outbox/write.ts'
import type { FileHost, SharedFile } from '../sharing/file-host.ts'
import { readLocalFile } from '../sharing/local-file.ts'
import type { NewAttachment, Ticket } from '../tickets/ticket.ts'
import { oneOf } from './options.ts'
import { belongingOf, repeatedWithin } from './session-of.ts'
import { sayOutcome, showRequest, type WriteOptions } from './writing.ts'

/** From where the vendor fetches a file. */
export interface PlaceOptions {
  publicUrl?: string
  listen?: string
  via?: 'server' | 'bucket'
}

export interface AttachFileOptions extends WriteOptions, PlaceOptions {
  session?: string
  /** Prints `--dry-run` as JSON. */
  asJson?: boolean
}

/** Adds them. */
export const withPlace = (command: Command): Command =>
  command
    .option('--public-url <url>', 'what the vendor sees of this machine: the https address of your tunnel or proxy (files.public-url)')
    .option('--listen <host:port>', 'where the tunnel leads to (files.listen)')
    .option('--via <way>', 'server (on this machine, behind --public-url) or bucket', oneOf(['server', 'bucket'] as const))

/** A file or its link, and the ticket that it goes to. */
export interface ToAttach {
  ticket: Ticket
  at: Connected
  /** A file of this machine, or the link to one that its owner has put somewhere. */
  what: SharedFile | { name: string; url: string }
  /** The id of the write, where the file lies in the folder of that. */
  id?: string
  /** What makes a repeat the same file, where its bytes do not. */
  sameness?: readonly string[]
}

/** Attaches it: offers the file, tells the vendor, waits until it hangs there, ends the link. How that ended is for `sayAttached`. Undefined with `--dry-run`, which prints the request. */
export async function attachFile(app: App, { what, ...place }: ToAttach, options: AttachFileOptions): Promise<Sent | undefined> {
  app.sendsNothing = options.dryRun ?? false
  const host = 'url' in what ? undefined : await findHost(app, place.at.integration.label, options)
  const write = await prepare(app, { ...place, what }, host, options)
  if (options.dryRun) {
    const url = write.content.url ?? `<a link at ${host?.place}>`
    await showRequest(app, { ...write, content: { ...write.content, url } }, options.asJson ?? false, options.takeRequest)
    return undefined
  }
  const offering: Offering | undefined = host && !('url' in what) ? { host, file: what } : undefined
  const deps = await app.outbox()
  return untilStopped((isStopped) => sendAttachment(deps, write, offering, { ...options, isStopped }))
}

/** The file of a draft and from where it goes; undefined of one that has its link. A file that is not the drafted one any more is refused. */
export async function openDraft(
  app: App,
  { row, content }: { row: { shortId: string }; content: NewAttachment },
  label: string,
  options: PlaceOptions,
): Promise<Offering | undefined> {
  if (content.file === null) return undefined
  const { machine, path, checksum } = content.file
  if (machine !== app.machine)
    throw new MspError('usage', `The file of ${row.shortId} lies on ${machine}.`, {
      hint: `Approve it there: msp outbox approve ${row.shortId}`,
    })
  const file = await readLocalFile(path, content.fileName)
  if (file.checksum !== checksum)
    throw new MspError('usage', `${path} is not what it was when ${row.shortId} was drafted.`, {
      hint: `Withdraw the draft, and have the file attached again: msp outbox cancel ${row.shortId}`,
    })
  return { file, host: await findHost(app, label, options) }
}

/** Sends a draft that a person let out, with its file offered meanwhile. */
export async function attachDraft(
  app: App,
  content: NewAttachment,
  offering: Offering,
  at: { label: string; release: (content: NewAttachment) => Promise<OutboxRow> },
): Promise<Write> {
  const deps = await app.outbox()
  return untilStopped((isStopped) => sendOffered(deps, content, offering, { ...at, options: { isStopped } }))
}

/** Says how it ended. */
export const sayAttached = (app: Pick<App, 'io' | 'now'>, sent: Sent, what: { name: string }, options: WriteOptions): void =>
  sayOutcome(app, sent, `Attached ${what.name} to T${sent.ticket}.`, options)

async function prepare(
  app: App,
  { id, ticket, at, what, sameness }: ToAttach,
  host: FileHost | undefined,
  options: AttachFileOptions,
): Promise<NewWrite<'attachment'>> {
  const { sessionId, clientId } = await belongingOf(app, ticket, options.session)
  const { label } = at.integration
  const isLink = 'url' in what
  const file = isLink ? null : { machine: app.machine, path: what.path, sizeBytes: what.sizeBytes, checksum: what.checksum }
  const content: NewAttachment = {
    ...{ ticketId: ticket.id, ticketNumber: ticket.number, fileName: what.name },
    ...{ file, url: isLink ? what.url : null, offer: null },
  }
  return {
    ...(id !== undefined && { id }),
    kind: 'attachment',
    content,
    target: targetOf(at),
    sessionId,
    clientId,
    // whether the client sees what hangs on a ticket is the account's setting, which no call tells
    visibility: 'public',
    sameness: [repeatedWithin(app, sessionId), what.name, ...(sameness ?? [isLink ? what.url : what.checksum])],
    consent: isLink
      ? `${label} fetches ${what.name} from ${new URL(what.url).host}, and on the ticket the client may see it.`
      : host && toConsent(what, host, label),
  }
}

/** From where the vendor can fetch a file of this machine; without a place the sentence that says what is missing. */
async function findHost(app: App, label: string, { via, ...options }: PlaceOptions): Promise<FileHost> {
  const publicUrl = options.publicUrl ?? app.config.get('files.public-url')
  if (via === 'server' && publicUrl === undefined) throw noPlace(label, 'no --public-url is given, and files.public-url is not set')
  if (via !== 'bucket' && publicUrl !== undefined) {
    const { fileServer, toPublicUrl } = await import('../sharing/file-server.ts')
    const listen = toListenPlace(options.listen ?? app.config.get('files.listen') ?? '')
    return fileServer({ listen, publicUrl: toPublicUrl(publicUrl), lifeMs: app.limits.attach, now: app.now })
  }
  if (options.listen !== undefined) throw new MspError('usage', '--listen needs --public-url: what the vendor sees in front of it.')
  const [first] = await app.connectedWith('fileHost').catch((error) => {
    if (!(error instanceof MspError && error.code === 'sign_in')) throw error
    throw noPlace(label, `no --public-url is given, files.public-url is not set, and no bucket can be used. ${error.message}`, error)
  })
  return need(first.integration, first.connection, 'fileHost')
}

const noPlace = (label: string, missing: string, cause?: unknown): MspError =>
  new MspError(
    'usage',
    `${label} takes no file, it fetches one from a link, and there is no place for that link: ${missing}`.replace(/\.?$/, '.'),
    {
      hint:
        'Give --public-url https://… of a tunnel to this machine, or connect a bucket: msp integrate files · ' +
        'For a file that is online already: --url URL --name NAME · To do it in the browser: --web',
      cause,
    },
  )

/** Runs it until Ctrl-C, or the end of the terminal, asks for its end: then the link is ended, and the outbox says how far it got. */
const untilStopped = <T extends Write>(work: (isStopped: () => boolean) => Promise<T>): Promise<T> =>
  interruptible(async (signal) => {
    const write = await work(() => signal.aborted)
    if (!signal.aborted || write.state === 'done') return write
    throw new MspError('cancelled', write.lastError ?? 'Stopped.', { hint: `See: msp outbox show ${write.shortId}` })
  })
