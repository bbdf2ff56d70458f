import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Fault, parseFault } from '../../src/sandbox/index.ts'
import { start } from './start.ts'

const comment = { subject: 'Note', body: 'Fuser replaced.', hidden: true, do_not_email: true }

/** Sends one comment into the fault: what came back, and how many comments the ticket has then. */
async function commentWith(t: TestContext, fault: Omit<Fault, 'vendor' | 'on'>) {
  const { sandbox, syncro } = await start(t)
  const [ticket] = sandbox.syncro.addTickets({ id: 7 })
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/comment', ...fault })
  const headers = { authorization: `Bearer ${sandbox.syncro.token}`, 'content-type': 'application/json' }
  const reply = await fetch(`${sandbox.syncro.apiUrl}/tickets/7/comment`, { method: 'POST', headers, body: JSON.stringify(comment) }).then(
    async (answer) => ({
      status: answer.status,
      type: answer.headers.get('content-type'),
      wait: answer.headers.get('retry-after'),
      text: await answer.text(),
    }),
    () => 'cut' as const,
  )
  const logged = sandbox.requests.at(-1)?.status
  return {
    sandbox,
    syncro,
    reply,
    logged,
    comments: sandbox.syncro.comments(ticket?.id ?? 0).length,
    unfired: sandbox.unfiredFaults().length,
  }
}

