import { type TestContext, test } from 'node:test'
import { MspError } from '../../src/errors.ts'
import type { Step } from '../../src/world.ts'
import { random } from '../support/random.ts'
import { isWhole, seed } from '../support/some.ts'
import { breakAndMend, type Command, commands, prepareCommands, toLimits } from './commands.ts'
import { run, shortSleep, startSession } from './start.ts'

// Every effect of a command that writes fails or ends the process, before it takes place or after. A run takes one effect of each command and way
// at random; `MSP_TEST_SWEEP=all npm test -- test/outbox/sweep.test.ts` takes them all.

const modes = ['fails before', 'fails after', 'ends the process before', 'ends the process after'] as const
type Mode = (typeof modes)[number]
type Effect = Parameters<Step>[1]
type Seam = (name: string, effect: Effect) => Promise<unknown>

class Ended extends Error {}

/** Does that to the effect with this number. */
function spoil(mode: Mode, wanted: number): Seam {
  let count = 0
  return async (name, effect) => {
    const isHere = count++ === wanted
    // a process that has ended does nothing more
    if (!isHere && (count <= wanted || mode.startsWith('fails'))) return effect()
    if (isHere && mode.endsWith('after')) await effect()
    throw mode.startsWith('fails') ? new MspError('storage', `${name} failed.`) : new Ended(name)
  }
}

const pass: Seam = (_, effect) => effect()

async function start(t: TestContext) {
  const seam = { step: pass }
  const step = ((name, effect) => seam.step(name, effect as Effect)) as Step
  const limits = toLimits()
  const running = await startSession(t, { step, sleep: shortSleep, sandbox: { rateLimit: 'off' }, limits })
  return { seam, place: await prepareCommands(t, { ...running, limits }) }
}

/** The names of its effects, in order. */
async function listEffects({ seam, place }: Awaited<ReturnType<typeof start>>, command: Command): Promise<string[]> {
  const names: string[] = []
  await command.prepare?.(place, 'plain')
  seam.step = (name, effect) => {
    names.push(name)
    return effect()
  }
  await run(place.msp, ...command.argv('plain', place.home))
  seam.step = pass
  return names
}

test('whichever effect of a command fails or ends the process, what it sends is there once in the end', async (t) => {
  const started = await start(t)
  const { seam, place } = started
  const next = random(seed)
  for (const command of commands) {
    const names = await listEffects(started, command)
    for (const mode of modes) {
      const one = Math.floor(next() * names.length)
      for (const [index, name] of names.entries()) {
        if (!isWhole && index !== one) continue
        await t.test(`${command.name}: effect ${index} (${name}) ${mode} (seed ${seed})`, () =>
          breakAndMend(place, command, `${index} ${mode} ${command.name}`, async (argv) => {
            seam.step = spoil(mode, index)
            await place.msp(...argv)
            seam.step = pass
          }),
        )
      }
    }
  }
})
