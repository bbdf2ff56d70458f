import { type Agent, ifYouAreAPerson, shellPatienceMs } from '../agent.ts'
import { newId } from '../db/id.ts'
import type { Db, Visibility } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import type { VendorRequest } from '../http/http.ts'
import type { Io } from '../io.ts'
import { holdsSecret } from '../live-secrets.ts'
import { agree, type Prompt } from '../prompt.ts'
import type { Recipient, RemovalWrite } from '../tickets/ticket.ts'
import type { Vault } from '../vault/vault.ts'
import { type Delivery, deliverWrite } from './deliver.ts'
import { sealPayload } from './payload.ts'
import { addWrite, findEqual, forgetOldPayloads, listUnderway, requireWrite, type Underway } from './store.ts'
import { undoMsOf, waitUndoWindow } from './undo-window.ts'
import {
  approveCommand,
  type Channels,
  type Contents,
  inWords,
  isSeenByClient,
  isSettled,
  type Kind,
  needsPerson,
  type OutboxRow,
  toWrite,
  unapproved,
  type Write,
} from './write.ts'

/** Where writes go: a connected vendor. */
export interface Target {
  id: string
  label: string
  /** What paths hang on. */
  baseUrl: string
  channels: Channels
  /** Absent where nothing that was written can be taken back. */
  noCallFor?: RemovalWrite['noCallFor'] | undefined
  /** Whose key sends: '' for the team's. */
  owner: string
}

/** A write as a command asks for it. */
export interface NewWrite<K extends Kind> {
  /** Given where something was made under this id before it is stored. */
  id?: string
  kind: K
  content: Contents[K]
  target: Target
  sessionId: string | null
  clientId: string | null
  visibility: Visibility | null
  /** What makes a repeat the same write: a list of texts, never a time that msp worked out. */
  sameness: readonly string[]
  /** The id of a write that this one repeats although other words, as the session's, make it another. */
  findSame?: (db: Db, keyOf: KeyOf) => Promise<string | null | undefined>
  /** Who sees it, when it is not internal. */
  recipients?: () => Promise<Recipient[]>
  /** What the person agrees to, where that is more than who sees it. */
  consent?: string
  /** What is stored and sent, where that is made only when the person has agreed: a link to a file. A draft keeps `content`. */
  finish?: (outboxId: string) => Promise<Contents[K]>
  /** Rows that are stored with it. */
  alongside?: (db: Db, outboxId: string) => Promise<void>
}

/** The key of a write with other words. */
export type KeyOf = (sameness: readonly string[]) => string | null

/** How the person wants it. */
export interface SendOptions {
  /** Meant although it was asked for before. */
  again?: boolean
  /** Insists: waits until it is delivered, or fails with code `not_delivered`. */
  wait?: boolean
  /** Goes on trying and looking until this is true, instead of once. */
  isOver?: () => boolean
  /** What it waits for, as a terminal shows it. */
  progress?: () => string
}

export interface OutboxDeps {
  db: Db
  vault: Vault
  io: Io
  prompt: Prompt
  technician: string
  /** Undefined when a person asks. */
  agent: Agent | undefined
  /** How long what a client sees or pays for waits before it is sent. */
  undoMs: number
  delivery: Delivery
  now: () => Date
  sleep: (milliseconds: number) => Promise<void>
}

/** The exact request of a write, for `--dry-run`. */
export function dryRun<K extends Kind>(write: NewWrite<K>): VendorRequest & { url: string } {
  refuseSecrets(write.content)
  const request = channelOf(write).request(write.content, 'msp ????')
  return { ...request, url: `${write.target.baseUrl}/${request.path}` }
}

function channelOf<K extends Kind>({ kind, target }: NewWrite<K>) {
  const channel = target.channels[kind]
  if (channel) return channel
  throw new MspError('unsupported', `${target.label} takes no ${kind.replace('_', ' ')}.`)
}

/** A write that a command asked for; with `isRepeat` it was settled before, and nothing was sent. */
export type Sent = Write & { isRepeat: boolean }

/** Stores a write and delivers it at once. A repeat gives the earlier one. Asks before a client can see anything. */
export async function sendWrite<K extends Kind>(deps: OutboxDeps, write: NewWrite<K>, options: SendOptions): Promise<Sent> {
  channelOf(write)
  refuseSecrets(write.content)
  const { row, isNew } = await storeWrite(deps, write, options)
  if (!isNew) {
    const more = row.state === 'draft' ? ` (${approveCommand(row)})` : ''
    // one time entry is charged once, whatever is meant
    const hint = write.kind === 'charge' ? '' : ' If it is meant to be there twice, use --again.'
    deps.io.err(`This was asked for before: ${row.shortId}, ${inWords(row)}${more}.${hint}`, 'warn')
    if (isSettled(row.state)) return { ...toWrite(row), isRepeat: true }
  }
  if (isNew && row.state === 'ready') await waitUndoWindow(deps, row)
  if (row.state !== 'draft') return { ...(await deliverWaiting(deps, row, options)), isRepeat: false }
  sayDraft(deps, row)
  return { ...toWrite(row), isRepeat: false }
}

