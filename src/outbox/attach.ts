import { MspError } from '../errors.ts'
import { toOwnerText } from '../owner.ts'
import type { FileHost, Offer, SharedFile } from '../sharing/file-host.ts'
import { toSizeWords } from '../size.ts'
import type { NewAttachment } from '../tickets/ticket.ts'
import { toWaitWords } from '../waiting.ts'
import { deliverWaiting, type NewWrite, type OutboxDeps, type SendOptions, type Sent, sendWrite } from './outbox.ts'
import { moveWrite, requireWrite } from './store.ts'
import { type OutboxRow, toWrite, type Write } from './write.ts'

/** A file, and the place from which the vendor can fetch it; without it the content has its link already. */
export interface Offering {
  file: SharedFile
  host: FileHost
}

export interface AttachOptions extends SendOptions {
  /** True once the person wants it to end. */
  isStopped: () => boolean
}

/** Sends an attachment; its file is offered until the vendor has it. When the time of the link is up only a fetch that has begun is waited for. */
export async function sendAttachment(
  deps: OutboxDeps,
  write: NewWrite<'attachment'>,
  offering: Offering | undefined,
  options: AttachOptions,
): Promise<Sent> {
  let own: { id: string; offer: Offer } | undefined
  const finish = async (id: string, { host, file }: Offering) => {
    const offer = await startOffer(deps, host, file)
    own = { id, offer }
    return withOffer(deps, write.content, offer)
  }
  const isOver = overAt(deps, () => own?.offer, offering !== undefined, options)
  const finished = offering ? { ...write, finish: (id: string) => finish(id, offering) } : write
  const progress = () => inProgress(own?.offer, { ...write, label: write.target.label })
  const sent = await untilWithdrawn(deps, () => own?.offer, sendWrite(deps, finished, { ...options, isOver, progress }))
  // of a repeat another process has the link
  if (own?.id !== sent.id) return sent
  return { ...sent, ...(await settle(deps, sent, own.offer, { ...write, options })) }
}

/** The same of a draft that a person lets out: `release` does so, with the content that has the link. */
export async function sendOffered(
  deps: OutboxDeps,
  content: NewAttachment,
  { file, host }: Offering,
  at: {
    label: string
    options: AttachOptions
    release: (content: NewAttachment) => Promise<OutboxRow>
  },
): Promise<Write> {
  const offer = await startOffer(deps, host, file)
  const isOver = overAt(deps, () => offer, true, at.options)
  const progress = () => inProgress(offer, { content, label: at.label })
  const send = async () => deliverWaiting(deps, await at.release(withOffer(deps, content, offer)), { isOver, progress })
  const write = await untilWithdrawn(deps, () => offer, send())
  return settle(deps, write, offer, { content, target: at, options: at.options })
}

const startOffer = ({ io }: OutboxDeps, host: FileHost, file: SharedFile): Promise<Offer> =>
  io.progress(`Offering ${file.name} at ${host.place}…`, host.offer(file))

/** What is waited for now. */
export function inProgress(
  offer: Pick<Offer, 'fetched' | 'isBeingFetched'> | undefined,
  { content: { fileName, ticketNumber }, label }: { content: Pick<NewAttachment, 'fileName' | 'ticketNumber'>; label: string },
): string {
  if (offer?.isBeingFetched()) return `${fileName} is being fetched…`
  if (offer?.fetched()) return `${fileName} was fetched; waiting until it hangs on T${ticketNumber}…`
  return `Waiting until ${label} has fetched ${fileName}…`
}

const withOffer = ({ delivery }: OutboxDeps, content: NewAttachment, { url, until }: Offer): NewAttachment => ({
  ...content,
  url,
  offer: { until, by: toOwnerText(delivery.owner) },
})

/** When the vendor need not be waited for any longer: a fetch under way is, and what was fetched in the last moment may take a while to show. */
function overAt(
  { now, delivery }: OutboxDeps,
  offer: () => Offer | undefined,
  isOffered: boolean,
  { isStopped }: AttachOptions,
): () => boolean {
  const { attach, settle } = delivery.limits
  let until = now().getTime() + attach
  return () => {
    const own = offer()
    if (isStopped() || own?.problem() !== undefined) return true
    // of a repeat, whose link another process has
    if (isOffered && own === undefined) return true
    const time = now().getTime()
    if (own?.isBeingFetched()) {
      until = Math.max(until, time)
      return false
    }
    const left = Math.max(until, own?.until.getTime() ?? 0) - time
    return left < 0 && (own?.fetched() === 0 || left < -settle)
  }
}

interface Settling {
  content: NewAttachment
  target: { label: string }
  options: AttachOptions
}

/** The link has ended: what was not sent with it never will be, and what surely was not fetched is not there. */
async function settle({ db, delivery }: OutboxDeps, { id }: Write, offer: Offer, { content, target, options }: Settling): Promise<Write> {
  const row = await requireWrite(db, id)
  const { fileName } = content
  const again = 'Attach it again.'
  const why =
    offer.problem() ??
    (options.isStopped() ? `It was stopped before ${target.label} fetched ${fileName}.` : undefined) ??
    [
      `${target.label} did not fetch ${fileName} within ${Math.round(delivery.limits.attach / 1000)} s.`,
      row.state === 'unknown' && row.lastError,
      offer.missed(),
    ]
      .filter(Boolean)
      .join(' ')
  if (row.state === 'ready') {
    const lastError = `${fileName} was not sent while its link lived: ${row.lastError ?? why} ${again}`
    await moveWrite(db, id, ['ready'], { state: 'failed', lastError })
  } else if (row.state === 'unknown' && offer.fetched() === 0) {
    await moveWrite(db, id, ['unknown'], { state: 'failed', lastError: `${why} ${again}` })
  } else if (row.state === 'unknown') {
    const lastError = `${target.label} has not shown ${fileName} on T${content.ticketNumber}; look there before it is attached again.`
    await moveWrite(db, id, ['unknown'], { state: 'needs_human', lastError })
  }
  return toWrite(await requireWrite(db, id))
}

/** Ends the link with the work, however that ends. That the file cannot be taken away is said, and changes nothing of what was sent. */
async function untilWithdrawn<T>({ io }: OutboxDeps, offer: () => Offer | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work
  } finally {
    await offer()
      ?.withdraw()
      .catch((error) => {
        if (!(error instanceof MspError)) throw error
        io.err([error.message, error.hint].filter(Boolean).join(' '), 'warn')
      })
  }
}

/** What leaves the machine, from where, for how long, and for whom. */
export const toConsent = ({ name, sizeBytes }: Pick<SharedFile, 'name' | 'sizeBytes'>, host: FileHost, label: string): string =>
  `${name} (${toSizeWords(sizeBytes)}) leaves this machine: ${label} fetches it from ${host.place}. ` +
  `Until then, for ${toWaitWords(host.lifeMs(sizeBytes))} at most, anybody who has the link can fetch it. On the ticket the client may see it.`
