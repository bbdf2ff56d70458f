import type { Db, Visibility } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { nameOf } from '../tickets/link.ts'
import { countLinkedTickets, type Link, type LinkQuery, listLinks } from '../tickets/store.ts'
import { type LinksAt, noteSyncError, type Pulled, pullLinks, type SyncFailure } from '../tickets/sync.ts'
import type { TicketSystem } from '../tickets/ticket.ts'
import { type OutboxDeps, requireDelivered, type SendOptions, type Target } from './outbox.ts'
import { type PostWork, postWork } from './post-work.ts'
import { listDrafts } from './store.ts'
import { approveCommand, inWords, type Write } from './write.ts'

/** What a sync posted on one ticket. */
export interface Pushed {
  ticket: string
  outboxId: string
  state: Write['state']
  vendorId: string | null
  /** The ids of the work items in it. */
  workItems: string[]
}

export interface Synced {
  /** How many tickets there were to sync. */
  tickets: number
  pushed: Pushed[]
  pulled: Pulled[]
  failed: SyncFailure[]
  /** The writes behind `pushed`. */
  writes: Write[]
  /** The person's no; the rest was not posted then. */
  stopped?: MspError
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
  const sum = counts.reduce((total, { tickets }) => total + tickets, 0)
  const synced: Synced = { tickets: sum, pushed: [], pulled: [], failed: [], writes: [] }
  for (const { integration, tickets } of counts) {
    await syncAt(deps, { query: { ...query, integration }, tickets }, options, synced)
    if (synced.stopped) break
  }
  return synced
}

async function syncAt(deps: SyncDeps, at: LinksAt, options: SyncOptions, synced: Synced): Promise<void> {
  const to = await pull(deps, at, synced)
  if (!to) return
  for (const link of options.push) {
    if (synced.stopped) return
    if (link.integrationType !== at.query.integration || to.failed.has(nameOf(link))) continue
    await push(deps, { link, tickets: to.tickets, target: to.target, visibility: options.visibility }, options, synced)
  }
}

/** Undefined when the vendor cannot be reached or its list broke off: then no link is up to date. */
async function pull({ db, connect, now }: SyncDeps, at: LinksAt, synced: Synced) {
  try {
    const to = await connect(at.query.integration)
    const { pulled, failed } = await pullLinks(db, to.tickets, at, now)
    synced.pulled.push(...pulled)
    synced.failed.push(...failed)
    return { ...to, failed: new Set(failed.map(({ ticket }) => ticket)) }
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    for (const link of await listLinks(db, at.query)) synced.failed.push(await noteSyncError(db, link, error, now))
    return undefined
  }
}

/** Work that no post takes may wait in a draft. */
async function sayDrafts({ db, io }: OutboxDeps, link: Link): Promise<void> {
  for (const draft of await listDrafts(db, link)) {
    io.err(`${draft.shortId} has work for T${nameOf(link)} and is ${inWords(draft)}: ${approveCommand(draft)}`, 'warn')
  }
}

async function push({ db, outbox, now }: SyncDeps, post: PostWork, options: SendOptions, synced: Synced): Promise<void> {
  try {
    const posted = await postWork(outbox, post, options)
    if (!posted) return await sayDrafts(outbox, post.link)
    const { write, workItems } = posted
    const { id: outboxId, state, vendorId } = write
    synced.pushed.push({ ticket: nameOf(post.link), outboxId, state, vendorId, workItems })
    synced.writes.push(write)
    requireDelivered(write, {})
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    if (error.code === 'cancelled') synced.stopped = error
    else synced.failed.push(await noteSyncError(db, post.link, error, now))
  }
}
