import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { HttpFailure } from '../../src/http/failure.ts'
import { pressButton } from '../../src/sandbox/index.ts'
import type { Step } from '../../src/world.ts'
import { agreeOnly, before, connectedAtSandbox, redirectOf, requireHidden, startSignIn } from './sign-in-start.ts'

const client = ['--client-id', 'sandbox-oauth-client']
const done = 'msp has the answer and says in the terminal how it went. You can close this page.\n'

interface Sent {
  method?: string
  headers?: Record<string, string>
}

/** Sends exactly this to msp's receiver: a library would tidy the path. */
async function send(to: URL, path: string, { method = 'GET', headers = {} }: Sent = {}) {
  const sent = request({ host: to.hostname, port: to.port, path, method, headers })
  sent.end()
  const [answer] = await once(sent, 'response')
  return { status: answer.statusCode as number, text: await text(answer), headers: answer.headers as IncomingHttpHeaders }
}

const notOurs = 'This is not the sign-in that msp waits for. It goes on waiting.\n'
const [nothing, onlyHere] = ['There is nothing here.\n', 'This address is for this machine only.\n']
const [onlyRedirect, notBefore] = ['Only a redirect of the browser is expected here.\n', 'Not before the page is opened.\n']
const path = '/callback/syncro'
const right = (state: string) => `${path}?code=stolen&state=${state}`

for (const [what, toPath, sent, status, said] of [
  ['an error without a state', () => `${path}?error=access_denied`, {}, 400, notOurs],
  ['an error with a wrong state', () => `${path}?error=access_denied&state=guessed`, {}, 400, notOurs],
  ['a code with a wrong state', () => `${path}?code=stolen&state=guessed`, {}, 400, notOurs],
  ['a state that is as long as the right one', (state) => `${path}?code=stolen&state=${'a'.repeat(state.length)}`, {}, 400, notOurs],
  ['the right state twice', (state) => `${path}?code=stolen&state=${state}&state=${state}`, {}, 400, notOurs],
  ['a right and a wrong state', (state) => `${path}?code=stolen&state=${state}&state=guessed`, {}, 400, notOurs],
  ['nothing behind the path', () => path, {}, 400, notOurs],
  ['another name for this machine', right, { headers: { host: 'evil.example' } }, 421, onlyHere],
  ['localhost for 127.0.0.1', right, { headers: { host: 'localhost' } }, 421, onlyHere],
  ['the icon of the page', () => '/favicon.ico', {}, 404, nothing],
  ['a path that leads to the right one when it is tidied', (state) => `/x/..${right(state)}`, {}, 404, nothing],
  ['a path with two slashes', (state) => `/${right(state)}`, {}, 404, nothing],
  ['a path with a slash behind it', (state) => `${path}/?code=stolen&state=${state}`, {}, 404, nothing],
  ['another path below the root', (state) => `/callback/zapier?code=stolen&state=${state}`, {}, 404, nothing],
  ['a whole address as a proxy gets it', (state) => `http://127.0.0.1${right(state)}`, {}, 404, nothing],
  ['a HEAD of a link preview', right, { method: 'HEAD' }, 405, ''],
  ['a POST', right, { method: 'POST' }, 405, onlyRedirect],
  ['a question what another site may ask', right, { method: 'OPTIONS' }, 405, onlyRedirect],
  ['a page that is fetched before it is opened', right, { headers: { 'sec-purpose': 'prefetch;prerender' } }, 503, notBefore],
  ['the same in older words', right, { headers: { purpose: 'prefetch' } }, 503, notBefore],
  ['a header of 20 kB', right, { headers: { 'x-long': 'a'.repeat(20_000) } }, 431, ''],
] as [string, (state: string) => string, Sent, number, string][]) {
  test(`${what} does not end the wait for the redirect`, async (t) => {
    const answers: unknown[] = []
    const { signIn } = await startSignIn(t, {
      visit: async (url) => {
        const answer = await send(redirectOf(url), toPath(new URL(url).searchParams.get('state') ?? ''), sent)
        answers.push([answer.status, answer.text])
        return pressButton(url)
      },
    })
    const result = await signIn(...client)
    assert.deepEqual([result, result.page, answers], [connectedAtSandbox, done, [[status, said]]])
  })
}

test('the pages of msp have no word of the vendor in them, and no browser keeps them or their address', async (t) => {
  const headers: IncomingHttpHeaders[] = []
  const { signIn } = await startSignIn(t, {
    visit: async (url) => {
      const { pathname, search } = await agreeOnly(url)
      for (const path of ['/other', `${pathname}${search}`]) headers.push((await send(redirectOf(url), path)).headers)
      return ''
    },
  })
  assert.deepEqual(await signIn(...client), connectedAtSandbox)
  const expected = {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    connection: 'close',
  }
  const kept = headers.map((all) => Object.fromEntries(Object.entries(all).filter(([name]) => name in expected)))
  assert.deepEqual(kept, [expected, expected])
})

