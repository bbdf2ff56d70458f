import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Limits } from '../../src/world.ts'
import { type LineFault, startFaultProxy } from '../support/fault-proxy.ts'
import type { Answered } from '../support/msp.ts'
import { random } from '../support/random.ts'
import { isWhole, seed } from '../support/some.ts'
import { breakAndMend, commands, prepareCommands, toLimits } from './commands.ts'
import { comment, posts } from './kinds.ts'
import { run, shortSleep, startAt } from './start.ts'

// The line breaks at one packet of each command at random; `MSP_TEST_SWEEP=all npm test -- test/outbox/database-line.test.ts` takes them all.

const patience = 2000

/** A session at a MariaDB; `over` runs one command over a line that fails so, and all others have one that works. */
async function startOverLine(t: TestContext) {
  const limits: Partial<Limits> = { ...toLimits(), statement: 10_000 }
  const running = await startAt(t, 'mariadb', { sandbox: { rateLimit: 'off' }, sleep: shortSleep, limits })
  if (running === undefined) return undefined
  const { msp, env } = running
  // mysql2 keeps its timer for a statement whose line broke, and the test's process with it; before this there was a database to make
  limits.statement = patience
  const direct = new URL(env.MSP_DATABASE_URL ?? '')
  const line = await startFaultProxy(t, { kind: 'none' }, Number(direct.port))
  const through = Object.assign(new URL(direct), { port: String(line.port) })
  const over = async (fault: LineFault, ...argv: string[]): Promise<Answered> => {
    await line.use(fault)
    env.MSP_DATABASE_URL = through.href
    const result = await msp(...argv)
    env.MSP_DATABASE_URL = direct.href
    return result
  }
  return { ...running, limits, over, line, place: `${through.host}${through.pathname}` }
}

const look = 'What was being stored is there whole or not at all. Look before you repeat it: msp outbox list, msp work list'
const check = 'Check that it runs and that this machine can reach it, then: msp db status'
const broke = (code = 'PROTOCOL_CONNECTION_LOST') => [`broke (${code}).`, look]

/** By the system's timing, and whether the vendor may have the write already. */
const inGeneral = (text: string) =>
  text
    .replace(/\((ECONNRESET|EPIPE)\)/, '(PROTOCOL_CONNECTION_LOST)')
    .replace(/ \w{4} may be at the vendor: that could not be stored, .* before it is sent again\.$/, '')
    .replace('Do not write it again. When the database works: msp outbox run --wait', look)

const faults: Array<[name: string, fault: LineFault, said: string[]]> = [
  ['that nobody answers', { kind: 'refuse' }, ['does not answer (ECONNREFUSED).', check]],
  ['that is closed at once', { kind: 'close', when: 'connected' }, broke()],
  ['that is reset at once', { kind: 'reset', when: 'connected' }, broke('ECONNRESET')],
  ...[1, 60, 100, 300, 2000].map((after): [string, LineFault, string[]] => [
    `that is cut after ${after} bytes`,
    { kind: 'cut', after },
    broke(),
  ]),
]

