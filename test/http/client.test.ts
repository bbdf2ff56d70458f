import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { RecordAction } from '../../src/db/tables.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { clientOf, get, post, type Reply, startVendor, token } from './vendor.ts'

const ok: Reply = { body: { tickets: [] } }

for (const [name, failing, times] of [
  ['500', { status: 500 }, 3],
  ['502', { status: 502 }, 3],
  ['503 with Retry-After: 3', { status: 503, headers: { 'retry-after': '3' } }, 3],
  ['429', { status: 429 }, 3],
  ['429 with Retry-After: 5', { status: 429, headers: { 'retry-after': '5' } }, 3],
  // two of them are more than it waits in all
  ['429 with Retry-After: 10', { status: 429, headers: { 'retry-after': '10' } }, 2],
  ['429 with Retry-After: 11', { status: 429, headers: { 'retry-after': '11' } }, 1],
  ['400', { status: 400 }, 1],
  ['401', { status: 401 }, 1],
  ['403', { status: 403 }, 1],
  ['404', { status: 404 }, 1],
  ['409', { status: 409 }, 1],
  ['422', { status: 422 }, 1],
  ['302', { status: 302, headers: { location: '/' } }, 1],
  ['a web page', { body: '<html>' }, 1],
] as const) {
  test(`a read that is answered with ${name} is sent ${times} time${times === 1 ? '' : 's'}, each with a record`, async (t) => {
    const vendor = await startVendor(t, failing)
    const { http, attempts } = clientOf(vendor.url)
    await assert.rejects(http.send(get))
    assert.equal(vendor.received.length, times)
    const recorded = attempts.map(({ attempt, status, durationMs }) => [attempt, status, Number.isInteger(durationMs) && durationMs >= 0])
    assert.deepEqual(
      recorded,
      Array.from({ length: times }, (_, attempt) => [attempt, 'error', true]),
    )
  })
}

test('a read that works at the third time gives its answer; the pauses grow and have a limit', async (t) => {
  const vendor = await startVendor(t, { status: 502 }, { status: 429, headers: { 'retry-after': '2' } }, ok)
  const { http, attempts, waits } = clientOf(vendor.url)
  assert.deepEqual(await http.send(get), { tickets: [] })
  assert.deepEqual(
    attempts.map(({ attempt, status, error }) => [attempt, status, error]),
    [
      [0, 'error', 'SyncroMSP refused: status 502.'],
      [1, 'error', 'SyncroMSP asks for a pause: too many calls.'],
      [2, 'success', null],
    ],
  )
  assert.ok(waits.length === 2 && (waits[0] ?? 999) < 500 && waits[1] === 2000, inspect(waits))
})

test('a read over a line that cuts is tried three times', async (t) => {
  const { port, connections } = await startFaultProxy(t, { kind: 'close', when: 'asked' })
  await assert.rejects(clientOf(`http://127.0.0.1:${port}`).http.send(get), { outcome: 'unknown' })
  assert.equal(connections(), 3)
})

const onlyReads: Record<RecordAction, boolean> = {
  ...{ retrieved: true, searched: true },
  ...{ created: false, updated: false, linked: false, attached: false, deleted: false, triggered: false },
}

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
  for (const reply of [{ status: 429, headers: { 'retry-after': '0' } }, { status: 500 }, { status: 503 }, { body: '' }]) {
    test(`${method} that is answered with ${reply.status ?? 'nothing'} is sent once`, async (t) => {
      const vendor = await startVendor(t, reply)
      const { http, attempts } = clientOf(vendor.url)
      await assert.rejects(http.send({ ...post, method }))
      assert.deepEqual([vendor.received.length, attempts.length], [1, 1])
    })
  }
  test(`${method} over a line that cuts is sent once, with a claim, unless its record says that it only reads`, async (t) => {
    const { port, connections } = await startFaultProxy(t, { kind: 'close', when: 'asked' })
    let claims = 0
    const { http } = clientOf(`http://127.0.0.1:${port}`, { beforeWrite: async () => void claims++ })
    const found = { ...onlyReads }
    for (const action of Object.keys(onlyReads) as RecordAction[]) {
      const [sent, claimed] = [connections(), claims]
      await assert.rejects(http.send({ ...post, method, record: { type: 'syncro_ticket', action } }), { outcome: 'unknown' })
      const [times, asked] = [connections() - sent, claims - claimed]
      assert.ok((times === 1 && asked === 1) || (times === 3 && asked === 0), `${action}: sent ${times} times, claimed ${asked} times`)
      found[action] = times === 3
    }
    assert.deepEqual(found, onlyReads)
  })
}

