import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type LineFault, startFaultProxy } from '../support/fault-proxy.ts'
import { comment, posts } from './kinds.ts'
import { later, plain, posted, run, shortSleep, startSession, writes } from './start.ts'

/** A session whose SyncroMSP is at the other end of a line that can fail. */
async function startOverLine(t: TestContext) {
  const running = await startSession(t, { sleep: shortSleep, limits: { request: 300, settle: 50 } })
  const { msp, sandbox } = running
  const vendor = new URL(sandbox.syncro.apiUrl)
  const line = await startFaultProxy(t, { kind: 'none' }, Number(vendor.port))
  const through = Object.assign(new URL(vendor), { port: String(line.port) }).href
  const { exitCode } = await msp.withInput(sandbox.syncro.token, 'integrate', 'syncro', '--api-url', through, '--token-stdin')
  assert.equal(exitCode, 0)
  return { ...running, line }
}

const cut = 'SyncroMSP cut the line (ECONNRESET).'
const tooLate = 'SyncroMSP did not answer within 0.3 s.'

const everywhere: Array<[name: string, fault: LineFault, said: string]> = [
  ['that nobody answers', { kind: 'refuse' }, 'SyncroMSP could not be reached (ECONNREFUSED).'],
  ['that takes everything and says nothing', { kind: 'blackhole' }, tooLate],
  ['that is closed at once', { kind: 'close', when: 'connected' }, cut],
  ['that is reset once asked', { kind: 'reset', when: 'asked' }, cut],
  ['that is cut in the head of the answer', { kind: 'cut', after: 20 }, cut],
]

test('over a line to the vendor that fails a read, and a write on a ticket that was linked elsewhere, end with one sentence, and nothing is queued or sent', async (t) => {
  const { msp, sandbox, line } = await startOverLine(t)
  for (const [name, fault, said] of everywhere) {
    await t.test(`a line ${name}`, async () => {
      await line.use(fault)
      for (const argv of [['ticket', 'show', 'T12345'], comment.argv(name)]) {
        const { exitCode, stdout, stderr } = await msp(...argv)
        assert.deepEqual([exitCode, stdout, stderr[0]], [1, [], said])
      }
      assert.deepEqual([await writes(msp, 'state'), posts(sandbox)], [[], 0])
    })
  }
  await line.use({ kind: 'none' })
  await run(msp, ...comment.argv())
  assert.deepEqual(comment.stored(sandbox), comment.once)
})

test('over a line to the vendor that fails a comment on a linked ticket is queued, and once the line works it is there once', async (t) => {
  const { msp, sandbox, line } = await startOverLine(t)
  // as which the link notes where the ticket is now
  await run(msp, 'ticket', 'sync')
  for (const [name, fault, said] of everywhere.slice(0, 2)) {
    await t.test(`a line ${name}`, async () => {
      await line.use(fault)
      const { exitCode, stderr } = await plain(msp, await msp(...comment.argv(name)))
      assert.deepEqual([exitCode, stderr.at(-2)?.endsWith(said), stderr.at(-1)], [0, true, later])
      await line.use({ kind: 'none' })
      assert.deepEqual((await msp('outbox', 'run', '--wait', '--json=state')).json(), [{ state: 'done' }])
      assert.deepEqual(
        posted(sandbox).flatMap(({ body }) => (body.includes(name) ? [body] : [])),
        [name],
      )
    })
  }
})

for (const [what, sentence, arrived] of [
  ['half', cut, false],
  ['answer', cut, true],
  ['everything', tooLate, true],
] as const) {
  const lost = what === 'half' ? 'half of the write' : what === 'answer' ? 'the answer to the write' : 'all that follows the write'
  test(`over a line to the vendor that loses ${lost} it is queued, and once the line works it is there once`, async (t) => {
    const { msp, sandbox, line } = await startOverLine(t)
    await line.use({ kind: 'lose', what, asked: 'POST /' })
    const { exitCode, stderr } = await plain(msp, await msp(...comment.argv()))
    const queued = `Queued as 7F3K, and msp looks for it at the vendor before anything is sent again: ${sentence}`
    assert.deepEqual([line.isLost(), exitCode, stderr], [true, 0, [queued, later]])
    assert.equal(posts(sandbox), arrived ? 1 : 0)
    await line.use({ kind: 'none' })
    assert.deepEqual((await msp('outbox', 'run', '--wait', '--json=state')).json(), [{ state: 'done' }])
    assert.deepEqual([comment.stored(sandbox), posts(sandbox)], [comment.once, 1])
  })
}
