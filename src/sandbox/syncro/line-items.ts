import { type Answer, json } from '../answers.ts'
import { type Call, fieldsOf, type Route } from '../routes.ts'
import { callerOf } from './access.ts'
import { notFound } from './lists.ts'
import { nextId, type SandboxLineItem, type SandboxTimer, type SyncroState, timestamp } from './state.ts'

export function lineItemRoutes(state: SyncroState): Route[] {
  return [
    {
      on: 'POST tickets/:id/add_line_item',
      body: {
        ...{ name: 'string', description: 'string', upc_code: 'string', product_id: 'integer' },
        ...{ quantity: 'number', price_cost: 'number', price_retail: 'number', taxable: 'boolean' },
      },
      handle: (call) => add(state, call),
    },
    { on: 'POST tickets/:id/remove_line_item', body: { ticket_line_item_id: 'integer' }, handle: (call) => remove(state, call) },
  ]
}

/** Name and description are needed even where a product is named; what an hour of it costs is not filled in. */
function add(state: SyncroState, call: Call): Answer {
  const ticket = state.tickets.get(Number(call.params.id))
  if (ticket === undefined) return notFound()
  const { name, description, product_id, quantity, price_retail } = fieldsOf(call)
  const missing = Object.entries({ Name: name, Description: description }).filter(([, value]) => typeof value !== 'string' || value === '')
  if (missing.length > 0) return json(422, { errors: missing.map(([field]) => `${field} can't be blank`).join(', '), params: {} })
  const product = state.laborProducts.find(({ id }) => id === product_id)
  return json(
    200,
    storeLineItem(state, {
      ticket_id: ticket.id,
      user_id: callerOf(state, call).id,
      product_id: product?.id ?? null,
      name: String(name),
      description: String(description),
      quantity: typeof quantity === 'number' ? quantity : 1,
      price_retail: typeof price_retail === 'number' ? price_retail : 0,
    }),
  )
}

function remove(state: SyncroState, call: Call): Answer {
  const index = state.lineItems.findIndex(
    ({ id, ticket_id }) => id === fieldsOf(call).ticket_line_item_id && String(ticket_id) === call.params.id,
  )
  if (index === -1) return notFound()
  state.lineItems.splice(index, 1)
  return json(200, { success: true, message: '' })
}

type NewLineItem = Pick<SandboxLineItem, 'ticket_id' | 'user_id' | 'product_id' | 'name' | 'description' | 'price_retail'> & {
  quantity: number
}

export function storeLineItem(state: SyncroState, item: NewLineItem): SandboxLineItem {
  const at = timestamp(state)
  const added: SandboxLineItem = {
    ...item,
    id: nextId(state),
    // "1.0"
    quantity: Number.isInteger(item.quantity) ? item.quantity.toFixed(1) : String(item.quantity),
    product_category: item.product_id === null ? null : 'Labor',
    upc_code: null,
    taxable: false,
    cost_cents: 0,
    retail_cents: Math.round(item.price_retail * 100),
    price_cost: 0,
    created_at: at,
    updated_at: at,
    converted: false,
    item_id: null,
    position: state.lineItems.filter(({ ticket_id }) => ticket_id === item.ticket_id).length + 1,
    estimate_line_item_id: null,
    old_price: null,
    line_discount_percent: null,
    discount_dollars: null,
    original_ticket_line_item_id: null,
  }
  state.lineItems.push(added)
  return added
}

/** As the ticket shows them: not at once, when the lever says so. */
export const shownLineItems = (state: SyncroState, ticketId: number): SandboxLineItem[] =>
  state.lineItems.filter((item) => item.ticket_id === ticketId && isShown(state, item, state.levers.lineLagMs))

/** The same of timers, of which a late one looks as if nobody had charged it, its line or not. */
export function shownTimers(state: SyncroState, ticketId: number): SandboxTimer[] {
  const lagMs = Math.max(state.levers.lineLagMs, state.levers.flagLagMs)
  return [...state.timers.values()]
    .filter((timer) => timer.ticket_id === ticketId)
    .map((timer) => {
      const item = state.lineItems.find(({ id }) => id === timer.ticket_line_item_id)
      return item && !isShown(state, item, lagMs) ? { ...timer, recorded: false, ticket_line_item_id: null } : timer
    })
}

const isShown = (state: SyncroState, { created_at }: SandboxLineItem, lagMs: number): boolean =>
  lagMs === 0 || Date.parse(created_at) + lagMs <= state.now().getTime()
