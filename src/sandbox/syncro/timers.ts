import { type Answer, json } from '../answers.ts'
import { type Call, fieldsOf, type Route } from '../routes.ts'
import { callerOf } from './access.ts'
import { storeLineItem } from './line-items.ts'
import { byTime, listPage, newestFirst, notFound } from './lists.ts'
import { secondsBetween, storeTimer } from './records.ts'
import { type SandboxTimer, type SyncroState, timestamp } from './state.ts'

const pageSize = 100

export function timerRoutes(state: SyncroState): Route[] {
  return [
    {
      on: 'POST tickets/:id/timer_entry',
      // `billable` is no field of this call: Syncro drops it without a word, and so does the sandbox.
      body: { ...timerFields, end_at: 'date-time', billable: 'boolean' },
      handle: (call) => createTimer(state, call),
    },
    {
      on: 'PUT tickets/:id/update_timer_entry',
      body: { ...timerFields, timer_entry_id: 'integer', start_time: 'date-time', end_time: 'date-time' },
      handle: (call) => withTimer(state, call, (timer) => updateTimer(state, timer, fieldsOf(call))),
    },
    {
      on: 'POST tickets/:id/delete_timer_entry',
      body: { timer_entry_id: 'integer' },
      handle: (call) => withTimer(state, call, (timer) => deleteTimer(state, timer)),
    },
    {
      on: 'POST tickets/:id/charge_timer_entry',
      body: { timer_entry_id: 'integer' },
      handle: (call) => withTimer(state, call, (timer) => chargeTimer(state, timer)),
    },
    {
      on: 'GET ticket_timers',
      query: ['created_at_gt', 'created_at_lt', 'page'],
      handle: (call) => listTimers(state, call),
    },
    { on: 'PATCH ticket_timers/:id', query: ['billable'], handle: (call) => setBillable(state, call) },
  ]
}

const timerFields = {
  start_at: 'date-time',
  duration_minutes: 'integer',
  user_id: 'integer',
  notes: 'string',
  product_id: 'integer',
} as const

function createTimer(state: SyncroState, call: Call): Answer {
  const ticket = state.tickets.get(Number(call.params.id))
  if (ticket === undefined) return notFound()
  const fields = fieldsOf(call)
  if (typeof fields.start_at !== 'string') return json(422, { error: 'no implicit conversion of nil into String' })
  const start = toTime(fields.start_at)
  if (start === undefined) return json(422, { error: 'invalid date' })
  const timer = storeTimer(state, {
    ticket_id: ticket.id,
    user_id: toNumber(fields.user_id) ?? callerOf(state, call).id,
    start_time: start,
    end_time: toTime(fields.end_at) ?? afterMinutes(start, toNumber(fields.duration_minutes)),
    notes: toText(fields.notes),
    ...(typeof fields.product_id === 'number' && { product_id: fields.product_id }),
  })
  return json(200, timer)
}

/** The vendor's trap: a new `duration_minutes` moves neither the end nor the duration; the undocumented `start_time` and `end_time` do. */
function updateTimer(state: SyncroState, timer: SandboxTimer, fields: Record<string, unknown>): Answer {
  timer.start_time = toTime(fields.start_at) ?? timer.start_time
  timer.user_id = toNumber(fields.user_id) ?? timer.user_id
  timer.product_id = toNumber(fields.product_id) ?? timer.product_id
  if ('notes' in fields) timer.notes = toText(fields.notes)
  if ('start_time' in fields || 'end_time' in fields) {
    timer.start_time = toTime(fields.start_time) ?? timer.start_time
    timer.end_time = toTime(fields.end_time) ?? timer.end_time
    timer.active_duration = secondsBetween(timer.start_time, timer.end_time)
    timer.billable_time = timer.billable ? timer.active_duration : 0
  }
  timer.updated_at = timestamp(state)
  return json(200, timer)
}

function deleteTimer(state: SyncroState, timer: SandboxTimer): Answer {
  state.timers.delete(timer.id)
  return json(200, { success: true })
}

/** A second charge adds a second line: the client would pay twice. The account rounds as it is set up. */
export function chargeTimer(state: SyncroState, timer: SandboxTimer): Answer {
  const product = state.laborProducts.find(({ id }) => id === timer.product_id)
  const { minimum, step } = state.levers.laborRounding
  const minutes = Math.max(minimum, Math.ceil((timer.active_duration ?? 0) / 60 / step) * step)
  const item = storeLineItem(state, {
    ticket_id: timer.ticket_id,
    user_id: timer.user_id,
    product_id: product?.id ?? null,
    name: product?.name ?? 'Labor',
    description: timer.notes ?? 'Labor',
    quantity: Math.round((minutes * 100) / 60) / 100,
    price_retail: product?.price_retail ?? 0,
  })
  Object.assign(timer, { recorded: true, ticket_line_item_id: item.id, updated_at: timestamp(state) })
  return json(200, timer)
}

function listTimers(state: SyncroState, call: Call): Answer {
  const isAfter = byTime(call, 'created_at_gt', 1)
  const isBefore = byTime(call, 'created_at_lt', -1)
  const found = [...state.timers.values()].filter(({ created_at }) => isAfter(created_at) && isBefore(created_at))
  return listPage(call, 'ticket_timers', found.toSorted(newestFirst), pageSize)
}

function setBillable(state: SyncroState, call: Call): Answer {
  const timer = state.timers.get(Number(call.params.id))
  if (timer === undefined) return notFound()
  const billable = call.query.get('billable') ?? ''
  if (!['true', 'false'].includes(billable)) return json(422, { errors: ['billable must be true or false'] })
  timer.billable = billable === 'true'
  timer.billable_time = timer.billable ? timer.active_duration : 0
  timer.updated_at = timestamp(state)
  return json(200, { ticket_timer: timer })
}

function withTimer(state: SyncroState, call: Call, act: (timer: SandboxTimer) => Answer): Answer {
  const timer = state.timers.get(toNumber(fieldsOf(call).timer_entry_id) ?? 0)
  return timer === undefined || timer.ticket_id !== Number(call.params.id) ? notFound() : act(timer)
}

function toTime(value: unknown): string | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

const toNumber = (value: unknown) => (typeof value === 'number' ? value : undefined)

const toText = (value: unknown) => (typeof value === 'string' ? value : null)

const afterMinutes = (start: string, minutes: number | undefined) =>
  minutes === undefined ? null : new Date(Date.parse(start) + minutes * 60_000).toISOString()
