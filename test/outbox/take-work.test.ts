import assert from 'node:assert/strict'
import { newId } from '../../src/db/id.ts'
import type { Db, OutboxState } from '../../src/db/tables.ts'
import { addWrite, moveWrite, requireWrite, takeWork, WorkTaken } from '../../src/outbox/store.ts'
import type { OutboxRow } from '../../src/outbox/write.ts'
import { listUnpostedWork } from '../../src/tickets/store.ts'
import { eachEngine } from '../support/engines.ts'

const ticket = { integration: 'syncro', id: '1' }

/** A session with a linked ticket and so many work items. */
async function addSession(db: Db, count: number) {
  const [clientId, sessionId] = [newId(), newId()]
  await db.insertInto('clients').values({ id: clientId, name: 'Dataforth', nameKey: 'dataforth' }).execute()
  const who = { technician: 'mike@example.com', machine: 'laptop', openKey: null }
  await db
    .insertInto('sessions')
    .values({ id: sessionId, clientId, ...who, startedAt: new Date(), endedAt: null })
    .execute()
  const items = Array.from({ length: count }, (_, index) => ({ id: newId(), sessionId, clientId, note: `item ${index}`, billable: true }))
  await db.insertInto('workItems').values(items).execute()
  const link = { id: newId(), sessionId, clientId, integrationType: ticket.integration, ticketId: ticket.id }
  await db.insertInto('ticketLinks').values(link).execute()
  return { sessionId, work: items.map(({ id }) => id), link: link.id }
}

async function post(db: Db, work: readonly string[], dedupeKey: string | null = null): Promise<OutboxRow> {
  const write = { id: newId(), integration: 'syncro', owner: '', kind: 'comment', ticketId: '1', createdBy: 'mike@example.com' }
  const added = await addWrite(db, { ...write, state: 'ready', dedupeKey }, (transaction) => takeWork(transaction, write.id, work, ticket))
  return added.row
}

async function unposted(db: Db, id: string): Promise<string[]> {
  const link = await db.selectFrom('ticketLinks').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  return (await listUnpostedWork(db, link)).map((item) => item.id)
}

const taken = (db: Db) => db.selectFrom('workItemPosts').select(['workItemId', 'outboxId']).orderBy('workItemId').execute()

eachEngine('work that a write has taken is nobody else’s, unless that write failed or was withdrawn', async (db) => {
  const { work, link } = await addSession(db, 2)
  const write = await post(db, work)
  const states: OutboxState[] = ['draft', 'ready', 'sending', 'unknown', 'done', 'needs_human']
  for (const state of states) {
    await db.updateTable('outbox').set({ state }).where('id', '=', write.id).execute()
    await assert.rejects(post(db, work.slice(1)), WorkTaken, state)
    assert.deepEqual(await unposted(db, link), [], state)
  }
  for (const state of ['failed', 'cancelled'] as const) {
    await db.updateTable('outbox').set({ state }).where('id', '=', write.id).execute()
    assert.deepEqual(await unposted(db, link), work, state)
  }
  assert.deepEqual(
    await taken(db),
    work.map((workItemId) => ({ workItemId, outboxId: write.id })),
  )
})

eachEngine('the write that takes over the work of a failed one withdraws it', async (db) => {
  const { work, link } = await addSession(db, 3)
  const [first = '', second = '', third = ''] = work
  const failed = await post(db, [first, second])
  await db.updateTable('outbox').set({ state: 'failed' }).where('id', '=', failed.id).execute()
  const next = await post(db, [second, third])
  assert.deepEqual([(await requireWrite(db, failed.id)).state, await unposted(db, link)], ['cancelled', [first]])
  assert.equal(await moveWrite(db, failed.id, ['failed'], { state: 'ready' }), false)
  const last = await post(db, [first])
  assert.deepEqual(await taken(db), [
    { workItemId: first, outboxId: last.id },
    { workItemId: second, outboxId: next.id },
    { workItemId: third, outboxId: next.id },
  ])
})

eachEngine('of many that take overlapping work at once each item goes into one write', async (db) => {
  const { work } = await addSession(db, 4)
  const sets = [work, work.slice(0, 2), work.slice(1, 3), work.slice(2), work.slice(0, 1), work.slice(3)]
  const results = await Promise.allSettled(sets.map((set, index) => post(db, set, `set ${index}`)))
  const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  assert.deepEqual(
    refusals.filter((reason) => !(reason instanceof WorkTaken)),
    [],
  )
  const writes = await db.selectFrom('outbox').select('id').execute()
  const holders = new Set((await taken(db)).map(({ outboxId }) => outboxId))
  assert.deepEqual([writes.length, holders.size], [results.length - refusals.length, writes.length])
})
