import type { OutboxState, Row, Visibility } from '../db/tables.ts'
import type { BlindWrite, MadeId, VendorWrite } from '../http/http.ts'
import type { NewEmail } from '../mail/mail.ts'
import type { NewAttachment, NewComment, Removal } from '../tickets/ticket.ts'
import type { NewCharge, NewTimeEntry } from '../time/time.ts'
import { toWaitWords } from '../waiting.ts'

export type OutboxRow = Row<'outbox'>

/** What a write says, by kind. */
export interface Contents {
  comment: NewComment
  attachment: NewAttachment
  time_entry: NewTimeEntry
  email: NewEmail
  charge: NewCharge
  removal: Removal
}
export type Kind = keyof Contents

/** The way to the vendor for each kind of write. */
export type Channels = { [K in Kind]?: VendorWrite<Contents[K], MadeId> | BlindWrite<Contents[K]> }

/** Sealed with what an agent drafted, until a person approves it: whoever changes the columns beside it lets nothing out. */
export const unapproved = { isUnapproved: true } as const
export const isUnapproved = (content: unknown): boolean => (content as { isUnapproved?: unknown } | null)?.isUnapproved === true

/** A write as it is shown. */
export interface Write {
  id: string
  shortId: string
  integration: string
  kind: string
  /** The ticket's number. */
  ticket: string | null
  visibility: Visibility | null
  state: OutboxState
  attempts: number
  vendorId: string | null
  lastError: string | null
  /** The agent that asked for it. */
  agent: string | null
  /** The person who let a draft out, or had it tried again. */
  approvedBy: string | null
  createdAt: Date
  /** It has no turn before. */
  notBefore: Date | null
  /** An older one to the same ticket, which goes first. */
  ahead?: Write | undefined
}

export const writeFields = [
  'id',
  'shortId',
  'integration',
  'kind',
  'ticket',
  'visibility',
  'state',
  'attempts',
  'vendorId',
  'lastError',
  'agent',
  'approvedBy',
  'createdAt',
] as const

export const toWrite = (row: OutboxRow): Write => ({
  id: row.id,
  shortId: row.shortId,
  integration: row.integration,
  kind: row.kind,
  ticket: row.ticketNumber,
  visibility: row.visibility,
  state: row.state,
  attempts: row.attempts,
  vendorId: row.vendorId,
  lastError: row.lastError,
  agent: row.agent,
  approvedBy: row.approvedBy,
  createdAt: row.createdAt,
  notBefore: row.notBefore,
})

/** States in which a write is still on its way, and the next one to the same ticket waits behind it. */
export const underway = ['ready', 'sending', 'unknown'] as const satisfies readonly OutboxState[]

/** True when nothing more will happen by itself. */
export const isSettled = (state: OutboxState): boolean => !underway.some((each) => each === state)

/** True for what a person at the client could come to see. */
export const isSeenByClient = (visibility: Visibility | null): visibility is 'public' | 'email' =>
  visibility === 'public' || visibility === 'email'

/** True for what no agent sends: what a client could see, or be billed for. */
export const needsPerson = ({ kind, visibility }: { kind: string; visibility: Visibility | null }): boolean =>
  kind === 'charge' || isSeenByClient(visibility)

/** How what may have arrived is queued. */
export const looksFirst = ', and msp looks for it at the vendor before anything is sent again'

const words: Record<Write['state'], string> = {
  draft: 'a draft that waits to be approved',
  ready: 'queued',
  sending: 'being sent',
  done: 'delivered',
  unknown: `queued${looksFirst}`,
  failed: 'failed',
  cancelled: 'cancelled',
  needs_human: 'in need of a decision',
}

/** The state of a write as a phrase. */
export const inWords = ({ state }: Pick<Write, 'state'>): string => words[state]

/** No write waits so long for its turn, by whatever clock: a time beyond it was damaged. */
export const longestWaitMs = 2 * 24 * 3_600_000

const soonMs = 90_000 // less than `outbox run --wait` waits

/** True of a write that nobody has tried yet and that can be withdrawn until its time is up. */
export const isHeldBack = ({ state, attempts, lastError, notBefore }: Pick<Write, 'state' | 'attempts' | 'lastError' | 'notBefore'>) =>
  state === 'ready' && attempts === 0 && lastError === null && notBefore !== null

/** When a write has its next turn, where that is not at once; `isSoon`: so soon that it can be waited for. */
export function toTurn(write: Write, now: Date): { sentence: string; isSoon: boolean } | undefined {
  const { shortId, state, notBefore } = write
  if (notBefore === null || (state !== 'ready' && state !== 'unknown')) return undefined
  const ms = notBefore.getTime() - now.getTime()
  // of a time that is none, too
  if (!(ms <= longestWaitMs)) return undefined
  const left = Math.max(1, ms)
  const isSoon = left <= soonMs
  const time = toWaitWords(left)
  return {
    isSoon,
    sentence: isHeldBack(write) ? `${shortId} can still be withdrawn: it goes out in ${time}.` : `${shortId} has its next turn in ${time}.`,
  }
}

/** What a person types in a terminal to let a draft out. */
export const approveCommand = ({ shortId }: Pick<Write, 'shortId'>): string => `msp outbox approve ${shortId}`

/** What a later command says of a write that was queued; undefined while it still is. */
export function inPassing({ shortId, kind, ticket, state, lastError }: Write): string | undefined {
  if (state === 'done')
    return `Delivered ${shortId}, which was queued: ${kind.replace('_', ' ')}${ticket === null ? '' : ` on T${ticket}`}.`
  if (!isSettled(state)) return undefined
  return `${shortId}, which was queued, ${state === 'failed' ? 'failed' : `is ${words[state]}`}: ${lastError ?? 'no reason was given'} See: msp outbox show ${shortId}`
}
