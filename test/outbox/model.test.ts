import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { newId } from '../../src/db/id.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { Db } from '../../src/db/tables.ts'
import { MspError } from '../../src/errors.ts'
import { HttpFailure } from '../../src/http/failure.ts'
import type { VendorWrite } from '../../src/http/http.ts'
import { cancelWrite, resolveWrite, retryWrite } from '../../src/outbox/change.ts'
import type { Delivery } from '../../src/outbox/deliver.ts'
import { runOutbox } from '../../src/outbox/queue.ts'
import { addWrite, listUnderway, listWrites } from '../../src/outbox/store.ts'
import type { OutboxRow } from '../../src/outbox/write.ts'
import { thisOwner } from '../../src/owner.ts'
import { standardLimits } from '../../src/world.ts'
import { openTestVault } from '../oauth/start.ts'
import { temporaryFolder } from '../support/engines.ts'
import { placeOf } from '../support/mariadb.ts'
import { fastClock } from './start.ts'

const failures = {
  refused: new HttpFailure('vendor', 'No.', { outcome: 'refused', status: 422 }),
  signedOut: new HttpFailure('sign_in', 'Who are you?', { outcome: 'refused', status: 401 }),
  notSent: new HttpFailure('network', 'Nobody there.', { outcome: 'not_sent', retryAfterMs: 0 }),
  unknown: new HttpFailure('network', 'The line was cut.', { outcome: 'unknown' }),
}

/** What happens on the way: which effect ends the process, and what the vendor does. */
const weather = fc.record({
  crash: fc.option(fc.constantFrom('outbox.claim', 'outbox.sent', 'outbox.found', 'outbox.release'), { freq: 4 }),
  when: fc.constantFrom('before', 'after'),
  send: fc.constantFrom('taken', 'takenAndCut', 'takenAndCut', 'unknown', 'notSent', 'refused', 'signedOut'),
  find: fc.constantFrom('answers', 'answers', 'answers', 'unknown', 'refused'),
  complete: fc.constantFrom('works', 'works', 'unknown', 'refused'),
  route: fc.constantFrom('open', 'open', 'open', 'signedOut'),
})
type Weather = typeof weather extends fc.Arbitrary<infer W> ? W : never

const event = fc.oneof(
  { weight: 2, arbitrary: fc.record({ what: fc.constant('ask' as const), ticket: fc.constantFrom('1', '2'), text: fc.nat(3) }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('deliver' as const), weather }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('retry' as const, 'cancel' as const, 'resolve' as const), index: fc.nat(3) }) },
)
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never

const calm: Weather = { crash: null, when: 'before', send: 'taken', find: 'answers', complete: 'works', route: 'open' }
const me = thisOwner('laptop')
const theEnd = new Error('the process ends here')

/** The vendor: the references that it has, in the order in which they came. */
function vendorIn(store: string[], { send, find, complete }: Weather): VendorWrite<unknown> {
  return {
    request: () => ({ method: 'POST', path: 'x', record: { type: 'syncro_ticket', action: 'updated' } }),
    send: async (_, reference) => {
      if (send === 'taken' || send === 'takenAndCut') store.push(reference)
      if (send === 'takenAndCut') throw failures.unknown
      if (send !== 'taken') throw failures[send]
      return reference
    },
    find: async (_, reference) => {
      if (find !== 'answers') throw failures[find]
      return store.includes(reference) ? { vendorId: reference } : 'absent'
    },
    complete: async () => {
      if (complete !== 'works') throw failures[complete]
    },
  }
}

function deliveryIn(db: Db, store: string[], given: Weather): Delivery {
  let isOver = false
  return {
    db,
    // a process that is gone afterwards, for the next one to see
    owner: given.crash === null ? me : { ...me, pid: 2 ** 30 },
    limits: { ...standardLimits, request: 1, settle: 0, lease: 60_000, interactive: 1 },
    step: async (name, effect) => {
      if (!isOver && name !== given.crash) return effect()
      // a process that has ended does nothing more
      if (!isOver && given.when === 'after') await effect()
      isOver = true
      throw theEnd
    },
    route: async () => {
      if (given.route === 'signedOut') throw failures.signedOut
      return { channel: vendorIn(store, given), content: {}, keepContent: async () => {}, lagMs: 0 }
    },
  }
}

/** A run of the outbox; it ends where its process does. */
async function deliver(db: Db, store: string[], given: Weather): Promise<void> {
  await db.updateTable('outbox').set({ notBefore: null }).execute()
  const { now, sleep } = fastClock()
  try {
    await runOutbox({ db, delivery: deliveryIn(db, store, given), now, sleep })
  } catch (error) {
    if (error !== theEnd) throw error
  }
}

async function apply(db: Db, store: string[], happening: Event): Promise<void> {
  if (happening.what === 'deliver') return deliver(db, store, happening.weather)
  if (happening.what === 'ask') return ask(db, happening.ticket, happening.text)
  const known = await listWrites(db, { limit: 100 })
  const write = known[happening.index % (known.length || 1)]
  if (!write) return
  const isThere = store.includes(write.reference)
  try {
    if (happening.what === 'retry') await retryWrite(db, write.id, 'mike@example.com')
    else if (happening.what === 'cancel') await cancelWrite(db, write.id)
    else
      await resolveWrite(
        { db, vault: async () => openTestVault() },
        write,
        isThere ? { isSent: true, vendorId: write.reference } : { isSent: false },
        'mike@example.com',
      )
  } catch (error) {
    assert.ok(error instanceof MspError, String(error))
  }
}

async function ask(db: Db, ticketId: string, text: number): Promise<void> {
  const common = { integration: 'syncro', owner: '', kind: 'comment', state: 'ready', createdBy: 'mike@example.com' } as const
  await addWrite(db, { ...common, id: newId(), ticketId, dedupeKey: `${ticketId} ${text}` })
}

/** What must be true at any time. */
function check(known: readonly OutboxRow[], store: readonly string[]): void {
  assert.equal(new Set(store).size, store.length, 'the vendor has something twice')
  for (const { state, reference, vendorId } of known) {
    const isThere = store.includes(reference)
    if (state === 'done') assert.ok(isThere, 'done, but not there')
    if (['draft', 'ready', 'failed', 'cancelled'].includes(state)) assert.ok(!isThere, `${state}, but there`)
    if (vendorId !== null) assert.ok(isThere, 'an id of nothing')
  }
}

test('whatever happens, nothing is at the vendor twice, and the state tells the truth', async (t) => {
  const db = await openDatabase(placeOf(join(temporaryFolder(t), 'msp.sqlite')))
  t.after(() => db.destroy())
  await migrate(db)
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 25 }), async (events) => {
      await db.deleteFrom('outbox').execute()
      const store: string[] = []
      for (const happening of events) {
        await apply(db, store, happening)
        check(await listWrites(db, { limit: 100 }), store)
      }
      for (let turn = 0; turn < 60 && (await listUnderway(db)).length > 0; turn++) await deliver(db, store, calm)
      check(await listWrites(db, { limit: 100 }), store)
      assert.deepEqual(await listUnderway(db), [], 'something is stuck')
    }),
    { numRuns: 60 },
  )
})
