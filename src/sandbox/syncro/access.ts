import { isObject } from '../../object.ts'
import { type Answer, json, page, plain } from '../answers.ts'
import type { Call, Route } from '../routes.ts'
import type { SandboxUser, SyncroState, Token } from './state.ts'

const viewDetails = 'Tickets - View Details'
const viewTheirDetails = "Tickets - View 'Their Ticket' Details (assigned to them)"
const timerOverview = 'Ticket Timers - Overview'

/** One of these permissions is needed; a route that is not listed needs none. */
const needed: Record<string, readonly string[]> = {
  'GET tickets': ['Tickets - List/Search'],
  'GET tickets/:id': [viewDetails, viewTheirDetails],
  'GET tickets/:id/comments': [viewDetails, viewTheirDetails],
  'POST tickets/:id/comment': ['Tickets - Edit'],
  'POST tickets/:id/attach_file_url': ['Tickets - Edit'],
  'POST tickets/:id/delete_attachment': ['Tickets - Edit'],
  'POST tickets/:id/timer_entry': [timerOverview],
  'PUT tickets/:id/update_timer_entry': [timerOverview],
  'POST tickets/:id/delete_timer_entry': [timerOverview],
  'POST tickets/:id/charge_timer_entry': [timerOverview],
  'POST tickets/:id/add_line_item': ['Tickets - Edit'],
  'POST tickets/:id/remove_line_item': ['Tickets - Edit'],
  'GET ticket_timers': [timerOverview],
  'PATCH ticket_timers/:id': ['Ticket Timers - Edit'],
  'GET customers': ['Customers - List/Search'],
  'GET customers/:id': ['Customers - View Detail'],
  'GET contacts': ['Customers - View Detail'],
  'GET customer_assets': ['Assets - List/Search'],
  'GET rmm_alerts': ['RMM Alerts - List'],
  'GET products': ['Products - List/Search'],
  'GET products/:id': ['Products - List/Search'],
}

const forOtherRoutes = ['Tickets - Create', 'Tickets - Delete', 'Assets - View Details', 'RMM Alerts - Clear/Manage', 'RMM Alerts - Delete']

export function checkPermissionNames(names: readonly string[]): void {
  const known = new Set([...Object.values(needed).flat(), ...forOtherRoutes])
  const wrong = names.find((name) => !known.has(name))
  if (wrong !== undefined) throw new Error(`The sandbox knows no permission "${wrong}", only: ${[...known].join(', ')}.`)
}

// The sheet leaves the bodies for a bad token and for too many requests open.
export const notAuthenticated = (): Answer => json(401, { error: 'Not authenticated' })
export const tooManyRequests = (): Answer => plain(429, 'Retry later\n')
const notAuthorized = (): Answer => json(401, { error: 'Not authorized. Please ask account admin to update your group permissions.' })

/** Why a call does not reach its route. The token in the query works at the vendor; we must never send it there, where logs keep it. */
export function refuse(
  state: SyncroState,
  isLetIn: (address: string) => boolean,
  call: Call,
  route: Route | undefined,
): Answer | undefined {
  if (!isLetIn(call.address)) return tooManyRequests()
  // the sign-in itself needs no token
  if (route?.on.includes(' /oauth/')) return undefined
  const token = tokenOf(state, call)
  if (token === undefined) return notAuthenticated()
  if (['POST', 'PUT'].includes(call.method) && !isJsonObject(call)) return page(400, 'Bad Request')
  return route === undefined || isAllowed(state, token, call, route) ? undefined : notAuthorized()
}

/** Whose token it is: the vendor writes everything in that user's name. */
export function callerOf(state: SyncroState, call: Call): SandboxUser {
  const user = state.users.get(tokenOf(state, call)?.userId ?? 0)
  if (user === undefined) throw new Error('A route was reached without a token.')
  return user
}

function tokenOf(state: SyncroState, call: Call): Token | undefined {
  const [, text = ''] = /^Bearer (\S+)$/.exec(call.headers.authorization ?? '') ?? []
  const found = state.tokens.get(text)
  return found?.expiresAt !== undefined && found.expiresAt <= state.now().getTime() ? undefined : found
}

const isJsonObject = (call: Call) => call.contentType === 'application/json' && isObject(call.body)

function isAllowed(state: SyncroState, { permissions, userId }: Token, call: Call, route: Route): boolean {
  const names = needed[route.on]
  if (names === undefined || permissions === 'all') return true
  const held = names.filter((name) => permissions.has(name))
  if (held.length !== 1 || held[0] !== viewTheirDetails) return held.length > 0
  return state.tickets.get(Number(call.params.id))?.user_id === userId
}
