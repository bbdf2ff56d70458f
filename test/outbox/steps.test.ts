import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { newId } from '../../src/db/id.ts'
import type { Db } from '../../src/db/tables.ts'
import { MspError } from '../../src/errors.ts'
import type { VendorWrite } from '../../src/http/http.ts'
import { type Delivery, deliverWrite } from '../../src/outbox/deliver.ts'
import { runOutbox } from '../../src/outbox/queue.ts'
import { addWrite } from '../../src/outbox/store.ts'
import { thisOwner } from '../../src/owner.ts'
import { standardLimits } from '../../src/world.ts'
import type { StartOptions } from '../support/msp.ts'
import {
  endClaims,
  makeDue,
  on,
  openSeam,
  otherId,
  posted,
  run,
  type Seam,
  shortSleep,
  startSession,
  through,
  withDatabase,
  writes,
} from './start.ts'

/** A session whose effects pass a seam that the test may exchange. */
async function startWithSeam(t: TestContext, options: Omit<StartOptions, 'engine'> = {}) {
  const { seam, step } = openSeam()
  const running = await startSession(t, { step, sleep: shortSleep, limits: { lease: 150 }, ...options })
  /** Does something once, right before the next effect of that name. */
  const before = (wanted: string, act: () => Promise<unknown>) => {
    seam.pass = async (name, effect) => {
      if (name !== wanted) return effect()
      seam.pass = through
      await act()
      return effect()
    }
  }
  /** A command on another machine of the team, at the same database. */
  const elsewhere = async (...argv: string[]) => {
    running.env.MSP_MACHINE = 'desk'
    const answer = await running.msp(...argv)
    running.env.MSP_MACHINE = 'laptop'
    return answer
  }
  return { ...running, seam, before, elsewhere }
}

/** The process ends before or after the first effect that it is. */
function crash(when: 'before' | 'after', isHere: (name: string) => boolean): Seam {
  let isOver = false
  return async (name, effect) => {
    if (isOver || !isHere(name)) return effect()
    isOver = true
    if (when === 'after') await effect()
    throw new Error('the process ends here')
  }
}

const quick = { sandbox: { rateLimit: 'off' }, limits: { lease: 50, settle: 20 } } as const

test('whichever effect of a look fails, before or after it took place, the comment is there once in the end', async (t) => {
  // longer than the command that leaves it to be looked for
  const { msp, sandbox, seam } = await startWithSeam(t, { ...quick, limits: { ...quick.limits, settle: 250 } })
  for (const [kind, names] of [
    ['cut-after', ['outbox.claim', 'vendor.send', 'record.add', 'outbox.found', 'outbox.release']],
    ['cut-before', ['vendor.send', 'outbox.release']],
  ] as const) {
    for (const name of names) {
      for (const when of ['before', 'after'] as const) {
        await t.test(`${kind}, ${when} ${name}`, async () => {
          const text = `${kind}, ${when} ${name}`
          sandbox.arm({ vendor: 'syncro', on, kind })
          await run(msp, 'ticket', 'comment', 'T12345', text)
          seam.pass = crash(when, (effect) => effect === name)
          assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 1)
          seam.pass = through
          await run(msp, 'outbox', 'run', '--wait')
          assert.deepEqual(
            posted(sandbox).filter(({ body }) => body === text),
            [{ subject: 'Note', body: text, hidden: true }],
          )
        })
      }
    }
  }
})

test('a machine that slept after its claim does not send what another has sent since', async (t) => {
  const { msp, sandbox, before, elsewhere } = await startWithSeam(t)
  before('outbox.sent', async () => assert.equal((await elsewhere('outbox', 'run', '--wait')).exitCode, 0))
  const { exitCode, stderr } = await msp('ticket', 'comment', 'T12345', 'Once')
  assert.deepEqual([exitCode, stderr], [0, ['Commented on T12345 (internal).']])
  assert.deepEqual(posted(sandbox), [{ subject: 'Note', body: 'Once', hidden: true }])
  assert.deepEqual(await writes(msp, 'state', 'attempts'), [{ state: 'done', attempts: 1 }])
})

test('a process that slept between its claim and the socket, while another one took over, sends nothing', async (t) => {
  const { msp, sandbox, home, seam } = await startWithSeam(t)
  seam.pass = async (name, effect) => {
    const result = await effect()
    if (name === 'outbox.sent') await withDatabase(home, (db) => db.updateTable('outbox').set({ leaseOwner: 'desk|boot|1|2' }).execute())
    return result
  }
  await run(msp, 'ticket', 'comment', 'T12345', 'Once')
  assert.deepEqual(posted(sandbox), [])
  seam.pass = through
  await endClaims(home)
  await run(msp, 'outbox', 'run', '--wait')
  assert.deepEqual(posted(sandbox), [{ subject: 'Note', body: 'Once', hidden: true }])
})

