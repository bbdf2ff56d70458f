import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { isMariaDb } from '../../src/db/dialect.ts'
import { newId } from '../../src/db/id.ts'
import type { Db } from '../../src/db/tables.ts'
import { resolveWrite, type Verdict } from '../../src/outbox/change.ts'
import { addWrite, keepVendorId, requireWrite } from '../../src/outbox/store.ts'
import { openTestVault } from '../oauth/start.ts'
import { eachEngine } from '../support/engines.ts'

/** A time entry that needs a decision. */
async function addUndecided(db: Db) {
  const [clientId, id, now] = [newId(), newId(), new Date()]
  await db.insertInto('clients').values({ id: clientId, name: 'Dataforth', nameKey: 'dataforth' }).execute()
  const at = { integration: 'syncro', ticketId: '1', ticketNumber: '1042' }
  const write = { ...at, id, owner: '', kind: 'time_entry', state: 'needs_human', createdBy: 'mike@example.com' } as const
  const { row } = await addWrite(db, write, async (transaction) => {
    const entry = { ...at, clientId, technician: 'mike@example.com', startedAt: now, endedAt: now, minutes: 1, billable: true, note: '' }
    await transaction
      .insertInto('timeEntries')
      .values({ ...entry, id: newId(), outboxId: id })
      .execute()
  })
  const resolve = (verdict: Verdict) => resolveWrite({ db, vault: async () => openTestVault() }, row, verdict, 'mike@example.com')
  const left = async () => {
    const { state, vendorId } = await requireWrite(db, id)
    return [state, vendorId, (await db.selectFrom('timeEntries').select('vendorId').executeTakeFirst())?.vendorId]
  }
  return { row, resolve, left }
}

eachEngine('a time entry that a person found at the vendor is delivered there as that, or still waits for the person', async (db) => {
  const { resolve, left } = await addUndecided(db)
  const refusal = isMariaDb(db) ? "for each row signal sqlstate '45000'" : "begin select raise(abort, 'no'); end"
  await sql.raw(`create trigger refuse before update on time_entries ${refusal}`).execute(db)
  await assert.rejects(resolve({ isSent: true, vendorId: '901' }))
  assert.deepEqual(await left(), ['needs_human', null, null])
  await sql.raw('drop trigger refuse').execute(db)
  await resolve({ isSent: true, vendorId: '901' })
  assert.deepEqual(await left(), ['done', '901', '901'])
})

eachEngine('how often it was sent stays known, and why nobody could tell is forgotten, until its attempts are used up', async (db) => {
  const { row } = await addUndecided(db)
  const undecided = (attempts: number) =>
    db.updateTable('outbox').set({ state: 'needs_human', lastError: 'Something may be it.', attempts }).where('id', '=', row.id).execute()
  const left: unknown[] = []
  for (const [attempts, isSent] of [
    [2, false],
    [8, false],
    [8, true],
  ] as const) {
    await undecided(attempts)
    const verdict = isSent ? { isSent, vendorId: '901' } : { isSent }
    const settled = await resolveWrite(
      { db, vault: async () => openTestVault() },
      await requireWrite(db, row.id),
      verdict,
      'mike@example.com',
    )
    left.push([settled.state, settled.attempts, settled.lastError])
  }
  assert.deepEqual(left, [
    ['ready', 2, null],
    ['ready', 0, null],
    ['done', 8, null],
  ])
})

eachEngine('what has got its id at the vendor since it was read is not sent again, and keeps that id', async (db) => {
  const { row, resolve, left } = await addUndecided(db)
  await keepVendorId(db, row, '901')
  await assert.rejects(resolve({ isSent: false }), { message: `${row.shortId} was sent: the vendor gave it the id 901.` })
  assert.deepEqual(await left(), ['needs_human', '901', '901'])
  await resolve({ isSent: true, vendorId: '902' })
  assert.deepEqual(await left(), ['done', '901', '901'])
})
