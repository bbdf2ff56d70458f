import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kysely } from 'kysely'
import type { Tables } from '../../src/db/tables.ts'
import { secondUs } from '../../src/pace/budget.ts'
import { type Asking, pauseAll, takeTurn } from '../../src/pace/pace.ts'
import { changeBudget, readBudget, scopeOf } from '../../src/pace/store.ts'
import { eachEngine } from '../support/engines.ts'

const scope = 'syncro acme.syncromsp.com'

/** A vendor that allows so many calls at once and hardly any after them, so that no time that passes changes a result. Sleeping takes no time. */
function slowVendor(db: Kysely<Tables>, burst = 8) {
  const slept: number[] = []
  const deps = { db, scope, rate: { burst, perSecond: 0.01 }, sleep: async (ms: number) => void slept.push(Math.round(ms / 10_000)) }
  const refused: Array<[tens: number, isPause: boolean]> = []
  const refuse = (waitMs: number, isPause: boolean) => {
    refused.push([Math.round(waitMs / 10_000), isPause])
    return new Error('refused')
  }
  const ask = (more: Partial<Asking> = {}) => takeTurn(deps, { patience: 150_000, isBackground: false, refuse, ...more })
  return { deps, slept, refused, ask }
}

eachEngine('calls take a place each, also at the same moment, and one that would wait for too long takes none', async (db) => {
  const { slept, refused, ask } = slowVendor(db)
  await Promise.all(Array.from({ length: 9 }, () => ask()))
  assert.deepEqual([slept, refused], [[10], []])
  for (let call = 0; call < 2; call++) await assert.rejects(ask(), /refused/)
  assert.deepEqual(refused, [
    [20, false],
    [20, false],
  ])
})

eachEngine('a background call leaves places to the others, and gets one when it has waited long enough', async (db) => {
  const { slept, refused, ask } = slowVendor(db)
  for (let call = 0; call < 6; call++) await ask({ isBackground: true })
  assert.deepEqual([slept, refused], [[], []])
  await ask({ isBackground: true })
  // with the jitter 100 to 200 s; the place that it takes then is one of those that were kept
  assert.ok(slept.length >= 1 && slept.length <= 2 && slept.every((tens) => tens >= 10 && tens <= 20), String(slept))
  await ask()
  assert.deepEqual([slept.length <= 2, refused], [true, []])
})

eachEngine('a background call that would wait longer than it may is refused and takes no place', async (db) => {
  const { slept, refused, ask } = slowVendor(db)
  for (let call = 0; call < 6; call++) await ask({ isBackground: true })
  await assert.rejects(ask({ isBackground: true, patience: 50_000 }), /refused/)
  await Promise.all([ask(), ask()])
  assert.deepEqual([slept, refused], [[], [[10, false]]])
})

eachEngine('a pause stops everybody, a shorter one shortens none, and what the call holds is prolonged after the wait', async (db) => {
  const { deps, slept, refused, ask } = slowVendor(db)
  await pauseAll(deps, 100_000)
  await pauseAll(deps, 1000)
  let kept = 0
  await ask({ prolong: async () => void kept++ })
  await assert.rejects(ask({ patience: 50_000 }), /refused/)
  await assert.rejects(ask({ patience: 50_000, isBackground: true }), /refused/)
  assert.deepEqual(
    [slept, kept, refused],
    [
      [10],
      1,
      [
        [10, true],
        [10, true],
      ],
    ],
  )
})

eachEngine('a pause that begins while a call waits for its place holds that call too', async (db) => {
  const { deps, slept, refused, ask } = slowVendor(db, 1)
  await ask()
  let isAsleep = false
  const sleep = async (ms: number) => {
    await deps.sleep(ms)
    if (!isAsleep) await pauseAll(deps, 300_000)
    isAsleep = true
  }
  const refuse = (waitMs: number, isPause: boolean) => {
    refused.push([Math.round(waitMs / 10_000), isPause])
    return new Error('refused')
  }
  await assert.rejects(takeTurn({ ...deps, sleep }, { patience: 150_000, isBackground: false, refuse }), /refused/)
  assert.deepEqual([slept, refused], [[10], [[30, true]]])
})

eachEngine('pauses that follow each other are waited for as long as the call waits in all, and it says how long that was', async (db) => {
  const { deps, slept, refused, ask } = slowVendor(db)
  assert.equal(await ask(), 0)
  let pauses = 0
  let longer = 0 // nothing is slept here, and the clock of SQLite counts milliseconds: without this two pauses may end in the same one
  const sleep = async (ms: number) => {
    await deps.sleep(ms)
    await changeBudget(db, scope, ({ nowUs }) => ({ result: undefined, pauseUs: ++pauses < 2 ? nowUs + (100_000 + ++longer) * 1000 : 0 }))
  }
  const refuse = (waitMs: number, isPause: boolean) => {
    refused.push([Math.round(waitMs / 10_000), isPause])
    return new Error('refused')
  }
  const turn = (patience: number) => {
    pauses = 0
    return takeTurn({ ...deps, sleep }, { patience, isBackground: false, refuse })
  }
  await pauseAll(deps, 100_000)
  await assert.rejects(turn(150_000), /refused/)
  assert.deepEqual([slept, refused], [[10], [[10, true]]])
  const waitedMs = await turn(250_000)
  assert.deepEqual([Math.round(waitedMs / 10_000), slept], [20, [10, 10, 10]])
})

eachEngine('what is stored alongside is stored with each place, and not without one', async (db) => {
  const { ask } = slowVendor(db, 1)
  const noted: number[] = []
  const note: Asking['note'] = async (_, { tatUs, nowUs }) => void noted.push(Math.round((tatUs - nowUs) / (100 * secondUs)))
  await ask({ note })
  await assert.rejects(ask({ note, patience: 0 }))
  assert.deepEqual(noted, [1])
  const failing = async () => {
    throw new Error('no')
  }
  const before = await readBudget(db, scope)
  await assert.rejects(ask({ note: failing }), /^Error: no$/)
  const after = await readBudget(db, scope)
  assert.deepEqual([after?.tatUs, after?.pauseUs], [before?.tatUs, before?.pauseUs])
})

eachEngine('a row from a clock that was a day ahead stops nobody', async (db) => {
  const { slept, refused, ask } = slowVendor(db)
  await ask()
  await changeBudget(db, scope, ({ nowUs }) => ({
    result: undefined,
    tatUs: nowUs + 86_400 * secondUs,
    pauseUs: nowUs + 86_400 * secondUs,
  }))
  await ask()
  assert.deepEqual([slept, refused], [[], []])
})

eachEngine('the clock is that of the database, in microseconds', async (db) => {
  await slowVendor(db).ask()
  const now = Date.now()
  const { nowUs = 0 } = (await readBudget(db, scope)) ?? {}
  assert.ok(Number.isInteger(nowUs) && Math.abs(nowUs / 1000 - now) < 60_000, String(nowUs))
})

test('vendors and hosts have budgets of their own; keys and paths share one', () => {
  assert.deepEqual(
    [
      scopeOf('syncro', 'https://acme.syncromsp.com/api/v1'),
      scopeOf('syncro', 'https://acme.syncromsp.com'),
      scopeOf('syncro', 'http://127.0.0.1:4010/api/v1'),
    ],
    [scope, scope, 'syncro 127.0.0.1:4010'],
  )
})
