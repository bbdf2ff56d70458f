import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listed } from '../commands/integrate-start.ts'
import type { Answered } from '../support/msp.ts'
import { nativeClient } from '../support/oidc-provider.ts'
import { together } from '../support/processes.ts'
import { connected, hour, startAtProvider, tokenCall, tokenCalls } from './oidc-provider-start.ts'
import { found, journalOf, toFound } from './sign-in-start.ts'

const ended = {
  exitCode: 4,
  tickets: [],
  stderr: ['The sign-in of Mike Swanson to SyncroMSP has ended (seen <time>).', 'Sign in again: msp integrate syncro --oauth'],
}

test('a token that has ended is renewed once, the new one is stored and the old one is dead', async (t) => {
  const started = await startAtProvider(t)
  const { signIn, search, clock, sandbox, provider, count, home, msp, requireNoBug } = started
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  clock.ahead += hour
  assert.deepEqual([await search(), count()], [found, { refreshed: 1, revoked: 0, refused: [] }])
  assert.deepEqual([await search(), count()], [found, { refreshed: 1, revoked: 0, refused: [] }])
  clock.ahead += hour
  assert.deepEqual([await search(), count()], [found, { refreshed: 2, revoked: 0, refused: [] }])
  assert.deepEqual(await tokenCalls(started), [
    tokenCall('created', { grantType: 'authorization_code', scope: 'tickets:read tickets:write', clientId: nativeClient.id }),
    tokenCall('updated', { grantType: 'refresh_token', clientId: nativeClient.id }),
    tokenCall('updated', { grantType: 'refresh_token', clientId: nativeClient.id }),
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
  const { signIn, search, sandbox, provider, count } = await startAtProvider(t)
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  assert.deepEqual([await search(), count()], [found, { refreshed: 1, revoked: 0, refused: [] }])
})

test('when the API refuses the renewed token too, there is no second renewal', async (t) => {
  const { signIn, search, sandbox, provider, count, api } = await startAtProvider(t)
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
  const { signIn, search, provider, count, msp, home } = await startAtProvider(t)
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
  const { signIn, search, clock, sandbox, provider, count } = await startAtProvider(t)
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  clock.ahead += hour
  assert.deepEqual(await Promise.all([search(), search(), search(), search()]), [found, found, found, found])
  assert.deepEqual(count(), { refreshed: 1, revoked: 0, refused: [] })
})

test('four processes at once renew a token that has ended once', async (t) => {
  // its end is past for the processes, whose clock is the real one
  const { signIn, env, sandbox, provider, count, home } = await startAtProvider(t, { ahead: -hour })
  await signIn()
  sandbox.syncro.revokeToken(provider.accessTokens[0] ?? '')
  const results = (await together(4, 'msp-process.ts', JSON.stringify(env), 'ticket', 'search', 'NAS')) as Answered[]
  assert.deepEqual(results.map(toFound), [found, found, found, found])
  assert.deepEqual([count(), journalOf(home)], [{ refreshed: 1, revoked: 0, refused: [] }, []])
})
