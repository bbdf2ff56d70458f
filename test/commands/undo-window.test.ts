import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { latest, makeDue, muchLater, on, plain, posted, shortSleep, startSession, writes } from '../outbox/start.ts'

const comment = ['ticket', 'comment', 'T12345', 'Done', '--visibility', 'public'] as const
const goesOut = (seconds: number) => `7F3K goes out in ${seconds} s. To withdraw it: Ctrl-C, or elsewhere: msp outbox cancel 7F3K`

/** A session in which `meanwhile` happens while a public comment waits, and then its time is up. */
async function startWaiting(t: TestContext) {
  const during = { meanwhile: async () => {} }
  const sleep = async (milliseconds: number) => (milliseconds === 60_000 ? during.meanwhile() : shortSleep(milliseconds))
  const running = await startSession(t, { terminal: true, limits: { undo: 60_000 }, sleep })
  running.tell([true])
  return { ...running, during }
}

test('on a terminal what a client will see waits, is said, and goes out by itself', async (t) => {
  const { msp, sandbox, tell } = await startSession(t, { terminal: true, limits: { undo: 200 } })
  tell([true])
  const { exitCode, stderr } = await plain(msp, await msp(...comment))
  assert.deepEqual([exitCode, stderr.slice(-2)], [0, [goesOut(0.2), 'Commented on T12345 (public).']])
  assert.deepEqual(posted(sandbox), [{ subject: 'Note', body: 'Done', hidden: false }])
})

test('what waits is withdrawn from elsewhere, and nothing else sends it meanwhile', async (t) => {
  const { msp, sandbox, tell } = await startSession(t, { terminal: true, limits: { undo: 1500 } })
  tell([true, true])
  const sending = msp(...comment)
  while ((await writes(msp, 'state')).length === 0) await wait(20)
  for (const verb of ['run', 'list']) {
    const { exitCode, stderr } = await plain(msp, await msp('outbox', verb))
    assert.deepEqual([exitCode, stderr[0]?.replace(/in \d+/, 'in N')], [0, '7F3K can still be withdrawn: it goes out in N s.'])
  }
  assert.deepEqual(posted(sandbox), [])
  assert.equal((await msp('outbox', 'cancel', await latest(msp))).exitCode, 0)
  const { exitCode } = await sending
  assert.deepEqual([exitCode, posted(sandbox), await writes(msp, 'state')], [130, [], [{ state: 'cancelled' }]])
})

test('Ctrl-C withdraws what waits', async (t) => {
  const { msp, sandbox, tell } = await startSession(t, { terminal: true, limits: { undo: 2000 } })
  tell([true])
  const sending = msp(...comment)
  while ((await writes(msp, 'state')).length === 0) await wait(20)
  await wait(50)
  process.emit('SIGINT')
  const { exitCode, stderr } = await plain(msp, await sending)
  assert.deepEqual([exitCode, stderr.at(-1)], [130, '7F3K is withdrawn. Nothing was sent.'])
  assert.deepEqual([posted(sandbox), await writes(msp, 'state')], [[], [{ state: 'cancelled' }]])
})

test('Ctrl-C withdraws a charge, and says that its time stays logged', async (t) => {
  const { msp, sandbox, during } = await startWaiting(t)
  during.meanwhile = async () => {
    process.emit('SIGINT')
  }
  const { exitCode, stderr } = await plain(msp, await msp('time', 'log', '5m', '--ticket', 'T12345', '--charge'))
  assert.deepEqual([exitCode, stderr.at(-1)], [130, '7F3K is withdrawn. Nothing is charged; the time entry stays.'])
  assert.deepEqual(
    [sandbox.syncro.timers().length, await writes(msp, 'kind', 'state')],
    [
      1,
      [
        { kind: 'charge', state: 'cancelled' },
        { kind: 'time_entry', state: 'done' },
      ],
    ],
  )
})

