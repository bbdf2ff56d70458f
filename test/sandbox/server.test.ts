import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { send, start, stoppedClock } from './start.ts'

test('every request is remembered in order, with what it asked, sent and got', async (t) => {
  const clock = stoppedClock()
  const { sandbox, syncro } = await start(t, { now: clock.now })
  sandbox.syncro.addTickets({ id: 7 })
  await syncro('GET tickets?status=New&page=1')
  clock.pass(1000)
  await syncro('POST tickets/7/comment', { subject: 'Note' })
  assert.deepEqual(sandbox.requests, [
    {
      vendor: 'syncro',
      method: 'GET',
      path: 'tickets',
      query: { status: 'New', page: '1' },
      body: undefined,
      status: 200,
      at: new Date('2026-04-01T14:00:00Z'),
    },
    {
      vendor: 'syncro',
      method: 'POST',
      path: 'tickets/7/comment',
      query: {},
      body: { subject: 'Note' },
      status: 422,
      at: new Date('2026-04-01T14:00:01Z'),
    },
  ])
})

test('a route that the vendor does not have is 404 and known as unknown', async (t) => {
  const { sandbox, syncro, backups } = await start(t)
  assert.deepEqual(
    [
      await syncro('DELETE tickets/7'),
      await backups('DELETE Users/1'),
      await send(sandbox.syncro.webUrl, 'GET tickets/7', undefined, { authorization: `Bearer ${sandbox.syncro.token}` }),
    ],
    [
      { status: 404, body: { message: 'Not found' } },
      { status: 404, body: { Message: "No HTTP resource was found that matches the request URI 'Users/1'." } },
      { status: 404, body: { message: 'Not found' } },
    ],
  )
  assert.deepEqual(sandbox.unknownRequests(), ['syncro DELETE tickets/7', 'msp-backups DELETE Users/1', 'syncro GET /tickets/7'])
})

test('a parameter, a field or a type that the vendor does not know is known as unknown, and has no effect', async (t) => {
  const { sandbox, syncro, backups } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  const statuses = [
    await syncro('GET tickets?per_page=5'),
    await syncro('GET tickets?customer_id=Dataforth'),
    await syncro('GET tickets?since_updated_at=yesterday'),
    await syncro('GET tickets?since_updated_at=2026-04-01T10:00:00'),
    await syncro('POST tickets/7/comment', { subject: 'Note', body: 'Text', hidden: 'true', do_not_email: true, visibility: 'public' }),
    await syncro('POST tickets/7/timer_entry', { start_at: '2026-04-01T10:00:00', duration_minutes: 2.5 }),
    await backups('GET Monitoring?companyId=1'),
  ].map(({ status }) => status)
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 200])
  assert.deepEqual(sandbox.unknownRequests(), [
    'syncro GET tickets?per_page',
    'syncro GET tickets?customer_id=Dataforth',
    'syncro GET tickets?since_updated_at=yesterday',
    'syncro GET tickets?since_updated_at=2026-04-01T10:00:00',
    'syncro POST tickets/:id/comment {hidden: no boolean}',
    'syncro POST tickets/:id/comment {visibility}',
    'syncro POST tickets/:id/timer_entry {start_at: no date-time}',
    'syncro POST tickets/:id/timer_entry {duration_minutes: no integer}',
    'msp-backups GET Monitoring?companyId',
  ])
})

test('a body where none belongs is known as unknown', async (t) => {
  const { sandbox, syncro } = await start(t)
  const timer = sandbox.syncro.addTimer({
    ticket_id: sandbox.syncro.addTickets({})[0]?.id ?? 0,
    start_time: '2026-04-01T10:00:00Z',
    end_time: '2026-04-01T11:00:00Z',
  })
  await syncro(`PATCH ticket_timers/${timer.id}?billable=false`, { billable: false })
  assert.deepEqual(sandbox.unknownRequests(), ['syncro PATCH ticket_timers/:id {body}'])
})

test('a write that is not JSON gets 400 with an HTML page', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  const page = '<!DOCTYPE html>\n<html><head><title>Bad Request</title></head><body><h1>Bad Request</h1><p>Sandbox</p></body></html>\n'
  assert.deepEqual(
    [
      await syncro('POST tickets/7/comment', 'subject=Note&body=Text', { 'content-type': 'application/x-www-form-urlencoded' }),
      await syncro('POST tickets/7/comment', '{"subject":', { 'content-type': 'application/json' }),
      await syncro('PUT tickets/7/update_timer_entry', '[]', { 'content-type': 'application/json; charset=utf-8' }),
    ],
    [
      { status: 400, body: page },
      { status: 400, body: page },
      { status: 400, body: page },
    ],
  )
})

test('a body beyond the limit is 413 and not processed', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  const { status } = await syncro('POST tickets/7/comment', { subject: 'Note', body: 'x'.repeat(1_000_001) })
  assert.deepEqual([status, sandbox.syncro.comments(7)], [413, []])
})

test('beyond the limit of the sliding window the answer is 429, until requests leave the window', async (t) => {
  const clock = stoppedClock()
  const { syncro } = await start(t, { now: clock.now, rateLimit: { limit: 2, windowMs: 60_000 } })
  const statuses: number[] = []
  for (const ms of [0, 30_000, 0, 30_000, 0]) {
    clock.pass(ms)
    statuses.push((await syncro('GET me')).status)
  }
  assert.deepEqual(statuses, [200, 200, 429, 200, 429])
})

test('180 requests a minute are let in, and the limit can be switched off', async (t) => {
  const { now } = stoppedClock()
  const limited = await start(t, { now })
  const free = await start(t, { now, rateLimit: 'off' })
  const statuses = async ({ syncro }: typeof limited) => {
    const replies = await Promise.all(Array.from({ length: 181 }, () => syncro('GET users')))
    return Object.fromEntries(
      Map.groupBy(replies, ({ status }) => status)
        .entries()
        .map(([status, group]) => [status, group.length]),
    )
  }
  assert.deepEqual([await statuses(limited), await statuses(free)], [{ 200: 180, 429: 1 }, { 200: 181 }])
})

test('answers take as long as they are told to', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.answerMs = 40
  const before = performance.now()
  await syncro('GET me')
  assert.ok(performance.now() - before > 35)
})

test('a port may be chosen, and MSP Backups gets the next one', async (t) => {
  const sandbox = await onFreePair(40)
  t.after(() => sandbox.close())
  const port = Number(new URL(sandbox.syncro.webUrl).port)
  assert.equal(sandbox.mspBackups.apiUrl, `http://127.0.0.1:${port + 1}`)
})

/** Two free ports in a row can only be found by trying. */
async function onFreePair(tries: number): Promise<Sandbox> {
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  return startSandbox({ port }).catch((error) => {
    if (tries === 0) throw error
    return onFreePair(tries - 1)
  })
}

test('a port that is taken is a clear error', async (t) => {
  const { sandbox } = await start(t)
  const port = Number(new URL(sandbox.syncro.webUrl).port)
  await assert.rejects(startSandbox({ port }), { code: 'config', message: `The sandbox cannot listen on port ${port} of 127.0.0.1.` })
})
