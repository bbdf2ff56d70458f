import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { listed } from '../commands/integrate-start.ts'
import { serveOnLoopback } from '../support/loopback.ts'
import { before, connectedAtSandbox, connectedWith, requireHidden, startSignIn } from './sign-in-start.ts'

const client = ['--client-id', 'sandbox-oauth-client']
const scopes = ['tickets:read', 'tickets:write', 'time_entries:write']
const access = 'acce55-t0ken-of-the-test'
const refresh = 'refre5h-t0ken-of-the-test'
const good = { access_token: access, token_type: 'Bearer', expires_in: 3600, refresh_token: refresh, scope: scopes.join(' ') }

interface Given {
  status?: number
  headers?: Record<string, string>
  body: string
}

/** msp beside the pretend Syncro and a token endpoint of its own that answers with this, whatever comes; `forms` are what came. */
async function start(t: TestContext, answer: (form: URLSearchParams) => Given) {
  const forms: URLSearchParams[] = []
  const url = await serveOnLoopback(t, () => async (request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await text(request))
    forms.push(form)
    const { status = 200, headers = { 'content-type': 'application/json' }, body } = answer(form)
    response.writeHead(status, headers).end(body)
  })
  const started = await startSignIn(t, { limits: { request: 5000 } })
  started.sandbox.syncro.addToken(access)
  const tokenUrl = ['--token-url', `${url}/token`]
  return {
    ...{ ...started, forms },
    signIn: (...more: string[]) => started.signIn(...client, ...tokenUrl, ...more),
    signInWithSecret: (secret: string) => started.signInWithSecret(secret, ...client, ...tokenUrl),
  }
}

const json = (value: object): Given => ({ body: JSON.stringify(value) })
const { scope: _scope, ...withoutScope } = good
const { expires_in: _seconds, ...withoutEnd } = good
const { refresh_token: _refresh, ...withoutRefresh } = good
const { token_type: _type, ...withoutType } = good
const { access_token: _access, ...withoutAccess } = good

for (const [what, given] of [
  ['another spelling of Bearer', json({ ...good, token_type: 'bEARER' })],
  ['seconds in quotes', json({ ...good, expires_in: '3600' })],
  ['no scopes, which are those that were asked for', json(withoutScope)],
  ['no refresh token', json(withoutRefresh)],
  ['fields that nobody asked for', json({ ...good, created_at: 1, user: { id: 1 } })],
  ['a byte order mark', { body: `\ufeff${JSON.stringify(good)}` }],
  ['the name of another kind of content', { headers: { 'content-type': 'text/html' }, body: JSON.stringify(good) }],
] as [string, Given][]) {
  test(`tokens that come with ${what} are taken`, async (t) => {
    const { signIn, msp } = await start(t, () => given)
    assert.deepEqual(await signIn(), connectedWith(scopes))
    const [{ expiresAt, lastTestedAt, state }] = await listed(msp)
    assert.deepEqual([Math.ceil((Date.parse(expiresAt) - Date.parse(lastTestedAt)) / 60_000), state], [60, 'ok'])
  })
}

test('a token that ends beyond all dates is taken, for ten years', async (t) => {
  const { signIn, msp } = await start(t, () => json({ ...good, expires_in: 1e300 }))
  assert.deepEqual(await signIn(), connectedWith(scopes))
  const [{ expiresAt, lastTestedAt }] = await listed(msp)
  assert.equal(Math.ceil((Date.parse(expiresAt) - Date.parse(lastTestedAt)) / 86_400_000), 3650)
})

test('a token of which nobody says when it ends is taken', async (t) => {
  const { signIn, msp } = await start(t, () => json(withoutEnd))
  assert.deepEqual(await signIn(), connectedWith(scopes))
  const [{ expiresAt }] = await listed(msp)
  assert.equal(expiresAt, null)
})

const unusable = (why: string): string[] => [
  `SyncroMSP gave no tokens that msp can use: ${why}.`,
  'If it happens again, check the token address: --token-url',
]
const notStandard = (field: string) => unusable(`its "${field}" is not what the standard says`)
const later = 'Try again later, or check the token address: --token-url'
const stopped = [
  'SyncroMSP answered with more than 256 KB; msp stopped reading.',
  'No answer that msp knows is so long. Check the address: msp integrate list',
]

