import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { listed } from '../commands/integrate-start.ts'
import { openBrowser } from '../support/browser.ts'
import type { Answered } from '../support/msp.ts'
import { agreeAtProvider, confidentialClient, nativeClient, type OidcProvider, startOidcProvider } from '../support/oidc-provider.ts'
import { together } from '../support/processes.ts'
import {
  before,
  connectedWith,
  found,
  journalOf,
  redirectOf,
  requireHidden,
  requireStored,
  search,
  startSignIn,
  toFound,
} from './sign-in-start.ts'

const scope = 'tickets:read tickets:write'
const hour = 3_600_000

/** msp beside a provider, with the person who agrees there; `redirects` are those that the browser followed to msp. */
async function start(t: TestContext, { ahead = 0, change = (to: URL) => to, decision = 'agree' as 'agree' | 'leave' } = {}) {
  const redirects: URL[] = []
  const follow = (to: URL): URL => {
    if (!to.pathname.startsWith('/callback/')) return to
    redirects.push(to)
    return change(new URL(to))
  }
  const clock = { ahead }
  const started = await startSignIn(t, {
    visit: (url) => agreeAtProvider(openBrowser(follow), url, decision),
    now: () => new Date(Date.now() + clock.ahead),
    limits: { refresh: 30_000 },
  })
  const { sandbox, msp, signIn, signInWithSecret } = started
  const api = {
    isClosed: false,
    addToken: (token: string) => (api.isClosed ? undefined : sandbox.syncro.addToken(token)),
    revokeToken: sandbox.syncro.revokeToken,
  }
  const provider = await startOidcProvider(t, api)
  const addresses = ['--authorize-url', provider.authorizeUrl, '--token-url', provider.tokenUrl, '--scope', scope]
  return {
    ...{ ...started, api, provider, redirects, clock },
    search: () => search(msp),
    signIn: (...more: string[]) => signIn('--client-id', nativeClient.id, ...addresses, ...more),
    signInWithSecret: (secret: string) => signInWithSecret(secret, '--client-id', confidentialClient.id, ...addresses),
    count: () => countOf(provider),
    requireNoBug: () => assert.deepEqual(bugsOf(provider), []),
  }
}

const ended = {
  exitCode: 4,
  tickets: [],
  stderr: ['The sign-in of Mike Swanson to SyncroMSP has ended (seen <time>).', 'Sign in again: msp integrate syncro --oauth'],
}

const countOf = ({ events }: OidcProvider) => ({
  refreshed: events.filter((event) => event === 'refresh_token.consumed').length,
  revoked: events.filter((event) => event === 'grant.revoked').length,
  refused: events.filter((event) => event.startsWith('grant.error')),
})
const bugsOf = ({ events }: OidcProvider) => events.filter((event) => event.startsWith('server_error'))

const connected = connectedWith(['tickets:read', 'tickets:write'])

/** What the record keeps of the calls to the token endpoint, oldest first. */
async function tokenCalls({ msp, provider }: Awaited<ReturnType<typeof start>>) {
  const calls = (await msp('record', 'list', '--json')).json() as Record<string, unknown>[]
  return calls
    .filter(({ externalUrl }) => externalUrl === provider.tokenUrl)
    .map(({ integrationType, action, requestData, responseData, responseStatus, errorMessage }) => ({
      ...{ integrationType, action, requestData, responseData, responseStatus, errorMessage },
    }))
    .toReversed()
}

const call = (action: string, requestData: object) => ({
  ...{ integrationType: 'syncro_account', action, requestData, responseStatus: 'success', errorMessage: null },
  responseData: { expiresIn: 60, scopes: ['tickets:read', 'tickets:write'], hasRefreshToken: true },
})

test('a public client signs in at oidc-provider, and what it got is stored', async (t) => {
  const started = await start(t)
  const { signIn, provider, redirects, home, requireNoBug } = started
  const result = await signIn()
  assert.deepEqual(result, connected)
  assert.equal(result.page, 'msp has the answer and says in the terminal how it went. You can close this page.\n')
  await requireStored(started, 'tickets:read', 'tickets:write')
  assert.deepEqual(await tokenCalls(started), [
    call('created', { grantType: 'authorization_code', scope: 'tickets:read tickets:write', clientId: nativeClient.id }),
  ])
  const [redirect] = redirects
  assert.deepEqual([redirects.length, redirect?.searchParams.get('iss')], [1, provider.issuer])
  assert.deepEqual([journalOf(home), provider.events], [[], ['access_token.saved']])
  requireNoBug()
})

