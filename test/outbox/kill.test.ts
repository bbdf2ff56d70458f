import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { scriptFile } from '../support/processes.ts'
import { random } from '../support/random.ts'
import { isWhole, seed } from '../support/some.ts'
import { addWork, posted, startAt, summary, ticketId, writes } from './start.ts'

const path = scriptFile('msp-process.ts')

interface Moment {
  /** After so many beginnings and ends of effects. */
  effects: number
  /** And so many milliseconds. */
  delay: number
}

/** Runs msp until that moment, or to its end, and gives the effects that it came to. */
async function runUntil(env: object, argv: string[], moment?: Moment): Promise<string[]> {
  const child = spawn(process.execPath, [path, JSON.stringify(env), ...argv], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit')
  let text = ''
  for await (const chunk of child.stderr) {
    text += chunk
    if (moment === undefined || text.split('\n').length <= moment.effects) continue
    await wait(moment.delay)
    child.kill('SIGKILL')
  }
  const [status, signal] = await exit
  if (moment === undefined) assert.deepEqual([status, signal], [0, null], text)
  return text.trim().split('\n')
}

for (const [engine, kills] of [
  ['sqlite', isWhole ? 10 : 4],
  ['mariadb', 3],
] as const) {
  test(`killed at ${kills} random moments of a sync, each work item is posted once in the end (${engine})`, async (t) => {
    const running = await startAt(t, engine)
    if (!running) return
    const { msp, sandbox, env } = running
    const next = random(seed)
    await addWork(msp, 'item 0')
    const effects = await runUntil(env, ['ticket', 'sync'])
    for (let kill = 1; kill <= kills; kill++) {
      const moment = { effects: Math.floor(next() * effects.length), delay: Math.floor(next() * 4) }
      const at = `seed ${seed}, kill ${kill}: ${JSON.stringify(moment)}, after ${effects[moment.effects]}`
      await addWork(msp, `item ${kill}`)
      await runUntil(env, ['ticket', 'sync'], moment)
      assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0, at)
      const { pushed, failed } = (await msp('ticket', 'sync', '--json')).json()
      const known = (await writes(msp, 'state', 'vendorId')).reverse()
      const items = Array.from({ length: kill + 1 }, (_, index) => summary(`item ${index}`))
      assert.deepEqual([posted(sandbox), failed, pushed.length <= 1], [items, [], true], at)
      const ids = sandbox.syncro.comments(ticketId).flatMap(({ id, subject }) => (subject.startsWith('Work') ? [String(id)] : []))
      assert.deepEqual(
        known,
        ids.map((vendorId) => ({ state: 'done', vendorId })),
        at,
      )
    }
    assert.deepEqual((await msp('ticket', 'sync', '--json')).json(), { pushed: [], pulled: [], failed: [] })
  })
}