test('a request carries the token in its header only, and what it asks for', async (t) => {
  const vendor = await startVendor(t)
  await clientOf(`${vendor.url}/api/v1`).http.send({ ...get, query: { query: 'a&b=ä', page: 2, mine: true, status: undefined } })
  const [{ method, url, headers, body } = assert.fail()] = vendor.received
  const { authorization, accept, 'user-agent': agent, cookie } = headers
  assert.deepEqual(
    { method, url, body, authorization, accept, agent, cookie },
    {
      method: 'GET',
      url: '/api/v1/tickets?query=a%26b%3D%C3%A4&page=2&mine=true',
      body: '',
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      agent: 'msp',
      cookie: undefined,
    },
  )
})

for (const path of [
  '',
  '/tickets',
  '../admin',
  'tickets/../../admin',
  'tickets/%2e%2E/admin',
  'tickets/.%2e/x',
  'tickets//1',
  'tickets/./1',
  'a?b=1',
  'a#b',
  'http://evil.com',
  'a\\b',
  'a b',
  'ä',
  'tickets/\n',
]) {
  test(`the path ${JSON.stringify(path)} is refused before anything is sent`, async (t) => {
    const vendor = await startVendor(t)
    const { http, attempts } = clientOf(`${vendor.url}/api/v1`)
    await assert.rejects(http.send({ ...get, path }), { code: 'usage', message: `"${path}" is not a path of SyncroMSP.` })
    assert.deepEqual([vendor.received, attempts], [[], []])
  })
}

test('each call waits for its turn, also one that is repeated', async (t) => {
  const vendor = await startVendor(t, { status: 500 }, ok)
  let turns = 0
  const pace = async () => {
    turns++
    assert.equal(vendor.received.length, turns - 1)
    return 0
  }
  await clientOf(vendor.url, { pace }).http.send(get)
  assert.equal(turns, 2)
})

test('a limit that ran out is recorded as such, with its time', async (t) => {
  const { port } = await startFaultProxy(t, { kind: 'blackhole' })
  const { http, attempts } = clientOf(`http://127.0.0.1:${port}`, { limits: { request: 120, list: 120, interactive: 120 } })
  await assert.rejects(http.send(post), { timeoutMs: 120 })
  const [{ durationMs, status, error } = assert.fail()] = attempts
  assert.deepEqual([status, error], ['timeout', 'Request timeout after 120ms'])
  assert.ok(durationMs >= 119 && durationMs < 1000, `${durationMs} ms`)
})

test('a vendor that says nothing is asked by all calls together only for as long as a person waits, and afresh once it has answered', async (t) => {
  const { port } = await startFaultProxy(t, { kind: 'blackhole' }, (await startVendor(t, ok)).port)
  const { http, attempts } = clientOf(`http://127.0.0.1:${port}`, { limits: { request: 100, list: 100, interactive: 300 } })
  const silent = { message: 'SyncroMSP did not answer within 0.1 s.', outcome: 'unknown' }
  await assert.rejects(http.send(get), silent)
  await assert.rejects(http.send(get), { message: /has not answered for \d+ s, so it was not asked again\.$/, outcome: 'not_sent' })
  await assert.rejects(http.send(post), { outcome: 'not_sent' })
  assert.equal(attempts.length, 2)
})

test('after an answer a silence begins anew', async (t) => {
  const silent = () => {}
  const vendor = await startVendor(t, silent, ok, silent)
  const { http, attempts } = clientOf(vendor.url, { limits: { request: 100, list: 100, interactive: 250 } })
  for (const _ of ['silent', 'answered', 'silent', 'silent']) await http.send(post).catch(() => {})
  assert.deepEqual(
    attempts.map(({ status }) => status),
    ['timeout', 'success', 'timeout', 'timeout'],
  )
})