const check = 'Check the address of the sign-in: --authorize-url'
const sentBack = (what: string) => [`SyncroMSP sent the browser back ${what}. Nothing was stored.`, check]
const others = 'Check --client-id, --scope and --authorize-url.'

for (const [what, query, exitCode, said] of [
  [
    'a token in the address',
    'access_token=t0ken-of-somebody&token_type=bearer',
    1,
    sentBack('with a token in the address, which msp does not accept'),
  ],
  [
    'a token beside the code',
    'code=c0de-of-somebody&access_token=t0ken-of-somebody',
    1,
    sentBack('with a token in the address, which msp does not accept'),
  ],
  ['neither a code nor an error', 'hello=1', 1, sentBack('without a code')],
  ['an empty code', 'code=', 1, sentBack('without a code')],
  ['two codes', 'code=c0de-of-somebody&code=another-c0de', 1, sentBack('with an answer that does not fit the request')],
  [
    'two issuers',
    'code=c0de-of-somebody&iss=http://127.0.0.1&iss=http://127.0.0.1',
    1,
    sentBack('with an answer that does not fit the request'),
  ],
  [
    'a refusal by the person beside a code',
    'code=c0de-of-somebody&error=access_denied',
    4,
    ['The sign-in was refused at SyncroMSP (access_denied). Nothing was stored.', 'Start it again and agree there.'],
  ],
  [
    'an error of the vendor',
    'error=server_error&error_description=Boom',
    1,
    ['SyncroMSP refused the sign-in: server_error. Nothing was stored.', others],
  ],
  ['an error that is no word', 'error=%1b[31m<script>', 1, ['SyncroMSP refused the sign-in: no known reason. Nothing was stored.', others]],
] as const) {
  test(`a redirect with the right state and ${what} ends the sign-in, and nothing is stored`, async (t) => {
    const started = await startSignIn(t, {
      visit: async (url) => (await send(redirectOf(url), `${path}?${query}&state=${new URL(url).searchParams.get('state')}`)).text,
    })
    const { signIn, sandbox, requireNothing } = started
    const result = await signIn(...client)
    assert.deepEqual([result, result.page], [{ exitCode, stdout: [], stderr: [...before, ...said] }, done])
    // no code of somebody else's goes to the vendor
    assert.deepEqual(sandbox.requests, [])
    await requireHidden(started, [result], ['c0de-of-somebody', 't0ken-of-somebody'])
    requireNothing()
  })
}

test('who presses Deny has signed in to nothing', async (t) => {
  const { signIn, requireNothing } = await startSignIn(t, { visit: (url) => pressButton(url, 'deny') })
  const said = ['The sign-in was refused at SyncroMSP (access_denied). Nothing was stored.', 'Start it again and agree there.']
  assert.deepEqual(await signIn(...client), { exitCode: 4, stdout: [], stderr: [...before, ...said] })
  requireNothing()
})

test('a scope that the vendor does not know is said, with what to do', async (t) => {
  const { signIn, requireNothing } = await startSignIn(t)
  const said = ['SyncroMSP refused the sign-in: invalid_scope. Nothing was stored.', 'Ask for others: --scope "tickets:read"']
  assert.deepEqual(await signIn(...client, '--scope', 'everything'), { exitCode: 1, stdout: [], stderr: [...before, ...said] })
  requireNothing()
})

test('a port that is taken is said before the browser opens, with the command that shows who has it', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as { port: number }
  const { signIn, requireNothing } = await startSignIn(t)
  const result = await signIn(...client, '--redirect-port', String(port))
  const stderr = [
    `Port ${port} of this machine cannot be used (EADDRINUSE).`,
    `See who has it: ss -ltnp 'sport = :${port}' (macOS: lsof -i :${port}). Perhaps another sign-in that still waits.`,
  ]
  assert.deepEqual([result, result.page], [{ exitCode: 1, stdout: [], stderr }, undefined])
  requireNothing()
})

test('a browser that does not open is said, and the sign-in goes on', async (t) => {
  const { signIn } = await startSignIn(t, { isBroken: true })
  const stderr = [
    ...before,
    'The browser could not be opened. Open the address yourself.',
    ...connectedAtSandbox.stderr.slice(before.length),
  ]
  assert.deepEqual(await signIn(...client), { ...connectedAtSandbox, stderr })
})