test('over a line to the database that fails', async (t) => {
  const running = await startOverLine(t)
  if (running === undefined) return
  const { msp, sandbox, limits, line, over, place } = running

  await t.test('over a line to the database that breaks nothing is sent, and what broke is said', async (t) => {
    for (const [name, fault, [what, hint]] of faults) {
      await t.test(`a line ${name}`, async () => {
        const { exitCode, stdout, stderr } = await over(fault, ...comment.argv())
        const subject = what?.startsWith('broke') ? 'line to the database' : 'database'
        assert.deepEqual([exitCode, stdout, stderr], [1, [], [`The ${subject} at ${place} ${what}`, hint]])
      })
    }
    assert.equal(posts(sandbox), 0)
  })

  await t.test('over a slow line to the database all is as it is', async () => {
    for (const fault of [
      { kind: 'latency', ms: 2 },
      { kind: 'drip', bytes: 500, everyMs: 1 },
    ] as const) {
      assert.deepEqual((await over(fault, ...comment.argv(fault.kind))).stderr, ['Commented on T12345 (internal).'])
      assert.deepEqual(comment.stored(sandbox, fault.kind), comment.once)
    }
  })

  await t.test('a database that takes the line, or a statement, and then says nothing is given up in time', async () => {
    limits.statement = 500
    const nothing = await over({ kind: 'blackhole' }, 'work', 'list')
    assert.deepEqual([nothing.exitCode, nothing.stderr], [1, [`The database at ${place} does not answer (ETIMEDOUT).`, check]])
    const hint = 'Something may hold it up there, such as a migration. Look before you repeat what you did: msp outbox list, msp work list'
    for (const asked of ['version()', 'insert into `work_items`']) {
      const { exitCode, stderr } = await over({ kind: 'lose', what: 'everything', asked }, 'work', 'add', 'Fuser replaced.')
      assert.deepEqual([exitCode, stderr], [1, [`The database at ${place} took a statement and did not answer in time.`, hint]])
    }
    limits.statement = patience
    assert.equal((await msp('work', 'list', '--json=note')).json().length, 1)
  })

  await t.test(
    'wherever the line to the database breaks, what a command sends is there once in the end, and the break is said',
    async (t) => {
      const at = await prepareCommands(t, running)
      const sentence = `The line to the database at ${place} ${broke()[0]}`
      const next = random(seed)
      for (const command of commands) {
        await command.prepare?.(at, 'plain')
        const never = { kind: 'lose', what: 'half', asked: '', time: Number.POSITIVE_INFINITY } as const
        assert.equal((await over(never, ...command.argv('plain', at.home))).exitCode, 0)
        const packets = line.asked()
        const cases = (['half', 'answer'] as const).flatMap((what) =>
          Array.from({ length: packets }, (_, index) => ({ what, time: index + 1 })),
        )
        const one = Math.floor(next() * cases.length)
        for (const { what, time } of isWhole ? cases : cases.slice(one, one + 1)) {
          await t.test(`${command.name}: ${what} of packet ${time} of ${packets} (seed ${seed})`, () =>
            breakAndMend(at, command, `${command.name} ${what} ${time}`, async (argv) => {
              const { exitCode, stderr } = await over({ kind: 'lose', what, asked: '', time }, ...argv)
              // how often an attachment is looked for depends on the vendor
              if (command.name === 'ticket attach' && !line.isLost()) return
              assert.equal(line.isLost(), true, 'the line never broke')
              // once all is done there are only the writes of earlier commands to look for
              const said = exitCode === 0 ? [`What is queued stays queued: ${sentence}`] : [sentence, look]
              const heard = stderr.slice(-said.length).map(inGeneral)
              assert.deepEqual([heard, exitCode <= 1], [said, true])
            }),
          )
        }
      }
    },
  )

  await t.test('a session and a work item whose answer was lost are there, and those that did not arrive are not', async () => {
    await run(msp, 'session', 'end', '--no-input')
    const begin = ['session', 'start', '--client', 'Dataforth', '--no-input']
    const open = async () =>
      (await msp('session', 'list', '--json=endedAt')).json().filter((one: { endedAt: unknown }) => one.endedAt === null)
    for (const [what, count] of [
      ['half', 0],
      ['answer', 1],
    ] as const) {
      assert.equal((await over({ kind: 'lose', what, asked: 'insert into `sessions`' }, ...begin)).exitCode, 1)
      assert.equal((await open()).length, count)
    }
    await msp(...begin)
    assert.equal((await open()).length, 1)
    for (const [what, count] of [
      ['half', 0],
      ['answer', 1],
    ] as const) {
      assert.equal((await over({ kind: 'lose', what, asked: 'insert into `work_items`' }, 'work', 'add', 'Fuser replaced.')).exitCode, 1)
      assert.equal((await msp('work', 'list', '--json=note')).json().length, count)
    }
  })
})
