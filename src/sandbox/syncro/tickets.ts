import { type Answer, json } from '../answers.ts'
import type { Call, Route } from '../routes.ts'
import { callerOf } from './access.ts'
import { shownAttachments } from './attachments.ts'
import { visibleComments } from './comments.ts'
import { customerDetails } from './customers.ts'
import { shownLineItems, shownTimers } from './line-items.ts'
import { byNumber, byTime, byWords, listPage, newestFirst, notFound } from './lists.ts'
import type { SandboxTicket, SyncroState } from './state.ts'

const pageSize = 50

export function ticketRoutes(state: SyncroState): Route[] {
  return [
    { on: 'GET tickets', query: listParameters, handle: (call) => listTickets(state, call) },
    { on: 'GET tickets/:id', handle: (call) => showTicket(state, call) },
  ]
}

const listParameters = [
  'customer_id',
  'contact_id',
  'number',
  'status',
  'query',
  'user_id',
  'mine',
  'ticket_search_id',
  'created_after',
  'resolved_after',
  'since_updated_at',
  'page',
  'comment_format',
  'all_comments',
]

function listTickets(state: SyncroState, call: Call): Answer {
  const { query } = call
  const number = query.get('number')
  const isCustomer = byNumber(call, 'customer_id')
  const isContact = byNumber(call, 'contact_id')
  const isUser = byNumber(call, 'user_id')
  const isCreatedAfter = byTime(call, 'created_after', 1)
  const isResolvedAfter = byTime(call, 'resolved_after', 1)
  const isUpdatedSince = byTime(call, 'since_updated_at', 1)
  const hasWords = byWords(query.get('query'))
  const comments = Map.groupBy(query.has('query') ? state.comments : [], ({ ticket_id }) => ticket_id)
  const textsOf = ({ id, subject }: SandboxTicket) => [subject, ...(comments.get(id) ?? []).map(({ body }) => body)]
  const tests: Array<(ticket: SandboxTicket) => boolean> = [
    (ticket) => isCustomer(ticket.customer_id) && isContact(ticket.contact_id) && isUser(ticket.user_id),
    (ticket) => isCreatedAfter(ticket.created_at) && isResolvedAfter(ticket.resolved_at) && isUpdatedSince(ticket.updated_at),
    (ticket) => number === null || String(ticket.number) === number,
    (ticket) => hasStatus(ticket, query.get('status')),
    (ticket) => query.get('mine') !== 'true' || ticket.user_id === callerOf(state, call).id,
    (ticket) => hasWords(...textsOf(ticket)),
    () => !query.has('ticket_search_id'), // this account has no saved searches
  ]
  const found = [...state.tickets.values()].filter((ticket) => tests.every((test) => test(ticket))).toSorted(newestFirst)
  const rows = found.map((ticket) => toListRow(state, ticket))
  return listPage(call, 'tickets', rows, pageSize)
}

/** `Not Closed` knows the vendor's own words only: a status that an MSP made up, such as "Closed - No Response", is in the answer. */
function hasStatus(ticket: SandboxTicket, status: string | null): boolean {
  if (status === 'Not Closed') return !['Resolved', 'Invoiced'].includes(ticket.status)
  return status === null || ticket.status === status
}

function toListRow(state: SyncroState, ticket: SandboxTicket): Record<string, unknown> {
  return {
    ...commonFields(state, ticket),
    location_name: null,
    ticket_type_name: null,
    billing_status: null,
    sla_name: null,
    sla_id: null,
    sla_breached: false,
    sla_breaching_soon: false,
    creator_name_or_email: null,
    contact_fullname: state.contacts.find(({ id }) => id === ticket.contact_id)?.name ?? null,
    contract_id: null,
    contract_name: null,
    address_id: null,
    parent: false,
    parent_id: null,
    child: false,
    recurring: false,
    total_formatted_billable_time: null,
    customer_tag_list: [],
    resolution_time: null,
    response_time: null,
    customer_icons: [],
    comments: visibleComments(state, ticket.id).slice(0, 1),
    user: userOf(state, ticket),
  }
}

function showTicket(state: SyncroState, call: Call): Answer {
  const ticket = state.tickets.get(Number(call.params.id))
  if (ticket === undefined) return notFound()
  return json(200, {
    ticket: {
      ...commonFields(state, ticket),
      intake_form_html: null,
      signature_name: null,
      signature_date: null,
      outtake_form_name: null,
      outtake_form_date: null,
      outtake_form_html: null,
      asset_ids: [],
      comments: visibleComments(state, ticket.id).toSorted(newestFirst),
      attachments: shownAttachments(state, ticket.id, `http://${call.headers.host}`),
      ticket_timers: shownTimers(state, ticket.id),
      line_items: shownLineItems(state, ticket.id),
      worksheet_results: [],
      assets: [],
      appointments: [],
      ticket_fields: [],
      ticket_answers: [],
      mentionables: [],
      customer: customerDetails(state, ticket.customer_id),
      contact: state.contacts.find(({ id }) => id === ticket.contact_id) ?? null,
      user: userOf(state, ticket),
      ticket_type: null,
      address: null,
    },
  })
}

function commonFields(state: SyncroState, ticket: SandboxTicket): Record<string, unknown> {
  return {
    ...ticket,
    customer_business_then_name: state.customers.get(ticket.customer_id)?.business_then_name ?? '',
    start_at: null,
    end_at: null,
    location_id: null,
    ticket_type_id: null,
    properties: {},
    pdf_url: null,
  }
}

const userOf = (state: SyncroState, ticket: SandboxTicket) => state.users.get(ticket.user_id ?? 0) ?? null
