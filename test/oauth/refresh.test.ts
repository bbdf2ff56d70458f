import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Step } from '../../src/world.ts'
import { filesIn } from '../commands/integrate-start.ts'
import { startSignedInMsp } from './signed-in.ts'

const show = ['ticket', 'show', 'T12345', '--json=number'] as const
const shown = { exitCode: 0, stdout: ['{', '  "number": "12345"', '}'], stderr: [] }
const again = 'Sign in again: msp integrate syncro --oauth'
const has = (lines: string[]) => lines.map((line) => line.replace(/\(seen .* UTC\)/, '(seen …)'))
const error = { code: 'sign_in', message: 'The sign-in of Mike Swanson to SyncroMSP has ended (seen …).', hint: again }
const ended = { exitCode: 4, stdout: [], stderr: JSON.stringify({ error }, null, 2).split('\n') }

const start = async (...given: Parameters<typeof startSignedInMsp>) => {
  const started = await startSignedInMsp(...given)
  assert.ok(started)
  const { msp, sandbox } = started
  /** Runs the command and gives what it left, with the paths that were asked for. */
  const run = async (...argv: string[]) => {
    const before = sandbox.requests.length
    const { stderr, ...rest } = await msp(...argv)
    const paths = sandbox.requests.slice(before).map(({ method, path, status }) => `${method} ${path} ${status}`)
    return { answer: { ...rest, stderr: has(stderr) }, paths }
  }
  const stateOf = async () => (await msp('integrate', 'list', '--json=state')).json()[0].state
  return { ...started, run, stateOf }
}

const token = 'POST /oauth/token 200'
const found = ['GET tickets 200', 'GET tickets/108443837 200']

for (const [seconds, lifetime, isDue] of [
  [3000, 3600, false],
  [310, 3600, false],
  [299, 3600, true],
  [-60, 3600, true],
  [200, 300, false],
  [140, 300, true],
] as const) {
  test(`a token of ${lifetime} s that ends in ${seconds} s is ${isDue ? 'renewed first, by one request more' : 'used as it is'}`, async (t) => {
    const { run, oauth, inDatabase } = await start(t)
    const end = Date.now() + seconds * 1000
    const change = { oauthExpiresAt: new Date(end), updatedAt: new Date(end - lifetime * 1000) }
    await inDatabase((db) => db.updateTable('integrationCredentials').set(change).execute())
    assert.deepEqual(await run(...show), { answer: shown, paths: isDue ? [token, ...found] : found })
    // and what was renewed lasts
    assert.deepEqual(await run(...show), { answer: shown, paths: found })
    assert.equal(oauth.given.refresh_token, isDue ? 1 : 0)
  })
}

test('a token that the vendor refuses is renewed, and the call is made again', async (t) => {
  const { run, oauth } = await start(t)
  oauth.expire()
  assert.deepEqual(await run(...show), { answer: shown, paths: ['GET tickets 401', token, ...found] })
  assert.deepEqual(await run(...show), { answer: shown, paths: found })
})

test('what the sign-in does not allow is said as that, after one renewal', async (t) => {
  const { run, oauth, signIn, stateOf } = await start(t)
  oauth.grants = ['tickets:read']
  assert.equal((await signIn()).exitCode, 1)
  const { answer, paths } = await run('integrate', 'test', 'syncro')
  assert.deepEqual(answer, {
    exitCode: 0,
    stdout: ['syncro\tmike@example.com\tsuccess\tMike Swanson <mike@example.com>\tassets, alerts\t'],
    stderr: [],
  })
  assert.equal(paths.filter((path) => path === token).length, 1)
  assert.equal(await stateOf(), 'ok')
})

