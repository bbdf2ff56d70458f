import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { MspError } from '../../src/errors.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import type { Step } from '../../src/world.ts'
import type { Msp } from '../support/msp.ts'
import { random } from './random.ts'
import { posted, run, shortSleep, startSession, ticketId, writes } from './start.ts'

// Every effect of a command that writes fails or ends the process, before it takes place or after. A run takes some of these cases at random;
// `MSP_TEST_SWEEP=all npm test -- test/outbox/sweep.test.ts` takes them all.
const share = process.env.MSP_TEST_SWEEP === 'all' ? 1 : 0.06
const seed = Number(process.env.MSP_TEST_SEED ?? Date.now() % 1_000_000)

const modes = ['fails before', 'fails after', 'ends the process before', 'ends the process after'] as const
type Mode = (typeof modes)[number]
type Effect = Parameters<Step>[1]

/** A kind of write: how it is asked for, and what the vendor has of it, which must be `once`. */
interface Swept {
  name: string
  argv(text: string, home: string): string[]
  stored(sandbox: Sandbox, text: string): unknown
  once: unknown
}

const swept: Swept[] = [
  {
    name: 'ticket comment',
    argv: (text) => ['ticket', 'comment', 'T12345', text],
    stored: (sandbox, text) => posted(sandbox).filter(({ body }) => body === text).length,
    once: 1,
  },
  {
    name: 'time log --charge',
    argv: (text) => ['time', 'log', '5m', '--yesterday', '--overlap', '--ticket', 'T12345', '--note', text, '--charge', '--yes'],
    stored: ({ syncro }, text) => {
      const timers = syncro.timers(ticketId).filter(({ notes }) => notes?.startsWith(`${text} (`))
      const lines = timers.filter(({ ticket_line_item_id }) => ticket_line_item_id !== null)
      return { timers: timers.length, charged: lines.length }
    },
    once: { timers: 1, charged: 1 },
  },
  {
    name: 'ticket attach',
    argv: (text, home) => {
      const file = join(home, `${text.replaceAll(' ', '-')}.bin`)
      writeFileSync(file, randomBytes(100))
      return ['ticket', 'attach', 'T12345', file, '--yes']
    },
    stored: ({ syncro }, text) =>
      syncro.attachments(ticketId).filter(({ file_name }) => file_name === `${text.replaceAll(' ', '-')}.bin`).length,
    once: 1,
  },
]

class Ended extends Error {}

/** Does that to the effect with this number. */
function spoil(mode: Mode, wanted: number): (name: string, effect: Effect) => Promise<unknown> {
  let count = 0
  return async (name, effect) => {
    if (count++ !== wanted) return effect()
    if (mode.endsWith('after')) await effect()
    throw mode.startsWith('fails') ? new MspError('storage', `${name} failed.`) : new Ended(name)
  }
}

async function start(t: TestContext) {
  const seam: { step: (name: string, effect: Effect) => Promise<unknown> } = { step: (_, effect) => effect() }
  const step = ((name, effect) => seam.step(name, effect as Effect)) as Step
  const limits = { lease: 60, settle: 30, attach: 400, interactive: 500 }
  const running = await startSession(t, { step, sleep: shortSleep, sandbox: { rateLimit: 'off' }, limits })
  Object.assign(running.env, { MSP_PUBLIC_URL: 'http://127.0.0.1', MSP_LISTEN: '127.0.0.1:0' })
  return { ...running, seam }
}

/** A person who looks says of what msp cannot tell whether it is there. */
async function decide(msp: Msp, isThere: () => boolean): Promise<void> {
  for (const { shortId, state } of await writes(msp, 'shortId', 'state')) {
    if (state === 'needs_human') await msp('outbox', 'resolve', String(shortId), isThere() ? '--sent' : '--not-sent')
  }
  await msp('outbox', 'run', '--wait')
}

for (const { name, argv, stored, once } of swept) {
  test(`${name}: whichever effect fails or ends the process, it is at the vendor once in the end`, async (t) => {
    const { msp, sandbox, home, seam } = await start(t)
    const next = random(seed)
    let effects = 0
    seam.step = (_, effect) => {
      effects++
      return effect()
    }
    await run(msp, ...argv('plain', home))
    assert.deepEqual(stored(sandbox, 'plain'), once)
    for (let index = 0; index < effects; index++) {
      for (const mode of modes) {
        if (next() >= share) continue
        await t.test(`effect ${index} ${mode} (seed ${seed})`, async () => {
          const text = `${index} ${mode}`
          const words = argv(text, home)
          seam.step = spoil(mode, index)
          await msp(...words)
          seam.step = (_, effect) => effect()
          // as whoever sees it fail does: what is queued goes out, then the command is repeated
          await msp('outbox', 'run', '--wait')
          await decide(msp, () => isDeepStrictEqual(stored(sandbox, text), once))
          await msp(...words)
          await msp('outbox', 'run', '--wait')
          await decide(msp, () => isDeepStrictEqual(stored(sandbox, text), once))
          assert.deepEqual(stored(sandbox, text), once, JSON.stringify((await writes(msp, 'kind', 'state', 'lastError')).slice(0, 3)))
          const open = (await writes(msp, 'state', 'lastError')).filter(
            ({ state }) => !['done', 'cancelled', 'failed'].includes(String(state)),
          )
          assert.deepEqual(open, [])
        })
      }
    }
  })
}
