import { type Answer, json } from '../answers.ts'
import type { Call, Route } from '../routes.ts'
import { byNumber, byWords, listPage, notFound } from './lists.ts'
import type { SandboxContact, SandboxCustomer, SyncroState } from './state.ts'

const customersPerPage = 100
const contactsPerPage = 50

export function customerRoutes(state: SyncroState): Route[] {
  return [
    { on: 'GET customers', query: listParameters, handle: (call) => listCustomers(state, call) },
    { on: 'GET customers/autocomplete', query: ['query'], handle: (call) => completeName(state, call) },
    { on: 'GET customers/:id', handle: (call) => showCustomer(state, call) },
    { on: 'GET contacts', query: ['customer_id', 'page'], handle: (call) => listContacts(state, call) },
  ]
}

// `sort` is accepted and has no effect.
const listParameters = ['query', 'firstname', 'lastname', 'business_name', 'email', 'id[]', 'not_id[]', 'sort', 'include_disabled', 'page']

function listCustomers(state: SyncroState, call: Call): Answer {
  const { query } = call
  const hasWords = byWords(query.get('query'))
  const ids = query.getAll('id[]').map(Number)
  const otherIds = query.getAll('not_id[]').map(Number)
  const tests: Array<(customer: SandboxCustomer) => boolean> = [
    (customer) => hasWords(customer.business_and_full_name, customer.email),
    (customer) => isLike(customer.business_name, query.get('business_name')),
    (customer) => isLike(customer.firstname, query.get('firstname')) && isLike(customer.lastname, query.get('lastname')),
    (customer) => isLike(customer.email, query.get('email')),
    (customer) => (ids.length === 0 || ids.includes(customer.id)) && !otherIds.includes(customer.id),
    (customer) => !customer.disabled || query.get('include_disabled') === 'true',
  ]
  const rows = [...state.customers.values()].filter((customer) => tests.every((test) => test(customer)))
  const details = rows.map(({ id }) => customerDetails(state, id))
  return listPage(call, 'customers', details, customersPerPage, { total_entries: rows.length, per_page: customersPerPage })
}

function completeName(state: SyncroState, call: Call): Answer {
  const hasWords = byWords(call.query.get('query'))
  const found = [...state.customers.values()].filter((customer) => hasWords(customer.business_and_full_name) && !customer.disabled)
  return json(200, { customers: found.map(({ id }) => customerDetails(state, id)) })
}

function showCustomer(state: SyncroState, call: Call): Answer {
  const customer = customerDetails(state, Number(call.params.id))
  return customer ? json(200, { customer }) : notFound()
}

function listContacts(state: SyncroState, call: Call): Answer {
  const isCustomer = byNumber(call, 'customer_id')
  const rows = state.contacts.filter(({ customer_id }) => isCustomer(customer_id)).map(toContact)
  return listPage(call, 'contacts', rows, contactsPerPage, { total_entries: rows.length, per_page: contactsPerPage })
}

export function customerDetails(state: SyncroState, id: number): Record<string, unknown> | undefined {
  const customer = state.customers.get(id)
  return (
    customer && {
      ...customer,
      mobile: null,
      pdf_url: null,
      address: null,
      address_2: null,
      city: null,
      state: null,
      zip: null,
      latitude: null,
      longitude: null,
      notes: null,
      get_sms: false,
      opt_out: false,
      no_email: false,
      location_name: null,
      location_id: null,
      properties: {},
      tax_rate_id: null,
      notification_email: null,
      invoice_cc_emails: null,
      invoice_term_id: null,
      referred_by: null,
      ref_customer_id: null,
      contacts: state.contacts.filter(({ customer_id }) => customer_id === id).map(toContact),
    }
  )
}

const toContact = (contact: SandboxContact) => ({
  ...contact,
  mobile: null,
  notes: null,
  vendor_id: null,
  properties: {},
  opt_out: false,
  extension: null,
})

const isLike = (text: string, wanted: string | null) => wanted === null || text.toLowerCase().includes(wanted.toLowerCase())
