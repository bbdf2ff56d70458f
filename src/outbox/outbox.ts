import { type Agent, ifYouAreAPerson } from '../agent.ts'
import { newId } from '../db/id.ts'
import type { Db, Visibility } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import type { VendorRequest } from '../http/http.ts'
import type { Io } from '../io.ts'
import { holdsSecret } from '../live-secrets.ts'
import { agree, type Prompt } from '../prompt.ts'
import type { Recipient } from '../tickets/ticket.ts'
import type { Vault } from '../vault/vault.ts'
import { sealPayload } from './payload.ts'
import { deliverNow, type Insistence, type QueueDeps } from './queue.ts'
import { addWrite, findEqual, listUnderway, requireWrite } from './store.ts'
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
export interface SendOptions extends Insistence {
  /** Meant although it was asked for before. */
  again?: boolean
  /** Whoever asks says himself that it was asked for before. */
  isQuiet?: boolean | undefined
  /** What it waits for, as a terminal shows it. */
  progress?: () => string
}

export interface OutboxDeps extends QueueDeps {
  vault: Vault
  io: Io
  prompt: Prompt
  technician: string
  /** Undefined when a person asks. */
  agent: Agent | undefined
  /** How long what a client sees or pays for waits before it is sent. */
  undoMs: number
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
    if (!options.isQuiet) sayRepeat(deps, row)
    if (isSettled(row.state)) return { ...toWrite(row), isRepeat: true }
  }
  if (isNew && row.state === 'ready') await waitUndoWindow(deps, row)
  if (row.state !== 'draft') return { ...(await deliverWaiting(deps, row, options)), isRepeat: false }
  sayDraft(deps, row)
  return { ...toWrite(row), isRepeat: false }
}

function sayRepeat({ io }: OutboxDeps, row: OutboxRow): void {
  const more = row.state === 'draft' ? ` (${approveCommand(row)})` : ''
  const hint = isEverOnce(row.kind) ? '' : ' If it is meant to be there twice, use --again.'
  io.err(`This was asked for before: ${row.shortId}, ${inWords(row)}${more}.${hint}`, 'warn')
}

/** One time entry is charged once, and one write taken back once, whatever is meant. */
const isEverOnce = (kind: string): boolean => kind === 'charge' || kind === 'removal'

/** Delivers a stored write at once, as far as the vendor and the older writes to its ticket allow. */
export async function deliverWaiting(deps: OutboxDeps, row: OutboxRow, options: SendOptions): Promise<Write> {
  const delivering = deliverNow(deps, row, options)
  const delivered = await (options.progress ? deps.io.progress(options.progress, delivering) : delivering)
  return { ...delivered, ahead: await sayAhead(deps, row, delivered) }
}

function sayDraft({ io, agent }: OutboxDeps, row: OutboxRow): void {
  const { shortId, kind, ticketNumber } = row
  const onTicket = kind === 'charge' ? 'the client would be billed for it' : 'the client could see it'
  const seen = ticketNumber === null ? 'it would be mailed' : `${onTicket} on T${ticketNumber}`
  io.err(`${shortId} is a draft: ${seen}, so a person sends it. In a terminal: ${approveCommand(row)}`, 'warn')
  if (agent) io.err(ifYouAreAPerson(agent, `outbox approve ${shortId}`))
}

/** Of a write that waits for its turn on the ticket: for which other one. */
async function sayAhead({ db, io }: OutboxDeps, write: OutboxRow, { state }: Write): Promise<Write | undefined> {
  if (isSettled(state)) return undefined
  const [ahead] = await listUnderway(db, write)
  if (!ahead || ahead.id === write.id) return undefined
  io.err(`${ahead.shortId} goes to T${write.ticketNumber} first: ${ahead.lastError ?? `${inWords(ahead)}.`}`)
  return toWrite(ahead)
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
  const found = earlier && earlier.state !== 'failed' ? earlier : await findSame(db, vault, write, options)
  if (found) await requireKept(db, vault, found)
  return found
}

async function findSame<K extends Kind>(db: Db, vault: Vault, write: NewWrite<K>, { again }: SendOptions): Promise<OutboxRow | undefined> {
  const same = again ? undefined : await write.findSame?.(db, (sameness) => toDedupeKey(vault, { ...write, sameness }, {}))
  return same ? requireWrite(db, same) : undefined
}

/** Refuses what is being taken back: it is neither there nor gone. */
async function requireKept(db: Db, vault: Vault, { id, shortId, integration, ticketId, state }: OutboxRow): Promise<void> {
  if (state !== 'done') return
  const removal = await findEqual(db, vault.fingerprint(toKeyText(integration, ticketId, 'removal', [id])))
  if (!removal || (isSettled(removal.state) && removal.state !== 'needs_human')) return
  throw new MspError(
    'not_delivered',
    `${shortId} was asked for before, and is being taken back: ${removal.shortId} is ${inWords(removal)}.`,
    {
      hint:
        removal.state === 'needs_human'
          ? `Decide that first: msp outbox resolve ${removal.shortId}`
          : 'When it is gone, ask again: msp outbox run --wait',
    },
  )
}

const toDedupeKey = <K extends Kind>(vault: Vault, { content, kind, target, sameness }: NewWrite<K>, { again }: SendOptions) =>
  again && !isEverOnce(kind) ? null : vault.fingerprint(toKeyText(target.id, content.ticketId, kind, sameness))

const toKeyText = (integration: string, ticketId: string | null, kind: Kind, sameness: readonly string[]): string =>
  JSON.stringify([integration, ticketId, kind, ...sameness])

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
      `${write.shortId} ${write.state === 'failed' ? 'failed' : 'needs a decision'}: ${write.lastError ?? 'no reason was given'}`,
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
