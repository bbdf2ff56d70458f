import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { arm, kinds, posts, startWith, state } from './kinds.ts'
import { latest, makeDue, muchLater, plain, startSession, withDatabase, writes } from './start.ts'

const pause = 'SyncroMSP asks for a pause: too many calls.'

for (const { name, argv, on, stored, once } of kinds) {
  test(`${name} that the vendor takes is done at once`, async (t) => {
    const { msp, sandbox } = await startSession(t)
    assert.equal((await msp(...argv())).exitCode, 0)
    assert.deepEqual([await state(msp), stored(sandbox)], [[{ state: 'done', attempts: 1, lastError: null }], once])
  })

  test(`${name} that met a 429 is queued until the vendor's time is up, and not sent before`, async (t) => {
    const { msp, sandbox } = await startWith(t, { on, kind: 'rate-limit', retryAfter: '3600' })
    const { exitCode, stderr } = await plain(msp, await msp(...argv()))
    assert.deepEqual([exitCode, stderr], [0, [`Queued as 7F3K: ${pause}`, muchLater]])
    assert.deepEqual((await msp('outbox', 'run', '--json=state')).json(), [{ state: 'ready' }])
    const again = await msp(...argv())
    assert.deepEqual([again.exitCode, posts(sandbox), await state(msp)], [0, 1, [{ state: 'ready', attempts: 1, lastError: pause }]])
    const { shortId, notBefore } = (await msp('outbox', 'show', await latest(msp), '--json')).json()
    assert.ok(Math.abs(Date.parse(notBefore) - Date.now() - 3_600_000) < 60_000, notBefore)
    assert.equal((await msp('outbox', 'retry', shortId)).exitCode, 0)
    assert.deepEqual([stored(sandbox), posts(sandbox)], [once, 2])
  })

  test(`${name} that met a 429 with its time up is delivered by the next command that goes online, which says so`, async (t) => {
    const { msp, sandbox, home } = await startWith(t, { on, kind: 'rate-limit', retryAfter: '3600' })
    assert.equal((await msp(...argv())).exitCode, 0)
    await makeDue(home)
    const { exitCode, stderr } = await plain(msp, await msp('ticket', 'show', 'T12345'))
    const what = name.replace('a ', '')
    assert.deepEqual([exitCode, stderr, stored(sandbox)], [0, [`Delivered 7F3K, which was queued: ${what} on T12345.`], once])
  })

  test(`${name} whose connection is refused stays queued, and goes out when the vendor is back`, async (t) => {
    const { msp, sandbox, home } = await startWith(t, { on, kind: 'rate-limit', retryAfter: '3600' })
    const line = await startFaultProxy(t, { kind: 'none' }, Number(new URL(sandbox.syncro.apiUrl).port))
    const apiUrl = `http://127.0.0.1:${line.port}/api/v1`
    assert.equal((await msp.withInput(sandbox.syncro.token, 'integrate', 'syncro', '--api-url', apiUrl, '--token-stdin')).exitCode, 0)
    assert.equal((await msp(...argv())).exitCode, 0)
    await line.use({ kind: 'refuse' })
    await makeDue(home)
    assert.equal((await msp('outbox', 'run')).exitCode, 0)
    const lastError = 'SyncroMSP could not be reached (ECONNREFUSED).'
    assert.deepEqual([(await state(msp))[0]?.state, (await state(msp))[0]?.lastError, stored(sandbox)], ['ready', lastError, []])
    await line.use({ kind: 'none' })
    await makeDue(home)
    assert.deepEqual((await msp('outbox', 'run', '--wait', '--json=state')).json(), [{ state: 'done' }])
    assert.deepEqual(stored(sandbox), once)
  })

  test(`${name} that the vendor refuses has failed, and can be tried again once the cause is mended`, async (t) => {
    const { msp, sandbox } = await startWith(t, { on, kind: 'status', status: 422 })
    const refused = await plain(msp, await msp(...argv()))
    const lastError = 'SyncroMSP refused: status 422.'
    assert.deepEqual([refused.exitCode, refused.stderr], [1, [`7F3K failed: ${lastError}`, 'See: msp outbox show 7F3K']])
    assert.deepEqual(await state(msp), [{ state: 'failed', attempts: 1, lastError }])
    assert.deepEqual((await msp('outbox', 'run', '--json')).json(), [])
    const shortId = await latest(msp)
    assert.equal((await msp('outbox', 'retry', shortId)).exitCode, 0)
    assert.equal((await msp(...argv())).exitCode, 0)
    assert.deepEqual([await state(msp), stored(sandbox)], [[{ state: 'done', attempts: 2, lastError: null }], once])
  })

  test(`${name} asked for again after it failed is one write, and the failed one cannot be tried besides`, async (t) => {
    const { msp, sandbox } = await startWith(t, { on, kind: 'status', status: 422 })
    await msp(...argv())
    const shortId = await latest(msp)
    assert.equal((await msp(...argv())).exitCode, 0)
    const refusal = {
      exitCode: 2,
      stdout: [],
      stderr: [`${shortId} cannot be tried again: it is cancelled.`, `See: msp outbox show ${shortId}`],
    }
    assert.deepEqual(await msp('outbox', 'retry', shortId), refusal)
    assert.deepEqual([(await writes(msp, 'state')).map((write) => write.state), stored(sandbox)], [['done', 'cancelled'], once])
  })

  test(`${name} for which the key is refused stays queued, and nothing is lost`, async (t) => {
    const { msp, sandbox, home } = await startWith(t, { on, kind: 'rate-limit', retryAfter: '3600' })
    await msp(...argv())
    await makeDue(home)
    sandbox.syncro.revokeToken(sandbox.syncro.token)
    const { exitCode, stdout, stderr } = await msp(...argv())
    assert.deepEqual([exitCode, stdout, stderr[0]], [4, [], 'SyncroMSP refused the key: Not authenticated (status 401).'])
    assert.equal((await msp('outbox', 'run')).exitCode, 0)
    const lastError = 'SyncroMSP refused the key: Not authenticated (status 401).'
    assert.deepEqual(await state(msp), [{ state: 'ready', attempts: 2, lastError }])
    sandbox.syncro.addToken(sandbox.syncro.token)
    await makeDue(home)
    assert.deepEqual((await msp('outbox', 'run', '--wait', '--json=state')).json(), [{ state: 'done' }])
    assert.deepEqual(stored(sandbox), once)
  })

  test(`${name} is given up after eight attempts, and a person may let it go on`, async (t) => {
    const { msp, sandbox } = await startWith(t, { on, kind: 'rate-limit', retryAfter: '0', times: 8 })
    await msp(...argv())
    const { exitCode } = await msp('outbox', 'run', '--wait')
    const lastError = `Given up after 8 attempts: ${pause}`
    assert.deepEqual([exitCode, posts(sandbox), await state(msp)], [1, 8, [{ state: 'needs_human', attempts: 8, lastError }]])
    const shortId = await latest(msp)
    assert.equal((await msp('outbox', 'retry', shortId)).exitCode, 0)
    assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0)
    assert.deepEqual([stored(sandbox), posts(sandbox), await state(msp)], [once, 9, [{ state: 'done', attempts: 1, lastError: null }]])
  })

  test(`${name} that is a day old is given up at its next failure, but still looked for and still delivered`, async (t) => {
    const { msp, sandbox, home } = await startWith(t, { on, kind: 'rate-limit', retryAfter: '3600', times: 2 })
    await msp(...argv())
    const createdAt = new Date(Date.now() - 86_400_001)
    await withDatabase(home, (db) => db.updateTable('outbox').set({ createdAt, notBefore: null }).execute())
    assert.equal((await msp('outbox', 'run')).exitCode, 1)
    const lastError = `Given up after 24 hours: ${pause}`
    assert.deepEqual(await state(msp), [{ state: 'needs_human', attempts: 2, lastError }])
    await withDatabase(home, (db) => db.updateTable('outbox').set({ state: 'ready' }).execute())
    assert.equal((await msp('outbox', 'run')).exitCode, 0)
    assert.deepEqual([await state(msp), stored(sandbox)], [[{ state: 'done', attempts: 3, lastError: null }], once])
  })

  test(`${name} that the vendor does not let msp look for needs a decision; with a vendor that is down it does not`, async (t) => {
    const { msp, sandbox } = await startWith(t, { on, kind: 'cut-after' })
    await msp(...argv())
    const looks = name === 'a comment' ? 'GET tickets/:id/comments' : 'GET tickets/:id'
    arm(sandbox, { on: looks, kind: 'status', status: 503, times: 3 })
    arm(sandbox, { on: looks, kind: 'status', status: 403, skip: 3 })
    const { exitCode } = await msp('outbox', 'run', '--wait')
    const lastError = 'Could not look for it: SyncroMSP does not allow this: status 403.'
    assert.deepEqual([exitCode, await state(msp)], [1, [{ state: 'needs_human', attempts: 1, lastError }]])
    const [record] = sandbox.requests.filter(({ status }) => status === 503)
    assert.notEqual(record, undefined)
    await msp('outbox', 'retry', await latest(msp))
    assert.deepEqual([await state(msp), stored(sandbox)], [[{ state: 'done', attempts: 1, lastError: null }], once])
  })
}
