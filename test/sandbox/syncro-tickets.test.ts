import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idsIn, start, stoppedClock } from './start.ts'

test('a ticket in the list has no customer object and only its first comment', async (t) => {
  const { now } = stoppedClock()
  const { sandbox, syncro } = await start(t, { now })
  const { id: customer_id } = sandbox.syncro.addCustomer({ name: 'Bell & Sons' })
  sandbox.syncro.addTickets({
    id: 7,
    number: 12345,
    client: 'Bell & Sons',
    subject: 'Printer offline',
    created_at: '2026-03-30T09:00:00.000Z',
  })
  const first = sandbox.syncro.addComment(7, { subject: 'Initial Issue', body: 'It blinks.', created_at: '2026-03-30T09:00:00.000Z' })
  sandbox.syncro.addComment(7, { body: 'It stopped.' })
  const { body } = await syncro('GET tickets')
  const user = { id: 1735, email: 'mike@example.com', full_name: 'Mike Swanson', group: 'Admins', admin: true, color: '1e3e96' }
  assert.deepEqual(body, {
    tickets: [
      {
        id: 7,
        number: 12345,
        subject: 'Printer offline',
        customer_id,
        customer_business_then_name: 'Bell & Sons',
        contact_id: null,
        contact_fullname: null,
        user_id: 1735,
        user: { ...user, created_at: '2026-04-01T14:00:00.000Z', updated_at: '2026-04-01T14:00:00.000Z' },
        status: 'New',
        priority: '2 Normal',
        problem_type: 'Other',
        tag_list: [],
        customer_reply: true,
        due_date: null,
        resolved_at: null,
        created_at: '2026-03-30T09:00:00.000Z',
        updated_at: '2026-04-01T14:00:00.000Z',
        start_at: null,
        end_at: null,
        location_id: null,
        location_name: null,
        ticket_type_id: null,
        ticket_type_name: null,
        properties: {},
        pdf_url: null,
        billing_status: null,
        sla_name: null,
        sla_id: null,
        sla_breached: false,
        sla_breaching_soon: false,
        creator_name_or_email: null,
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
        comments: [first],
      },
    ],
    meta: { total_pages: 1, page: 1 },
  })
})

test('one ticket has its customer, its comments with the newest first, its timers and its lines', async (t) => {
  const { sandbox, syncro } = await start(t, { now: stoppedClock().now })
  sandbox.syncro.addTickets({ id: 7, client: 'Bell & Sons' })
  const first = sandbox.syncro.addComment(7, { body: 'One', created_at: '2026-03-30T09:00:00.000Z' })
  const second = sandbox.syncro.addComment(7, { body: 'Two' })
  const timer = sandbox.syncro.addTimer({ ticket_id: 7, start_time: '2026-04-01T10:00:00.000Z', end_time: '2026-04-01T11:00:00.000Z' })
  await syncro('POST tickets/7/charge_timer_entry', { timer_entry_id: timer.id })
  const { ticket } = (await syncro('GET tickets/7')).body as { ticket: Record<string, unknown> & { customer: Record<string, unknown> } }
  assert.deepEqual(
    [ticket.customer.business_then_name, ticket.comments, ticket.ticket_timers, ticket.line_items, ticket.attachments, ticket.contact],
    ['Bell & Sons', [second, first], sandbox.syncro.timers(7), sandbox.syncro.lineItems(7), [], null],
  )
})

for (const request of [
  'GET tickets/99',
  'GET tickets/T12345',
  'GET tickets/99/comments',
  'GET customers/99',
  'GET users/99',
  'PATCH ticket_timers/99?billable=true',
]) {
  test(`${request} is not found`, async (t) => {
    const { syncro } = await start(t)
    assert.deepEqual(await syncro(request), { status: 404, body: { message: 'Not found' } })
  })
}

