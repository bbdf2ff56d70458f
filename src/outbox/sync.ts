import type { Db, Visibility } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { nameOf } from '../tickets/link.ts'
import { countLinkedTickets, type Link, type LinkQuery, listLinks } from '../tickets/store.ts'
import { type LinksAt, noteForAll, noteSyncError, type Pulled, pullLinks, type SyncFailure } from '../tickets/sync.ts'
import type { TicketSystem } from '../tickets/ticket.ts'
import { type OutboxDeps, requireDelivered, type SendOptions, type Target } from './outbox.ts'
import { type PostWork, postWork } from './post-work.ts'
import { listDrafts } from './store.ts'
import { approveCommand, inWords, type Write } from './write.ts'

/** What a sync posted on one ticket. */
export interface Pushed {
  ticket: string
  write: Write
  /** The ids of the work items in it. */
  workItems: string[]
}

/** What came of some of the tickets. */
interface Part {
  pushed: Pushed[]
  pulled: Pulled[]
  failed: SyncFailure[]
  /** The person's no; the rest was not posted then. */
  stopped?: MspError | undefined
}

export interface Synced extends Part {
  /** How many tickets there were to sync. */
  tickets: number
}

export interface SyncDeps {
  db: Db
  outbox: OutboxDeps
  now: Date
  /** The tickets of an integration, and where writes to them go. */
  connect: (integration: string) => Promise<{ tickets: TicketSystem; target: Target }>
}

export interface SyncOptions extends SendOptions {
  /** Those of the links whose work is posted. */
  push: readonly Link[]
  visibility: Visibility
}

/** Pulls every link, then posts the work that its ticket has not had yet. A failure is kept with its link and does not stop the others. */
export async function syncLinks(deps: SyncDeps, query: LinkQuery, options: SyncOptions): Promise<Synced> {
  const counts = await countLinkedTickets(deps.db, query)
  const parts: Part[] = []
  for (const { integration, ...at } of counts) {
    const part = await syncAt(deps, { query: { ...query, integration }, ...at }, options)
    parts.push(part)
    if (part.stopped) break
  }
  return { ...together(parts), tickets: counts.reduce((total, { tickets }) => total + tickets, 0) }
}

const together = (parts: readonly Part[]): Part => ({
  pushed: parts.flatMap(({ pushed }) => pushed),
  pulled: parts.flatMap(({ pulled }) => pulled),
  failed: parts.flatMap(({ failed }) => failed),
  stopped: parts.find(({ stopped }) => stopped)?.stopped,
})

async function syncAt(deps: SyncDeps, at: LinksAt, options: SyncOptions): Promise<Part> {
  const { to, pulled, failed } = await pull(deps, at)
  const parts: Part[] = [{ pushed: [], pulled, failed }]
  if (!to) return together(parts)
  const unread = new Set(failed.map(({ ticket }) => ticket))
  for (const link of options.push) {
    if (link.integrationType !== at.query.integration || unread.has(nameOf(link))) continue
    const part = await push(deps, { link, tickets: to.tickets, target: to.target, visibility: options.visibility }, options)
    parts.push(part)
    if (part.stopped) break
  }
  return together(parts)
}

/** Without `to` when the vendor cannot be reached or its list broke off: then no link is up to date. */
async function pull({ db, connect, now }: SyncDeps, at: LinksAt) {
  try {
    const to = await connect(at.query.integration)
    return { to, ...(await pullLinks(db, to.tickets, at)) }
  } catch (error) {
    return { to: undefined, pulled: [], failed: await noteForAll(db, await listLinks(db, at.query), error, now) }
  }
}

/** Work that no post takes may wait in a draft. */
async function sayDrafts({ db, io }: OutboxDeps, link: Link): Promise<void> {
  for (const draft of await listDrafts(db, link)) {
    io.err(`${draft.shortId} has work for T${nameOf(link)} and is ${inWords(draft)}: ${approveCommand(draft)}`, 'warn')
  }
}

async function push({ db, outbox, now }: SyncDeps, post: PostWork, options: SendOptions): Promise<Part> {
  const part: Part = { pushed: [], pulled: [], failed: [] }
  try {
    const posted = await postWork(outbox, post, options)
    if (posted) {
      part.pushed.push({ ticket: nameOf(post.link), ...posted })
      requireDelivered(posted.write, {})
    } else await sayDrafts(outbox, post.link)
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    if (error.code === 'cancelled') part.stopped = error
    else part.failed.push(await noteSyncError(db, post.link, error, now))
  }
  return part
}
