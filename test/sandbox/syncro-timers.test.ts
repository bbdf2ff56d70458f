import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { idsIn, start, stoppedClock } from './start.ts'

const at = '2026-04-01T14:00:00.000Z'

/** A timer as the vendor shows it. */
const shown = (id: number | undefined) => ({
  id,
  ticket_id: 7,
  user_id: 1735,
  start_time: '2026-04-01T10:00:00.000Z',
  end_time: '2026-04-01T12:30:00.000Z',
  recorded: false,
  created_at: at,
  updated_at: at,
  billable: true,
  notes: null,
  toggl_id: null,
  product_id: 26301,
  comment_id: null,
  ticket_line_item_id: null,
  active_duration: 9000,
  billable_time: 9000,
  billable_override: null,
})

function addTimer({ syncro }: Sandbox) {
  syncro.addTickets({ id: 7 })
  return syncro.addTimer({ ticket_id: 7, start_time: '2026-04-01T10:00:00.000Z', end_time: '2026-04-01T12:30:00.000Z' })
}

for (const [what, fields, change] of [
  ['start and end', { start_at: '2026-04-01T10:00:00Z', end_at: '2026-04-01T12:30:00Z' }, {}],
  ['start and duration', { start_at: '2026-04-01T03:00:00-07:00', duration_minutes: 150 }, {}],
  [
    'all three, note, user and product',
    {
      start_at: '2026-04-01T10:00:00Z',
      end_at: '2026-04-01T12:30:00Z',
      duration_minutes: 150,
      notes: 'NAS',
      user_id: 1800,
      product_id: 26302,
    },
    { notes: 'NAS', user_id: 1800, product_id: 26302 },
  ],
  ['billable false, which is dropped without a word', { start_at: '2026-04-01T10:00:00Z', duration_minutes: 150, billable: false }, {}],
  ['a start only', { start_at: '2026-04-01T10:00:00Z' }, { end_time: null, active_duration: null, billable_time: null }],
] as const) {
  test(`a timer with ${what} comes back bare`, async (t) => {
    const { sandbox, syncro } = await start(t, { now: stoppedClock(at).now })
    sandbox.syncro.addTickets({ id: 7 })
    const reply = await syncro('POST tickets/7/timer_entry', fields)
    const timers = sandbox.syncro.timers(7)
    assert.deepEqual(reply, { status: 200, body: { ...shown(timers[0]?.id), ...change } })
    assert.deepEqual([timers, sandbox.unknownRequests()], [[reply.body], []])
  })
}

test('a timer without start_at gets the text of a crash, and nothing is stored', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  const reply = await syncro('POST tickets/7/timer_entry', { duration_minutes: 150 })
  assert.deepEqual([reply, sandbox.syncro.timers()], [{ status: 422, body: { error: 'no implicit conversion of nil into String' } }, []])
})

test('new timers are not billable when the account says so', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.defaultBillable = false
  sandbox.syncro.addTickets({ id: 7 })
  await syncro('POST tickets/7/timer_entry', { start_at: '2026-04-01T10:00:00Z', duration_minutes: 150 })
  assert.deepEqual(
    sandbox.syncro.timers().map(({ billable, billable_time }) => [billable, billable_time]),
    [[false, 0]],
  )
})

test('billable is set by the query, and comes back in a wrapper', async (t) => {
  const { sandbox, syncro } = await start(t, { now: stoppedClock(at).now })
  const { id } = addTimer(sandbox)
  assert.deepEqual(await syncro(`PATCH ticket_timers/${id}?billable=false`), {
    status: 200,
    body: { ticket_timer: { ...shown(id), billable: false, billable_time: 0 } },
  })
  assert.deepEqual(await syncro(`PATCH ticket_timers/${id}?billable=true`), { status: 200, body: { ticket_timer: shown(id) } })
})

for (const query of ['', '?billable=yes']) {
  test(`PATCH ticket_timers with "${query}" is refused`, async (t) => {
    const { sandbox, syncro } = await start(t)
    const { id } = addTimer(sandbox)
    assert.deepEqual(await syncro(`PATCH ticket_timers/${id}${query}`), {
      status: 422,
      body: { errors: ['billable must be true or false'] },
    })
  })
}

