import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type LineFault, startFaultProxy } from '../support/fault-proxy.ts'
import { type Answered, startMsp } from '../support/msp.ts'
import { kinds, posts } from './kinds.ts'
import { run, shortSleep } from './start.ts'

const [comment, time] = kinds as [(typeof kinds)[0], (typeof kinds)[0]]

/** A session at a MariaDB; `over` runs one command over a line that fails so, and all others have one that works. */
async function startOverLine(t: TestContext, statement = 10_000) {
  const limits = { settle: 10, lease: 150, statement }
  const running = await startMsp(t, { engine: 'mariadb', sandbox: { rateLimit: 'off' }, sleep: shortSleep, limits })
  if (running === undefined) return undefined
  const { msp, env } = running
  await run(msp, 'client', 'add', 'Dataforth', '--map', 'syncro=34288070')
  await run(msp, 'session', 'start', '--client', 'Dataforth', '--no-input')
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
  return { ...running, over, line, place: `${through.host}${through.pathname}` }
}

const look = 'What was being stored is there whole or not at all. Look before you repeat it: msp outbox list, msp work list'
const check = 'Check that it runs and that this machine can reach it, then: msp db status'
const broke = (code = 'PROTOCOL_CONNECTION_LOST') => [`broke (${code}).`, look]

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

test('over a line to the database that breaks nothing is sent, and what broke is said', async (t) => {
  const running = await startOverLine(t)
  if (running === undefined) return
  const { sandbox, over, place } = running
  for (const [name, fault, [what, hint]] of faults) {
    await t.test(`a line ${name}`, async () => {
      const { exitCode, stdout, stderr } = await over(fault, ...comment.argv())
      const subject = what?.startsWith('broke') ? 'line to the database' : 'database'
      assert.deepEqual([exitCode, stdout, stderr], [1, [], [`The ${subject} at ${place} ${what}`, hint]])
    })
  }
  assert.equal(posts(sandbox), 0)
})

test('over a slow line to the database all is as it is', async (t) => {
  const running = await startOverLine(t)
  if (running === undefined) return
  const { sandbox, over } = running
  for (const fault of [
    { kind: 'latency', ms: 5 },
    { kind: 'drip', bytes: 500, everyMs: 1 },
  ] as const) {
    assert.deepEqual((await over(fault, ...comment.argv(fault.kind))).stderr, ['Commented on T12345 (internal).'])
    assert.deepEqual(comment.stored(sandbox, fault.kind), comment.once)
  }
})

test('a database that takes the line, or a statement, and then says nothing is given up in time', async (t) => {
  const running = await startOverLine(t, 500)
  if (running === undefined) return
  const { msp, over, place } = running
  const nothing = await over({ kind: 'blackhole' }, 'work', 'list')
  assert.deepEqual([nothing.exitCode, nothing.stderr], [1, [`The database at ${place} does not answer (ETIMEDOUT).`, check]])
  const hint = 'Something may hold it up there, such as a migration. Look before you repeat what you did: msp outbox list, msp work list'
  for (const asked of ['version()', 'insert into `work_items`']) {
    const { exitCode, stderr } = await over({ kind: 'lose', what: 'everything', asked }, 'work', 'add', 'Fuser replaced.')
    assert.deepEqual([exitCode, stderr], [1, [`The database at ${place} took a statement and did not answer in time.`, hint]])
  }
  assert.equal((await msp('work', 'list', '--json=note')).json().length, 1)
})

// each is where a command changes the state of its write
const moments: Array<[asked: string, time: number]> = [
  ['insert into `outbox`', 1],
  ['commit', 1],
  ['commit', 2],
  ["`state` = 'sending'", 1],
  ['coalesce(`first_sent_at`', 1],
  ['insert into `external_integrations`', 2],
  ['set `vendor_id`', 1],
  ["`state` = 'done'", 1],
]

for (const { name, argv, stored, once } of [comment, time]) {
  test(`${name} is there once after a repeat, wherever the line to the database broke, and the state says so`, async (t) => {
    const running = await startOverLine(t)
    if (running === undefined) return
    const { msp, sandbox, over, line, place } = running
    let count = 0
    for (const what of ['half', 'answer'] as const) {
      for (const [asked, time] of moments) {
        const text = `${what} of ${asked} ${time}`
        const words = [...argv(text), ...(name === 'a comment' ? [] : spanAt(count++))]
        const { exitCode, stderr } = await over({ kind: 'lose', what, asked, time }, ...words)
        assert.deepEqual([line.isLost(), exitCode, stderr], [true, 1, [`The line to the database at ${place} ${broke()[0]}`, look]], text)
        assert.equal((await msp(...words)).exitCode, 0, text)
        assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0, text)
        assert.equal(stored(sandbox, text).length, once.length, text)
      }
    }
    const states = (await msp('outbox', 'list', '--all', '--limit', '100', '--json=state')).json()
    assert.deepEqual(states, Array(posts(sandbox)).fill({ state: 'done' }))
    assert.equal(states.length, 2 * moments.length)
  })
}

/** Half an hour of its own for each. */
const spanAt = (count: number): string[] => ['--from', `${Math.floor(count / 2)}:${count % 2 ? '30' : '00'}`]

test('a session and a work item whose answer was lost are there, and those that did not arrive are not', async (t) => {
  const running = await startOverLine(t)
  if (running === undefined) return
  const { msp, over } = running
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
