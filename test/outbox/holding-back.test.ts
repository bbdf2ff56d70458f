import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../src/world.ts'
import { addWork, makeDue, on, posted, run, startSession, summary, withDatabase, writes } from './start.ts'

test('a process that slept between its claim and the socket, while another one took over, sends nothing', async (t) => {
  let home = ''
  let sleeps = false
  const step: Step = async (name, effect) => {
    const result = await effect()
    if (sleeps && name === 'outbox.sent')
      await withDatabase(home, (db) => db.updateTable('outbox').set({ leaseOwner: 'desk|boot|1|2' }).execute())
    return result
  }
  const running = await startSession(t, { step })
  home = running.home
  await addWork(running.msp, 'item')
  sleeps = true
  assert.equal((await running.msp('ticket', 'sync')).exitCode, 0)
  assert.deepEqual(posted(running.sandbox), [])
  sleeps = false
  await withDatabase(home, (db) =>
    db
      .updateTable('outbox')
      .set({ leaseUntil: new Date(0) })
      .execute(),
  )
  await run(running.msp, 'outbox', 'run', '--wait')
  assert.deepEqual(posted(running.sandbox), [summary('item')])
})

test('a dry run sends nothing, not even what was queued before', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  await addWork(msp, 'item')
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  assert.equal((await msp('ticket', 'sync')).exitCode, 0)
  await makeDue(home)
  assert.equal((await msp('ticket', 'comment', 'T12345', 'text', '--dry-run')).exitCode, 0)
  assert.deepEqual([posted(sandbox), (await writes(msp, 'state')).map(({ state }) => state)], [[], ['ready']])
  assert.equal((await msp('ticket', 'show', 'T12345')).exitCode, 0)
  assert.deepEqual(posted(sandbox), [summary('item')])
})
