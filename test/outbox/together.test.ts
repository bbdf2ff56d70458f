import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answered } from '../support/msp.ts'
import { together } from '../support/processes.ts'
import { addWork, on, otherId, posted, run, startAt, summary, ticketId, writes } from './start.ts'

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`two processes that sync one session at once post one comment (${engine})`, async (t) => {
    const running = await startAt(t, engine)
    if (!running) return
    const { msp, sandbox, env } = running
    for (const note of ['item 0', 'item 1']) {
      await addWork(msp, note)
      const left = (await together(2, 'msp-process.ts', JSON.stringify(env), 'ticket', 'sync', '--json')) as Answered[]
      assert.deepEqual(
        left.map(({ exitCode, stderr }) => [exitCode, stderr.filter((line) => line.includes('bug'))]),
        [
          [0, []],
          [0, []],
        ],
      )
    }
    await run(msp, 'outbox', 'run', '--wait')
    assert.deepEqual(posted(sandbox), [summary('item 0'), summary('item 1')])
    assert.deepEqual(
      (await writes(msp, 'state')).map(({ state }) => state),
      ['done', 'done'],
    )
  })

  test(`several processes that deliver one queue at once send each comment once, in order, and say so (${engine})`, async (t) => {
    const running = await startAt(t, engine)
    if (!running) return
    const { msp, sandbox, env } = running
    const texts = Array.from({ length: 6 }, (_, index) => `text ${index}`)
    sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '0.3', times: 6 })
    // armed before the comments: a slow machine sends some while they are made
    sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after', times: 2 })
    for (const [index, text] of texts.entries()) await run(msp, 'ticket', 'comment', index % 2 ? 'T12342' : 'T12345', text)
    const left = (await together(3, 'msp-process.ts', JSON.stringify(env), 'outbox', 'run', '--wait')) as Answered[]
    assert.deepEqual(
      left.map(({ exitCode, stderr }) => [exitCode, stderr.filter((line) => line !== 'Nothing is queued.')]),
      Array(3).fill([0, []]),
    )
    const bodies = [ticketId, otherId].map((id) => posted(sandbox, id).map(({ body }) => body))
    assert.deepEqual(bodies, [texts.filter((_, index) => index % 2 === 0), texts.filter((_, index) => index % 2 === 1)])
    assert.deepEqual(new Set((await writes(msp, 'state')).map(({ state }) => state)), new Set(['done']))
  })
}
