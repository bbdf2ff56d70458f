import { type Answer, json } from '../answers.ts'
import type { Call, Route } from '../routes.ts'
import { callerOf } from './access.ts'
import { notFound } from './lists.ts'
import { defaultLaborProductId, type SyncroState, statuses, subdomain, userToken } from './state.ts'

export function accountRoutes(state: SyncroState): Route[] {
  return [
    { on: 'GET me', handle: (call) => showMe(state, call) },
    { on: 'GET users', handle: () => json(200, { users: [...state.users.values()].map(({ id, full_name }) => [id, full_name]) }) },
    { on: 'GET users/:id', handle: (call) => showUser(state, call) },
    { on: 'GET settings', handle: () => json(200, settings) },
    { on: 'GET tickets/settings', handle: () => json(200, ticketSettings(state)) },
    { on: 'GET products', query: productParameters, handle: (call) => listProducts(state, call) },
    { on: 'GET products/:id', handle: (call) => showProduct(state, call) },
  ]
}

const all = { read: true, write: true, delete: true }

/** The permissions are the user's, whatever the token may do; `user_token` is a secret. */
function showMe(state: SyncroState, call: Call): Answer {
  const user = callerOf(state, call)
  return json(200, {
    user_token: userToken,
    user_email: user.email,
    user_name: user.full_name,
    user_id: user.id,
    admin: user.admin,
    can_use_app: true,
    two_factor_required: false,
    subdomain,
    default_location: null,
    enable_multi_locations: false,
    locations_allowed: [],
    permissions: {
      asset: all,
      customer: all,
      ticket: all,
      invoice: all,
      payment: all,
      worksheet: { add: true, manage: true, delete: true },
      script: { execute: true },
    },
  })
}

function showUser(state: SyncroState, call: Call): Answer {
  const user = state.users.get(Number(call.params.id))
  return user ? json(200, { user }) : notFound()
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const settings = {
  customers: { required_fields: null, customer_fields: [], customer_field_answers: [] },
  assets: { asset_types: [], asset_type_fields: [], asset_type_field_answers: [] },
  locale: {
    iso_code: 'en',
    currency_symbol: '$',
    date_format: 'mm-dd-yy',
    time_format: 'hh:mm tt',
    time_zone: 'America/Phoenix',
    time_offset: '-07:00',
  },
  ticket: {
    ticket_types: [],
    ticket_type_fields: [],
    ticket_type_field_answers: [],
    problem_types: ['Virus', 'TuneUp', 'Hardware', 'Software', 'Other'],
    priorities: ['', '0 Urgent', '1 High', '2 Normal', '3 Low'],
  },
  business_hours_enabled: true,
  business_hours: days.map((day) => ({ day, start: '09:00', end: '17:00', closed: day.startsWith('S') })),
  default_holiday_calendar: 'USA',
  msp_addon: null,
}

function ticketSettings(state: SyncroState): Record<string, unknown> {
  return {
    ticket_status_list: statuses,
    default_labor_product_id: defaultLaborProductId,
    ticket_timer_charge_by_default: null,
    saved_searches: [],
    ticket_types: [],
    ticket_type_fields: [],
    ticket_type_field_answers: [],
    appointment_types: [],
    users: [...state.users.values()].map(({ id, full_name }) => ({ id, name: full_name })),
    dashboard_settings: null,
    worksheet_templates: [],
    require_ticket_type: null,
    require_intake_form_with_ticket: null,
    require_outtake_form_with_ticket: null,
    ticket_workflow_default_id: null,
  }
}

const productParameters = ['sort', 'sku', 'name', 'upc_code', 'category_id', 'id[]', 'id_not[]', 'query', 'page']

function listProducts(state: SyncroState, call: Call): Answer {
  const wanted = (call.query.get('query') ?? call.query.get('name') ?? '').toLowerCase()
  return json(200, { products: state.laborProducts.filter(({ name }) => name.toLowerCase().includes(wanted)).map(toProduct) })
}

function showProduct(state: SyncroState, call: Call): Answer {
  const product = state.laborProducts.find(({ id }) => String(id) === call.params.id)
  return product ? json(200, { product: toProduct(product) }) : notFound()
}

const toProduct = (product: SyncroState['laborProducts'][number]) => ({
  ...product,
  price_cost: 0,
  maintain_stock: false,
  quantity: 0,
  disabled: false,
  taxable: false,
  product_category: 'Labor',
  product_skus: [],
})