test('a confidential client signs in with a secret of any characters, and renews with it', async (t) => {
  const started = await start(t)
  const { signInWithSecret, search, clock, count, requireNoBug } = started
  assert.deepEqual(await signInWithSecret(`${confidentialClient.secret}\n`), connected)
  clock.ahead += hour
  assert.deepEqual([await search(), count()], [found, { refreshed: 1, revoked: 0, refused: [] }])
  assert.deepEqual(await tokenCalls(started), [
    call('created', { grantType: 'authorization_code', scope: 'tickets:read tickets:write', clientId: confidentialClient.id }),
    call('updated', { grantType: 'refresh_token', clientId: confidentialClient.id }),
  ])
  requireNoBug()
})

test('another secret than the client has is refused there, and nothing is stored', async (t) => {
  const { signInWithSecret, requireNothing } = await start(t)
  assert.deepEqual(await signInWithSecret('a secret that is not its own'), {
    exitCode: 1,
    stdout: [],
    stderr: [
      ...before,
      'SyncroMSP does not know the OAuth client, or refuses its secret: invalid_client (client authentication failed).',
      'Check --client-id and the client secret, then sign in again.',
    ],
  })
  requireNothing()
})

test('with the scope openid the identity token that comes too is accepted', async (t) => {
  const { signIn } = await start(t)
  const { exitCode, stdout } = await signIn('--scope', 'openid tickets:read')
  assert.deepEqual([exitCode, stdout], [0, ['SyncroMSP connected successfully. Scopes: openid, tickets:read']])
})

test('no secret of a sign-in or of a renewal is in any output, file or record', async (t) => {
  const started = await start(t)
  const { signInWithSecret, search, clock, provider, redirects } = started
  const said: unknown[] = [await signInWithSecret(confidentialClient.secret)]
  clock.ahead += hour
  said.push(await search())
  assert.deepEqual(said, [connected, found])
  const code = redirects[0]?.searchParams.get('code') ?? ''
  const secrets = [code, confidentialClient.secret, ...provider.accessTokens, ...provider.refreshTokens]
  assert.equal(secrets.length, 6)
  await requireHidden(started, said, secrets)
})

test('the provider refuses what msp asks for when the proof key is taken out, so msp sends it', async (t) => {
  const { signIn } = await start(t)
  const { address } = await signIn()
  for (const [change, description] of [
    [
      (url: URL) => {
        url.searchParams.delete('code_challenge')
        url.searchParams.delete('code_challenge_method')
      },
      'Authorization Server policy requires PKCE to be used for this request',
    ],
    [(url: URL) => url.searchParams.set('code_challenge_method', 'plain'), 'not supported value of code_challenge_method'],
  ] as const) {
    const changed = new URL(address)
    change(changed)
    const response = await fetch(changed, { redirect: 'manual' })
    const answer = new URL(response.headers.get('location') ?? '').searchParams
    assert.deepEqual([answer.get('error'), answer.get('error_description')], ['invalid_request', description])
  }
})

test('another path than the registered one is refused at the provider', async (t) => {
  const { signIn } = await start(t)
  const { address } = await signIn()
  address.searchParams.set('redirect_uri', `${redirectOf(address)}/other`)
  const response = await fetch(address, { redirect: 'manual' })
  assert.deepEqual([response.status, response.headers.get('location')], [400, null])
})

for (const [what, issuer] of [
  ['another server', 'https://evil.example'],
  ['another port of the same machine', 'http://127.0.0.1:1'],
] as const) {
  test(`an answer that names ${what} as its issuer is refused, and its code is not sent anywhere`, async (t) => {
    const change = (to: URL): URL => {
      to.searchParams.set('iss', issuer)
      return to
    }
    const { signIn, provider, requireNothing } = await start(t, { change })
    assert.deepEqual(await signIn(), {
      exitCode: 1,
      stdout: [],
      stderr: [
        ...before,
        'SyncroMSP sent the browser back with an answer that does not fit the request. Nothing was stored.',
        'Check the address of the sign-in: --authorize-url',
      ],
    })
    assert.deepEqual(provider.events, [])
    requireNothing()
  })
}

test('a person who leaves the page of the provider has signed in to nothing', async (t) => {
  const { signIn, requireNothing } = await start(t, { decision: 'leave' })
  assert.deepEqual(await signIn(), {
    exitCode: 4,
    stdout: [],
    stderr: [...before, 'The sign-in was refused at SyncroMSP (access_denied). Nothing was stored.', 'Start it again and agree there.'],
  })
  requireNothing()
})

