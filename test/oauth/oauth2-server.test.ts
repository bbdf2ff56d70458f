import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { MspError } from '../../src/errors.ts'
import { pressButton } from '../../src/sandbox/index.ts'
import { freePort } from '../support/loopback.ts'
import { publicClient, secretClient, startOAuth2Server } from '../support/oauth2-server.ts'
import { agreeOnly, before, connectedWith, found, journalOf, requireHidden, requireStored, search, startSignIn } from './sign-in-start.ts'

const hour = 3_600_000

/** msp beside a server that has registered one redirect address, with one port. */
async function start(t: TestContext, { decision = 'allow' as 'allow' | 'deny', limits = {} } = {}) {
  const port = await freePort()
  const clock = { ahead: 0 }
  const refusals: string[] = []
  const visit = async (url: string): Promise<string> => {
    try {
      return await pressButton(url, decision)
    } catch (error) {
      if (error instanceof MspError) refusals.push(error.message)
      return ''
    }
  }
  const started = await startSignIn(t, { visit, limits, now: () => new Date(Date.now() + clock.ahead) })
  const { sandbox, signIn, signInWithSecret, msp } = started
  const redirectUri = `http://127.0.0.1:${port}/callback/syncro`
  const peer = await startOAuth2Server(t, { redirectUri, addToken: sandbox.syncro.addToken })
  const addresses = ['--authorize-url', peer.authorizeUrl, '--token-url', peer.tokenUrl, '--scope', 'tickets:read tickets:write']
  const fixed = ['--redirect-port', String(port)]
  return {
    ...{ ...started, peer, clock, refusals, fixed, redirectUri },
    search: () => search(msp),
    signIn: (...more: string[]) => signIn('--client-id', publicClient.id, ...addresses, ...more),
    signInWithSecret: (secret: string, ...more: string[]) =>
      signInWithSecret(secret, '--client-id', secretClient.id, ...addresses, ...more),
  }
}

const connected = connectedWith(['tickets:read', 'tickets:write'])

test('with the port that the server knows a public client signs in, and what it got is stored', async (t) => {
  const started = await start(t)
  const { signIn, fixed, peer, home, redirectUri } = started
  const result = await signIn(...fixed)
  assert.deepEqual(result, connected)
  assert.equal(result.address.searchParams.get('redirect_uri'), redirectUri)
  await requireStored(started, 'tickets:read', 'tickets:write')
  assert.deepEqual([peer.answers, journalOf(home)], [['authorization_code 200'], []])
})

test('any other port is refused there, so the fixed one is what makes it work', async (t) => {
  const { signIn, refusals, requireNothing } = await start(t, { limits: { signIn: 500 } })
  const { exitCode, stderr } = await signIn()
  assert.deepEqual(
    [exitCode, stderr.slice(before.length)],
    [4, ['Nobody signed in within 0 minutes. Nothing was stored.', 'Start it again when the browser is at hand.']],
  )
  assert.equal(refusals.length, 1)
  assert.match(refusals[0] ?? '', /`redirect_uri` does not match client value/)
  requireNothing()
})

test('the server wants the proof key, so msp sends it', async (t) => {
  const { signIn, fixed, peer } = await start(t)
  const { address } = await signIn(...fixed)
  assert.equal(address.searchParams.get('code_challenge_method'), 'S256')
  const code = (await agreeOnly(address)).searchParams.get('code') ?? ''
  const fields = { grant_type: 'authorization_code', code, redirect_uri: address.searchParams.get('redirect_uri') ?? '' }
  const { status, answer } = await peer.post({ ...fields, client_id: publicClient.id, code_verifier: 'a'.repeat(43) })
  assert.deepEqual([status, (answer as { error: string }).error], [400, 'invalid_grant'])
})

test('a client with a secret of any characters signs in and renews with it', async (t) => {
  const { signInWithSecret, fixed, search, clock, peer } = await start(t)
  assert.deepEqual(await signInWithSecret(secretClient.secret, ...fixed), connected)
  clock.ahead += hour
  assert.deepEqual([await search(), peer.answers], [found, ['authorization_code 200', 'refresh_token 200']])
})

test('another secret is refused there, and nothing is stored', async (t) => {
  const { signInWithSecret, fixed, requireNothing } = await start(t)
  const { exitCode, stdout, stderr } = await signInWithSecret('another secret', ...fixed)
  assert.deepEqual(
    [exitCode, stdout, stderr.slice(before.length)],
    [
      1,
      [],
      [
        'SyncroMSP does not know the OAuth client, or refuses its secret: invalid_client (Invalid client: client is invalid).',
        'Check --client-id and the client secret, then sign in again.',
      ],
    ],
  )
  requireNothing()
})

test('a token that has ended is renewed once, and the old refresh token is of no use any more', async (t) => {
  const { signIn, fixed, search, clock, sandbox, peer, home } = await start(t)
  await signIn(...fixed)
  sandbox.syncro.revokeToken(peer.accessTokens[0] ?? '')
  clock.ahead += hour
  assert.deepEqual([await search(), await search()], [found, found])
  assert.deepEqual(peer.answers, ['authorization_code 200', 'refresh_token 200'])
  const replay = { grant_type: 'refresh_token', refresh_token: peer.refreshTokens[0] ?? '', client_id: publicClient.id }
  const { status, answer } = await peer.post(replay)
  assert.deepEqual([status, (answer as { error: string }).error], [400, 'invalid_grant'])
  clock.ahead += hour
  assert.deepEqual([await search(), journalOf(home)], [found, []])
  assert.deepEqual(peer.answers.slice(2), ['refresh_token 400', 'refresh_token 200'])
})

test('four runs at once renew a token that has ended once', async (t) => {
  const { signIn, fixed, search, clock, sandbox, peer } = await start(t)
  await signIn(...fixed)
  sandbox.syncro.revokeToken(peer.accessTokens[0] ?? '')
  clock.ahead += hour
  assert.deepEqual(await Promise.all([search(), search(), search(), search()]), [found, found, found, found])
  assert.deepEqual(peer.answers, ['authorization_code 200', 'refresh_token 200'])
})

test('who presses Deny has signed in to nothing', async (t) => {
  const { signIn, fixed, requireNothing } = await start(t, { decision: 'deny' })
  const { exitCode, stderr } = await signIn(...fixed)
  const said = ['The sign-in was refused at SyncroMSP (access_denied). Nothing was stored.', 'Start it again and agree there.']
  assert.deepEqual([exitCode, stderr.slice(before.length)], [4, said])
  requireNothing()
})

test('scopes that the server refuses are said', async (t) => {
  const { signIn, fixed, requireNothing } = await start(t)
  const { exitCode, stderr } = await signIn(...fixed, '--scope', 'forbidden')
  const said = ['SyncroMSP refused the sign-in: invalid_scope. Nothing was stored.', 'Ask for others: --scope "tickets:read"']
  assert.deepEqual([exitCode, stderr.slice(before.length)], [1, said])
  requireNothing()
})

test('no secret of a sign-in or of a renewal is in any output, file or record', async (t) => {
  const started = await start(t)
  const { signInWithSecret, fixed, search, clock, peer } = started
  const said: unknown[] = [await signInWithSecret(secretClient.secret, ...fixed)]
  clock.ahead += hour
  said.push(await search())
  assert.deepEqual(said, [connected, found])
  const secrets = [secretClient.secret, ...peer.accessTokens, ...peer.refreshTokens]
  assert.equal(secrets.length, 5)
  await requireHidden(started, said, secrets)
})
