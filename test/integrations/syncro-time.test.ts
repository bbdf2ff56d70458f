import assert from 'node:assert/strict'
import { test } from 'node:test'
import { syncro as integration } from '../../src/integrations/syncro/index.ts'
import type { NewTimeEntry } from '../../src/time/time.ts'
import { connectSyncro, scripted, start } from './support.ts'

const hoursAgo = (hours: number) => new Date(start.getTime() - hours * 3_600_000)
const iso = (hours: number) => hoursAgo(hours).toISOString()

const entryOn = (ticketId: number | undefined, change: Partial<NewTimeEntry> = {}): NewTimeEntry => ({
  ticketId: String(ticketId),
  ticketNumber: '1001',
  start: hoursAgo(2),
  end: hoursAgo(1),
  minutes: 60,
  note: 'Fuser replaced.',
  billable: true,
  laborId: null,
  ...change,
})

for (const [change, body] of [
  [{}, { notes: 'Fuser replaced. (msp 7F3K)' }],
  [{ note: ' ' }, { notes: 'msp 7F3K' }],
  [
    { laborId: '26302', billable: false },
    { notes: 'Fuser replaced. (msp 7F3K)', product_id: 26302 },
  ],
] as const) {
  test(`a time entry with ${JSON.stringify(change)} is sent with its start, end and minutes, and never with billable`, async (t) => {
    const { sandbox, syncro, time } = await connectSyncro(t)
    const [ticket] = syncro.addTickets({})
    await time.log.send(entryOn(ticket?.id, change), 'msp 7F3K')
    assert.deepEqual(
      sandbox.requests.map(({ path, body }) => [path, body]),
      [[`tickets/${ticket?.id}/timer_entry`, { start_at: iso(2), end_at: iso(1), duration_minutes: 60, ...body }]],
    )
  })
}

test('a time entry that was sent is found by its reference, on its ticket only', async (t) => {
  const { syncro, time } = await connectSyncro(t)
  const [ticket, other] = syncro.addTickets({}, {})
  const vendorId = await time.log.send(entryOn(ticket?.id), 'msp 7F3K')
  await time.log.send(entryOn(ticket?.id), 'msp 9999')
  const found = [
    await time.log.find(entryOn(ticket?.id), 'msp 7F3K', start),
    await time.log.find(entryOn(ticket?.id), 'msp 7F3', start),
    await time.log.find(entryOn(other?.id), 'msp 7F3K', start),
  ]
  assert.deepEqual(found, [{ vendorId }, 'absent', 'absent'])
})

test('two time entries with one reference are for a person to decide', async (t) => {
  const { syncro, time } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({})
  const sent = [await time.log.send(entryOn(ticket?.id), 'msp 7F3K'), await time.log.send(entryOn(ticket?.id), 'msp 7F3K')]
  const found = await time.log.find(entryOn(ticket?.id), 'msp 7F3K', start)
  assert.deepEqual(typeof found === 'object' && 'candidates' in found && found.candidates.map(({ vendorId }) => vendorId), sent)
})

for (const [what, change, isIt] of [
  ['the same technician, start and length is it', {}, true],
  ['another length is not it', { end_time: iso(1.5) }, false],
  ['another start is not it', { start_time: iso(1.5) }, false],
  ['another technician is not it', { user_id: 2 }, false],
] as const) {
  test(`a time entry without its reference: ${what}`, async (t) => {
    const { syncro, time } = await connectSyncro(t)
    const [ticket] = syncro.addTickets({})
    const timer = syncro.addTimer({
      ticket_id: Number(ticket?.id),
      start_time: iso(2),
      end_time: iso(1),
      notes: 'Typed by hand.',
      ...change,
    })
    const found = await time.log.find(entryOn(ticket?.id), 'msp 7F3K', start)
    assert.deepEqual(found, isIt ? { vendorId: String(timer.id) } : 'absent')
  })
}

for (const [kind, stored] of [
  ['cut-before', 0],
  ['cut-after', 1],
] as const) {
  test(`after a connection that was cut (${kind}) looking tells whether the time is there`, async (t) => {
    const { sandbox, syncro, time } = await connectSyncro(t)
    const [ticket] = syncro.addTickets({})
    sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind })
    await assert.rejects(time.log.send(entryOn(ticket?.id), 'msp 7F3K'), { outcome: 'unknown' })
    const found = await time.log.find(entryOn(ticket?.id), 'msp 7F3K', start)
    assert.deepEqual([found === 'absent' ? 0 : 1, syncro.timers().length], [stored, stored])
  })
}

for (const [byDefault, billable, calls] of [
  [true, true, ['GET', 'GET']],
  [true, false, ['GET', 'PATCH', 'GET', 'GET']],
  [false, true, ['GET', 'PATCH', 'GET', 'GET']],
  [false, false, ['GET', 'GET']],
] as const) {
  test(`where time is ${byDefault ? '' : 'not '}billable by default, an entry becomes ${billable ? '' : 'not '}billable, and asking twice changes nothing`, async (t) => {
    const { sandbox, syncro, time } = await connectSyncro(t)
    syncro.defaultBillable = byDefault
    const [ticket] = syncro.addTickets({})
    const content = entryOn(ticket?.id, { billable })
    const id = await time.log.send(content, 'msp 7F3K')
    await time.log.complete?.(id, content)
    await time.log.complete?.(id, content)
    assert.deepEqual(
      [sandbox.requests.slice(1).map(({ method }) => method), syncro.timers().map((timer) => timer.billable), syncro.lineItems()],
      [calls, [billable], []],
    )
  })
}

