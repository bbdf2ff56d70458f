import { z } from 'zod'
import type { VendorClient } from '../../clients/client.ts'
import type { TicketState, Urgency, Visibility } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import { HttpFailure } from '../../http/failure.ts'
import { isObject } from '../../object.ts'
import type { Comment, ListedTicket, Recipient, Ticket, TicketDetail } from '../../tickets/ticket.ts'
import type { Labor, LaborRate, VendorTimeEntry } from '../../time/time.ts'
import type { Identity } from '../integration.ts'
import { toTicketUrl } from './address.ts'
import type { Page } from './pages.ts'
import {
  type attachmentSchema,
  attachmentsSchema,
  chargedTimerSchema,
  chargesSchema,
  commentSchema,
  customerSchema,
  detailSchema,
  identitySchema,
  laborSettingsSchema,
  type lineItemSchema,
  listedSchema,
  messageSchema,
  metaSchema,
  pricedSchema,
  productSchema,
  recordSchema,
  statusesSchema,
  type ticketSchema,
  timerSchema,
  timersSchema,
  writtenSchema,
} from './schemas.ts'

// Every account makes up its own statuses, and Syncro takes any text. One that is not listed is open: "Closed - No Response"
// only sounds closed, and a ticket that is shown too long does less harm than one that nobody sees any more.
const states: Record<string, TicketState> = {
  new: 'open',
  scheduled: 'open',
  'customer reply': 'open',
  'in progress': 'in_progress',
  'waiting for parts': 'in_progress',
  'waiting on customer': 'in_progress',
  resolved: 'resolved',
  invoiced: 'closed',
  closed: 'closed',
}
const urgencies: Record<string, Urgency> = { urgent: 'critical', high: 'high', normal: 'medium', low: 'low' }

// Both flags in every comment, every time: without do_not_email Syncro mails the client.
export const visibilityFlags: Record<Visibility, { hidden: boolean; do_not_email: boolean }> = {
  internal: { hidden: true, do_not_email: true },
  public: { hidden: false, do_not_email: true },
  email: { hidden: false, do_not_email: false },
}

export const toState = (status: string): TicketState =>
  lookUp(states, status) ?? (/^waiting\b/i.test(status.trim()) ? 'in_progress' : 'open')

/** `1 High`, or `High` as some accounts and tools write it. */
export const toUrgency = (priority: string): Urgency | null => lookUp(urgencies, priority.trim().replace(/^\d+\s+/, '')) ?? null

const lookUp = <T>(words: Record<string, T>, word: string): T | undefined => {
  const key = word.trim().toLowerCase()
  return Object.hasOwn(words, key) ? words[key] : undefined
}

export const toTickets = (answer: unknown, baseUrl: string): Page<ListedTicket> =>
  toPage('tickets', 'tickets', listedSchema, answer, (raw) => toListedTicket(raw, baseUrl))

export const toComments = (answer: unknown): Page<Comment> => toPage('comments', 'comments', commentSchema, answer, toComment)

export interface Timer extends VendorTimeEntry {
  createdAt: Date
  billable: boolean
}

export const toTimers = (answer: unknown): Page<Timer> => toPage('time entries', 'ticket_timers', timerSchema, answer, toTimer)

export const toClients = (answer: unknown): Page<VendorClient> => toPage('customers', 'customers', customerSchema, answer, toVendorClient)

export const toProducts = (answer: unknown): Page<Labor & { isOffered: boolean }> =>
  toPage('products', 'products', productSchema, answer, ({ id, name, disabled }) => ({ id, name, isOffered: disabled !== true }))

export function toTicketDetail(answer: unknown, baseUrl: string): TicketDetail {
  const raw = parse('a ticket', detailSchema, unwrap(answer, 'ticket'))
  const comments = raw.comments.map(toComment).toSorted((one, other) => one.createdAt.getTime() - other.createdAt.getTime())
  const person = raw.contact ?? raw.customer
  return { ...toTicket(raw, baseUrl), comments, recipients: person ? [toRecipient(person)] : [] }
}

export const toTimersOfTicket = (answer: unknown): Timer[] =>
  parse('a ticket', timersSchema, unwrap(answer, 'ticket')).ticket_timers.map(toTimer)

/** What a ticket bills. */
export interface Charges {
  timers: ChargedTimer[]
  lines: LineItem[]
}

export interface ChargedTimer {
  id: string
  /** True when the vendor says that it was charged, or that it has a line. */
  isCharged: boolean
  lineId: string | null
  note: string
  /** The kind of labour, where the vendor tells. */
  productId: string | null
}

export interface LineItem {
  id: string
  name: string
  description: string
  productId: string | null
  hours: number
  perHour: number
  createdAt: Date
}

export function toCharges(answer: unknown): Charges {
  const { ticket_timers, line_items } = parse('a ticket', chargesSchema, unwrap(answer, 'ticket'))
  return { timers: ticket_timers.map(toChargedTimer), lines: line_items.map(toLineItem) }
}

/** The timer that was charged, as the answer to the charge shows it; undefined when it shows none. */
export function toAnsweredTimer(answer: unknown): ChargedTimer | undefined {
  const { data } = chargedTimerSchema.safeParse(unwrap(answer, 'ticket_timer'))
  return data && toChargedTimer(data)
}

function toChargedTimer({ id, recorded, ticket_line_item_id, notes, product_id }: z.output<typeof chargedTimerSchema>): ChargedTimer {
  const lineId = ticket_line_item_id ?? null
  return { id, isCharged: recorded === true || lineId !== null, lineId, note: notes, productId: product_id ?? null }
}

const toLineItem = ({ product_id, quantity, price_retail, created_at, ...rest }: z.output<typeof lineItemSchema>): LineItem => ({
  ...rest,
  productId: product_id ?? null,
  hours: quantity,
  perHour: price_retail,
  createdAt: created_at,
})

export function toLaborRate(answer: unknown): LaborRate {
  const { id, name, price_retail } = parse('a product', pricedSchema, unwrap(answer, 'product'))
  return { id, name, perHour: price_retail }
}

/** The account's default kind of labour; null when it has none. */
export const toDefaultLabor = (answer: unknown): string | null =>
  parse('the ticket settings', laborSettingsSchema, answer).default_labor_product_id ?? null

/** A file that hangs on a ticket. */
export interface Attachment {
  id: string
  fileName: string
  /** Without its query, which may hold a key. */
  url: string | null
}

export const toAttachments = (answer: unknown): Attachment[] =>
  (parse('a ticket', attachmentsSchema, unwrap(answer, 'ticket')).attachments ?? []).map(toAttachment)

/** What the record keeps of the answer to a file that Syncro shall fetch. */
export const toTaken = (answer: unknown): object => messageSchema.safeParse(answer).data ?? {}

export const toClient = (answer: unknown): VendorClient => toVendorClient(parse('a customer', customerSchema, unwrap(answer, 'customer')))

export const toStatuses = (answer: unknown): string[] => parse('the ticket settings', statusesSchema, answer).ticket_status_list

/** The answer holds a secret, `user_token`, of which nothing is kept. */
export function toIdentity(answer: unknown): Identity {
  const { user_id, user_name, user_email, subdomain } = parse('your account', identitySchema, answer)
  return { id: user_id, name: user_name, email: user_email || null, tenant: subdomain || null }
}

/** The id of what a POST made. An answer without one says nothing about whether it was made. */
export function toWrittenId(what: string, wrapper: string, answer: unknown): string {
  const written = writtenSchema.safeParse(unwrap(answer, wrapper))
  if (written.success) return written.data.id
  throw new HttpFailure('vendor', `SyncroMSP took ${what}, but its answer has no id.`, { outcome: 'unknown' })
}

/** What the record keeps of a comment that was posted. */
export function toCommentRecord(answer: unknown): object | undefined {
  const { id, created_at } = recordSchema.safeParse(unwrap(answer, 'comment')).data ?? {}
  return id === undefined ? undefined : { comment_id: id, created_at }
}

