import assert from 'node:assert/strict'
import { describe, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { eachPlace, migrateAt } from '../support/engines.ts'
import { together } from '../support/processes.ts'
import { openCaller } from './calling.ts'

const windowMs = 6000
const limit = 180

describe('eight processes', { concurrency: true }, () => {
  eachPlace('share one budget: hardly a refusal, nearly all of it used, and who waits at a screen goes first', async (place, t) => {
    await migrateAt(place)
    const sandbox = await startSandbox({ seed: 'empty', rateLimit: { limit, windowMs } })
    t.after(() => sandbox.close())
    const { apiUrl, token } = sandbox.syncro
    let isOver = false
    const running = together(7, '../pace/background-process.ts', place, apiUrl, token, String(windowMs + 300)).finally(() => {
      isOver = true
    })
    const [overtaken] = await Promise.all([askNowAndThen(t, place, sandbox, () => isOver), running])
    const [first = assert.fail('no call came in')] = sandbox.requests
    const inWindow = sandbox.requests.filter(({ at }) => at.getTime() < first.at.getTime() + windowMs)
    const refused = inWindow.filter(({ status }) => status === 429).length
    const used = inWindow.length - refused
    t.diagnostic(`${used} calls, ${refused} refused; let in before a person's: ${overtaken.join(', ')}`)
    assert.ok(used >= 0.95 * limit, `${used} of ${limit}`)
    assert.ok(refused <= 0.01 * inWindow.length, `${refused} of ${inWindow.length}`)
    // on their way when the person asked; in turn with the others it would be seven
    assert.ok(overtaken.length >= 5 && middle(overtaken) <= 3, String(overtaken))
  })
})

/** Calls as a person does while the others use everything up; for each call how many of theirs came in between its asking and its turn. */
async function askNowAndThen(t: TestContext, place: string, { requests, syncro }: Sandbox, isOver: () => boolean): Promise<number[]> {
  const { call, close } = await openCaller(place, syncro.apiUrl, syncro.token, false)
  t.after(close)
  const overtaken: number[] = []
  for (let page = 2; !isOver(); page++) {
    if (requests.length >= 60) {
      const before = requests.length
      await call(page)
      overtaken.push(requests.findIndex(({ query }) => query.page === String(page)) - before)
    }
    await wait(300)
  }
  return overtaken
}

const middle = (numbers: readonly number[]): number => numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN
