import { type Answer, json } from '../answers.ts'
import { type Call, fieldsOf, type Route } from '../routes.ts'
import { callerOf } from './access.ts'
import { byTime, listPage, newestFirst, notFound, numberIn } from './lists.ts'
import { addComment } from './records.ts'
import type { SandboxComment, SandboxTicket, SyncroState } from './state.ts'

const defaultPageSize = 10

export function commentRoutes(state: SyncroState): Route[] {
  return [
    { on: 'GET tickets/:id/comments', query: listParameters, handle: (call) => listComments(state, call) },
    {
      on: 'POST tickets/:id/comment',
      body: { subject: 'string', body: 'string', hidden: 'boolean', do_not_email: 'boolean', tech: 'string', sms_body: 'string' },
      handle: (call) => postComment(state, call),
    },
  ]
}

const listParameters = [
  'sort_by',
  'sort_direction',
  'created_after',
  'created_before',
  'updated_after',
  'updated_before',
  'page',
  'per_page',
  'comment_format',
]

/** Oldest first; a comment that was posted a moment ago may not be there yet. */
export function visibleComments(state: SyncroState, ticketId: number): SandboxComment[] {
  const time = state.now().getTime()
  const isThere = ({ id }: SandboxComment) => time - (state.postedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= state.levers.commentLagMs
  return state.comments
    .filter((comment) => comment.ticket_id === ticketId && isThere(comment))
    .toSorted((one, other) => -newestFirst(one, other))
}

function listComments(state: SyncroState, call: Call): Answer {
  const ticket = state.tickets.get(Number(call.params.id))
  if (ticket === undefined) return notFound()
  const isCreatedAfter = byTime(call, 'created_after', 1)
  const isCreatedBefore = byTime(call, 'created_before', -1)
  const isUpdatedAfter = byTime(call, 'updated_after', 1)
  const isUpdatedBefore = byTime(call, 'updated_before', -1)
  const found = visibleComments(state, ticket.id)
    .filter(({ created_at }) => isCreatedAfter(created_at) && isCreatedBefore(created_at))
    .filter(({ updated_at }) => isUpdatedAfter(updated_at) && isUpdatedBefore(updated_at))
  const sorted = call.query.get('sort_direction')?.toUpperCase() === 'ASC' ? found : found.toReversed()
  const rows = sorted.map((comment) => ({ ...comment, is_rich_text: false, user: state.users.get(comment.user_id ?? 0) ?? {} }))
  const per_page = numberIn(call, 'per_page') || defaultPageSize
  return listPage(call, 'comments', rows, per_page, { per_page })
}

function postComment(state: SyncroState, call: Call): Answer {
  const ticket = state.tickets.get(Number(call.params.id))
  if (ticket === undefined) return notFound()
  const fields = fieldsOf(call)
  const missing = (['body', 'subject'] as const).filter((name) => isBlank(fields[name]))
  if (missing.length > 0) {
    const labels = { body: 'Body', subject: 'Subject' }
    return json(422, { success: false, message: missing.map((name) => `${labels[name]} can't be blank`) })
  }
  const user = callerOf(state, call)
  const comment = addComment(state, ticket.id, {
    subject: String(fields.subject),
    body: String(fields.body),
    tech: isBlank(fields.tech) ? user.full_name : String(fields.tech),
    hidden: fields.hidden === true,
    user_id: user.id,
  })
  state.postedAt.set(comment.id, state.now().getTime())
  if (!comment.hidden && fields.do_not_email !== true) mail(state, ticket, comment)
  return json(200, { comment })
}

const isBlank = (value: unknown) => typeof value !== 'string' || value.trim() === ''

function mail(state: SyncroState, ticket: SandboxTicket, { id, subject, body }: SandboxComment): void {
  const contact = state.contacts.find((one) => one.id === ticket.contact_id)
  const to = contact?.email ?? state.customers.get(ticket.customer_id)?.email ?? ''
  state.mailed.push({ ticketId: ticket.id, commentId: id, to, subject, body })
}
