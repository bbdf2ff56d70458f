import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { fastClock, latest, makeDue, on, plain, posted, run, shortSleep, startSession, ticketId, writes } from '../outbox/start.ts'

const pause = 'SyncroMSP asks for a pause: too many calls.'
const comment = ['ticket', 'comment', 'T12345', 'Fuser replaced.'] as const
const note = { subject: 'Note', body: 'Fuser replaced.', hidden: true }

const queueNext = (sandbox: Sandbox) => sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })

test('a write whose outcome is not known is looked for when it is tried again, not sent', async (t) => {
  const { msp, sandbox } = await startSession(t, { limits: { settle: 10_000 } })
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
  await run(msp, ...comment)
  const shortId = await latest(msp)
  assert.deepEqual(await plain(msp, await msp('outbox', 'retry', shortId)), {
    exitCode: 0,
    stdout: ['7F3K\t12345\tdone'],
    stderr: ['7F3K is delivered.'],
  })
  assert.deepEqual(posted(sandbox), [note])
  const refusal = [`${shortId} cannot be tried again: it is delivered.`, `See: msp outbox show ${shortId}`]
  assert.deepEqual(await msp('outbox', 'retry', shortId), { exitCode: 2, stdout: [], stderr: refusal })
})

test('a person who looked says that a comment is not there, and it is sent once', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-before' })
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id/comments', kind: 'status', status: 403 })
  await run(msp, ...comment)
  const shortId = await latest(msp)
  const hint = `See: msp outbox show ${shortId}`
  const early = [`${shortId} needs no decision: it is queued, and msp looks for it at the vendor before anything is sent again.`, hint]
  assert.deepEqual(await msp('outbox', 'resolve', shortId, '--sent'), { exitCode: 2, stdout: [], stderr: early })
  assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 1)
  const shown = 'The vendor does not show comment 7F3K on T12345.'
  const open = [shown, 'Is it at the vendor?', 'Look there, then say it: --sent or --not-sent']
  assert.deepEqual(await plain(msp, await msp('outbox', 'resolve', shortId)), { exitCode: 2, stdout: [], stderr: open })
  assert.deepEqual(await plain(msp, await msp('outbox', 'resolve', shortId, '--not-sent')), {
    exitCode: 0,
    stdout: ['7F3K\t12345\tready'],
    stderr: [shown, '7F3K is queued again. To send it now: msp outbox run', 'Delivered 7F3K, which was queued: comment on T12345.'],
  })
  await run(msp, 'outbox', 'run')
  assert.deepEqual(posted(sandbox), [note])
})

test('what the vendor gave an id is there, whatever a person says', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id/comments', kind: 'status', status: 403 })
  const { exitCode, stderr } = await plain(msp, await msp(...comment))
  const lastError = 'SyncroMSP does not allow this: status 403.'
  const shortId = await latest(msp)
  const [{ vendorId }] = (await writes(msp, 'vendorId')) as [Record<string, unknown>]
  const needs = `7F3K needs a decision: It is at the vendor as ${vendorId}, and could not be checked: ${lastError}`
  assert.deepEqual([exitCode, stderr], [1, [needs, 'Do not write it again. To settle it: msp outbox resolve 7F3K']])
  // the vendor is not asked what msp knows, and nobody is to say what is known
  const known = [`The vendor has comment ${shortId} on T12345: ${vendorId}.`, 'Is it at the vendor?']
  const told = [...known, `It is: msp outbox resolve ${shortId} --sent`]
  assert.deepEqual(await msp('outbox', 'resolve', shortId), { exitCode: 2, stdout: [], stderr: told })
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id/comments', kind: 'status', status: 404 })
  const cancelled = ['7F3K cannot be withdrawn: it is in need of a decision.', 'Say whether it is at the vendor: msp outbox resolve 7F3K']
  assert.deepEqual(await plain(msp, await msp('outbox', 'cancel', shortId)), { exitCode: 2, stdout: [], stderr: cancelled })
  const again = await plain(msp, await msp('outbox', 'retry', shortId))
  assert.deepEqual(
    [again.exitCode, again.stderr.at(-1), posted(sandbox)],
    [1, 'Do not write it again. To settle it: msp outbox resolve 7F3K', [note]],
  )
  const refusal = [
    `The vendor has comment ${shortId} on T12345: ${vendorId}.`,
    `${shortId} is at the vendor as ${vendorId}, so it is not sent again.`,
    `msp outbox resolve ${shortId} --sent`,
  ]
  assert.deepEqual(await msp('outbox', 'resolve', shortId, '--not-sent'), { exitCode: 2, stdout: [], stderr: refusal })
  // also when the vendor does not show it yet
  sandbox.syncro.commentLagMs = 3_600_000
  await run(msp, 'outbox', 'retry', shortId)
  sandbox.syncro.commentLagMs = 0
  assert.deepEqual([posted(sandbox), await writes(msp, 'state', 'lastError')], [[note], [{ state: 'done', lastError: null }]])
})

