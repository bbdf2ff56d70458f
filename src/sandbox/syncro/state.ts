import { createOAuth, type OAuthState } from './oauth-state.ts'

/** What the pretend Syncro remembers. Names and shapes of the records are the vendor's. */
export interface SandboxUser {
  id: number
  email: string
  full_name: string
  created_at: string
  updated_at: string
  group: string
  admin: boolean
  color: string
}

export interface SandboxCustomer {
  id: number
  firstname: string
  lastname: string
  fullname: string
  business_name: string
  business_then_name: string
  business_and_full_name: string
  email: string
  phone: string | null
  disabled: boolean
  /** Opens the client's portal at the real vendor: a secret. */
  online_profile_url: string
  created_at: string
  updated_at: string
}

export interface SandboxContact {
  id: number
  customer_id: number
  name: string
  email: string
  phone: string | null
  created_at: string
  updated_at: string
}

export interface SandboxTicket {
  id: number
  number: number
  subject: string
  customer_id: number
  contact_id: number | null
  user_id: number | null
  status: string
  priority: string | null
  problem_type: string | null
  tag_list: string[]
  customer_reply: boolean
  due_date: string | null
  resolved_at: string | null
  created_at: string
  updated_at: string
}

export interface SandboxComment {
  id: number
  ticket_id: number
  subject: string
  body: string
  tech: string | null
  hidden: boolean
  user_id: number | null
  created_at: string
  updated_at: string
}

export interface SandboxTimer {
  id: number
  ticket_id: number
  user_id: number
  start_time: string
  end_time: string | null
  /** True when it was charged. */
  recorded: boolean
  billable: boolean
  notes: string | null
  toggl_id: null
  product_id: number | null
  comment_id: null
  ticket_line_item_id: number | null
  /** Seconds. */
  active_duration: number | null
  billable_time: number | null
  billable_override: null
  created_at: string
  updated_at: string
}

/** What a ticket bills: of a charged timer, or put there by itself. */
export interface SandboxLineItem {
  id: number
  ticket_id: number
  user_id: number
  product_id: number | null
  name: string
  description: string
  /** A number as text. */
  quantity: string
  product_category: string | null
  upc_code: string | null
  taxable: boolean
  cost_cents: number
  retail_cents: number
  price_cost: number
  price_retail: number
  created_at: string
  updated_at: string
  converted: false
  item_id: null
  position: number
  estimate_line_item_id: null
  old_price: null
  line_discount_percent: null
  discount_dollars: null
  original_ticket_line_item_id: null
}

/** A file that was fetched from a link. */
export interface SandboxAttachment {
  id: number
  ticket_id: number
  file_name: string
  size: number
  /** SHA-256 in hex. */
  checksum: string
  created_at: string
}

export interface SandboxMail {
  ticketId: number
  commentId: number
  to: string
  subject: string
  body: string
}

export interface SandboxAsset {
  id: number
  name: string
  customer_id: number
  asset_type: string
  asset_serial: string | null
  created_at: string
  updated_at: string
}

export interface Token {
  userId: number
  permissions: ReadonlySet<string> | 'all'
  /** Of a sign-in by OAuth: milliseconds since 1970, and what the person agreed to. */
  expiresAt?: number
  family?: object
}

export interface SyncroState {
  readonly now: () => Date
  readonly users: Map<number, SandboxUser>
  readonly tokens: Map<string, Token>
  readonly customers: Map<number, SandboxCustomer>
  readonly contacts: SandboxContact[]
  readonly tickets: Map<number, SandboxTicket>
  readonly timers: Map<number, SandboxTimer>
  readonly assets: SandboxAsset[]
  readonly mailed: SandboxMail[]
  comments: SandboxComment[]
  attachments: SandboxAttachment[]
  lineItems: SandboxLineItem[]
  readonly laborProducts: LaborProduct[]
  /** When a comment came in through the API, by its id: such a comment may be late in the lists. */
  readonly postedAt: Map<number, number>
  readonly levers: Levers
  readonly oauth: OAuthState
  /** What is still to be fetched is given up when the sandbox closes. */
  readonly closing: AbortController
  lastId: number
}

/** What a test may set while the sandbox runs. */
export interface Levers {
  /** Lists show a comment that came in through the API only after so long. */
  commentLagMs: number
  /** Every answer takes so long, at least. */
  answerMs: number
  /** Whether new timers are billable. */
  defaultBillable: boolean
  /** A ticket shows a line, and that a timer was charged, only after so long. */
  lineLagMs: number
  /** The timer looks uncharged for so long, although its line is shown. */
  flagLagMs: number
  /** What the account's "Labor Type Time Requirements" make of a charged timer: minutes at least, and in steps of so many. */
  laborRounding: { minimum: number; step: number }
  /** A file is fetched from its link so long after it was told of. */
  fetchDelayMs: number
  /** So long between two pieces of it. */
  fetchPauseMs: number
  /** How often: 0 never. */
  fetches: number
  /** The ticket shows a file so long after it was fetched. */
  attachLagMs: number
}

export const subdomain = 'sandbox'
export const token = 'sandbox-demo-api-token'
export const userToken = 'sandbox-user-token-that-nobody-may-log'
export const technicianId = 1735

/** The default list of an account, and one that an MSP made up. */
export const statuses = [
  'New',
  'In Progress',
  'Resolved',
  'Invoiced',
  'Waiting for Parts',
  'Waiting on Customer',
  'Scheduled',
  'Customer Reply',
  'Closed - No Response',
]

interface LaborProduct {
  id: number
  name: string
  description: string
  price_retail: number
}

const laborProducts: readonly LaborProduct[] = [
  { id: 26301, name: 'Remote labor', description: 'Remote support, per hour', price_retail: 150 },
  { id: 26302, name: 'Onsite labor', description: 'Work at the client, per hour', price_retail: 175 },
  { id: 26303, name: 'After-hours labor', description: 'Evenings and weekends, per hour', price_retail: 225 },
]
export const defaultLaborProductId = 26301

export function createState(now: () => Date): SyncroState {
  const tokens: SyncroState['tokens'] = new Map([[token, { userId: technicianId, permissions: 'all' }]])
  const state: SyncroState = {
    now,
    users: new Map(),
    tokens,
    oauth: createOAuth(tokens),
    customers: new Map(),
    contacts: [],
    tickets: new Map(),
    timers: new Map(),
    assets: [],
    mailed: [],
    comments: [],
    attachments: [],
    lineItems: [],
    postedAt: new Map(),
    levers: {
      ...{ commentLagMs: 0, answerMs: 0, defaultBillable: true, lineLagMs: 0, flagLagMs: 0, laborRounding: { minimum: 0, step: 1 } },
      ...{ fetchDelayMs: 50, fetchPauseMs: 0, fetches: 1, attachLagMs: 0 },
    },
    laborProducts: laborProducts.map((product) => ({ ...product })),
    closing: new AbortController(),
    lastId: 108_450_000,
  }
  addUser(state, technicianId, 'Mike Swanson', 'mike@example.com')
  return state
}

/** Ids are large and shared by all kinds of records; numbers of tickets are small. */
export const nextId = (state: SyncroState): number => ++state.lastId

export const timestamp = (state: SyncroState): string => state.now().toISOString()

export function addUser(state: SyncroState, id: number, name: string, email: string): SandboxUser {
  const at = timestamp(state)
  const user = { id, email, full_name: name, created_at: at, updated_at: at, group: 'Admins', admin: true, color: '1e3e96' }
  state.users.set(id, user)
  return user
}