/** The same of a time entry. */
export function toTimeRecord(answer: unknown): object | undefined {
  const { id, created_at } = recordSchema.safeParse(unwrap(answer, 'ticket_timer')).data ?? {}
  return id === undefined ? undefined : { time_entry_id: id, created_at }
}

/** Zod's refusal as a sentence that names fields and never a value. */
export function parse<T extends z.ZodType>(what: string, schema: T, answer: unknown): z.output<T> {
  const result = schema.safeParse(answer)
  if (result.success) return result.data
  const fields = [...new Set(result.error.issues.map(({ path }) => path.join('.') || 'the whole answer'))]
  const more = fields.length > 3 ? ` and ${fields.length - 3} more` : ''
  throw new MspError('vendor', `SyncroMSP sent ${what} that msp cannot read: ${fields.slice(0, 3).join(', ')}${more}.`, {
    hint: 'SyncroMSP may have changed what it sends: update msp. What was asked: msp record list',
  })
}

function toPage<T extends z.ZodType, Row>(
  what: string,
  key: string,
  schema: T,
  answer: unknown,
  toRow: (raw: z.output<T>) => Row,
): Page<Row> {
  const rows = parse(what, z.object({ [key]: z.array(schema) }), answer)[key] ?? []
  const { meta } = parse(what, metaSchema, answer)
  return { rows: rows.map(toRow), page: meta?.page ?? undefined, totalPages: meta?.total_pages ?? undefined }
}

/** Some answers come in a wrapper, some without. */
function unwrap(answer: unknown, wrapper: string): unknown {
  return isObject(answer) && wrapper in answer ? answer[wrapper] : answer
}

function toTicket(raw: z.output<typeof ticketSchema>, baseUrl: string): Ticket {
  return {
    integration: 'syncro',
    id: raw.id,
    number: raw.number,
    subject: raw.subject,
    status: raw.status,
    priority: raw.priority || null,
    state: toState(raw.status),
    urgency: toUrgency(raw.priority),
    vendorClientId: raw.customer_id,
    client: raw.customer_business_then_name || nameOf(raw.customer),
    url: toTicketUrl(baseUrl, raw.id),
    createdAt: raw.created_at,
    updatedAt: raw.updated_at,
  }
}

const longestDescription = 4000

function toListedTicket(raw: z.output<typeof listedSchema>, baseUrl: string): ListedTicket {
  const description = raw.comments?.[0]?.body.slice(0, longestDescription)
  return {
    ...toTicket(raw, baseUrl),
    ...(description && { description }),
    ...(raw.user_id && { assigneeId: raw.user_id }),
  }
}

type Person = NonNullable<z.output<typeof ticketSchema>['customer']>

const nameOf = (person: Person | null | undefined): string => person?.business_then_name || person?.business_name || person?.fullname || ''

const toVendorClient = (raw: Person & { id: string }): VendorClient => ({ id: raw.id, name: nameOf(raw) })

const toRecipient = (person: Person): Recipient => ({ name: person.name || person.fullname || nameOf(person), email: person.email || null })

function toComment({ id, created_at, subject, body, tech, hidden }: z.output<typeof commentSchema>): Comment {
  // On the client's own replies `tech` may name the owner of an API token.
  const author = subject === 'Customer Reply' ? '' : tech.trim()
  return { id, createdAt: created_at, author: author || null, subject, body, visibility: hidden ? 'internal' : 'public' }
}

function toAttachment(raw: z.output<typeof attachmentSchema>): Attachment {
  const fileName = String(raw.file_name ?? raw.filename ?? raw.name ?? '')
  const url = raw.url ?? raw.file_url ?? null
  const plain = url === null ? null : String(url).replace(/[?#].*$/s, '')
  return { id: String(raw.id ?? plain ?? fileName).slice(0, 255), fileName, url: plain }
}

function toTimer(raw: z.output<typeof timerSchema>): Timer {
  return {
    id: raw.id,
    ticketId: raw.ticket_id,
    userId: raw.user_id ?? null,
    start: raw.start_time,
    end: raw.end_time ?? null,
    note: raw.notes,
    createdAt: raw.created_at,
    billable: raw.billable,
  }
}
