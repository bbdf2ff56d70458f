import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confidentialClient, nativeClient } from '../support/oidc-provider.ts'
import { connected, hour, startAtProvider, tokenCall, tokenCalls } from './oidc-provider-start.ts'
import { before, found, journalOf, redirectOf, requireHidden, requireStored } from './sign-in-start.ts'

test('a public client signs in at oidc-provider, and what it got is stored', async (t) => {
  const started = await startAtProvider(t)
  const { signIn, provider, redirects, home, requireNoBug } = started
  const result = await signIn()
  assert.deepEqual(result, connected)
  assert.equal(result.page, 'msp has the answer and says in the terminal how it went. You can close this page.\n')
  await requireStored(started, 'tickets:read', 'tickets:write')
  assert.deepEqual(await tokenCalls(started), [
    tokenCall('created', { grantType: 'authorization_code', scope: 'tickets:read tickets:write', clientId: nativeClient.id }),
  ])
  const [redirect] = redirects
  assert.deepEqual([redirects.length, redirect?.searchParams.get('iss')], [1, provider.issuer])
  assert.deepEqual([journalOf(home), provider.events], [[], ['access_token.saved']])
  requireNoBug()
})

test('a confidential client signs in with a secret of any characters, and renews with it', async (t) => {
  const started = await startAtProvider(t)
  const { signInWithSecret, search, clock, count, requireNoBug } = started
  assert.deepEqual(await signInWithSecret(`${confidentialClient.secret}\n`), connected)
  clock.ahead += hour
  assert.deepEqual([await search(), count()], [found, { refreshed: 1, revoked: 0, refused: [] }])
  assert.deepEqual(await tokenCalls(started), [
    tokenCall('created', { grantType: 'authorization_code', scope: 'tickets:read tickets:write', clientId: confidentialClient.id }),
    tokenCall('updated', { grantType: 'refresh_token', clientId: confidentialClient.id }),
  ])
  requireNoBug()
})

test('another secret than the client has is refused there, and nothing is stored', async (t) => {
  const { signInWithSecret, requireNothing } = await startAtProvider(t)
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
  const { signIn } = await startAtProvider(t)
  const { exitCode, stdout } = await signIn('--scope', 'openid tickets:read')
  assert.deepEqual([exitCode, stdout], [0, ['SyncroMSP connected successfully. Scopes: openid, tickets:read']])
})

test('no secret of a sign-in or of a renewal is in any output, file or record', async (t) => {
  const started = await startAtProvider(t)
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
  const { signIn } = await startAtProvider(t)
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
  const { signIn } = await startAtProvider(t)
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
    const { signIn, provider, requireNothing } = await startAtProvider(t, { change })
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
  const { signIn, requireNothing } = await startAtProvider(t, { decision: 'leave' })
  assert.deepEqual(await signIn(), {
    exitCode: 4,
    stdout: [],
    stderr: [...before, 'The sign-in was refused at SyncroMSP (access_denied). Nothing was stored.', 'Start it again and agree there.'],
  })
  requireNothing()
})
