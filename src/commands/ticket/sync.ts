import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { visibilityOf } from '../../config.ts'
import type { Visibility } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import { quoted } from '../../files.ts'
import { prepareWork } from '../../outbox/post-work.ts'
import { type Pushed, type Synced, syncLinks } from '../../outbox/sync.ts'
import { approveCommand, isSettled } from '../../outbox/write.ts'
import { requireConfirmable } from '../../prompt.ts'
import { isMeant, parseTicketReference } from '../../tickets/reference.ts'
import { type Link, type LinkQuery, listLinks } from '../../tickets/store.ts'
import { visibilities } from '../../tickets/ticket.ts'
import { type JsonOption, oneOf, withJson } from '../options.ts'
import { syncDeps, toItemWords } from '../syncing.ts'
import { describeRequest, printRequest, sayQueued, type WriteOptions, withWriting } from '../writing.ts'

const fields = ['pushed', 'pulled', 'failed'] as const

export interface TicketSyncOptions extends JsonOption, WriteOptions {
  all?: boolean
  visibility?: Visibility
  session?: string
}

export function registerTicketSync(ticket: Command, app: App, run = runTicketSync): void {
  const sync = withWriting(ticket.command('sync'))
    .description('Post the work that the tickets have not had yet, and read back what changed on them')
    .argument('[ticket]', 'one linked ticket; without it every ticket of the session')
    .option('--all', 'every linked ticket that is not closed; posts to those with --auto-sync only')
    .option('--visibility <who>', 'internal (nobody at the client), public (seen in the portal), email (mailed)', oneOf(visibilities))
    .option('--session <id>', 'another session than the open one')
  withJson(sync, app, fields).action((reference: string | undefined, options: TicketSyncOptions) => run(app, reference, options))
}

export async function runTicketSync(app: App, reference: string | undefined, options: TicketSyncOptions): Promise<void> {
  const visibility = options.visibility ?? visibilityOf(app.config)
  // before anything is read, since what changed on the tickets is reported once
  if (visibility !== 'internal' && !options.dryRun && !app.agent)
    requireConfirmable(app.prompt, `What is posted with --visibility ${visibility} can be seen by the client.`)
  const { query, push } = await findLinks(app, reference, options)
  app.sendsNothing = options.dryRun ?? false
  app.isBackground = options.all ?? false
  if (options.dryRun) return showPosts(app, push, visibility, options)
  const syncing = syncLinks(await syncDeps(app), query, { ...options, push, visibility })
  // a question and a spinner do not go together
  const synced = await (visibility === 'internal' ? app.io.progress('Syncing…', syncing) : syncing)
  if (options.json) app.io.show({ ...synced, pushed: synced.pushed.map(toShown) }, fields, options.json)
  else if (synced.tickets === 0) app.io.err('No linked ticket is open.')
  else printSynced(app, synced, push.length > 0)
  requireSynced(app, synced, options)
}

const toShown = ({ ticket, write: { id: outboxId, state, vendorId }, workItems }: Pushed) => ({
  ticket,
  outboxId,
  state,
  vendorId,
  workItems,
})

function requireSynced(app: App, { failed, stopped, pushed }: Synced, { wait }: TicketSyncOptions): void {
  if (stopped) throw stopped
  if (failed.length > 0) app.exitCode = 1
  if (!wait || failed.length > 0) return
  const writes = pushed.map(({ write }) => write)
  const drafts = writes.filter(({ state }) => state === 'draft')
  if (drafts.length > 0)
    throw new MspError('not_delivered', `${drafts.length} of the comments ${drafts.length === 1 ? 'waits' : 'wait'} to be approved.`, {
      hint: `In a terminal: ${drafts.map(approveCommand).join(' · ')}`,
    })
  const undelivered = writes.filter(({ state }) => !isSettled(state))
  if (undelivered.length === 0) return
  throw new MspError('not_delivered', `${undelivered.length} of the comments are not delivered yet.`, {
    hint: 'They stay queued: msp outbox run --wait',
  })
}

/** The links to sync, and those whose work is posted. */
interface Links {
  query: LinkQuery
  push: Link[]
}

async function findLinks(app: App, reference: string | undefined, options: TicketSyncOptions): Promise<Links> {
  if (!options.all) {
    const push = await findOwnLinks(app, reference, options)
    return { query: { ids: push.map(({ id }) => id) }, push }
  }
  if (reference !== undefined) throw new MspError('usage', 'Name a ticket or use --all, not both.')
  const query = { notClosed: true }
  const automatic = await listLinks(await app.db(), { ...query, autoSync: true })
  // of colleagues' links nothing is posted: it would stand there in your name
  return { query, push: automatic.filter(({ linkedBy }) => linkedBy === app.technician()) }
}

async function findOwnLinks(app: App, reference: string | undefined, { session }: TicketSyncOptions): Promise<Link[]> {
  const { id, client } = await app.session(session)
  const links = await listLinks(await app.db(), { sessionId: id })
  if (links.length === 0)
    throw new MspError('not_found', `No ticket is linked to the session for ${client}.`, { hint: 'Link one: msp ticket link T12345' })
  if (reference === undefined) return links
  const chosen = links.filter((link) => isMeant(link, parseTicketReference(reference)))
  if (chosen.length > 0) return chosen
  throw new MspError('not_found', `Ticket ${reference} is not linked to the session for ${client}.`, {
    hint: `Link it: msp ticket link ${quoted(reference)}`,
  })
}

async function showPosts(app: App, links: readonly Link[], visibility: Visibility, { json }: TicketSyncOptions): Promise<void> {
  const { db, connect } = await syncDeps(app)
  const requests = []
  for (const link of links) {
    const { tickets, target } = await connect(link.integrationType)
    const prepared = await prepareWork(db, { link, tickets, target, visibility })
    if (prepared) requests.push(await describeRequest(prepared.write))
  }
  if (json) app.io.json(requests)
  else for (const request of requests) printRequest(app, request)
  app.io.err(requests.length === 0 ? 'There is no new work to post.' : 'Nothing was sent.')
}

function printSynced(app: App, { pushed, pulled, failed }: Synced, pushes: boolean): void {
  const { io } = app
  for (const each of pushed) printPushed(app, each)
  for (const { ticket, changed } of pulled) {
    for (const [field, { from, to }] of Object.entries(changed)) io.out(`changed\t${ticket}\t${field}\t${from ?? ''} → ${to ?? ''}`)
  }
  for (const { ticket, message } of failed) io.out(`failed\t${ticket}\t${message}`, 'bad')
  if (failed.length > 0) return
  if (pushes && pushed.length === 0) io.err('There was no new work to post.')
  if (pulled.length === 0) io.err('Nothing has changed on the tickets.')
}

function printPushed(app: App, pushed: Pushed): void {
  const { ticket, write } = pushed
  const items = toItemWords(pushed)
  if (write.state === 'done') app.io.out(`posted\t${ticket}\t${items}`, 'good')
  if (write.state === 'draft') app.io.out(`draft\t${ticket}\t${items}\t${write.shortId}`, 'warn')
  // what failed has a line of its own
  if (isSettled(write.state)) return
  app.io.out(`queued\t${ticket}\t${items}\t${write.shortId}`, 'warn')
  sayQueued(app, write)
}
