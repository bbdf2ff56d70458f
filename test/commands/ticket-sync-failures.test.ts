import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addWork,
  fastClock,
  later,
  latest,
  on,
  otherId,
  plain,
  posted,
  run,
  shortSleep,
  startSession,
  summary,
  sync,
  writes,
} from '../outbox/start.ts'

const noChange = 'Nothing has changed on the tickets.'

test('a comment that one ticket refuses does not keep the others from theirs, and a second sync posts what is missing', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await run(msp, 'ticket', 'link', 'T12342')
  const workItems = await addWork(msp, 'one')
  sandbox.arm({ vendor: 'syncro', on: `POST tickets/${otherId}/comment`, kind: 'status', status: 422 })
  const first = await msp('ticket', 'sync', '--json')
  const { pushed, failed } = first.json()
  const shown = pushed.map(({ ticket, state, workItems: posted }: Record<string, unknown>) => [ticket, state, posted])
  assert.deepEqual(
    [first.exitCode, shown],
    [
      1,
      [
        ['12342', 'failed', workItems],
        ['12345', 'done', workItems],
      ],
    ],
  )
  const refused = (await writes(msp, 'shortId', 'state')).find(({ state }) => state === 'failed')?.shortId
  assert.deepEqual(failed, [{ ticket: '12342', code: 'vendor', message: `${refused} failed: SyncroMSP refused: status 422.` }])
  await addWork(msp, 'two')
  const second = (await sync(msp)).pushed.map(({ ticket, state }: Record<string, unknown>) => [ticket, state])
  assert.deepEqual(second, [
    ['12342', 'done'],
    ['12345', 'done'],
  ])
  assert.equal((await msp('outbox', 'retry', String(refused))).exitCode, 2)
  assert.deepEqual([posted(sandbox, otherId), posted(sandbox)], [[summary('one', 'two')], [summary('one'), summary('two')]])
})

test('a failed comment that is tried again keeps its work, and a second sync adds nothing', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  sandbox.arm({ vendor: 'syncro', on, kind: 'status', status: 422 })
  assert.deepEqual(await plain(msp, await msp('ticket', 'sync')), {
    exitCode: 1,
    stdout: ['failed\t12345\t7F3K failed: SyncroMSP refused: status 422.'],
    stderr: [],
  })
  await run(msp, 'outbox', 'retry', await latest(msp))
  assert.deepEqual([(await sync(msp)).pushed, posted(sandbox)], [[], [summary('one')]])
})

test('a comment whose answer is lost is queued and said to be, and --wait waits for it', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after', times: 2 })
  await addWork(msp, 'one')
  const lookedFor = 'Queued as 7F3K, and msp looks for it at the vendor before anything is sent again: SyncroMSP cut the line (ECONNRESET).'
  assert.deepEqual(await plain(msp, await msp('ticket', 'sync')), {
    exitCode: 0,
    stdout: ['queued\t12345\t1 work item\t7F3K'],
    stderr: [lookedFor, later, noChange],
  })
  await run(msp, 'outbox', 'run', '--wait')
  await addWork(msp, 'two')
  const waited = await msp('ticket', 'sync', '--wait', '--json')
  assert.deepEqual([waited.exitCode, waited.json().pushed[0].state], [0, 'done'])
  assert.deepEqual(posted(sandbox), [summary('one'), summary('two')])
})

test('--wait ends with 8 when a comment is not delivered in time, its JSON complete', async (t) => {
  const { msp, sandbox } = await startSession(t, fastClock())
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  await addWork(msp, 'one')
  const { exitCode, stdout, stderr } = await msp('ticket', 'sync', '--wait', '--json')
  assert.deepEqual(
    [exitCode, JSON.parse(stdout.join('')).pushed[0].state, JSON.parse(stderr.join('')).error.code],
    [8, 'ready', 'not_delivered'],
  )
})

test('a vendor that cannot be reached is a failure of every link', async (t) => {
  const { msp, sandbox } = await startSession(t, { sleep: shortSleep })
  await addWork(msp, 'one')
  await sandbox.close()
  const { exitCode, stdout, stderr } = await msp('ticket', 'sync')
  assert.deepEqual([exitCode, stdout, stderr], [1, ['failed\t12345\tSyncroMSP could not be reached (ECONNREFUSED).'], []])
  assert.deepEqual(await writes(msp, 'state'), [])
})

test('a revoked key is a failure of every link, and no work is lost', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  sandbox.syncro.revokeToken(sandbox.syncro.token)
  const { exitCode, stdout } = await msp('ticket', 'sync', '--json')
  assert.deepEqual([exitCode, JSON.parse(stdout.join('')).failed[0].code], [1, 'sign_in'])
  sandbox.syncro.addToken(sandbox.syncro.token)
  assert.deepEqual([(await sync(msp)).pushed.length, posted(sandbox)], [1, [summary('one')]])
})

test('the end of a session whose comment is refused still ends it, and ends with 1', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  await run(msp, 'ticket', 'link', 'T12345', '--auto-sync')
  sandbox.arm({ vendor: 'syncro', on, kind: 'status', status: 422 })
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual([exitCode, stderr.filter((line) => line.includes('422')).length], [1, 1])
  assert.equal((await msp('session', 'list', '--json')).json()[0].endedAt !== null, true)
  const [{ id }] = (await msp('session', 'list', '--json')).json()
  assert.equal((await msp('ticket', 'sync', '--session', id)).exitCode, 0)
  assert.deepEqual(posted(sandbox), [summary('one')])
})

test('a comment that needs a decision keeps its work: a sync posts nothing besides', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id/comments', kind: 'status', status: 403 })
  await run(msp, 'ticket', 'sync')
  assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 1)
  assert.deepEqual([(await writes(msp, 'state'))[0], (await sync(msp)).pushed], [{ state: 'needs_human' }, []])
  assert.equal((await msp('outbox', 'cancel', await latest(msp), '--yes')).exitCode, 2)
  await run(msp, 'outbox', 'retry', await latest(msp))
  assert.deepEqual([(await writes(msp, 'state'))[0], (await sync(msp)).pushed, posted(sandbox)], [{ state: 'done' }, [], [summary('one')]])
})