test('time that stays billable against what was asked is an error that says so', async () => {
  const timer = {
    id: 9,
    ticket_id: 1,
    user_id: 2,
    start_time: iso(2),
    end_time: iso(1),
    created_at: iso(0),
    notes: 'msp 7F3K',
    billable: true,
  }
  const answer = { ticket: { ticket_timers: [timer] } }
  const { time } = await integration.connect(scripted(answer, { ticket_timer: timer }, answer), { zone: 'UTC' })
  await assert.rejects(time?.log.complete?.('9', entryOn(1, { billable: false })) ?? Promise.resolve(), {
    code: 'vendor',
    message: 'Time entry 9 on T1001 is billable at SyncroMSP, although msp asked for not billable.',
    hint: 'Change it in SyncroMSP: https://acme.syncromsp.com/tickets/1',
  })
})

test('time that the ticket does not show cannot be called billable or not', async () => {
  const { time } = await integration.connect(scripted({ ticket: { ticket_timers: [] } }), { zone: 'UTC' })
  await assert.rejects(time?.log.complete?.('9', entryOn(1)) ?? Promise.resolve(), {
    code: 'vendor',
    message: 'SyncroMSP does not show time entry 9 on T1001, so msp cannot tell whether it is billable.',
  })
})

test('the record of a time entry says what was logged and which entry it became', async (t) => {
  const { syncro, http, time } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({})
  const id = await time.log.send(entryOn(ticket?.id), 'msp 7F3K')
  assert.deepEqual(http.records, [
    {
      type: 'syncro_time',
      action: 'created',
      externalId: String(ticket?.id),
      reference: 'T1001',
      url: `${syncro.webUrl}/tickets/${ticket?.id}`,
      sent: { minutes: 60, start: hoursAgo(2), end: hoursAgo(1), note: 'Fuser replaced.', billable: true, labor_id: null },
      received: { time_entry_id: id, created_at: '2026-04-01T14:00:00.000Z' },
    },
  ])
})

test('the entries since a time are everybody’s, over all pages, each once', async (t) => {
  const { sandbox, syncro, time } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({})
  const ticket_id = ticket?.id ?? 0
  const added = Array.from({ length: 230 }, (_, index) =>
    syncro.addTimer({ ticket_id, user_id: index, start_time: iso(2), end_time: iso(1), created_at: iso(1), notes: null }),
  )
  syncro.addTimer({ ticket_id, start_time: iso(9), end_time: iso(8), created_at: iso(8) })
  const listed = await Array.fromAsync(time.entriesSince(hoursAgo(3)))
  const first = { id: String(added[0]?.id), ticketId: String(ticket_id), userId: '0', start: hoursAgo(2), end: hoursAgo(1), note: '' }
  assert.deepEqual(
    [listed.find(({ userId }) => userId === '0'), listed.length, sandbox.requests.map(({ query }) => query)],
    [first, 230, ['1', '2', '3'].map((page) => ({ created_at_gt: '2026-03-31', page }))],
  )
})

test('a page of time entries that fails is an error, not a short list', async (t) => {
  const { sandbox, syncro, time } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({})
  for (let count = 0; count < 130; count++) syncro.addTimer({ ticket_id: ticket?.id ?? 0, start_time: iso(2), end_time: iso(1) })
  sandbox.arm({ vendor: 'syncro', on: 'GET ticket_timers', kind: 'status', skip: 1 })
  await assert.rejects(Array.fromAsync(time.entriesSince(hoursAgo(1))), { name: 'HttpFailure' })
})

test('a timer that still runs has no end', async (t) => {
  const { syncro, time } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({})
  syncro.addTimer({ ticket_id: ticket?.id ?? 0, start_time: iso(2), end_time: null as never })
  assert.deepEqual(
    (await Array.fromAsync(time.entriesSince(start))).map(({ end }) => end),
    [null],
  )
})

test('labour is found among the products by the words of its name', async (t) => {
  const { time } = await connectSyncro(t)
  assert.deepEqual(await time.labor('ONSITE'), [{ id: '26302', name: 'Onsite labor' }])
})

test('a product that is switched off or only mentions the words is no kind of labour', async () => {
  const products = [
    { id: 1, name: 'Onsite labor', disabled: false },
    { id: 2, name: 'Onsite labor 2019', disabled: true },
    { id: 3, name: 'Travel', description: 'onsite' },
  ]
  const { time } = await integration.connect(scripted({ products }, { products }), { zone: 'UTC' })
  assert.deepEqual(await time?.labor('onsite'), [{ id: '1', name: 'Onsite labor' }])
})
