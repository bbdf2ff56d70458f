import assert from 'node:assert/strict'
import { HttpFailure } from '../../src/http/failure.ts'
import type { Step } from '../../src/world.ts'
import { eachEngine } from '../support/engines.ts'
import { seed, some } from '../support/some.ts'
import { startSignedIn } from './start.ts'

const modes = ['fails before', 'fails after', 'dies before', 'dies after'] as const
type Mode = (typeof modes)[number]
type Effect = Parameters<Step>[1]

/** Of a renewal that works, in order. */
const effects = ['oauth.read', 'oauth.lease', 'oauth.send', 'oauth.journal', 'oauth.store', 'oauth.read', 'oauth.clear', 'record.add']

/** A seam at which the effect of this number fails, or the process ends. `died` comes when it has. */
function breaking(index: number, mode: Mode): { step: Step; died: Promise<'died'> } {
  const died = Promise.withResolvers<'died'>()
  let count = 0
  const pass = async (name: string, effect: Effect): Promise<unknown> => {
    if (count++ !== index) return effect()
    if (mode.endsWith('after')) await effect()
    if (mode.startsWith('fails')) throw failureOf(name, mode)
    died.resolve('died')
    return new Promise(() => {})
  }
  return { step: pass as Step, died: died.promise }
}

const noting =
  (seen: string[]): Step =>
  (name, effect) => {
    seen.push(name)
    return effect()
  }

/** What this effect throws when the line to the vendor, the disk or the database breaks. */
function failureOf(name: string, mode: Mode): Error {
  const outcome = mode === 'fails before' ? 'not_sent' : 'unknown'
  if (name === 'oauth.send') return new HttpFailure('network', 'The line was cut.', { outcome })
  return Object.assign(new Error(`${name} ${mode}`), { code: 'PROTOCOL_CONNECTION_LOST' })
}

/** Where a strict vendor has taken the old tokens back and nobody has the new ones. */
const lost = new Set(['oauth.send fails after', 'oauth.send dies after', 'oauth.journal dies before'])

eachEngine('wherever a renewal fails or dies, the next start has a live token, or the stored key says that it has ended', async (db, t) => {
  for (const graceMs of [0, 60_000]) {
    const { sandbox, signInAgain, process } = await startSignedIn(t, db)
    sandbox.syncro.oauth.graceMs = graceMs
    const seen: string[] = []
    await (await process({ step: noting(seen) }))()
    assert.deepEqual(seen, effects)
    const cases = effects.flatMap((name, index) =>
      modes.map((mode) => ({ name, index, mode, isLost: graceMs === 0 && lost.has(`${name} ${mode}`) })),
    )
    for (const { name, index, mode, isLost } of some(cases, 1, (each) => `${each.index} ${each.isLost}`)) {
      const { condition } = await signInAgain()
      const { step, died } = breaking(index, mode)
      // a command that fails has ended, too, when the next one starts
      const tokens = await process({ step, isGone: true })
      const ended = await Promise.race([
        tokens().then(
          () => 'had a token',
          () => 'failed',
        ),
        died,
      ])
      const next = await (await process())().then(
        () => 'had a token',
        () => 'failed',
      )
      const where = `${name} (${index}) ${mode}, ${graceMs} ms of grace, seed ${seed}; it ${ended}`
      assert.deepEqual([where, next, await condition()], [where, ...(isLost ? ['failed', 'needs_login'] : ['had a token', 'live'])])
    }
  }
})

eachEngine('a start that dies while it stores what an earlier one got leaves it to the next', async (db, t) => {
  for (const mode of modes) {
    const { process, signInAgain } = await startSignedIn(t, db)
    const { condition } = await signInAgain()
    const journalled = breaking(effects.indexOf('oauth.journal'), 'dies after')
    await Promise.race([(await process({ step: journalled.step, isGone: true }))(), journalled.died])
    const drained = breaking(0, mode)
    const second = await process({ step: drained.step, isGone: true })
    await Promise.race([second().catch(() => 'failed'), drained.died])
    await (await process())()
    assert.deepEqual([mode, await condition()], [mode, 'live'])
  }
})

eachEngine('wherever the end of a sign-in fails or dies, the next start says that it has ended', async (db, t) => {
  const { sandbox, process, signInAgain } = await startSignedIn(t, db)
  const has = /^The sign-in of Mike Swanson to SyncroMSP has ended \(seen \d{4}-\d\d-\d\d \d\d:\d\d UTC\)\.$/
  const seen: string[] = []
  sandbox.syncro.oauth.revoke()
  await assert.rejects((await process({ step: noting(seen) }))(), { code: 'sign_in', message: has })
  assert.deepEqual(seen, ['oauth.read', 'oauth.lease', 'oauth.send', 'record.add', 'oauth.end'])
  const cases = seen.flatMap((name, index) => modes.map((mode) => ({ name, index, mode })))
  for (const { name, index, mode } of some(cases, 1, (each) => each.name)) {
    const where = `${name} ${mode}, seed ${seed}`
    const { condition } = await signInAgain()
    sandbox.syncro.oauth.revoke()
    const { step, died } = breaking(index, mode)
    const first = await process({ step, isGone: true })
    await Promise.race([first().catch(() => 'failed'), died])
    await assert.rejects((await process())(), { code: 'sign_in', message: has }, where)
    assert.equal(await condition(), 'needs_login', where)
  }
})

eachEngine('a process that could not store what it got, and is asked again, uses that and not the old token', async (db, t) => {
  const { sandbox, process, signInAgain } = await startSignedIn(t, db)
  const { condition } = await signInAgain()
  const { step } = breaking(effects.indexOf('oauth.store'), 'fails before')
  const tokens = await process({ step })
  await assert.rejects(tokens(), { message: 'oauth.store fails before' })
  assert.equal(typeof (await tokens()), 'string')
  assert.deepEqual([await condition(), sandbox.syncro.oauth.replayed], ['live', 0])
})

eachEngine('a holder that dies while another one looks has left its tokens to it', async (db, t) => {
  const { sandbox, process, signInAgain } = await startSignedIn(t, db)
  const { condition } = await signInAgain()
  const dying = breaking(effects.indexOf('oauth.journal'), 'dies after')
  const holder = await process({ step: dying.step, isGone: true })
  let isFirst = true
  // between the look at the journal and the lease
  const step: Step = async (name, effect) => {
    if (name !== 'oauth.lease' || !isFirst) return effect()
    isFirst = false
    await Promise.race([holder(), dying.died])
    return effect()
  }
  const tokens = await process({ step, limits: { refresh: 1500 } })
  assert.equal(typeof (await tokens()), 'string')
  assert.deepEqual([await condition(), sandbox.syncro.oauth.replayed], ['live', 0])
})