/** Delivers a stored write at once, as far as the vendor and the older writes to its ticket allow. */
export async function deliverWaiting(deps: OutboxDeps, row: OutboxRow, options: SendOptions): Promise<Write> {
  const delivering = deliverNow(deps, row, options)
  const delivered = await (options.progress ? deps.io.progress(options.progress, delivering) : delivering)
  await sayAhead(deps, row, delivered)
  return delivered
}

function sayDraft({ io, agent }: OutboxDeps, row: OutboxRow): void {
  const { shortId, kind, ticketNumber } = row
  const onTicket = kind === 'charge' ? 'the client would be billed for it' : 'the client could see it'
  const seen = ticketNumber === null ? 'it would be mailed' : `${onTicket} on T${ticketNumber}`
  io.err(`${shortId} is a draft: ${seen}, so a person sends it. In a terminal: ${approveCommand(row)}`, 'warn')
  if (agent) io.err(ifYouAreAPerson(agent, `outbox approve ${shortId}`))
}

/** Of a write that waits for its turn on the ticket: for which other one. */
async function sayAhead({ db, io }: OutboxDeps, write: OutboxRow, { state }: Write): Promise<void> {
  if (isSettled(state)) return
  const [ahead] = await listUnderway(db, write)
  if (ahead && ahead.id !== write.id) io.err(`${ahead.shortId} goes to T${write.ticketNumber} first: ${ahead.lastError ?? inWords(ahead)}`)
}

/** What msp signs in with, and what opens that, nobody means to send, whoever it is that asks. */
function refuseSecrets(content: unknown): void {
  if (!holdsSecret(JSON.stringify(content))) return
  throw new MspError('usage', 'What you send holds a key or a password that msp itself uses. Nothing was sent.', {
    hint: 'Take it out. Where it is a word that you need: choose another password.',
  })
}

/** The same write that was asked for before. One that failed is none: it is replaced. */
export async function findAskedBefore<K extends Kind>(
  { db, vault }: Pick<OutboxDeps, 'db' | 'vault'>,
  write: NewWrite<K>,
  options: SendOptions,
): Promise<OutboxRow | undefined> {
  const earlier = await findEqual(db, toDedupeKey(vault, write, options))
  if (earlier && earlier.state !== 'failed') return earlier
  const same = options.again ? undefined : await write.findSame?.(db, (sameness) => toDedupeKey(vault, { ...write, sameness }, {}))
  return same ? requireWrite(db, same) : undefined
}

const toDedupeKey = <K extends Kind>(vault: Vault, { content, kind, target, sameness }: NewWrite<K>, { again }: SendOptions) =>
  again && kind !== 'charge' ? null : vault.fingerprint(JSON.stringify([target.id, content.ticketId, kind, ...sameness]))

async function storeWrite<K extends Kind>(deps: OutboxDeps, write: NewWrite<K>, options: SendOptions) {
  const { db, vault } = deps
  const { content, kind, target, alongside } = write
  const dedupeKey = toDedupeKey(vault, write, options)
  // nobody is asked about what was sent already
  const earlier = await findAskedBefore(deps, write, options)
  if (earlier) return { row: earlier, isNew: false }
  const id = write.id ?? newId()
  const isDraft = deps.agent !== undefined && needsPerson(write)
  if (isDraft) requireClient(write)
  else await confirmVisibility(deps, write)
  const said = isDraft ? { ...content, ...unapproved } : ((await write.finish?.(id)) ?? content)
  const row = {
    id,
    integration: target.id,
    owner: target.owner,
    kind,
    sessionId: write.sessionId,
    clientId: write.clientId,
    ticketId: content.ticketId,
    ticketNumber: content.ticketNumber,
    visibility: write.visibility,
    payloadEncrypted: sealPayload(vault, id, said),
    dedupeKey,
    state: isDraft ? 'draft' : 'ready',
    createdBy: deps.technician,
    agent: deps.agent?.name ?? null,
  } as const
  const undoMs = isDraft ? 0 : undoMsOf(deps, row)
  return deps.delivery.step('outbox.add', () => addWrite(db, row, alongside && ((transaction) => alongside(transaction, id)), undoMs))
}

async function confirmVisibility<K extends Kind>(deps: OutboxDeps, write: NewWrite<K>): Promise<void> {
  const { visibility, target, content } = write
  if (!isSeenByClient(visibility)) return
  const sentence = write.consent ?? whoWillSee(target.label, visibility, (await write.recipients?.()) ?? [])
  const question = content.ticketNumber === null ? 'Send it?' : `Send it to ticket T${content.ticketNumber}?`
  await agree(deps, sentence, { question, no: 'Nothing was sent.' })
}

/** Who will see it and how, as a sentence. */
export function whoWillSee(label: string, visibility: 'public' | 'email', recipients: readonly Recipient[]): string {
  const names = recipients.map(({ name, email }) => (email ? `${name} <${email}>` : name)).join(', ') || 'everybody at the client'
  return visibility === 'email'
    ? `${label} will e-mail this to ${names}. It cannot be taken back.`
    : `${names} will see this in the portal. No mail is sent.`
}