test('a new duration changes nothing; note, user and start do, and so do the undocumented times', async (t) => {
  const { sandbox, syncro } = await start(t, { now: stoppedClock(at).now })
  const { id } = addTimer(sandbox)
  const update = (fields: object) => syncro('PUT tickets/7/update_timer_entry', { timer_entry_id: id, ...fields })
  assert.deepEqual(await update({ duration_minutes: 30 }), { status: 200, body: shown(id) })
  assert.deepEqual(await update({ notes: 'NAS', user_id: 1800, product_id: 26303 }), {
    status: 200,
    body: { ...shown(id), notes: 'NAS', user_id: 1800, product_id: 26303 },
  })
  const { body } = await update({ start_time: '2026-04-01T11:00:00Z', end_time: '2026-04-01T11:30:00Z' })
  const { start_time, end_time, active_duration } = body as ReturnType<typeof shown>
  assert.deepEqual([start_time, end_time, active_duration], ['2026-04-01T11:00:00.000Z', '2026-04-01T11:30:00.000Z', 1800])
})

test('charging records the timer and puts a line on the ticket; charging twice puts two', async (t) => {
  const { sandbox, syncro } = await start(t, { now: stoppedClock(at).now })
  const { id } = addTimer(sandbox)
  const charge = () => syncro('POST tickets/7/charge_timer_entry', { timer_entry_id: id })
  const reply = await charge()
  const [line] = sandbox.syncro.lineItems(7)
  assert.deepEqual(reply, { status: 200, body: { ...shown(id), recorded: true, ticket_line_item_id: line?.id } })
  const { ticket_id, product_id, name, quantity, price_retail } = line ?? {}
  assert.deepEqual(
    { ticket_id, product_id, name, quantity, price_retail },
    { ticket_id: 7, product_id: 26301, name: 'Remote labor', quantity: '2.5', price_retail: 150 },
  )
  await charge()
  assert.equal(sandbox.syncro.lineItems(7).length, 2)
})

test('a deleted timer is gone', async (t) => {
  const { sandbox, syncro } = await start(t)
  const { id } = addTimer(sandbox)
  const erase = () => syncro('POST tickets/7/delete_timer_entry', { timer_entry_id: id })
  assert.deepEqual([await erase(), sandbox.syncro.timers(), (await erase()).status], [{ status: 200, body: { success: true } }, [], 404])
})

test('a timer is found on its own ticket only', async (t) => {
  const { sandbox, syncro } = await start(t)
  const { id } = addTimer(sandbox)
  sandbox.syncro.addTickets({ id: 8 })
  const calls = [
    'PUT tickets/8/update_timer_entry',
    'POST tickets/8/delete_timer_entry',
    'POST tickets/8/charge_timer_entry',
    'POST tickets/9/timer_entry',
  ]
  for (const call of calls) {
    assert.deepEqual(await syncro(call, { timer_entry_id: id }), { status: 404, body: { message: 'Not found' } })
  }
})

test('the list has pages of 100, the newest first, and knows when timers were created and not whose they are', async (t) => {
  const clock = stoppedClock(at)
  const { sandbox, syncro } = await start(t, { now: clock.now })
  sandbox.syncro.addTickets({ id: 7 })
  const ids = Array.from({ length: 101 }, () => {
    clock.pass(1000)
    return sandbox.syncro.addTimer({ ticket_id: 7, start_time: at, end_time: at }).id
  }).toReversed()
  const lists = await Promise.all(
    ['', '?page=2', '?created_at_gt=2026-04-01T14:01:39Z', '?created_at_lt=2026-04-01T14:00:03.000Z', '?created_at_gt=2026-04-02'].map(
      (query) => syncro(`GET ticket_timers${query}`),
    ),
  )
  assert.deepEqual(
    lists.map((list) => [idsIn(list, 'ticket_timers'), (list.body as { meta: unknown }).meta]),
    [
      [ids.slice(0, 100), { total_pages: 2, page: 1 }],
      [ids.slice(100), { total_pages: 2, page: 2 }],
      [ids.slice(0, 2), { total_pages: 1, page: 1 }],
      [ids.slice(99), { total_pages: 1, page: 1 }],
      [[], { total_pages: 1, page: 1 }],
    ],
  )
  await syncro('GET ticket_timers?ticket_id=7')
  assert.deepEqual(sandbox.unknownRequests(), ['syncro GET ticket_timers?ticket_id'])
})
