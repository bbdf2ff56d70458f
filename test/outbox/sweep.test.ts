import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { MspError } from '../../src/errors.ts'
import { random } from '../support/random.ts'
import { isWhole, seed } from '../support/some.ts'
import { breakAndMend, type Command, commands, prepareCommands, toLimits } from './commands.ts'
import { openSeam, run, type Seam, shortSleep, startSession, through } from './start.ts'

// Every effect of a command that writes fails or ends the process, before it takes place or after. A run takes one effect of each command and way
// at random; `MSP_TEST_SWEEP=all npm test -- test/outbox/sweep.test.ts` takes them all.

const modes = ['fails before', 'fails after', 'ends the process before', 'ends the process after'] as const
type Mode = (typeof modes)[number]

class Ended extends Error {}

/** Does that to the effect with this number; `hasCome` once it was its turn. */
function spoil(mode: Mode, wanted: number): { pass: Seam; hasCome: () => boolean } {
  let count = 0
  const pass: Seam = async (name, effect) => {
    const isHere = count++ === wanted
    // a process that has ended does nothing more
    if (!isHere && (count <= wanted || mode.startsWith('fails'))) return effect()
    if (isHere && mode.endsWith('after')) await effect()
    throw mode.startsWith('fails') ? new MspError('storage', `${name} failed.`) : new Ended(name)
  }
  return { pass, hasCome: () => count > wanted }
}

async function start(t: TestContext) {
  const { seam, step } = openSeam()
  const limits = toLimits()
  const running = await startSession(t, { step, sleep: shortSleep, sandbox: { rateLimit: 'off' }, limits })
  return { seam, place: await prepareCommands(t, { ...running, limits }) }
}

/** The names of its effects, in order. */
async function listEffects({ seam, place }: Awaited<ReturnType<typeof start>>, command: Command): Promise<string[]> {
  const names: string[] = []
  await command.prepare?.(place, 'plain')
  seam.pass = (name, effect) => {
    names.push(name)
    return effect()
  }
  await run(place.msp, ...command.argv('plain', place.home))
  seam.pass = through
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
            const { pass, hasCome } = spoil(mode, index)
            seam.pass = pass
            await place.msp(...argv)
            // how often an attachment is looked for depends on the vendor
            assert.equal(hasCome() || command.name === 'ticket attach', true, 'its turn never came')
            seam.pass = through
          }),
        )
      }
    }
  }
})