test('a run says what became of each write, and that there is none', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  assert.deepEqual(await msp('outbox', 'run'), { exitCode: 0, stdout: [], stderr: ['Nothing is queued.'] })
  queueNext(sandbox)
  await run(msp, ...comment)
  const waiting = { exitCode: 0, stdout: [`7F3K\tcomment\t12345\tready\t${pause}`], stderr: ['7F3K has its next turn in N minutes.'] }
  assert.deepEqual(await plain(msp, await msp('outbox', 'run')), waiting)
  await makeDue(home)
  sandbox.arm({ vendor: 'syncro', on, kind: 'status', status: 422 })
  const failed = { exitCode: 1, stdout: ['7F3K\tcomment\t12345\tfailed\tSyncroMSP refused: status 422.'], stderr: [] }
  assert.deepEqual(await plain(msp, await msp('outbox', 'run')), failed)
})

test('what fails when a later command delivers it is said there, and that command has worked', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  queueNext(sandbox)
  await run(msp, ...comment)
  await makeDue(home)
  sandbox.arm({ vendor: 'syncro', on, kind: 'status', status: 422 })
  const { exitCode, stderr } = await plain(msp, await msp('ticket', 'show', 'T12345'))
  const told = '7F3K, which was queued, failed: SyncroMSP refused: status 422. See: msp outbox show 7F3K'
  assert.deepEqual([exitCode, stderr], [0, [told]])
})

test('a run that waits ends with 8 when something is still on its way', async (t) => {
  const { msp, sandbox } = await startSession(t, fastClock())
  queueNext(sandbox)
  await run(msp, ...comment)
  const { exitCode, stdout, stderr } = await msp('outbox', 'run', '--wait', '--json=state')
  const error = { code: 'not_delivered', message: '1 write is not delivered yet.', hint: 'See: msp outbox list' }
  assert.deepEqual([exitCode, JSON.parse(stdout.join('')), JSON.parse(stderr.join(''))], [8, [{ state: 'ready' }], { error }])
})

test('what a colleague has queued goes out with the colleague’s own key', async (t) => {
  const { msp, sandbox, env, home } = await startSession(t, { sleep: shortSleep })
  const rosa = 1736
  sandbox.syncro.addToken('key-of-rosa', { userId: rosa })
  env.MSP_TECHNICIAN = 'rosa@example.com'
  const own = ['integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin', '--owner', 'me']
  assert.equal((await msp.withInput('key-of-rosa', ...own)).exitCode, 0)
  queueNext(sandbox)
  await run(msp, ...comment)
  await makeDue(home)
  env.MSP_TECHNICIAN = 'mike@example.com'
  await run(msp, 'ticket', 'show', 'T12345')
  const { user_id, body } = sandbox.syncro.comments(ticketId).at(-1) ?? {}
  assert.deepEqual([user_id, body], [rosa, 'Fuser replaced.'])
})