test('where something stands between the browser and msp, that is said, and the sign-in goes on', async (t) => {
  const step: Step = async (name, effect) => {
    if (name !== 'oauth.try') return effect()
    throw new HttpFailure('network', 'This machine did not answer within 2 s.', { outcome: 'unknown' })
  }
  const { signIn } = await startSignIn(t, { step })
  const warned =
    'A browser may not get through to msp here (This machine did not answer within 2 s.) If it does not, paste the address that it ends on.'
  const result = await signIn(...client)
  assert.deepEqual(
    [result.exitCode, result.stdout, result.stderr.filter((line) => line !== warned), result.stderr.includes(warned)],
    [0, connectedAtSandbox.stdout, connectedAtSandbox.stderr, true],
  )
})

const nobody = ['Nobody signed in within 0 minutes. Nothing was stored.', 'Start it again when the browser is at hand.']

test('when nobody answers, the wait ends', async (t) => {
  const { signIn, requireNothing } = await startSignIn(t, { limits: { signIn: 50 }, visit: async () => '' })
  assert.deepEqual(await signIn(...client), { exitCode: 4, stdout: [], stderr: [...before, ...nobody] })
  requireNothing()
})

for (const [where, env, more] of [
  ['over SSH', { SSH_CONNECTION: '192.0.2.1 5 192.0.2.2 22' }, []],
  ['without a display', { DISPLAY: undefined }, []],
  ['with --no-browser', {}, ['--no-browser']],
] as const) {
  test(`${where} the address is only printed`, { skip: where === 'without a display' && process.platform !== 'linux' }, async (t) => {
    const { signIn, requireNothing } = await startSignIn(t, { limits: { signIn: 50 }, env })
    const result = await signIn(...client, ...more)
    const [notice = '', , ...address] = before
    assert.deepEqual(result, { exitCode: 4, stdout: [], stderr: [notice, 'Open this address in a browser:', ...address, ...nobody] })
    assert.equal(result.page, undefined)
    requireNothing()
  })
}

test('a vault that cannot be opened is said before the browser opens', async (t) => {
  const { signIn, env, home, requireNothing } = await startSignIn(t)
  env.MSP_KEY_FILE = `${home}/another`
  const result = await signIn(...client)
  const stderr = [
    ...before,
    `The key of this machine is gone from ${home}/another.`,
    'Put it back, or let this machine in with the recovery code: msp key recover',
  ]
  assert.deepEqual([result, result.page], [{ exitCode: 4, stdout: [], stderr }, undefined])
  requireNothing()
})

test('another tenant than the one that was meant is refused', async (t) => {
  const { signIn, requireNothing } = await startSignIn(t)
  const stderr = [
    ...before,
    'This is Mike Swanson <mike@example.com> at sandbox, not at acme. Nothing was stored.',
    'Sign out of SyncroMSP in the browser, or name the other one: --subdomain sandbox',
  ]
  assert.deepEqual(await signIn(...client, '--subdomain', 'acme'), { exitCode: 1, stdout: [], stderr })
  requireNothing()
})

test('the tenant that was meant is the one, however it is written', async (t) => {
  const { signIn } = await startSignIn(t)
  assert.deepEqual(await signIn(...client, '--subdomain', 'Sandbox'), connectedAtSandbox)
})

for (const [what, kind, times, exitCode, said] of [
  [
    'refuses the new tokens',
    'unauthorized',
    2,
    4,
    () => ['SyncroMSP refused the key: Not authenticated (status 401).', 'Sign in again: msp integrate syncro --oauth'],
  ],
  [
    'answers with a web page',
    'html',
    1,
    1,
    (host) => [
      'SyncroMSP answered with a web page instead of data.',
      `If it happens again, check that ${host} is the right address: msp integrate list`,
    ],
  ],
  ['is in trouble', 'status', 3, 1, () => ['SyncroMSP refused: status 500.', 'The trouble is at SyncroMSP. Try again in a few minutes.']],
] as [string, 'unauthorized' | 'html' | 'status', number, number, (host: string) => string[]][]) {
  test(`when the vendor ${what} when it is asked whose they are, nothing is stored`, async (t) => {
    const { signIn, sandbox, requireNothing } = await startSignIn(t, { sleep: async () => {} })
    sandbox.arm({ vendor: 'syncro', on: 'GET me', kind, times })
    const stderr = [...before, ...said(new URL(sandbox.syncro.apiUrl).host)]
    assert.deepEqual(await signIn(...client), { exitCode, stdout: [], stderr })
    requireNothing()
  })
}