test('a sign-in that was taken back is said once as ended, and a new one is good again', async (t) => {
  const { run, oauth, signIn, stateOf } = await start(t)
  oauth.revoke()
  assert.deepEqual(await run(...show), { answer: ended, paths: ['GET tickets 401', 'POST /oauth/token 400'] })
  assert.equal(await stateOf(), 'needs_login')
  // the vendor is not asked again
  assert.deepEqual(await run(...show), { answer: ended, paths: [] })
  await signIn()
  assert.equal(await stateOf(), 'ok')
  assert.deepEqual(await run(...show), { answer: shown, paths: found })
})

test('exchanges and renewals are records, without a secret in them', async (t) => {
  const { msp, oauth, endsIn, home } = await start(t)
  await endsIn(-60)
  await msp(...show)
  oauth.revoke()
  await endsIn(-60)
  await msp(...show)
  const rows = (await msp('record', 'list', '--json', '--limit', '50')).json()
  const calls = rows.filter(({ externalUrl }: { externalUrl: string | null }) => externalUrl?.endsWith('/oauth/token'))
  const picked = calls.map(
    ({ integrationType, action, direction, requestData, responseData, responseStatus, errorMessage }: Record<string, unknown>) => ({
      ...{ integrationType, action, direction, requestData, responseData, responseStatus, errorMessage },
    }),
  )
  const common = { integrationType: 'syncro_account', direction: 'outbound' }
  const scopes = ['tickets:read', 'tickets:write', 'time_entries:write']
  const received = { expiresIn: 3600, scopes, hasRefreshToken: true }
  const refreshed = { ...common, action: 'updated', requestData: { grantType: 'refresh_token', clientId: 'sandbox-oauth-client' } }
  const refused = 'SyncroMSP gave no tokens: invalid_grant (The refresh token is unknown, or was taken back).'
  assert.deepEqual(picked, [
    { ...refreshed, responseData: null, responseStatus: 'error', errorMessage: refused },
    { ...refreshed, responseData: received, responseStatus: 'success', errorMessage: null },
    {
      ...{ ...common, action: 'created', responseData: received, responseStatus: 'success', errorMessage: null },
      requestData: { grantType: 'authorization_code', scope: scopes.join(' '), clientId: 'sandbox-oauth-client' },
    },
  ])
  const all = filesIn(home)
  for (const secret of secretsOf(oauth)) assert.ok(!all.includes(secret), `a secret of ${secret.length} characters is in a file`)
})

const secretsOf = (oauth: object): string[] => {
  const { codes, refreshes } = oauth as { codes: Map<string, unknown>; refreshes: Map<string, unknown> }
  return [...codes.keys(), ...refreshes.keys()]
}

test('an answer that is lost is asked for once more at once, which a vendor with grace answers', async (t) => {
  const { run, sandbox, oauth, endsIn, stateOf } = await start(t)
  oauth.graceMs = 60_000
  for (const kind of ['cut-after', 'half-json', 'status-after', 'empty'] as const) {
    await endsIn(-60)
    sandbox.arm({ vendor: 'syncro', on: 'POST /oauth/token', kind })
    const { answer, paths } = await run(...show)
    assert.deepEqual([kind, answer, paths.slice(1)], [kind, shown, [token, ...found]])
  }
  assert.equal(await stateOf(), 'ok')
})

test('at a strict vendor a lost answer ends the sign-in, and that is said', async (t) => {
  const { run, sandbox, endsIn, stateOf } = await start(t)
  await endsIn(-60)
  sandbox.arm({ vendor: 'syncro', on: 'POST /oauth/token', kind: 'cut-after' })
  assert.deepEqual(await run(...show), { answer: ended, paths: ['POST /oauth/token 0', 'POST /oauth/token 400'] })
  assert.equal(await stateOf(), 'needs_login')
})

