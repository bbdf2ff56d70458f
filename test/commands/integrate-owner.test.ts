import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connectSyncro, listed, startUnconnected } from './integrate-start.ts'

const rosa = 1736
const nasTicket = 108443837

/** Mike at his machine, where Rosa also works; each has a token at the vendor. */
async function startTeam(t: TestContext) {
  const { env, ...started } = await startUnconnected(t)
  const { msp, sandbox } = started
  const { syncro } = sandbox
  syncro.addToken('token-of-rosa', { userId: rosa })
  const become = (technician: string): void => {
    env.MSP_TECHNICIAN = technician
  }
  /** Whom the vendor says that a comment is from. */
  const authorOfComment = async (text: string) => {
    const { exitCode, stderr } = await msp('ticket', 'comment', 'T12345', text)
    assert.equal(exitCode, 0, stderr.join('\n'))
    return syncro.comments(nasTicket).find(({ body }) => body === text)?.tech
  }
  const owners = async () => (await listed(msp)).map(({ owner, writesAs }: { owner: string; writesAs: string }) => `${owner}: ${writesAs}`)
  return { ...started, become, authorOfComment, owners }
}

test('without a key of their own, everybody uses the one of the team', async (t) => {
  const { msp, sandbox, become, authorOfComment, owners } = await startTeam(t)
  await connectSyncro(msp, sandbox, 'token-of-rosa', '--owner', 'team')
  assert.deepEqual(await owners(), ['team: Rosa Delgado <rosa@example.com>'])
  assert.equal(await authorOfComment('by mike'), 'Rosa Delgado')
  become('anna@example.com')
  assert.equal(await authorOfComment('by anna'), 'Rosa Delgado')
})

test("a technician's own key wins over the team's, and nobody else uses it", async (t) => {
  const { msp, sandbox, become, authorOfComment, owners } = await startTeam(t)
  await connectSyncro(msp, sandbox, 'token-of-rosa', '--owner', 'team')
  await connectSyncro(msp, sandbox)
  assert.deepEqual(await owners(), ['team: Rosa Delgado <rosa@example.com>', 'mike@example.com: Mike Swanson <mike@example.com>'])
  assert.equal(await authorOfComment('by mike'), 'Mike Swanson')
  become('anna@example.com')
  assert.equal(await authorOfComment('by anna'), 'Rosa Delgado')
})

test('a write that waits goes out with the key of whoever wrote it, whoever is at work then', async (t) => {
  const { msp, sandbox, become } = await startTeam(t)
  await connectSyncro(msp, sandbox)
  become('rosa@example.com')
  await connectSyncro(msp, sandbox, 'token-of-rosa')
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/comment', kind: 'rate-limit', retryAfter: '0' })
  assert.deepEqual((await msp('ticket', 'comment', 'T12345', 'by rosa', '--json')).json().state, 'ready')
  become('mike@example.com')
  assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0)
  assert.equal(sandbox.syncro.comments(nasTicket).find(({ body }) => body === 'by rosa')?.tech, 'Rosa Delgado')
})

test("with only somebody else's own key nothing is connected", async (t) => {
  const { msp, sandbox, become } = await startTeam(t)
  await connectSyncro(msp, sandbox)
  become('anna@example.com')
  const results = [await msp('ticket', 'search'), await msp('integrate', 'test'), await msp('integrate', 'test', 'syncro')]
  assert.deepEqual(
    results.map(({ exitCode, stderr }) => [exitCode, stderr[0]]),
    [
      [4, 'No system with tickets is connected.'],
      [4, 'Nothing is connected yet.'],
      [4, 'SyncroMSP is not connected.'],
    ],
  )
  assert.equal((await msp('integrate', 'remove', 'syncro', '--yes')).exitCode, 5)
})

test('connecting again replaces the key of the same owner, and only it', async (t) => {
  const { msp, sandbox, authorOfComment, owners } = await startTeam(t)
  await connectSyncro(msp, sandbox, sandbox.syncro.token, '--owner', 'team')
  await connectSyncro(msp, sandbox)
  await connectSyncro(msp, sandbox, 'token-of-rosa')
  assert.deepEqual(await owners(), ['team: Mike Swanson <mike@example.com>', 'mike@example.com: Rosa Delgado <rosa@example.com>'])
  assert.equal(await authorOfComment('by mike'), 'Rosa Delgado')
})

test('a key that stopped working is replaced by connecting again, and until then each command says how', async (t) => {
  const { msp, sandbox } = await startTeam(t)
  sandbox.syncro.addToken('first-token')
  await connectSyncro(msp, sandbox, 'first-token')
  sandbox.syncro.revokeToken('first-token')
  const hint = 'See Admin > API > API Tokens > New Token > Custom Permissions, then: msp integrate syncro'
  const refused = { exitCode: 4, stdout: [], stderr: ['SyncroMSP refused the key: Not authenticated (status 401).', hint] }
  assert.deepEqual(await msp('ticket', 'search'), refused)
  await connectSyncro(msp, sandbox)
  assert.equal((await msp('ticket', 'search')).exitCode, 0)
})

test('a read that the key may not do names the permission', async (t) => {
  const { msp, sandbox } = await startTeam(t)
  sandbox.syncro.addToken('narrow-token', { permissions: ['Customers - List/Search'] })
  await connectSyncro(msp, sandbox, 'narrow-token')
  assert.deepEqual(await msp('ticket', 'search'), {
    exitCode: 1,
    stdout: [],
    stderr: [
      'SyncroMSP accepts your key, but it lacks the permission "Tickets - List/Search".',
      'Give it that permission, or use another key. See Admin > API > API Tokens > New Token > Custom Permissions, then: msp integrate syncro',
    ],
  })
})

test('remove asks which of two keys, and forgets only that one', async (t) => {
  const { msp, sandbox, owners } = await startTeam(t)
  await connectSyncro(msp, sandbox, 'token-of-rosa', '--owner', 'team')
  await connectSyncro(msp, sandbox)
  assert.deepEqual(await msp('integrate', 'remove', 'syncro', '--yes'), {
    exitCode: 5,
    stdout: [],
    stderr: ["SyncroMSP has your own key and the team's.", 'Say which: --owner me or --owner team'],
  })
  assert.deepEqual(await msp('integrate', 'remove', 'syncro', '--owner', 'me', '--yes'), {
    exitCode: 0,
    stdout: ['SyncroMSP: your key is forgotten here. If nobody else uses it, delete it at SyncroMSP too.'],
    stderr: [],
  })
  assert.deepEqual(await owners(), ['team: Rosa Delgado <rosa@example.com>'])
  const removed = (await msp('integrate', 'remove', 'syncro', '--yes', '--json=integration,owner')).json()
  assert.deepEqual([removed, await owners()], [{ integration: 'syncro', owner: 'team' }, []])
})
