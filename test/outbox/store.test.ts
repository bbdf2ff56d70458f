import assert from 'node:assert/strict'
import { databaseTime, isDuplicate } from '../../src/db/dialect.ts'
import { newId } from '../../src/db/id.ts'
import type { Db, NewRow, OutboxState } from '../../src/db/tables.ts'
import {
  abandonWrite,
  addWrite,
  claimWrite,
  findWrite,
  forgetOldPayloads,
  isOlderThan,
  keepVendorId,
  listUnderway,
  listWrites,
  markSent,
  moveWrite,
  type NewOutboxRow,
  releaseWrite,
  requireWrite,
} from '../../src/outbox/store.ts'
import type { OutboxRow } from '../../src/outbox/write.ts'
import { eachEngine } from '../support/engines.ts'

const minute = 60_000
const nothing = async () => {}

const newWrite = (more: Partial<NewOutboxRow> = {}): NewOutboxRow => ({
  id: newId(),
  integration: 'syncro',
  owner: '',
  kind: 'comment',
  ticketId: '1',
  ticketNumber: '1042',
  state: 'ready',
  createdBy: 'mike@example.com',
  ...more,
})

const add = async (db: Db, more: Partial<NewOutboxRow> = {}): Promise<OutboxRow> => (await addWrite(db, newWrite(more), nothing)).row

const change = (db: Db, id: string, values: Partial<NewRow<'outbox'>>) =>
  db.updateTable('outbox').set(values).where('id', '=', id).execute()

const stateOf = async (db: Db, { id }: { id: string }): Promise<OutboxState> => (await requireWrite(db, id)).state

/** As its worker has it: sent, the lease as long as given. */
async function addSending(db: Db, leaseMs: number, more: Partial<NewOutboxRow> = {}): Promise<OutboxRow> {
  const write = await add(db, more)
  assert.equal(await claimWrite(db, write, 'desk', leaseMs), true)
  return requireWrite(db, write.id)
}

eachEngine('a new write is ready, with a short name and the reference that its copy will carry', async (db) => {
  const { id, seq, shortId, createdAt, ...rest } = await add(db, { dedupeKey: 'k', visibility: 'internal' })
  assert.match(shortId, /^[0-9A-HJKMNP-TV-Z]{4}$/)
  assert.equal(seq > 0 && Math.abs(createdAt.getTime() - Date.now()) < minute, true)
  assert.deepEqual(rest, {
    ...{ integration: 'syncro', owner: '', kind: 'comment', sessionId: null, clientId: null, ticketId: '1', ticketNumber: '1042' },
    ...{ visibility: 'internal', payloadEncrypted: null, dedupeKey: 'k', reference: `msp ${shortId}`, state: 'ready', attempts: 0 },
    ...{ missed: 0, notBefore: null, firstSentAt: null, leaseOwner: null, leaseUntil: null, vendorId: null, lastError: null },
    ...{ createdBy: 'mike@example.com', agent: null, approvedBy: null },
  })
  assert.equal((await findWrite(db, shortId.toLowerCase()))?.id, id)
  assert.equal((await findWrite(db, id.toUpperCase()))?.id, id)
  assert.equal(await findWrite(db, 'I'), undefined)
})

eachEngine('one of many workers gets a write', async (db) => {
  const write = await add(db)
  const workers = Array.from({ length: 12 }, (_, index) => `machine ${index}`)
  const got = await Promise.all(workers.map((worker) => claimWrite(db, write, worker, minute)))
  assert.equal(got.filter(Boolean).length, 1)
  const { state, leaseOwner } = await requireWrite(db, write.id)
  assert.deepEqual([state, leaseOwner], ['sending', workers[got.indexOf(true)]])
})