const html = 'text/html; charset=utf-8'
const pageOf = (title: string) =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>Sandbox</p></body></html>\n`

test('cut-before: nothing is processed and nothing answered', async (t) => {
  const { reply, logged, comments, unfired } = await commentWith(t, { kind: 'cut-before' })
  assert.deepEqual({ reply, logged, comments, unfired }, { reply: 'cut', logged: 0, comments: 0, unfired: 0 })
})

test('cut-after: the comment is there and nobody says so', async (t) => {
  const { reply, logged, comments } = await commentWith(t, { kind: 'cut-after' })
  assert.deepEqual({ reply, logged, comments }, { reply: 'cut', logged: 0, comments: 1 })
})

test('status: an error page, 500 when nothing else is asked, and nothing processed', async (t) => {
  const { reply, logged, comments } = await commentWith(t, { kind: 'status' })
  assert.deepEqual(
    { reply, logged, comments },
    { reply: { status: 500, type: html, wait: null, text: pageOf('Something went wrong') }, logged: 500, comments: 0 },
  )
})

test('status: with the status that was asked for', async (t) => {
  const { logged, comments } = await commentWith(t, { kind: 'status', status: 503 })
  assert.deepEqual({ logged, comments }, { logged: 503, comments: 0 })
})

test('status-after: an error page although the comment is there', async (t) => {
  const { reply, comments } = await commentWith(t, { kind: 'status-after' })
  assert.deepEqual({ reply, comments }, { reply: { status: 502, type: html, wait: null, text: pageOf('Bad gateway') }, comments: 1 })
})

test('html: 200 with a login page, nothing processed', async (t) => {
  const { reply, comments } = await commentWith(t, { kind: 'html' })
  assert.deepEqual({ reply, comments }, { reply: { status: 200, type: html, wait: null, text: pageOf('Sign in') }, comments: 0 })
})

test('half-json: a complete answer with broken JSON, processed', async (t) => {
  const { sandbox, reply, comments } = await commentWith(t, { kind: 'half-json' })
  const whole = JSON.stringify({ comment: sandbox.syncro.comments(7)[0] })
  const text = whole.slice(0, Math.floor(whole.length / 2))
  assert.deepEqual({ reply, comments }, { reply: { status: 200, type: 'application/json; charset=utf-8', wait: null, text }, comments: 1 })
  assert.throws(() => JSON.parse(text))
})

test('empty: 200 and not a word, processed', async (t) => {
  const { reply, comments } = await commentWith(t, { kind: 'empty' })
  assert.deepEqual({ reply, comments }, { reply: { status: 200, type: 'text/plain; charset=utf-8', wait: null, text: '' }, comments: 1 })
})

test('rate-limit: 429 with the Retry-After that was asked for, nothing processed', async (t) => {
  const { reply, comments } = await commentWith(t, { kind: 'rate-limit', retryAfter: '30' })
  assert.deepEqual(
    { reply, comments },
    { reply: { status: 429, type: 'text/plain; charset=utf-8', wait: '30', text: 'Retry later\n' }, comments: 0 },
  )
})

test('rate-limit: without a Retry-After when none was asked for', async (t) => {
  const { reply } = await commentWith(t, { kind: 'rate-limit' })
  assert.deepEqual(reply, { status: 429, type: 'text/plain; charset=utf-8', wait: null, text: 'Retry later\n' })
})

test('unauthorized: as for a bad token, nothing processed', async (t) => {
  const { reply, comments } = await commentWith(t, { kind: 'unauthorized' })
  const text = '{"error":"Not authenticated"}'
  assert.deepEqual({ reply, comments }, { reply: { status: 401, type: 'application/json; charset=utf-8', wait: null, text }, comments: 0 })
})

test('slow: waits, then serves as ever', async (t) => {
  const before = performance.now()
  const { logged, comments } = await commentWith(t, { kind: 'slow', ms: 60 })
  assert.deepEqual({ logged, comments, isLate: performance.now() - before > 55 }, { logged: 200, comments: 1, isLate: true })
})

test('a client that does not wait for a slow answer is processed all the same', async (t) => {
  const { sandbox } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  sandbox.arm({ vendor: 'syncro', on: '*', kind: 'slow', ms: 50 })
  const request = fetch(`${sandbox.syncro.apiUrl}/tickets/7/comment`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.syncro.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(comment),
    signal: AbortSignal.timeout(20),
  })
  await assert.rejects(request, { name: 'TimeoutError' })
  const deadline = performance.now() + 5000
  while (sandbox.syncro.comments(7).length === 0 && performance.now() < deadline) await new Promise(setImmediate)
  assert.equal(sandbox.syncro.comments(7).length, 1)
})

test('closing does not wait for slow answers', async (t) => {
  const { sandbox } = await start(t)
  sandbox.arm({ vendor: 'syncro', on: '*', kind: 'slow', ms: 60_000 })
  const request = assert.rejects(fetch(`${sandbox.syncro.apiUrl}/me`))
  while (sandbox.requests.length === 0) await new Promise(setImmediate)
  await sandbox.close()
  await request
})

test('skip lets requests pass, times says how often, and only the named route is hit', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets', kind: 'status', skip: 1, times: 2 })
  const statuses: number[] = []
  for (const request of ['GET tickets', 'GET tickets/7', 'GET tickets', 'GET tickets', 'GET tickets', 'GET me']) {
    statuses.push((await syncro(request)).status)
  }
  assert.deepEqual(statuses, [200, 200, 500, 500, 200, 200])
})

test('two faults on one route happen one after the other', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.arm({ vendor: 'syncro', on: 'GET me', kind: 'unauthorized' })
  sandbox.arm({ vendor: 'syncro', on: 'GET me', kind: 'status', status: 503 })
  assert.deepEqual([(await syncro('GET me')).status, (await syncro('GET me')).status, (await syncro('GET me')).status], [401, 503, 200])
})

test('a fault may name one ticket, or every request of one vendor', async (t) => {
  const { sandbox, syncro, backups } = await start(t)
  sandbox.syncro.addTickets({ id: 7 }, { id: 8 })
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/8', kind: 'status' })
  assert.deepEqual([(await syncro('GET tickets/7')).status, (await syncro('GET tickets/8')).status], [200, 500])
  sandbox.arm({ vendor: 'syncro', on: '*', kind: 'status', times: 9 })
  assert.deepEqual([(await syncro('GET users')).status, (await backups('GET Companies')).status], [500, 200])
})

test('a fault that never happened is known as such', async (t) => {
  const { sandbox, syncro } = await start(t)
  const fault: Fault = { vendor: 'syncro', on: 'GET users', kind: 'html' }
  sandbox.arm(fault)
  await syncro('GET me')
  assert.deepEqual(sandbox.unfiredFaults(), [fault])
  await syncro('GET users')
  assert.deepEqual(sandbox.unfiredFaults(), [])
})

test('a fault for a route that does not exist cannot be armed', async (t) => {
  const { sandbox } = await start(t)
  assert.throws(() => sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/coment', kind: 'empty' }), {
    code: 'usage',
    message: 'The sandbox\'s syncro has no "POST tickets/:id/coment".',
  })
})

test('MSP Backups fails in its own words', async (t) => {
  const { sandbox, backups } = await start(t)
  sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind: 'unauthorized' })
  sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind: 'rate-limit', retryAfter: '5' })
  assert.deepEqual(
    [await backups('GET Monitoring'), await backups('GET Monitoring')],
    [
      { status: 401, body: { Message: 'Authorization has been denied for this request.' } },
      { status: 429, body: { Message: 'Too many requests.' } },
    ],
  )
})

for (const [text, fault] of [
  ['syncro:POST tickets/:id/comment=cut-after', { vendor: 'syncro', on: 'POST tickets/:id/comment', kind: 'cut-after' }],
  ['syncro:GET tickets=status:2', { vendor: 'syncro', on: 'GET tickets', kind: 'status', times: 2 }],
  ['msp-backups:*=slow', { vendor: 'msp-backups', on: '*', kind: 'slow' }],
] as const) {
  test(`"${text}" is read as a fault`, () => assert.deepEqual(parseFault(text), fault))
}

for (const text of [
  '',
  'syncro',
  'autotask:*=slow',
  'syncro:tickets=slow',
  'syncro:GET tickets',
  'syncro:GET tickets=explode',
  'syncro:*=slow:0',
]) {
  test(`"${text}" is no fault, and the answer lists the kinds`, () => {
    assert.throws(() => parseFault(text), {
      code: 'usage',
      message: `"${text}" is not a fault: write <vendor>:<METHOD path>=<kind>, with syncro or msp-backups as the vendor and slow, cut-before, cut-after, status, status-after, html, half-json, empty, rate-limit, unauthorized as the kind.`,
    })
  })
}