test('a write whose claim ran out while it was prepared is looked for before it is sent', async (t) => {
  const { home } = await startSession(t)
  const sent: string[] = []
  const expire = async (db: Db) =>
    db
      .updateTable('outbox')
      .set({ leaseUntil: new Date(Date.now() - 1000) })
      .execute()
  await withDatabase(home, async (db) => {
    const common = { integration: 'syncro', owner: '', kind: 'attachment', state: 'ready', createdBy: 'mike@example.com' } as const
    const { row } = await addWrite(db, { ...common, id: newId(), ticketId: '1' })
    const channel: VendorWrite<unknown> = {
      request: () => ({ method: 'POST', path: 'x', record: { type: 'syncro_ticket', action: 'updated' } }),
      prepare: async (content) => {
        await expire(db)
        return content
      },
      send: async (_, reference) => String(sent.push(reference)),
      find: async () => 'absent',
    }
    const { state, attempts, lastError } = await deliverWrite(
      {
        ...{ db, owner: thisOwner('laptop'), limits: standardLimits, step: (_, effect) => effect() },
        route: async () => ({ channel, content: {}, keepContent: async () => {}, lagMs: 0 }),
      },
      row,
    )
    assert.deepEqual([state, attempts, lastError, sent], ['unknown', 0, 'Its turn took too long.', []])
  })
})

test('for a write that must wait the way to the vendor is not opened', async (t) => {
  const { home, msp, sandbox } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  await run(msp, 'ticket', 'comment', 'T12345', 'Later')
  const opened: string[] = []
  await withDatabase(home, async (db) => {
    const delivery: Delivery = {
      ...{ db, owner: thisOwner('laptop'), limits: standardLimits, step: (_, effect) => effect() },
      route: async ({ shortId }) => {
        opened.push(shortId)
        throw new MspError('locked', 'No key.')
      },
    }
    const deps = { db, delivery, now: () => new Date(), sleep: shortSleep }
    const states = async () => (await runOutbox(deps)).map(({ state, lastError }) => [state, lastError])
    assert.deepEqual([await states(), opened], [[['ready', 'SyncroMSP asks for a pause: too many calls.']], []])
    await db.updateTable('outbox').set({ notBefore: null }).execute()
    assert.deepEqual([await states(), opened.length], [[['ready', 'No key.']], 1])
  })
})

test('what another machine delivered between the look at it and the claim is left alone', async (t) => {
  const { msp, sandbox, before, elsewhere } = await startWithSeam(t)
  before('outbox.sent', async () => assert.equal((await elsewhere('outbox', 'run')).exitCode, 0))
  await run(msp, 'ticket', 'comment', 'T12345', 'Once')
  assert.deepEqual(posted(sandbox), [{ subject: 'Note', body: 'Once', hidden: true }])
})

test('what was found missing is counted anew when another machine has sent it between the look at it and the claim', async (t) => {
  const { msp, sandbox, home, before, elsewhere } = await startWithSeam(t, { limits: { lease: 150, settle: 300 } })
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-before' })
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after', skip: 1 })
  sandbox.syncro.commentLagMs = 150
  await run(msp, 'ticket', 'comment', 'T12345', 'Once')
  await makeDue(home)
  await run(msp, 'outbox', 'run')
  await makeDue(home)
  before('outbox.claim', async () => {
    // found missing a second time there, and sent; then its settle time passes
    await elsewhere('outbox', 'run')
    await makeDue(home)
  })
  await run(msp, 'outbox', 'run', '--wait')
  assert.deepEqual(posted(sandbox), [{ subject: 'Note', body: 'Once', hidden: true }])
})

test('a write that a bug stops does not stop those of other tickets behind it', async (t) => {
  const { msp, sandbox, home, seam } = await startWithSeam(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600', times: 2 })
  await run(msp, 'ticket', 'comment', 'T12345', 'First')
  await run(msp, 'ticket', 'comment', 'T12342', 'Second')
  await makeDue(home)
  seam.pass = crash('before', (name) => name === 'outbox.sent')
  const { exitCode, stderr } = await msp('outbox', 'run')
  assert.deepEqual([exitCode, stderr[0]], [1, 'This is a bug in msp: Error: the process ends here'])
  assert.deepEqual([posted(sandbox), posted(sandbox, otherId).length], [[], 1])
})