eachEngine('a write is claimed in the state in which it was seen, and not before it is due', async (db) => {
  const write = await add(db)
  const inMinutes = (minutes: number) => ({ notBefore: new Date(Date.now() + minutes * minute) })
  const claim = async () => claimWrite(db, await requireWrite(db, write.id), 'desk', minute)
  await change(db, write.id, inMinutes(1))
  assert.equal(await claim(), false)
  await change(db, write.id, { ...inMinutes(-1), state: 'unknown' })
  assert.equal(await claimWrite(db, { ...write, ...inMinutes(-1) }, 'desk', minute), false)
  for (const state of ['draft', 'done', 'failed', 'cancelled', 'needs_human', 'sending'] as const) {
    await change(db, write.id, { state })
    assert.equal(await claim(), false, state)
  }
  await change(db, write.id, { state: 'unknown' })
  assert.equal(await claim(), true)
})

eachEngine('what is under way is listed in order, of a ticket too, and of what hangs on none itself alone', async (db) => {
  const first = await add(db)
  const otherTicket = await add(db, { ticketId: '2' })
  const otherVendor = await add(db, { integration: 'autotask' })
  const second = await add(db)
  const onNone = await add(db, { ticketId: null })
  const ids = (writes: OutboxRow[]) => writes.map(({ id }) => id)
  for (const state of ['ready', 'sending', 'unknown'] as const) {
    await change(db, first.id, { state })
    assert.deepEqual(ids(await listUnderway(db)), ids([first, otherTicket, otherVendor, second, onNone]), state)
    assert.deepEqual(ids(await listUnderway(db, second)), ids([first, second]), state)
  }
  for (const state of ['done', 'failed', 'cancelled', 'needs_human', 'draft'] as const) {
    await change(db, first.id, { state })
    assert.deepEqual(ids(await listUnderway(db, second)), ids([second]), state)
  }
  await change(db, first.id, { state: 'ready' })
  assert.deepEqual(ids(await listUnderway(db, first)), ids([first]))
  assert.deepEqual(ids(await listUnderway(db, onNone)), ids([onNone]))
  assert.deepEqual(ids(await listWrites(db, { limit: 3 })), ids([onNone, second, otherVendor]))
  await change(db, second.id, { state: 'done' })
  assert.deepEqual(ids(await listWrites(db, { states: ['done'], limit: 3 })), ids([second]))
})

eachEngine('the lease of another machine is respected until it runs out; then what it sent is unknown', async (db) => {
  const write = await addSending(db, minute)
  await abandonWrite(db, write, false, 0)
  assert.equal(await stateOf(db, write), 'sending')
  await change(db, write.id, { leaseUntil: new Date(Date.now() - 1000) })
  await abandonWrite(db, write, false, minute)
  const { state, leaseOwner, leaseUntil, notBefore } = await requireWrite(db, write.id)
  assert.deepEqual([state, leaseOwner, leaseUntil], ['unknown', null, null])
  assert.ok(notBefore && notBefore.getTime() > Date.now() + minute / 2, 'not looked for before it has settled')
})

eachEngine('what a dead worker had is unknown at once, unless another worker has it by now', async (db) => {
  const write = await addSending(db, minute)
  await abandonWrite(db, { ...write, leaseOwner: 'laptop' }, true, 0)
  assert.equal(await stateOf(db, write), 'sending')
  await abandonWrite(db, write, true, 0)
  assert.equal(await stateOf(db, write), 'unknown')
})

eachEngine('a request leaves only while its claim lasts', async (db) => {
  const write = await addSending(db, 5000)
  const leaves = (owner: string) => markSent(db, write, owner, minute, true)
  assert.equal(await leaves('laptop'), false)
  assert.equal(await leaves('desk'), true)
  const { attempts, missed, firstSentAt, leaseUntil } = await requireWrite(db, write.id)
  assert.deepEqual([attempts, missed, firstSentAt !== null], [1, 0, true])
  assert.ok(leaseUntil && leaseUntil.getTime() > Date.now() + minute / 2, 'the lease covers the request')
  await change(db, write.id, { leaseUntil: new Date(Date.now() - 1000) })
  assert.equal(await leaves('desk'), false)
  await change(db, write.id, { leaseUntil: new Date(Date.now() + minute), vendorId: '901' })
  assert.equal(await leaves('desk'), false)
  assert.deepEqual((await requireWrite(db, write.id)).firstSentAt, firstSentAt)
})