test('a token that has ended is renewed once, the new one is stored and the old one is dead', async (t) => {
  const started = await start(t)
  const { signIn, search, clock, sandbox, provider, count, home, msp, requireNoBug } = started
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  clock.ahead += hour
  assert.deepEqual([await search(), count()], [found, { refreshed: 1, revoked: 0, refused: [] }])
  assert.deepEqual([await search(), count()], [found, { refreshed: 1, revoked: 0, refused: [] }])
  clock.ahead += hour
  assert.deepEqual([await search(), count()], [found, { refreshed: 2, revoked: 0, refused: [] }])
  assert.deepEqual(await tokenCalls(started), [
    call('created', { grantType: 'authorization_code', scope: 'tickets:read tickets:write', clientId: nativeClient.id }),
    call('updated', { grantType: 'refresh_token', clientId: nativeClient.id }),
    call('updated', { grantType: 'refresh_token', clientId: nativeClient.id }),
  ])
  assert.deepEqual([provider.refreshTokens.length, journalOf(home)], [3, []])
  // who has stolen one and uses it takes everybody's away: the provider cannot tell who the thief is
  const stolen = { grant_type: 'refresh_token', refresh_token: provider.refreshTokens[0] ?? '', client_id: nativeClient.id }
  const { status, answer } = await provider.post('/token', stolen)
  assert.deepEqual([status, (answer as { error: string }).error], [400, 'invalid_grant'])
  assert.deepEqual(await search(), ended)
  const [{ state }] = await listed(msp)
  assert.deepEqual(
    [state, count()],
    ['needs_login', { refreshed: 2, revoked: 1, refused: ['grant.error invalid_grant', 'grant.error invalid_grant'] }],
  )
  requireNoBug()
})

test('a token that the API refuses before its time is renewed once', async (t) => {
  const { signIn, search, sandbox, provider, count } = await start(t)
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  assert.deepEqual([await search(), count()], [found, { refreshed: 1, revoked: 0, refused: [] }])
})

test('when the API refuses the renewed token too, there is no second renewal', async (t) => {
  const { signIn, search, sandbox, provider, count, api } = await start(t)
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  api.isClosed = true
  assert.deepEqual(await search(), {
    exitCode: 4,
    tickets: [],
    stderr: ['SyncroMSP refused the key: Not authenticated (status 401).', 'Sign in again: msp integrate syncro --oauth'],
  })
  assert.deepEqual(count(), { refreshed: 1, revoked: 0, refused: [] })
})

test('what was taken back at the provider is said in one sentence, once and for all, until somebody signs in again', async (t) => {
  const { signIn, search, provider, count, msp, home } = await start(t)
  await signIn()
  const revoked = await provider.post('/token/revocation', { token: provider.refreshTokens[0] ?? '', client_id: nativeClient.id })
  assert.equal(revoked.status, 200)
  assert.deepEqual(await search(), ended)
  const refused = { refreshed: 0, revoked: 1, refused: ['grant.error invalid_grant'] }
  assert.deepEqual([(await listed(msp))[0].state, count()], ['needs_login', refused])
  // nobody asks the provider again
  assert.deepEqual([await search(), count()], [ended, refused])
  assert.deepEqual(await signIn(), connected)
  assert.deepEqual([await search(), (await listed(msp))[0].state, journalOf(home)], [found, 'ok', []])
})

test('four runs at once renew a token that has ended once', async (t) => {
  const { signIn, search, clock, sandbox, provider, count } = await start(t)
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  clock.ahead += hour
  assert.deepEqual(await Promise.all([search(), search(), search(), search()]), [found, found, found, found])
  assert.deepEqual(count(), { refreshed: 1, revoked: 0, refused: [] })
})

test('four processes at once renew a token that has ended once', async (t) => {
  // its end is past for the processes, whose clock is the real one
  const { signIn, env, sandbox, provider, count, home } = await start(t, { ahead: -hour })
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  const results = (await together(4, 'msp-process.ts', JSON.stringify(env), 'ticket', 'search', 'NAS')) as Answered[]
  assert.deepEqual(results.map(toFound), [found, found, found, found])
  assert.deepEqual([count(), journalOf(home)], [{ refreshed: 1, revoked: 0, refused: [] }, []])
})
