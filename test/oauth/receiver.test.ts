import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { openReceiver } from '../../src/oauth/receiver.ts'

const state = 'the-state-of-this-sign-in'
const path = '/callback/syncro'

async function start(t: TestContext, port = 0) {
  const receiver = await openReceiver({ path, state, port })
  t.after(() => receiver.close())
  const { port: used } = new URL(receiver.redirectUri)
  /** Sends these lines as they are, and gives status, headers and text of the answer. */
  const send = async (line: string, headers: string[] = [`host: 127.0.0.1:${used}`]) => {
    const socket = connect(Number(used), '127.0.0.1')
    socket.write([line, ...headers, '', ''].join('\r\n'))
    const answer = await text(socket).catch(() => '')
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const [status = '', ...fields] = head.split('\r\n')
    return { status: Number(status.split(' ')[1]), fields, body }
  }
  let isOver = false
  const answer = receiver.answer.then((params) => {
    isOver = true
    return Object.fromEntries(params)
  })
  return { receiver, port: Number(used), send, answer, isOver: () => isOver }
}

const right = `GET ${path}?code=c&state=${state} HTTP/1.1`
const isClosed = async (port: number) => {
  const socket = connect(port, '127.0.0.1')
  const event = await once(socket, 'connect').then(
    () => 'open',
    () => 'closed',
  )
  socket.destroy()
  return event === 'closed'
}

for (const [what, line, status, headers] of [
  ['a state of another sign-in', `GET ${path}?code=c&state=another-state-of-same-len HTTP/1.1`, 400],
  ['a state that only begins like it', `GET ${path}?code=c&state=${state}x HTTP/1.1`, 400],
  ['no state', `GET ${path}?code=c HTTP/1.1`, 400],
  ['an error with a wrong state', `GET ${path}?error=access_denied&state=x HTTP/1.1`, 400],
  ['an error without a state', `GET ${path}?error=access_denied HTTP/1.1`, 400],
  ['a state that comes twice', `GET ${path}?code=c&state=${state}&state=${state} HTTP/1.1`, 400],
  ['nothing', `GET ${path} HTTP/1.1`, 400],
  ['a favicon', 'GET /favicon.ico HTTP/1.1', 404],
  ['the root', 'GET / HTTP/1.1', 404],
  ['a path that a parser would make the right one', `GET /x/..${path}?code=c&state=${state} HTTP/1.1`, 404],
  ['a path in another spelling', `GET /callback/%73yncro?code=c&state=${state} HTTP/1.1`, 404],
  ['a whole address', `GET http://127.0.0.1${path}?code=c&state=${state} HTTP/1.1`, 404],
  ['HEAD', right.replace('GET', 'HEAD'), 405],
  ['POST', right.replace('GET', 'POST'), 405],
  ['OPTIONS', right.replace('GET', 'OPTIONS'), 405],
  ['another host, as a page elsewhere would have it', right, 421, ['host: evil.example:80']],
  ['localhost, which is another name', right, 421, ['host: localhost:80']],
  ['the host without its port', right, 421, ['host: 127.0.0.1']],
  ['no host', right.replace('1.1', '1.0'), 421, ['connection: close']],
  ['a header of 20 kB', right, 431, ['host: x', `cookie: ${'c'.repeat(20_000)}`]],
] as const) {
  test(`${what} is turned away with ${status}, and the wait goes on`, async (t) => {
    const { send, answer, isOver } = await start(t)
    const turned = await send(line, headers && [...headers])
    assert.deepEqual([turned.status, isOver()], [status, false])
    assert.equal((await send(right)).status, 200)
    assert.deepEqual(await answer, { code: 'c', state })
  })
}

for (const header of ['sec-purpose: prefetch', 'sec-purpose: prefetch;prerender', 'purpose: prefetch']) {
  test(`a page that is only fetched ahead (${header}) does not use the answer up`, async (t) => {
    const { send, answer, port } = await start(t)
    assert.equal((await send(right, [`host: 127.0.0.1:${port}`, header])).status, 503)
    assert.equal((await send(right)).status, 200)
    assert.deepEqual(await answer, { code: 'c', state })
  })
}

test('the page is fixed text that nothing can be made of, and nothing of the vendor is in it', async (t) => {
  const { send } = await start(t)
  const { status, fields, body } = await send(`GET ${path}?code=%3Cscript%3E&error_description=hello&state=${state} HTTP/1.1`)
  const kept = fields.filter((field) => !/^(date|content-length|transfer-encoding|keep-alive)/i.test(field))
  assert.deepEqual(
    [status, kept],
    [
      200,
      [
        'content-type: text/plain; charset=utf-8',
        'cache-control: no-store',
        'referrer-policy: no-referrer',
        "content-security-policy: default-src 'none'",
        'x-content-type-options: nosniff',
        'connection: close',
      ],
    ],
  )
  assert.match(body, /msp has the answer and says in the terminal how it went\. You can close this page\./)
})

test('the first right answer wins, and whoever comes later finds a closed port', async (t) => {
  const { send, answer, port } = await start(t)
  await send(right)
  assert.deepEqual(await answer, { code: 'c', state })
  assert.equal(await isClosed(port), true)
})

test('an error with the right state is an answer', async (t) => {
  const { send, answer } = await start(t)
  await send(`GET ${path}?error=access_denied&state=${state} HTTP/1.1`)
  assert.deepEqual(await answer, { error: 'access_denied', state })
})

test('closed, the port is free, a client that hangs on it or not', async (t) => {
  const { receiver, port } = await start(t)
  const slow = connect(port, '127.0.0.1')
  await once(slow, 'connect')
  slow.write('GET ')
  await receiver.close()
  assert.equal(await isClosed(port), true)
  await once(slow.on('error', () => {}).resume(), 'close')
})

test('only this machine can reach it', async (t) => {
  const { receiver } = await start(t)
  assert.match(receiver.redirectUri, /^http:\/\/127\.0\.0\.1:\d+\/callback\/syncro$/)
})

test('a port that another program has is said, with how to see which', async (t) => {
  const { port } = await start(t)
  await assert.rejects(openReceiver({ path, state, port }), {
    code: 'config',
    message: `Port ${port} of this machine cannot be used (EADDRINUSE).`,
    hint: `See who has it: ss -ltnp 'sport = :${port}' (macOS: lsof -i :${port}). Perhaps another sign-in that still waits.`,
  })
})