eachEngine('a request of an unclaimed write leaves once, also of two workers of one process', async (db) => {
  const write = await add(db)
  const left = await Promise.all(Array.from({ length: 6 }, () => markSent(db, write, 'desk', minute, false)))
  assert.equal(left.filter(Boolean).length, 1)
  const { state, attempts, leaseOwner, leaseUntil, firstSentAt } = await requireWrite(db, write.id)
  assert.deepEqual([state, attempts, leaseOwner], ['sending', 1, 'desk'])
  assert.ok(firstSentAt !== null && leaseUntil !== null && leaseUntil.getTime() > Date.now() + minute / 2)
})

eachEngine('nobody takes a write on which others have worked since it was read', async (db) => {
  const write = await add(db, { payloadEncrypted: Buffer.from('first') })
  for (const changed of [{ attempts: 1 }, { notBefore: new Date(0) }, { state: 'unknown' as const }]) {
    await change(db, write.id, changed)
    assert.deepEqual([await claimWrite(db, write, 'desk', minute), await markSent(db, write, 'desk', minute, false)], [false, false])
    await change(db, write.id, { attempts: 0, notBefore: null, state: 'ready' })
  }
  for (const payloadEncrypted of [Buffer.from('prepared'), null]) {
    await change(db, write.id, { payloadEncrypted })
    assert.equal(await claimWrite(db, write, 'desk', minute), false)
  }
  assert.equal(await claimWrite(db, await requireWrite(db, write.id), 'desk', minute), true)
})

eachEngine('only the worker that has a claim ends it', async (db) => {
  const write = await addSending(db, minute, { dedupeKey: 'k' })
  await releaseWrite(db, write.id, 'laptop', { state: 'ready', lastError: null })
  assert.equal(await stateOf(db, write), 'sending')
  await releaseWrite(db, write.id, 'desk', { state: 'unknown', lastError: 'The line was cut.', waitMs: minute, missed: 1 })
  const released = await requireWrite(db, write.id)
  const { state, lastError, missed, leaseOwner, leaseUntil, dedupeKey } = released
  assert.deepEqual([state, lastError, missed, leaseOwner, leaseUntil, dedupeKey], ['unknown', 'The line was cut.', 1, null, null, 'k'])
  assert.equal(await claimWrite(db, released, 'desk', minute), false)
})

eachEngine('the vendor’s id is kept with the write and with its time entry', async (db) => {
  const clientId = newId()
  await db.insertInto('clients').values({ id: clientId, name: 'Dataforth', nameKey: 'dataforth' }).execute()
  const id = newId()
  const now = new Date()
  await addWrite(db, newWrite({ id, kind: 'time_entry' }), async (transaction) => {
    const entry = { clientId, integration: 'syncro', ticketId: '1', ticketNumber: '1042', technician: 'mike@example.com' }
    const time = { startedAt: now, endedAt: now, minutes: 1, billable: true, note: '' }
    await transaction
      .insertInto('timeEntries')
      .values({ id: newId(), outboxId: id, ...entry, ...time })
      .execute()
  })
  await keepVendorId(db, { id, kind: 'time_entry' }, '901')
  const entries = await db.selectFrom('timeEntries').select(['outboxId', 'vendorId']).execute()
  assert.deepEqual([(await requireWrite(db, id)).vendorId, entries], ['901', [{ outboxId: id, vendorId: '901' }]])
})

eachEngine('a write and what belongs to it are stored together or not at all', async (db) => {
  const write = newWrite()
  await assert.rejects(
    addWrite(db, write, async () => {
      throw new Error('no')
    }),
    /^Error: no$/,
  )
  assert.equal(await findWrite(db, write.id), undefined)
})

