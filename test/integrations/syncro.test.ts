import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isReading } from '../../src/http/http.ts'
import { syncro as integration } from '../../src/integrations/syncro/index.ts'
import { ticketContract } from './contract.ts'
import { connectSyncro, scripted, start } from './support.ts'

ticketContract('syncro')

const hoursAgo = (hours: number) => new Date(start.getTime() - hours * 3_600_000)
const iso = (hours: number) => hoursAgo(hours).toISOString()

test('a ticket in full: its comments with the newest last, and the client as the one who sees it', async (t) => {
  const { syncro, tickets } = await connectSyncro(t, { seed: 'demo' })
  const ticket = await tickets.byNumber('12345')
  assert.ok(ticket)
  const { comments, recipients, ...rest } = (await tickets.get(ticket.id)) ?? assert.fail()
  // a list says whose it is, and has the first comment
  assert.deepEqual({ ...rest, assigneeId: '1735', description: comments[0]?.body }, ticket)
  assert.deepEqual(
    [ticket.integration, ticket.id, ticket.number, ticket.client, ticket.vendorClientId, ticket.url],
    ['syncro', '108443837', '12345', 'Dataforth', '34288070', `${syncro.webUrl}/tickets/108443837`],
  )
  const stored = syncro.comments(108443837)
  assert.deepEqual(
    comments.map(({ id, author, visibility }) => [id, author, visibility]),
    stored.map(({ id, subject, tech, hidden }) => [String(id), subject === 'Customer Reply' ? null : tech, hidden ? 'internal' : 'public']),
  )
  assert.ok(stored.length > 1)
  assert.deepEqual(recipients, [{ name: 'Front Desk', email: 'helpdesk@dataforth.example' }])
})

test('the contact of a ticket is the one who sees a public comment', async (t) => {
  const { syncro, http, tickets } = await connectSyncro(t, { seed: 'demo' })
  const query = { customer_id: 34288070 }
  const answer = await http.send({ method: 'GET', path: 'contacts', query, record: { type: 'syncro_client', action: 'searched' } })
  const [dana] = (answer as { contacts: Array<{ id: number }> }).contacts
  const [ticket] = syncro.addTickets({ customer_id: 34288070, contact_id: dana?.id ?? null })
  const { recipients } = (await tickets.get(String(ticket?.id))) ?? assert.fail()
  assert.deepEqual(recipients, [{ name: 'Dana Whitfield', email: 'dana.whitfield@dataforth.example' }])
})

test('a search states its conditions in the vendor’s words, and an instant as the day before it', async (t) => {
  const { sandbox, syncro, tickets } = await connectSyncro(t)
  const { id } = syncro.addCustomer({ name: 'Bell & Sons' })
  const [wanted] = syncro.addTickets(
    { subject: 'Printer offline', customer_id: id, updated_at: iso(1) },
    { subject: 'Printer offline', customer_id: id, updated_at: iso(3) },
    { subject: 'Printer offline', customer_id: id, updated_at: iso(1), status: 'Resolved' },
    { subject: 'Printer offline', customer_id: id, updated_at: iso(1), user_id: null },
    { subject: 'Printer offline', client: 'Other' },
    { subject: 'Mail', customer_id: id },
  )
  const found = await Array.fromAsync(
    tickets.search({ words: 'printer', vendorClientId: String(id), open: true, mine: true, since: hoursAgo(2) }),
  )
  assert.deepEqual(
    [found.map((ticket) => ticket.id), sandbox.requests.map(({ query }) => query)],
    [
      [String(wanted?.id)],
      [{ query: 'printer', customer_id: String(id), status: 'Not Closed', mine: 'true', since_updated_at: '2026-03-31', page: '1' }],
    ],
  )
})

test('a filter that Syncro ignores is checked again here', async () => {
  const row = (id: number, change: object) => ({
    ...{ id, number: id, subject: 'S', status: 'New', customer_id: 5, created_at: iso(1), updated_at: iso(1), ...change },
  })
  const rows = [
    row(1, {}),
    row(2, { customer_id: 6 }),
    row(3, { status: 'Invoiced' }),
    row(4, { status: 'Resolved' }),
    row(5, { updated_at: iso(9) }),
  ]
  const { tickets } = await integration.connect(scripted({ tickets: rows, meta: { total_pages: 1, page: 1 } }), { zone: 'UTC' })
  const found = await Array.fromAsync(tickets?.search({ vendorClientId: '5', open: true, since: hoursAgo(2) }) ?? [])
  assert.deepEqual(
    found.map(({ id }) => id),
    ['1'],
  )
})

test('a status is asked for in the account’s own spelling', async (t) => {
  const { sandbox, syncro, tickets } = await connectSyncro(t)
  const [, waiting] = syncro.addTickets({}, { status: 'Waiting for Parts' })
  const found = await Array.fromAsync(tickets.search({ status: 'waiting FOR parts' }))
  assert.deepEqual(
    [found.map(({ id, state }) => [id, state]), sandbox.requests.map(({ path, query }) => [path, query.status])],
    [
      [[String(waiting?.id), 'in_progress']],
      [
        ['tickets/settings', undefined],
        ['tickets', 'Waiting for Parts'],
      ],
    ],
  )
})

test('a status that the account does not have is refused with those that it has', async (t) => {
  const { tickets } = await connectSyncro(t)
  await assert.rejects(Array.fromAsync(tickets.search({ status: 'Done' })), {
    code: 'usage',
    message: 'Your SyncroMSP has no ticket status "Done".',
    hint: 'It has: New, In Progress, Resolved, Invoiced, Waiting for Parts, Waiting on Customer, Scheduled, Customer Reply, Closed - No Response',
  })
})