for (const [query, found] of [
  ['', [5, 4, 3, 2, 1]],
  ['number=5028', [1]],
  ['number=T5028', []],
  ['status=New', [2, 1]],
  ['status=new', []],
  ['status=Not%20Closed', [5, 2, 1]],
  ['query=nas', [1]],
  ['query=BACKUP', [4, 1]],
  ['query=nas%20backup', [1]],
  ['query=nas%20tape', []],
  ['customer_id=9001', [2, 1]],
  ['customer_id=9001&query=nas', [1]],
  ['contact_id=5', [2]],
  ['user_id=1800', [3]],
  ['mine=true', [5, 4, 2, 1]],
  ['mine=false', [5, 4, 3, 2, 1]],
  ['created_after=2026-03-03T09:00:00.000Z', [5, 4]],
  ['created_after=2026-03-04', [5, 4]],
  ['resolved_after=2026-03-20', [4]],
  ['since_updated_at=2026-03-10T09:00:00Z', [4]],
  ['since_updated_at=2026-03-10T10:59:59%2B02:00', [4, 3]],
  ['ticket_search_id=1', []],
  ['comment_format=plaintext&all_comments=true', [5, 4, 3, 2, 1]],
] as const) {
  test(`GET tickets?${query} finds ${found.join(', ') || 'nothing'}`, async (t) => {
    const { sandbox, syncro } = await start(t)
    const { syncro: vendor } = sandbox
    vendor.addCustomer({ id: 9001, name: 'Dataforth' })
    vendor.addToken('other', { userId: 1800 })
    vendor.addTickets(
      { id: 1, number: 5028, customer_id: 9001, subject: 'Backup for NAS', created_at: '2026-03-01T09:00:00Z' },
      { id: 2, number: 5029, customer_id: 9001, contact_id: 5, created_at: '2026-03-02T09:00:00Z' },
      {
        id: 3,
        number: 5030,
        client: 'Bell',
        user_id: 1800,
        status: 'Invoiced',
        created_at: '2026-03-03T09:00:00Z',
        updated_at: '2026-03-10T09:00:00Z',
      },
      { id: 4, number: 5031, client: 'Bell', status: 'Resolved', created_at: '2026-03-04T09:00:00Z', updated_at: '2026-03-20T09:00:00Z' },
      { id: 5, number: 5032, client: 'Bell', status: 'Closed - No Response', created_at: '2026-03-05T09:00:00Z' },
    )
    vendor.addComment(4, { body: 'The backup ran.', created_at: '2026-03-04T10:00:00Z' })
    const reply = await syncro(`GET tickets?${query}`)
    assert.deepEqual([idsIn(reply, 'tickets'), sandbox.unknownRequests()], [found, []])
  })
}

test('the list comes in pages of 50, and only meta says how many', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets(...Array.from({ length: 120 }, () => ({})))
  const pages = await Promise.all([1, 2, 3, 4].map((page) => syncro(`GET tickets?page=${page}`)))
  assert.deepEqual(
    pages.map((page) => [idsIn(page, 'tickets').length, (page.body as { meta: unknown }).meta]),
    [
      [50, { total_pages: 3, page: 1 }],
      [50, { total_pages: 3, page: 2 }],
      [20, { total_pages: 3, page: 3 }],
      [0, { total_pages: 3, page: 4 }],
    ],
  )
  assert.equal(new Set(pages.flatMap((page) => idsIn(page, 'tickets'))).size, 120)
})

test('what somebody else changes is seen, and moves updated_at', async (t) => {
  const clock = stoppedClock()
  const { sandbox, syncro } = await start(t, { now: clock.now })
  sandbox.syncro.addTickets({ id: 7 }, { id: 8 })
  clock.pass(1000)
  sandbox.syncro.changeTicket(7, { status: 'Resolved' })
  const { status, updated_at, resolved_at } = sandbox.syncro.tickets.get(7) ?? {}
  assert.deepEqual([status, updated_at, resolved_at], ['Resolved', '2026-04-01T14:00:01.000Z', '2026-04-01T14:00:01.000Z'])
  assert.deepEqual(idsIn(await syncro('GET tickets?since_updated_at=2026-04-01T14:00:00.000Z'), 'tickets'), [7])
  sandbox.syncro.changeTicket(7, { status: 'In Progress' })
  assert.equal(sandbox.syncro.tickets.get(7)?.resolved_at, null)
})

test('a removed ticket is gone with its comments and timers', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  sandbox.syncro.addComment(7, {})
  sandbox.syncro.addTimer({ ticket_id: 7, start_time: '2026-04-01T10:00:00Z', end_time: '2026-04-01T11:00:00Z' })
  sandbox.syncro.removeTicket(7)
  assert.deepEqual([(await syncro('GET tickets/7')).status, sandbox.syncro.comments(7), sandbox.syncro.timers()], [404, [], []])
})

test('a test that names a customer, a ticket or an id wrongly hears of it', async (t) => {
  const { sandbox } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  assert.throws(() => sandbox.syncro.addTickets({ customer_id: 99 }), /no customer 99/)
  assert.throws(() => sandbox.syncro.addTickets({ id: 7 }), /a ticket 7 already/)
  assert.throws(() => sandbox.syncro.changeTicket(99, {}), /no ticket 99/)
})