test('Ctrl-C that comes too late says what became of what waited', async (t) => {
  const { msp, sandbox, home, during } = await startWaiting(t)
  during.meanwhile = async () => {
    await makeDue(home)
    await msp('outbox', 'run')
    process.emit('SIGINT')
  }
  const { exitCode, stderr } = await plain(msp, await msp(...comment))
  assert.deepEqual([exitCode, stderr.slice(-2)], [0, ['Too late: 7F3K is delivered.', 'Commented on T12345 (public).']])
  assert.equal(posted(sandbox).length, 1)
})

test('an agent does not cut the time for second thoughts short', async (t) => {
  const { msp, sandbox, env, during } = await startWaiting(t)
  let refused: unknown
  during.meanwhile = async () => {
    env.CLAUDE_CODE_CHILD_SESSION = '1'
    const { exitCode, stderr } = await plain(msp, await msp('outbox', 'retry', await latest(msp)))
    refused = { exitCode, ...JSON.parse(stderr.join('')).error }
    env.CLAUDE_CODE_CHILD_SESSION = undefined
    process.emit('SIGINT')
  }
  assert.equal((await msp(...comment)).exitCode, 130)
  const message = '7F3K can still be withdrawn, and an agent does not cut that short.'
  const hint = 'To send it once its time is up: msp outbox run --wait'
  assert.deepEqual([refused, posted(sandbox)], [{ exitCode: 1, code: 'forbidden', message, hint, untrusted: ['message'] }, []])
})

test('a person who tries it again sends it before its time is up', async (t) => {
  const { msp, sandbox, during } = await startWaiting(t)
  let sent: unknown
  during.meanwhile = async () => {
    await msp('outbox', 'retry', await latest(msp))
    sent = posted(sandbox)
  }
  const { exitCode, stderr } = await msp(...comment)
  const once = [{ subject: 'Note', body: 'Done', hidden: false }]
  assert.deepEqual([exitCode, stderr.at(-1), sent, posted(sandbox)], [0, 'Commented on T12345 (public).', once, once])
})

test('a pause that the vendor has asked for meanwhile is not over with the time for second thoughts', async (t) => {
  const { msp, sandbox, home, during } = await startWaiting(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  during.meanwhile = async () => {
    await makeDue(home)
    await msp('outbox', 'run')
  }
  const lastError = 'SyncroMSP asks for a pause: too many calls.'
  const { exitCode, stderr } = await plain(msp, await msp(...comment))
  assert.deepEqual([exitCode, stderr.slice(-2)], [0, [`Queued as 7F3K: ${lastError}`, muchLater]])
  assert.deepEqual([posted(sandbox), await writes(msp, 'state', 'lastError')], [[], [{ state: 'ready', lastError }]])
})

for (const [what, argv, env, waits] of [
  ['an internal comment', ['ticket', 'comment', 'T12345', 'Done'], { MSP_UNDO_WINDOW: '1' }, false],
  ['a public comment in a script', [...comment, '--yes'], {}, false],
  ['a public comment in a script that sets the window', [...comment, '--yes'], { MSP_UNDO_WINDOW: '1' }, true],
] as const) {
  test(`${what} ${waits ? 'waits' : 'goes at once'}`, async (t) => {
    const { msp, env: environment } = await startSession(t, { limits: { undo: 300 } })
    Object.assign(environment, env)
    const { exitCode, stderr } = await plain(msp, await msp(...argv))
    assert.deepEqual([exitCode, stderr.filter((line) => line.includes('goes out in'))], [0, waits ? [goesOut(1)] : []])
  })
}

test('a window that is no number of seconds is refused', async (t) => {
  const { msp } = await startSession(t)
  const { exitCode, stderr } = await msp('config', 'set', 'undo.window', 'long')
  assert.deepEqual([exitCode, stderr[0]], [2, '"long" is not a number of seconds from 0 to 120.'])
})
