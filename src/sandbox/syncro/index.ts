import { json } from '../answers.ts'
import { type RateLimit, slidingWindow } from '../rate-limit.ts'
import type { PretendVendor } from '../server.ts'
import { checkPermissionNames, notAuthenticated, refuse, tooManyRequests } from './access.ts'
import { accountRoutes } from './account.ts'
import { assetRoutes } from './assets.ts'
import { attachmentRoutes } from './attachments.ts'
import { commentRoutes } from './comments.ts'
import { customerRoutes } from './customers.ts'
import { lineItemRoutes, storeLineItem } from './line-items.ts'
import { oauthRoutes } from './oauth.ts'
import type { SandboxOAuth } from './oauth-state.ts'
import {
  addComment,
  addCustomer,
  addTicket,
  addTimer,
  addToken,
  changeTicket,
  type NewTicket,
  type NewTimer,
  removeTicket,
} from './records.ts'
import {
  type Levers,
  type SandboxAttachment,
  type SandboxComment,
  type SandboxCustomer,
  type SandboxLineItem,
  type SandboxMail,
  type SandboxTicket,
  type SandboxTimer,
  type SyncroState,
  subdomain,
  technicianId,
  token,
  userToken,
} from './state.ts'
import { ticketRoutes } from './tickets.ts'
import { chargeTimer, timerRoutes } from './timers.ts'

/** The levers and the memory of the pretend Syncro. */
export interface SyncroSandbox extends Levers {
  readonly apiUrl: string
  readonly webUrl: string
  readonly subdomain: string
  /** The demo technician's API token, with all permissions. */
  readonly token: string
  /** The secret that `/me` gives away. */
  readonly userToken: string
  /** The authorization server. */
  readonly oauth: SandboxOAuth
  /** Permissions are named as in the vendor's document; all of them when none are given. */
  addToken(token: string, options?: { userId?: number; permissions?: string[] | 'all' }): void
  revokeToken(token: string): void
  addCustomer(customer: { id?: number; name: string; email?: string }): SandboxCustomer
  addTickets(...tickets: NewTicket[]): SandboxTicket[]
  /** As somebody else in the PSA. */
  changeTicket(id: number, change: Partial<SandboxTicket>): void
  removeTicket(id: number): void
  readonly tickets: ReadonlyMap<number, SandboxTicket>
  /** Oldest first, also those that the lists do not show yet. */
  comments(ticketId: number): SandboxComment[]
  /** As somebody else; without a subject and an author it is the client's reply. */
  addComment(ticketId: number, comment: Partial<SandboxComment>): SandboxComment
  /** Every comment that the vendor would have mailed to the client. */
  readonly mailed: SandboxMail[]
  /** Files that were fetched and hang on tickets. */
  attachments(ticketId?: number): SandboxAttachment[]
  timers(ticketId?: number): SandboxTimer[]
  addTimer(timer: NewTimer): SandboxTimer
  /** As somebody else in the PSA, like the next six. */
  removeTimer(id: number): void
  changeTimer(id: number, change: Partial<SandboxTimer>): void
  chargeTimer(id: number): void
  addLineItem(ticketId: number, item: { name: string; description: string; quantity: number; price_retail: number }): SandboxLineItem
  changeLineItem(id: number, change: Partial<SandboxLineItem>): void
  changeProduct(id: number, change: { name: string }): void
  /** What an hour costs from now on. */
  setRate(productId: number, perHour: number): void
  /** What the tickets bill: each charge of a timer adds one. */
  lineItems(ticketId?: number): SandboxLineItem[]
}

export function syncroVendor(state: SyncroState, rateLimit: RateLimit | 'off'): PretendVendor {
  const isLetIn = slidingWindow(rateLimit, state.now)
  return {
    name: 'syncro',
    base: '/api/v1/',
    // the account's routes first: `tickets/settings` is no ticket
    routes: [
      oauthRoutes,
      accountRoutes,
      ticketRoutes,
      commentRoutes,
      attachmentRoutes,
      timerRoutes,
      lineItemRoutes,
      customerRoutes,
      assetRoutes,
    ].flatMap((routes) => routes(state)),
    refuse: (call, route) => refuse(state, isLetIn, call, route),
    unknownRoute: () => json(404, { message: 'Not found' }),
    unauthorized: notAuthenticated,
    tooManyRequests,
    answerMs: () => state.levers.answerMs,
  }
}

export function syncroSandbox(state: SyncroState, url: string): SyncroSandbox {
  const ofTicket = (ticketId?: number) => (row: { ticket_id: number }) => ticketId === undefined || row.ticket_id === ticketId
  const rest: Omit<SyncroSandbox, keyof Levers> = {
    apiUrl: `${url}/api/v1`,
    webUrl: url,
    subdomain,
    token,
    userToken,
    oauth: state.oauth,
    addToken: (text, { userId = technicianId, permissions = 'all' } = {}) => {
      if (permissions !== 'all') checkPermissionNames(permissions)
      addToken(state, text, userId, permissions === 'all' ? 'all' : new Set(permissions))
    },
    revokeToken: (text) => void state.tokens.delete(text),
    addCustomer: (customer) => addCustomer(state, customer),
    addTickets: (...tickets) => tickets.map((ticket) => addTicket(state, ticket)),
    changeTicket: (id, change) => changeTicket(state, id, change),
    removeTicket: (id) => removeTicket(state, id),
    tickets: state.tickets,
    comments: (ticketId) =>
      state.comments.filter(ofTicket(ticketId)).toSorted((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at)),
    addComment: (ticketId, comment) => addComment(state, ticketId, comment),
    mailed: state.mailed,
    attachments: (ticketId) => state.attachments.filter(ofTicket(ticketId)),
    timers: (ticketId) => [...state.timers.values()].filter(ofTicket(ticketId)),
    addTimer: (timer) => addTimer(state, timer),
    removeTimer: (id) => void state.timers.delete(id),
    changeTimer: (id, change) => void Object.assign(state.timers.get(id) ?? {}, change),
    chargeTimer: (id) => {
      const timer = state.timers.get(id)
      if (timer) chargeTimer(state, timer)
    },
    addLineItem: (ticketId, item) => storeLineItem(state, { ticket_id: ticketId, user_id: technicianId, product_id: null, ...item }),
    changeLineItem: (id, change) => void Object.assign(state.lineItems.find((item) => item.id === id) ?? {}, change),
    changeProduct: (id, change) => void Object.assign(state.laborProducts.find((product) => product.id === id) ?? {}, change),
    setRate: (productId, perHour) => {
      for (const product of state.laborProducts) if (product.id === productId) product.price_retail = perHour
    },
    lineItems: (ticketId) => state.lineItems.filter(ofTicket(ticketId)),
  }
  return Object.assign(state.levers, rest)
}
