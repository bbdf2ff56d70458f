import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { MspError } from '../src/errors.ts'
import { interruptible } from '../src/interrupt.ts'
import { temporaryFolder } from './support/engines.ts'

const counted = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const listeners = () => counted.map((signal) => process.listenerCount(signal))

for (const name of counted) {
  test(`${name} is heard by the work, whose complaint is of no interest then`, async () => {
    const before = listeners()
    const work = interruptible(async (signal) => {
      await once(signal, 'abort')
      throw new Error('the stream was cut off')
    })
    process.emit(name, name)
    await assert.rejects(work, { code: 'cancelled', message: 'Cancelled.' })
    assert.deepEqual(listeners(), before)
  })
}

test('work that says itself how far it got is heard, and work that is done by then is not undone', async () => {
  const stopped = (end: () => string) =>
    interruptible(async () => {
      process.emit('SIGTERM', 'SIGTERM')
      return end()
    })
  const tell = () => {
    throw new MspError('cancelled', 'Half of it is there.')
  }
  await assert.rejects(stopped(tell), { code: 'cancelled', message: 'Half of it is there.' })
  assert.equal(await stopped(() => 'done'), 'done')
})

// opens a pipe that nobody writes into, which nothing but the end of the process ends
const hanging = (pipe: string) => `
  import { open } from 'node:fs/promises'
  import { interruptible } from ${JSON.stringify(new URL('../src/interrupt.ts', import.meta.url).href)}
  await interruptible((signal) => {
    signal.addEventListener('abort', () => console.log('heard'))
    console.log('hangs')
    return open(${JSON.stringify(pipe)})
  })`

test('a second signal ends a process whose work hangs, and its parent sees by which', async (t) => {
  const pipe = join(temporaryFolder(t), 'pipe')
  if (spawnSync('mkfifo', [pipe]).status !== 0) return t.skip('NOT TESTED: nobody can make a named pipe here.')
  const ends = counted.map(async (name) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', hanging(pipe)], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    const exit = once(child, 'exit')
    await once(child.stdout, 'data')
    child.kill(name)
    assert.equal(String(await once(child.stdout, 'data')), 'heard\n')
    child.kill(name)
    return exit
  })
  assert.deepEqual(
    await Promise.all(ends),
    counted.map((name) => [null, name]),
  )
})