eachEngine('the same write asked for at once by many is one row', async (db) => {
  const asked = await Promise.all(Array.from({ length: 8 }, () => addWrite(db, newWrite({ dedupeKey: 'same' }), nothing)))
  assert.deepEqual([new Set(asked.map(({ row }) => row.id)).size, asked.filter(({ isNew }) => isNew).length], [1, 1])
  assert.equal((await listWrites(db, { limit: 9 })).length, 1)
})

eachEngine('asked for again, a write that failed is replaced and cannot be tried besides; every other state stands for it', async (db) => {
  for (const state of ['draft', 'ready', 'sending', 'unknown', 'done', 'needs_human'] as const) {
    const earlier = await add(db, { dedupeKey: state })
    await change(db, earlier.id, { state })
    const { row, isNew } = await addWrite(db, newWrite({ dedupeKey: state }), nothing)
    assert.deepEqual([row.id, isNew], [earlier.id, false], state)
  }
  const failed = await add(db, { dedupeKey: 'failed' })
  await change(db, failed.id, { state: 'failed' })
  const { row, isNew } = await addWrite(db, newWrite({ dedupeKey: 'failed' }), nothing)
  const old = await requireWrite(db, failed.id)
  assert.deepEqual([isNew, row.id === old.id, row.dedupeKey, old.state, old.dedupeKey], [true, false, 'failed', 'cancelled', null])
  assert.equal(await moveWrite(db, old.id, ['failed'], { state: 'ready' }), false)
})

eachEngine('a write is moved from the states that are named only; withdrawn it frees its words', async (db) => {
  const write = await add(db, { dedupeKey: 'k' })
  await change(db, write.id, { missed: 1, notBefore: new Date() })
  assert.equal(await moveWrite(db, write.id, ['failed', 'unknown'], { state: 'ready' }), false)
  assert.equal(await moveWrite(db, write.id, ['failed', 'ready'], { state: 'unknown', approvedBy: 'mike@example.com' }), true)
  const { state, approvedBy, missed, notBefore, dedupeKey } = await requireWrite(db, write.id)
  assert.deepEqual([state, approvedBy, missed, notBefore, dedupeKey], ['unknown', 'mike@example.com', 0, null, 'k'])
  assert.equal(await moveWrite(db, write.id, ['unknown'], { state: 'cancelled' }), true)
  assert.equal((await requireWrite(db, write.id)).dedupeKey, null)
})

eachEngine('a write is old on the database’s clock, until a person says that it shall go on', async (db) => {
  const write = await add(db)
  const day = 24 * 60 * minute
  assert.equal(await isOlderThan(db, write.id, day), false)
  await db
    .updateTable('outbox')
    .set({ createdAt: databaseTime(db, -day - 1000) })
    .where('id', '=', write.id)
    .execute()
  assert.equal(await isOlderThan(db, write.id, day), true)
  await change(db, write.id, { approvedBy: 'mike@example.com' })
  assert.equal(await isOlderThan(db, write.id, day), false)
})

eachEngine('a duplicate that no write explains is thrown, not tried for ever', async (db) => {
  const { id } = await add(db)
  await assert.rejects(addWrite(db, newWrite({ id }), nothing), isDuplicate)
})

eachEngine('what a write says is forgotten a month after it is done or cancelled, and not while it may still be needed', async (db) => {
  const day = 24 * 60 * minute
  const cases = [
    ['done', 31, true],
    ['cancelled', 31, true],
    ['failed', 31, false],
    ['needs_human', 31, false],
    ['done', 29, false],
  ] as const
  const ids: string[] = []
  for (const [state, days] of cases) {
    const createdAt = new Date(Date.now() - days * day)
    ids.push((await add(db, { state, createdAt, payloadEncrypted: Buffer.from('sealed') })).id)
  }
  await forgetOldPayloads(db)
  const forgotten = await Promise.all(ids.map(async (id) => (await requireWrite(db, id)).payloadEncrypted === null))
  assert.deepEqual(
    forgotten,
    cases.map(([, , isForgotten]) => isForgotten),
  )
})