test('lists without meta end with a page that brings nothing new', async () => {
  const row = (id: number | string) => ({ id, number: id, status: 'New', customer_id: '5', created_at: iso(1), updated_at: iso(1) })
  const http = scripted({ tickets: [row(1), row('2')] }, { tickets: [row(2), row('3')] }, { tickets: [row(3)] })
  const { tickets } = await integration.connect(http, { zone: 'UTC' })
  const found = await Array.fromAsync(tickets?.changedSince(new Date(0)) ?? [])
  assert.deepEqual(
    [found.map(({ id }) => id), http.sent.map(({ query }) => query?.page)],
    [
      ['1', '2', '3'],
      [1, 2, 3],
    ],
  )
})

test('the same page again and again is an error, not the end of the list', async () => {
  const row = { id: 1, number: 1, status: 'New', customer_id: 5, created_at: iso(1), updated_at: iso(1) }
  const page = { tickets: [row], meta: { total_pages: 3, page: 1 } }
  const { tickets } = await integration.connect(scripted(page, page), { zone: 'UTC' })
  await assert.rejects(Array.fromAsync(tickets?.changedSince(new Date(0)) ?? []), {
    code: 'vendor',
    message: "SyncroMSP's list of changed tickets was not used, for some of it must not pass for all: it gave page 1 instead of page 2.",
  })
})

test('whoAmI keeps nothing of the secret that comes with it', async (t) => {
  const { syncro, http, connection } = await connectSyncro(t)
  const identity = await connection.whoAmI()
  assert.deepEqual(identity, { id: '1735', name: 'Mike Swanson', email: 'mike@example.com', tenant: 'sandbox' })
  assert.ok(!JSON.stringify([identity, http.records]).includes(syncro.userToken))
})

test('what a key may read is found out by reading', async (t) => {
  const { syncro, connection } = await connectSyncro(t, { token: 'few' })
  syncro.addToken('few', { permissions: ['Tickets - List/Search', 'Customers - List/Search'] })
  assert.deepEqual(await connection.permissions?.(), [
    { what: 'tickets', may: true },
    { what: 'clients', may: true },
    { what: 'time', may: false },
    { what: 'assets', may: false },
    { what: 'alerts', may: false },
  ])
})

test('a vendor that is down has refused no permission', async (t) => {
  const { sandbox, connection } = await connectSyncro(t)
  sandbox.arm({ vendor: 'syncro', on: 'GET rmm_alerts', kind: 'status', status: 503 })
  await assert.rejects(async () => connection.permissions?.(), { name: 'HttpFailure', status: 503 })
})

test('clients are found by words of their name, and by id', async (t) => {
  const { clients } = await connectSyncro(t, { seed: 'demo' })
  const bell = { id: '34288072', name: 'Bell & Sons' }
  const found = [await clients.search('bell'), await clients.get('34288072'), await clients.get('1'), await clients.get('../me')]
  assert.deepEqual(found, [[bell], bell, undefined, undefined])
})

test('no write passes for one that only reads: those are repeated', async () => {
  const timer = { id: 9, ticket_id: 1, user_id: 2, start_time: iso(2), end_time: iso(1), created_at: iso(0), notes: '', billable: true }
  const changed = { ...timer, billable: false }
  const http = scripted({ ticket: { ticket_timers: [timer] } }, { ticket_timer: changed }, { ticket: { ticket_timers: [changed] } })
  const { tickets, time } = await integration.connect(http, { zone: 'UTC' })
  assert.ok(tickets && time)
  const at = { ticketId: '1', ticketNumber: '1001' }
  const entry = { ...at, start: hoursAgo(2), end: hoursAgo(1), minutes: 60, note: '', billable: false, laborId: null }
  const labor = { id: '26301', name: 'Remote labor', perHour: 150 }
  const charge = { ...at, timeWriteId: 'x', entryId: '9', minutes: 60, note: '', labor }
  const removal = { ...at, vendorId: '9', writeId: 'x', timeWriteId: null }
  await time.log.complete?.('9', entry)
  const requests = [
    tickets.comment.request({ ...at, subject: '', body: '', visibility: 'internal' }, 'msp 7F3K'),
    tickets.attach?.request({ ...at, fileName: 'a.pdf', file: null, url: 'https://files.example/a.pdf', offer: null }, 'msp 7F3K'),
    ...(['attachment', 'time_entry', 'line_item'] as const).map((what) => tickets.remove?.request({ ...removal, what }, 'msp 7F3K')),
    time.log.request(entry, 'msp 7F3K'),
    ...(['timer+charge', 'line-item'] as const).map((path) => time.charge.request({ ...charge, path }, 'msp 7F3K')),
    ...http.sent,
  ].filter((request) => request !== undefined)
  assert.deepEqual(
    requests.map((request) => [`${request.method} ${request.path}`, isReading(request)]),
    [
      ['POST tickets/1/comment', false],
      ['POST tickets/1/attach_file_url', false],
      ['POST tickets/1/delete_attachment', false],
      ['POST tickets/1/delete_timer_entry', false],
      ['POST tickets/1/remove_line_item', false],
      ['POST tickets/1/timer_entry', false],
      ['POST tickets/1/charge_timer_entry', false],
      ['POST tickets/1/add_line_item', false],
      ['GET tickets/1', true],
      ['PATCH ticket_timers/9', false],
      ['GET tickets/1', true],
    ],
  )
})