for (const [kind, sentence] of [
  ['status', 'SyncroMSP gave no tokens: status 500.'],
  ['html', 'SyncroMSP gave no tokens that msp can use: it answered with a web page.'],
  ['rate-limit', 'SyncroMSP gave no tokens: status 429.'],
] as const) {
  test(`a token endpoint in trouble (${kind}) does not matter while the old token lives`, async (t) => {
    const { run, sandbox, endsIn, stateOf, oauth } = await start(t)
    const times = kind === 'rate-limit' ? 1 : 2
    await endsIn(200)
    sandbox.arm({ vendor: 'syncro', on: 'POST /oauth/token', kind, times })
    const { answer, paths } = await run(...show)
    assert.deepEqual([answer, paths.slice(times)], [shown, found])
    await endsIn(-60)
    sandbox.arm({ vendor: 'syncro', on: 'POST /oauth/token', kind, times })
    const refused = await run(...show)
    assert.deepEqual([refused.answer.exitCode, refused.answer.stdout], [1, []])
    assert.ok(refused.answer.stderr.join('\n').includes(sentence), refused.answer.stderr.join('\n'))
    assert.deepEqual([await stateOf(), oauth.given.refresh_token], ['ok', 0])
    assert.deepEqual(await run(...show), { answer: shown, paths: [token, ...found] })
  })
}

test('a lease that is longer than any process takes one is not waited for', async (t) => {
  const { run, inDatabase, endsIn } = await start(t)
  await endsIn(-60)
  const lease = { leaseOwner: 'desk|another boot|1|1', leaseUntil: new Date('2099-01-01T00:00:00Z') }
  await inDatabase((db) => db.updateTable('integrationCredentials').set(lease).execute())
  assert.deepEqual(await run(...show), { answer: shown, paths: [token, ...found] })
})

test('a write whose token must be renewed first is sent once', async (t) => {
  const { msp, oauth, sandbox } = await start(t)
  oauth.expire()
  const { exitCode, stderr } = await msp('ticket', 'comment', 'T12345', 'Once')
  assert.deepEqual([exitCode, stderr], [0, ['Commented on T12345 (internal).']])
  assert.deepEqual(sandbox.syncro.comments(108443837).filter(({ body }) => body === 'Once').length, 1)
})

test('who takes the address of the tokens from the database gets nothing', async (t) => {
  const { run, inDatabase, endsIn, stateOf } = await start(t)
  await endsIn(-60)
  await inDatabase((db) => db.updateTable('integrationCredentials').set({ oauthTokenUrl: 'http://127.0.0.1:9/oauth/token' }).execute())
  const { answer, paths } = await run(...show)
  assert.deepEqual(paths, [])
  assert.match(answer.stderr.join('\n'), /The address or the owner of the key of syncro was changed in the database\. It is not used\./)
  assert.equal(await stateOf(), 'ok')
})

test('tokens of an earlier generation that are put back do not open', async (t) => {
  const { run, inDatabase, endsIn } = await start(t)
  let before = {}
  await inDatabase(async (db) => {
    const columns = ['oauthTokenEncrypted', 'oauthRefreshTokenEncrypted'] as const
    before = await db.selectFrom('integrationCredentials').select(columns).executeTakeFirstOrThrow()
  })
  await endsIn(-60)
  await run(...show)
  await inDatabase((db) => db.updateTable('integrationCredentials').set(before).execute())
  const { answer, paths } = await run(...show)
  assert.deepEqual([answer.exitCode, paths], [1, []])
  assert.match(answer.stderr.join('\n'), /oauth_token_encrypted, row .*, failed its integrity check/)
})

test('a disk that takes no journal does not keep new tokens from being stored', async (t) => {
  const seam: { fail: boolean } = { fail: false }
  const step: Step = async (name, effect) => {
    if (seam.fail && name === 'oauth.journal') throw new Error('ENOSPC')
    return effect()
  }
  const { run, endsIn, home } = await start(t, { step })
  await endsIn(-60)
  seam.fail = true
  assert.deepEqual(await run(...show), { answer: shown, paths: [token, ...found] })
  assert.deepEqual(await run(...show), { answer: shown, paths: found })
  assert.throws(() => readdirSync(join(home, 'state', 'sign-ins')), { code: 'ENOENT' })
})
