import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { MspError } from '../src/errors.ts'
import { interruptible } from '../src/interrupt.ts'

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