/** A draft is approved by the name of its client. */
function requireClient<K extends Kind>({ clientId, content, target }: NewWrite<K>): void {
  if (clientId !== null) return
  if (content.ticketNumber === null) throw new MspError('client_mismatch', 'It is for no client, so nobody could approve it.')
  const message = `The client of ticket ${content.ticketNumber} is none of yours yet, so nobody could approve what it would see.`
  throw new MspError('client_mismatch', message, {
    hint: `Look whose it is: msp ticket show T${content.ticketNumber} · then tie the two: msp client map NAME ${target.id}=<id>`,
  })
}

/** Tries once, older writes to the ticket first; with `wait` or `isOver` until it is settled. */
async function deliverNow(deps: OutboxDeps, write: OutboxRow, { wait, isOver }: SendOptions): Promise<Write> {
  const started = deps.now().getTime()
  const limit = wait ? shellPatienceMs : deps.delivery.limits.interactive
  const isLate = isOver ?? (() => deps.now().getTime() - started > limit)
  for (;;) {
    const last = await deliverInOrder(deps, await listUnderway(deps.db, write), isLate)
    if (last?.id === write.id && isSettled(last.state)) return last
    const row = await requireWrite(deps.db, write.id)
    if (isSettled(row.state) || (!wait && !isOver) || isLate()) return toWrite(row)
    await deps.sleep(pauseMs(row, deps))
  }
}

/** Gives each write to one ticket its turn, up to one that is not settled by it; gives that one, or the last. */
async function deliverInOrder({ delivery }: OutboxDeps, writes: Underway[], isLate: () => boolean): Promise<Write | undefined> {
  let last: Write | undefined
  for (const write of writes) {
    last = await deliverIfDue(delivery, write)
    if (!isSettled(last.state) || isLate()) break
  }
  return last
}

/** For a write that must wait the way to the vendor is not even opened. */
const deliverIfDue = async (delivery: Delivery, { isDue, ...write }: Underway): Promise<Write> =>
  isDue ? deliverWrite(delivery, write) : toWrite(write)

/** Until the write is due again, a moment at least. */
const pauseMs = ({ notBefore }: OutboxRow, { now, delivery }: OutboxDeps): number =>
  Math.min(Math.max((notBefore?.getTime() ?? 0) - now().getTime(), Math.min(100, delivery.limits.settle)), 5000)

/** Delivers what is due, in order; with `wait` goes on until nothing is on its way. Gives the writes that were, as they are now. */
export async function runOutbox(deps: OutboxDeps, { wait = false } = {}): Promise<Write[]> {
  const started = deps.now().getTime()
  await forgetOldPayloads(deps.db)
  const seen = new Set<string>()
  for (;;) {
    await deliverDue(deps, seen)
    const left = await listUnderway(deps.db)
    if (!wait || left.length === 0 || deps.now().getTime() - started > shellPatienceMs) break
    await deps.sleep(Math.min(...left.map((write) => pauseMs(write, deps))))
  }
  const writes: Write[] = []
  // read again: another process may have delivered some of them
  for (const id of seen) writes.push(toWrite(await requireWrite(deps.db, id)))
  return writes
}

/** A write that a bug stops must not stop those to other tickets; the bug is thrown when they have had their turn. */
async function deliverDue({ db, delivery }: OutboxDeps, seen: Set<string>): Promise<void> {
  const bugs: unknown[] = []
  const waiting = new Set<string>()
  for (const write of await listUnderway(db)) {
    seen.add(write.id)
    const ticket = write.ticketId === null ? write.id : `${write.integration} ${write.ticketId}`
    if (waiting.has(ticket)) continue
    waiting.add(ticket)
    try {
      if (isSettled((await deliverIfDue(delivery, write)).state)) waiting.delete(ticket)
    } catch (error) {
      bugs.push(error)
    }
  }
  if (bugs.length > 0) throw bugs[0]
}

/** Ends a command that sent something: nothing when it is there or on its way, else the error that its state asks for. */
export function requireDelivered(write: Write, { wait }: SendOptions): void {
  // of a mail that some have, the others are still to get it
  const isThere = write.state === 'needs_human' && write.vendorId !== null && write.kind !== 'email'
  const hint = isThere
    ? `Do not write it again. To settle it: msp outbox resolve ${write.shortId}`
    : `See: msp outbox show ${write.shortId}`
  if (write.state === 'failed' || write.state === 'needs_human') {
    throw new MspError(
      'vendor',
      `${write.shortId} ${write.state === 'failed' ? 'failed' : 'needs a person'}: ${write.lastError ?? 'no reason was given'}`,
      { hint },
    )
  }
  if (wait && write.state === 'draft')
    throw new MspError('not_delivered', `${write.shortId} is ${inWords(write)}.`, { hint: `In a terminal: ${approveCommand(write)}` })
  if (wait && !isSettled(write.state)) {
    throw new MspError('not_delivered', `${write.shortId} is not delivered yet: ${write.lastError ?? inWords(write)}`, {
      hint: `It stays queued: msp outbox run --wait`,
    })
  }
}
