import {
  addUser,
  defaultLaborProductId,
  nextId,
  type SandboxComment,
  type SandboxCustomer,
  type SandboxTicket,
  type SandboxTimer,
  type SyncroState,
  subdomain,
  technicianId,
  timestamp,
} from './state.ts'

export type NewTicket = Partial<SandboxTicket> & { client?: string }
export type NewTimer = Partial<SandboxTimer> & { ticket_id: number; start_time: string; end_time: string }

const closedStatuses = ['Resolved', 'Invoiced']

export function addCustomer(state: SyncroState, customer: { id?: number; name: string; email?: string }): SandboxCustomer {
  const { id = nextId(state), name } = customer
  const label = name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const at = timestamp(state)
  const added: SandboxCustomer = {
    id,
    firstname: 'Front',
    lastname: 'Desk',
    fullname: 'Front Desk',
    business_name: name,
    business_then_name: name,
    business_and_full_name: `${name} - Front Desk`,
    // A client without an address would get no mail, and no test would see a note that was mailed by mistake.
    email: customer.email ?? `office@${label}.example`,
    phone: null,
    disabled: false,
    online_profile_url: `https://${subdomain}.syncromsp.example/my_profile/v2/index?portal_key=sandbox-portal-key-${id}`,
    created_at: at,
    updated_at: at,
  }
  state.customers.set(id, added)
  return added
}

export function addTicket(state: SyncroState, { client, ...ticket }: NewTicket): SandboxTicket {
  const number = ticket.number ?? Math.max(1000, ...[...state.tickets.values()].map((other) => other.number)) + 1
  const created = ticket.created_at ?? timestamp(state)
  const updated = ticket.updated_at ?? created
  const status = ticket.status ?? 'New'
  const added: SandboxTicket = {
    id: nextId(state),
    number,
    subject: `Ticket ${number}`,
    customer_id: ticket.customer_id ?? customerNamed(state, client).id,
    contact_id: null,
    user_id: technicianId,
    status,
    priority: '2 Normal',
    problem_type: 'Other',
    tag_list: [],
    customer_reply: false,
    due_date: null,
    resolved_at: closedStatuses.includes(status) ? updated : null,
    created_at: created,
    updated_at: updated,
    ...ticket,
  }
  if (!state.customers.has(added.customer_id)) throw new Error(`The sandbox has no customer ${added.customer_id}.`)
  if (state.tickets.has(added.id)) throw new Error(`The sandbox has a ticket ${added.id} already.`)
  state.tickets.set(added.id, added)
  return added
}

function customerNamed(state: SyncroState, name: string | undefined): SandboxCustomer {
  const customers = [...state.customers.values()]
  const found = name === undefined ? customers[0] : customers.find((customer) => customer.business_name === name)
  return found ?? addCustomer(state, { name: name ?? 'Example Client' })
}

export function changeTicket(state: SyncroState, id: number, change: Partial<SandboxTicket>): void {
  const ticket = ticketWithId(state, id)
  const updated_at = timestamp(state)
  const isClosed = closedStatuses.includes(change.status ?? ticket.status)
  Object.assign(ticket, { updated_at, resolved_at: isClosed ? (ticket.resolved_at ?? updated_at) : null }, change)
}

export function removeTicket(state: SyncroState, id: number): void {
  state.tickets.delete(ticketWithId(state, id).id)
  state.comments = state.comments.filter((comment) => comment.ticket_id !== id)
  state.attachments = state.attachments.filter((attachment) => attachment.ticket_id !== id)
  state.lineItems = state.lineItems.filter((item) => item.ticket_id !== id)
  for (const timer of state.timers.values()) {
    if (timer.ticket_id === id) state.timers.delete(timer.id)
  }
}

/** A comment without more is one that the client wrote in reply to a mail. */
export function addComment(state: SyncroState, ticketId: number, comment: Partial<SandboxComment>): SandboxComment {
  const ticket = ticketWithId(state, ticketId)
  const created = comment.created_at ?? timestamp(state)
  const added: SandboxComment = {
    id: nextId(state),
    ticket_id: ticketId,
    subject: 'Customer Reply',
    body: 'Thank you.',
    tech: null,
    hidden: false,
    user_id: null,
    created_at: created,
    updated_at: created,
    ...comment,
  }
  state.comments.push(added)
  ticket.customer_reply = added.subject === 'Customer Reply'
  if (Date.parse(created) > Date.parse(ticket.updated_at)) ticket.updated_at = created
  return added
}

export function addTimer(state: SyncroState, timer: NewTimer): SandboxTimer {
  return storeTimer(state, { user_id: technicianId, ...timer })
}

/** `end_time` null: Syncro was told neither an end nor a duration. */
export function storeTimer(
  state: SyncroState,
  timer: Partial<SandboxTimer> & Pick<SandboxTimer, 'ticket_id' | 'user_id' | 'start_time' | 'end_time'>,
): SandboxTimer {
  ticketWithId(state, timer.ticket_id)
  const seconds = secondsBetween(timer.start_time, timer.end_time)
  const billable = timer.billable ?? state.levers.defaultBillable
  const at = timestamp(state)
  const added: SandboxTimer = {
    id: nextId(state),
    recorded: false,
    created_at: at,
    updated_at: at,
    billable,
    notes: null,
    toggl_id: null,
    product_id: defaultLaborProductId,
    comment_id: null,
    ticket_line_item_id: null,
    active_duration: seconds,
    billable_time: billable ? seconds : 0,
    billable_override: null,
    ...timer,
  }
  state.timers.set(added.id, added)
  return added
}

export const secondsBetween = (start: string, end: string | null): number | null =>
  end === null ? null : (Date.parse(end) - Date.parse(start)) / 1000

export function addToken(state: SyncroState, text: string, userId: number, permissions: ReadonlySet<string> | 'all'): void {
  if (!state.users.has(userId)) addUser(state, userId, `Technician ${userId}`, `technician${userId}@example.com`)
  state.tokens.set(text, { userId, permissions })
}

function ticketWithId(state: SyncroState, id: number): SandboxTicket {
  const ticket = state.tickets.get(id)
  if (ticket === undefined) throw new Error(`The sandbox has no ticket ${id}.`)
  return ticket
}
