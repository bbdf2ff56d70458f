import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Step } from '../../src/world.ts'
import { startSignedInMsp } from './signed-in.ts'

const day = 24 * 3_600_000
const show = ['ticket', 'show', 'T12345', '--json=number'] as const
const shown = { exitCode: 0, stdout: ['{', '  "number": "12345"', '}'], stderr: [] }
const token = 'POST /oauth/token 200'
const found = ['GET tickets 200', 'GET tickets/108443837 200']
const refused = ['GET tickets 401', token, ...found]

/** Signed in while the machine's clock is so far off; the vendor's is right. */
async function start(t: TestContext, off: number) {
  const clock = { off }
  const jump: { at: string | undefined; by: () => void } = { at: undefined, by: () => {} }
  const step: Step = async (name, effect) => {
    const done = await effect()
    if (name !== jump.at) return done
    jump.at = undefined
    jump.by()
    return done
  }
  let waitedMs = 0
  const sleep = async (milliseconds: number) => {
    waitedMs += milliseconds
  }
  const started = await startSignedInMsp(t, { now: () => new Date(Date.now() + clock.off), sleep, step })
  assert.ok(started)
  const { msp, sandbox, oauth } = started
  /** A look at a ticket must work, and at once; the calls that it took. */
  const look = async () => {
    const before = sandbox.requests.length
    waitedMs = 0
    assert.deepEqual(await msp(...show), shown)
    assert.ok(waitedMs < 1000, String(waitedMs))
    return sandbox.requests.slice(before).map(({ method, path, status }) => `${method} ${path} ${status}`)
  }
  const after = (name: string, act: () => void) => Object.assign(jump, { at: name, by: act })
  return { clock, look, oauth, after }
}

for (const [name, off, righted, wrongAgain] of [
  ['ahead', day, found, [token, ...found]],
  ['behind', -day, [token, ...found], refused],
] as const) {
  test(`a sign-in where the clock is a day ${name} works, also once the clock is set right, and when it goes wrong again`, async (t) => {
    const { clock, look, oauth } = await start(t, off)
    assert.deepEqual(await look(), found)
    clock.off = 0
    assert.deepEqual([await look(), await look()], [righted, found])
    oauth.expire()
    assert.deepEqual([await look(), await look()], [refused, found])
    clock.off = off
    // by what was noted it has ended, or lives for another day
    oauth.expire()
    assert.deepEqual([await look(), await look()], [wrongAgain, found])
  })

  test(`a clock that jumps a day ${name} in the middle of a renewal holds nobody up, and the sign-in lives on`, async (t) => {
    const { clock, look, oauth, after } = await start(t, 0)
    // what was noted before the jump looks ended after it, and is renewed once more
    const noted = off > 0 ? 2 : 1
    for (const [step, renewals] of [
      ['oauth.lease', 1],
      ['oauth.send', 1],
      ['oauth.journal', noted],
      ['oauth.store', noted],
    ] as const) {
      oauth.expire()
      after(step, () => {
        clock.off += off
      })
      const calls = await look()
      assert.deepEqual([calls.at(-1), calls.filter((call) => call === token).length], [found.at(-1), renewals], step)
    }
    assert.deepEqual([clock.off, oauth.replayed, await look()], [4 * off, 0, found])
  })
}