for (const [what, given, said] of [
  ['a web page', { body: '<!DOCTYPE html><p>Sign in</p>' }, unusable('it answered with a web page')],
  ['nothing', { body: '' }, unusable('it answered with nothing')],
  ['nothing and status 204', { status: 204, body: '' }, unusable('it answered with nothing')],
  ['half a JSON', { body: JSON.stringify(good).slice(0, 60) }, unusable('it answered with broken JSON')],
  ['a list', { body: '[]' }, unusable('its answer is not what the standard says')],
  ['null', { body: 'null' }, unusable('its answer is not what the standard says')],
  ['5 MB', { body: JSON.stringify({ ...good, more: 'a'.repeat(5_000_000) }) }, stopped],
  [
    'a redirect',
    { status: 302, headers: { location: 'http://127.0.0.1:1/token' }, body: '' },
    unusable('it answered with a redirect, which msp does not follow'),
  ],
  [
    'a redirect that would send the form again',
    { status: 307, headers: { location: 'http://127.0.0.1:1/token' }, body: '' },
    unusable('it answered with a redirect, which msp does not follow'),
  ],
  ['tokens and status 201', { status: 201, body: JSON.stringify(good) }, unusable('its answer is not what the standard says')],
  ['tokens below another field', json({ data: good }), notStandard('access_token')],
  ['an error and status 200', json({ error: 'invalid_grant' }), notStandard('access_token')],
  ['no access token', json(withoutAccess), notStandard('access_token')],
  ['an access token that is a number', json({ ...good, access_token: 1 }), notStandard('access_token')],
  ['an empty access token', json({ ...good, access_token: '' }), notStandard('access_token')],
  ['an access token with blanks', json({ ...good, access_token: 'two words' }), unusable('no token looks like that')],
  ['an access token with a header in it', json({ ...good, access_token: 'a\r\nx-evil: 1' }), unusable('no token looks like that')],
  ['an access token of 20 kB', json({ ...good, access_token: 'a'.repeat(20_000) }), unusable('no token looks like that')],
  ['an empty refresh token', json({ ...good, refresh_token: '' }), notStandard('refresh_token')],
  ['a refresh token that is null', json({ ...good, refresh_token: null }), notStandard('refresh_token')],
  ['a refresh token with a line break', json({ ...good, refresh_token: 'a\nb' }), unusable('no token looks like that')],
  ['no type', json(withoutType), notStandard('token_type')],
  ['the type of another kind of token', json({ ...good, token_type: 'mac' }), notStandard('token_type')],
  ['tokens that are bound to a key', json({ ...good, token_type: 'DPoP' }), unusable('its "token_type" is another than Bearer')],
  ['an end that is a word', json({ ...good, expires_in: 'abc' }), notStandard('expires_in')],
  ['an end that is null', json({ ...good, expires_in: null }), notStandard('expires_in')],
  ['an end before the beginning', json({ ...good, expires_in: -1 }), notStandard('expires_in')],
  ['scopes as a list', json({ ...good, scope: scopes }), notStandard('scope')],
  ['scopes that are null', json({ ...good, scope: null }), notStandard('scope')],
  ['an identity token that is none', json({ ...good, id_token: 'x' }), unusable('its answer is not what the standard says')],
  ['status 429', { status: 429, headers: { 'retry-after': '1' }, body: 'Retry later' }, ['SyncroMSP gave no tokens: status 429.', later]],
  ['status 500', { status: 500, body: '<p>Oops</p>' }, ['SyncroMSP gave no tokens: status 500.', later]],
  ['status 404', { status: 404, body: '<p>Not found</p>' }, ['SyncroMSP gave no tokens: status 404.', later]],
  [
    'a refusal in the words of the standard',
    { status: 400, body: '{"error":"invalid_request","error_description":"The redirect\\naddress \\u001b[31mis another one."}' },
    ['SyncroMSP gave no tokens: invalid_request (The redirect address ^[[31mis another one).', 'Sign in again.'],
  ],
  [
    'the refusal of the client',
    { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' }, body: '{"error":"invalid_client"}' },
    [
      'SyncroMSP does not know the OAuth client, or refuses its secret: invalid_client.',
      'Check --client-id and the client secret, then sign in again.',
    ],
  ],
] as [string, Given, string[]][]) {
  test(`when the token endpoint answers with ${what}, that is said once and nothing is stored`, async (t) => {
    const { signIn, forms, requireNothing } = await start(t, () => given)
    assert.deepEqual(await signIn(), { exitCode: 1, stdout: [], stderr: [...before, ...said] })
    // a code is good once: sent twice, a vendor takes back what the first one gave
    assert.equal(forms.length, 1)
    requireNothing()
  })
}

test('the refusal of a code asks for another sign-in', async (t) => {
  const { signIn, requireNothing } = await start(t, () => ({ status: 400, body: '{"error":"invalid_grant"}' }))
  const stderr = [...before, 'SyncroMSP gave no tokens: invalid_grant.', 'Sign in again.']
  assert.deepEqual(await signIn(), { exitCode: 4, stdout: [], stderr })
  requireNothing()
})

const cut = ['SyncroMSP cut the line (ECONNRESET).', 'Check your network, then try again.']

for (const [kind, said] of [
  ['cut-before', cut],
  ['cut-after', cut],
  ['half-json', unusable('it answered with broken JSON')],
  ['html', unusable('it answered with a web page')],
  ['status-after', ['SyncroMSP gave no tokens: status 502.', later]],
  ['rate-limit', ['SyncroMSP gave no tokens: status 429.', later]],
] as const) {
  test(`a token endpoint that fails (${kind}) leaves nothing behind, and the next sign-in works`, async (t) => {
    const { signIn, sandbox, requireNothing } = await startSignIn(t)
    sandbox.arm({ vendor: 'syncro', on: 'POST /oauth/token', kind })
    assert.deepEqual(await signIn(...client), { exitCode: 1, stdout: [], stderr: [...before, ...said] })
    requireNothing()
    assert.deepEqual(await signIn(...client), connectedAtSandbox)
  })
}

test('a token endpoint that says nothing is waited for as long as for any other answer', async (t) => {
  const { signIn, msp, sandbox, requireNothing } = await startSignIn(t, { limits: { request: 200 } })
  sandbox.arm({ vendor: 'syncro', on: 'POST /oauth/token', kind: 'slow', ms: 60_000 })
  const silent = ['SyncroMSP did not answer within 0.2 s.', 'Try again later, or see what is on its way: msp outbox list']
  assert.deepEqual(await signIn(...client), { exitCode: 1, stdout: [], stderr: [...before, ...silent] })
  const [{ responseStatus, errorMessage, responseData, requestData }] = (await msp('record', 'list', '--json')).json()
  assert.deepEqual([responseStatus, errorMessage, responseData], ['timeout', 'Request timeout after 200ms', null])
  assert.deepEqual(requestData, { grantType: 'authorization_code', scope: scopes.join(' '), clientId: 'sandbox-oauth-client' })
  requireNothing()
})

test('a vendor that repeats the secrets in its refusal does not get them into any output, file or record', async (t) => {
  const secret = 'c1ient secret +/%&'
  const repeat = ({ code = '', code_verifier = '', client_secret = '' }: Record<string, string>) =>
    json({ error: 'invalid_request', error_description: `${code} ${code_verifier} ${client_secret}` })
  const started = await start(t, (form) => ({ status: 400, ...repeat(Object.fromEntries(form)) }))
  const result = await started.signInWithSecret(secret)
  const stderr = [...before, 'SyncroMSP gave no tokens: invalid_request ([hidden] [hidden] [hidden]).', 'Sign in again.']
  assert.deepEqual(result, { exitCode: 1, stdout: [], stderr })
  const [form] = started.forms
  const sent = ['code', 'code_verifier', 'client_secret'].map((name) => form?.get(name) ?? '')
  assert.equal(sent[2], secret)
  await requireHidden(started, [result], sent)
})

test('what the token endpoint gets is what the standard says, and nothing else', async (t) => {
  const { signIn, forms } = await start(t, () => json(good))
  const { address } = await signIn()
  const [{ code, code_verifier: verifier, ...rest } = {} as Record<string, string>] = forms.map((form) => Object.fromEntries(form))
  assert.match(verifier ?? '', /^[\w-]{43}$/)
  assert.deepEqual(
    [typeof code, rest],
    [
      'string',
      { grant_type: 'authorization_code', redirect_uri: address.searchParams.get('redirect_uri'), client_id: 'sandbox-oauth-client' },
    ],
  )
})

test('tokens that work and are not stored in the end are in no file either', async (t) => {
  const started = await start(t, () => json(good))
  const result = await started.signIn('--subdomain', 'acme')
  assert.equal(result.exitCode, 1)
  await requireHidden(started, [result], [access, refresh])
  started.requireNothing()
})

test('with --json the answer is one document, and so is a failure', async (t) => {
  const { signIn, sandbox } = await startSignIn(t)
  const result = await signIn(...client, '--json=integration,type,state,scopes')
  assert.deepEqual(
    [result.exitCode, result.json(), result.stderr],
    [0, { integration: 'syncro', type: 'oauth', state: 'ok', scopes }, connectedAtSandbox.stderr],
  )
  sandbox.arm({ vendor: 'syncro', on: 'POST /oauth/token', kind: 'status' })
  const failed = await signIn(...client, '--json')
  const document = JSON.parse(failed.stderr.slice(before.length).join('\n'))
  assert.deepEqual(
    [failed.exitCode, failed.stdout, document],
    [1, [], { error: { code: 'vendor', message: 'SyncroMSP gave no tokens: status 500.', hint: later } }],
  )
})
