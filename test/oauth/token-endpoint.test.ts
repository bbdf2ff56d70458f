import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import type { Attempt } from '../../src/http/client.ts'
import { refreshTokens } from '../../src/oauth/token-endpoint.ts'

const refreshToken = 'the-refresh-token-that-nobody-may-see'
const secret = 'the secret +/%&='
const good = { access_token: 'the-new-access-token', token_type: 'Bearer', expires_in: 3600, refresh_token: 'the-new-refresh-token' }

type Reply = (response: ServerResponse) => void

/** A token endpoint that answers like that, and what came in. */
async function start(
  t: TestContext,
  reply: Reply,
  client: { id: string; secret: string | undefined } = { id: 'the-client', secret: undefined },
) {
  const received: Array<{ method: string; type: string; body: Record<string, string> }> = []
  const server = createServer(async (request, response) => {
    const body = Object.fromEntries(new URLSearchParams(await text(request)))
    received.push({ method: request.method ?? '', type: request.headers['content-type'] ?? '', body })
    reply(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const attempts: Attempt[] = []
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth/token`
  const record = async (attempt: Attempt) => void attempts.push(attempt)
  const endpoint = {
    label: 'SyncroMSP',
    url,
    client,
    recordType: 'syncro_account',
    record,
    step: <T>(_: string, effect: () => Promise<T>) => effect(),
  }
  return { received, attempts, refresh: () => refreshTokens(endpoint, refreshToken, 1000, 0) }
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

test('a refresh token goes out in a form, and new tokens come back', async (t) => {
  const { received, attempts, refresh } = await start(t, json({ ...good, scope: 'tickets:read tickets:write' }))
  const { tokens, record } = await refresh()
  assert.deepEqual(tokens, {
    accessToken: 'the-new-access-token',
    refreshToken: 'the-new-refresh-token',
    expiresIn: 3600,
    scopes: ['tickets:read', 'tickets:write'],
  })
  assert.deepEqual(received, [
    {
      method: 'POST',
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      body: { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'the-client' },
    },
  ])
  assert.equal(attempts.length, 0)
  await record()
  const [attempt, ...others] = attempts
  const { sent, received: kept } = attempt?.request.record ?? {}
  assert.deepEqual(
    [others, attempt?.status, attempt?.error, sent, kept?.(attempt?.answer)],
    [
      [],
      'success',
      null,
      { grantType: 'refresh_token', clientId: 'the-client' },
      { expiresIn: 3600, scopes: ['tickets:read', 'tickets:write'], hasRefreshToken: true },
    ],
  )
})

test("the client's secret goes into the form as it is", async (t) => {
  const { received, refresh } = await start(t, json(good), { id: 'the-client', secret })
  await refresh()
  assert.deepEqual(received[0]?.body, {
    ...{ grant_type: 'refresh_token', refresh_token: refreshToken },
    ...{ client_id: 'the-client', client_secret: secret },
  })
})

for (const [what, reply, changed] of [
  ['a lower-case bearer', json({ ...good, token_type: 'bearer' }), {}],
  ['seconds as text', json({ ...good, expires_in: '3600' }), {}],
  ['no seconds', json({ ...good, expires_in: undefined }), { expiresIn: undefined }],
  ['no refresh token', json({ ...good, refresh_token: undefined }), { refreshToken: undefined }],
  ['scopes with commas', json({ ...good, scope: 'a,b' }), { scopes: ['a', 'b'] }],
  ['another content type', json(good, 200, { 'content-type': 'text/plain' }), {}],
  ['a byte order mark', json(`\ufeff${JSON.stringify(good)}`), {}],
  ['fields that nobody knows', json({ ...good, created_at: 1, company: { id: 1 } }), {}],
] as const) {
  test(`an answer with ${what} is good`, async (t) => {
    const { refresh } = await start(t, reply)
    const whole = { accessToken: good.access_token, refreshToken: good.refresh_token, expiresIn: 3600, scopes: undefined }
    assert.deepEqual((await refresh()).tokens, { ...whole, ...changed })
  })
}

const unusable = (why: string) => `SyncroMSP gave no tokens that msp can use: ${why}.`
for (const [what, reply, message, outcome] of [
  ['a web page', json('<!DOCTYPE html><title>Sign in</title>'), unusable('it answered with a web page'), 'unknown'],
  ['nothing', json(''), unusable('it answered with nothing'), 'unknown'],
  ['half a JSON', json(JSON.stringify(good).slice(0, 40)), unusable('it answered with broken JSON'), 'unknown'],
  ['a list', json([good]), unusable('its answer is not what the standard says'), 'unknown'],
  ['null', json('null'), unusable('its answer is not what the standard says'), 'unknown'],
  ['no access token', json({ ...good, access_token: undefined }), unusable('its "access_token" is not what the standard says'), 'unknown'],
  ['a number for a token', json({ ...good, access_token: 5 }), unusable('its "access_token" is not what the standard says'), 'unknown'],
  ['an empty access token', json({ ...good, access_token: '' }), unusable('its "access_token" is not what the standard says'), 'unknown'],
  ['a token with a line break', json({ ...good, access_token: 'a\r\nx-evil: 1' }), unusable('no token looks like that'), 'unknown'],
  ['a token of 20 kB', json({ ...good, access_token: 'a'.repeat(20_000) }), unusable('no token looks like that'), 'unknown'],
  ['a refresh token with a blank', json({ ...good, refresh_token: 'a b' }), unusable('no token looks like that'), 'unknown'],
  [
    'an empty refresh token',
    json({ ...good, refresh_token: '' }),
    unusable('its "refresh_token" is not what the standard says'),
    'unknown',
  ],
  ['no kind of token', json({ ...good, token_type: undefined }), unusable('its "token_type" is not what the standard says'), 'unknown'],
  ['another kind of token', json({ ...good, token_type: 'mac' }), unusable('its "token_type" is not what the standard says'), 'unknown'],
  [
    'seconds that are no number',
    json({ ...good, expires_in: 'soon' }),
    unusable('its "expires_in" is not what the standard says'),
    'unknown',
  ],
  ['seconds below zero', json({ ...good, expires_in: -1 }), unusable('its "expires_in" is not what the standard says'), 'unknown'],
  ['scopes as a list', json({ ...good, scope: ['a'] }), unusable('its "scope" is not what the standard says'), 'unknown'],
  [
    'a redirect',
    json('', 307, { location: 'https://evil.example/' }),
    unusable('it answered with a redirect, which msp does not follow'),
    'unknown',
  ],
  ['201', json(good, 201), unusable('its answer is not what the standard says'), 'unknown'],
  ['an error page', json('<h1>Bad gateway</h1>', 502), 'SyncroMSP gave no tokens: status 502.', 'unknown'],
  ['too many requests', json('Retry later', 429, { 'retry-after': '7' }), 'SyncroMSP gave no tokens: status 429.', 'not_sent'],
  ['forbidden', json('no', 403), 'SyncroMSP gave no tokens: status 403.', 'refused'],
  [
    'a grant that has ended',
    json({ error: 'invalid_grant', error_description: 'Long ago.\n' }, 400),
    'SyncroMSP gave no tokens: invalid_grant (Long ago).',
    'refused',
  ],
  [
    'a client that it does not know',
    json({ error: 'invalid_client' }, 401, { 'www-authenticate': 'Basic realm="x"' }),
    'SyncroMSP does not know the OAuth client, or refuses its secret: invalid_client.',
    'refused',
  ],
  [
    'an error that would be a line of its own',
    json({ error: 'inv\u001b[31m\nSyncroMSP connected' }, 400),
    'SyncroMSP gave no tokens: no known reason.',
    'refused',
  ],
  [
    'an error that repeats what was sent',
    json({ error: 'invalid_request', error_description: `${refreshToken} ${secret}` }, 400),
    'SyncroMSP gave no tokens: invalid_request ([hidden] [hidden]).',
    'refused',
  ],
] as const) {
  test(`an answer with ${what} is a sentence, ${outcome}, and a record`, async (t) => {
    const { attempts, refresh } = await start(t, reply, { id: 'the-client', secret })
    const error = await refresh().catch((thrown) => thrown)
    assert.deepEqual([error.message, error.outcome], [message, outcome])
    assert.deepEqual(
      attempts.map(({ status, error: why, answer }) => [status, why, answer]),
      [['error', message, undefined]],
    )
    const printed = `${inspect(error, { depth: 9 })}${error.stack}${JSON.stringify(error)}`
    for (const hidden of [refreshToken, secret, good.access_token, good.refresh_token]) assert.ok(!printed.includes(hidden), hidden)
  })
}

test('5 MB are not read', async (t) => {
  const { refresh } = await start(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (let megabyte = 0; megabyte < 5; megabyte++) response.write(' '.repeat(1024 ** 2))
    response.end(JSON.stringify(good))
  })
  await assert.rejects(refresh(), { message: 'SyncroMSP answered with more than 256 KB; msp stopped reading.', outcome: 'unknown' })
})

test('a line that is cut is an unknown outcome', async (t) => {
  const { refresh } = await start(t, (response) => response.destroy())
  await assert.rejects(refresh(), { code: 'network', outcome: 'unknown' })
})

test('an endpoint that does not answer is left after the limit', async (t) => {
  const { refresh, attempts } = await start(t, () => {})
  await assert.rejects(refresh(), { code: 'network', outcome: 'unknown', timeoutMs: 1000 })
  assert.deepEqual(
    attempts.map(({ status, error }) => [status, error]),
    [['timeout', 'Request timeout after 1000ms']],
  )
})
