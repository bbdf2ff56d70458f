import assert from 'node:assert/strict'
import { addClient } from '../../src/clients/find.ts'
import { transact } from '../../src/db/dialect.ts'
import { newId, newShortId } from '../../src/db/id.ts'
import type { Db, OutboxState } from '../../src/db/tables.ts'
import { startSession } from '../../src/sessions/open.ts'
import {
  findTimeEntryOf,
  insertTimeEntry,
  listCountedEntries,
  listTimeEntries,
  lockCountedEntries,
  loggedMinutes,
} from '../../src/time/store.ts'
import { eachEngine } from '../support/engines.ts'

const at = (clock: string): Date => new Date(`2026-01-15T${clock}:00.000Z`)

interface Entry {
  from: string
  to: string
  state?: OutboxState
  technician?: string
  sessionId?: string
}

/** An entry with its write; gives the id of the write. */
async function addEntry(db: Db, clientId: string, entry: Entry): Promise<string> {
  const { from, to, state = 'done', technician = 'mike@example.com', sessionId = null } = entry
  const [id, shortId] = [newId(), newShortId()]
  const ticket = { integration: 'syncro', ticketId: '7', ticketNumber: '1042' }
  const write = { id, shortId, reference: `msp ${shortId}`, kind: 'time_entry', owner: '', state, createdBy: technician, visibility: null }
  const none = { payloadEncrypted: null, dedupeKey: null, notBefore: null, firstSentAt: null, leaseOwner: null, leaseUntil: null }
  await db
    .insertInto('outbox')
    .values({ ...write, ...ticket, ...none, sessionId, clientId, vendorId: null, lastError: null, agent: null, approvedBy: null })
    .execute()
  const minutes = (at(to).getTime() - at(from).getTime()) / 60_000
  await insertTimeEntry(db, {
    ...{ id: newId(), sessionId, clientId, ...ticket, technician, startedAt: at(from), endedAt: at(to), minutes, billable: true },
    ...{ laborId: null, note: `${from} to ${to}`, outboxId: id, vendorId: null, chargedAt: null },
  })
  return id
}

const notes = (entries: Array<{ note: string }>) => entries.map(({ note }) => note)

eachEngine('entries belong to the time in which they start, and to their technician', async (db) => {
  const { id } = await addClient(db, 'Dataforth')
  for (const [from, to] of [
    ['11:00', '12:00'],
    ['08:30', '09:30'],
    ['09:00', '09:15'],
    ['12:00', '12:30'],
  ] as const)
    await addEntry(db, id, { from, to })
  await addEntry(db, id, { from: '10:00', to: '10:30', technician: 'rosa@example.com' })
  const found = await listTimeEntries(db, { from: at('09:00'), to: at('12:00'), technician: 'mike@example.com' })
  assert.deepEqual(notes(found), ['09:00 to 09:15', '11:00 to 12:00'])
})

eachEngine('what takes up time is all that touches it, but not what the vendor will never have', async (db) => {
  const { id } = await addClient(db, 'Dataforth')
  const states = ['done', 'ready', 'sending', 'unknown', 'needs_human', 'failed', 'cancelled'] as const
  for (const [index, state] of states.entries()) await addEntry(db, id, { from: `09:0${index}`, to: `10:0${index}`, state })
  await addEntry(db, id, { from: '07:00', to: '08:00' })
  await addEntry(db, id, { from: '11:00', to: '12:00' })
  await addEntry(db, id, { from: '08:00', to: '09:30', technician: 'rosa@example.com' })
  const wanted = { from: at('08:00'), to: at('11:00') }
  const mine = ['09:00 to 10:00', '09:01 to 10:01', '09:02 to 10:02', '09:03 to 10:03', '09:04 to 10:04']
  assert.deepEqual(notes(await listCountedEntries(db, { ...wanted, technician: 'mike@example.com' })), mine)
  assert.deepEqual(notes(await listCountedEntries(db, wanted)), ['08:00 to 09:30', ...mine])
})

eachEngine('of transactions that look at once for what takes up time only one finds none', async (db) => {
  const { id } = await addClient(db, 'Dataforth')
  const wanted = { from: at('09:00'), to: at('10:00'), technician: 'mike@example.com' }
  const addUnlessTaken = () =>
    transact(db, async (transaction) => {
      const found = await lockCountedEntries(transaction, wanted)
      if (found.length === 0) await addEntry(transaction, id, { from: '09:00', to: '09:30' })
      return notes(found)
    })
  // opens the connections: the first to have one would be done before the others begin
  await Promise.all([1, 2, 3].map(() => db.selectFrom('clients').selectAll().execute()))
  for (const earlier of [[], ['08:00', '12:00']]) {
    for (const from of earlier) await addEntry(db, id, { from, to: from.replace(':00', ':30') })
    const results = await Promise.all([addUnlessTaken(), addUnlessTaken(), addUnlessTaken()])
    assert.deepEqual(results.flat(), ['09:00 to 09:30', '09:00 to 09:30'])
    await db.deleteFrom('timeEntries').execute()
  }
})

eachEngine('a session has logged what is there or on its way', async (db) => {
  const client = await addClient(db, 'Dataforth')
  const worker = { technician: 'mike@example.com', machine: 'laptop' }
  const session = await startSession(db, client, worker, at('08:00'))
  assert.equal(await loggedMinutes(db, session.id), 0)
  await addEntry(db, client.id, { from: '09:00', to: '09:40', sessionId: session.id })
  await addEntry(db, client.id, { from: '10:00', to: '10:05', sessionId: session.id, state: 'unknown' })
  await addEntry(db, client.id, { from: '11:00', to: '11:30', sessionId: session.id, state: 'failed' })
  await addEntry(db, client.id, { from: '12:00', to: '12:30' })
  assert.equal(await loggedMinutes(db, session.id), 45)
})

eachEngine('the entry of a write is found whole', async (db) => {
  const client = await addClient(db, 'Dataforth')
  const outboxId = await addEntry(db, client.id, { from: '09:00', to: '09:40', state: 'ready' })
  const { id: _, createdAt: __, ...entry } = (await findTimeEntryOf(db, outboxId)) ?? assert.fail('no entry')
  assert.deepEqual(entry, {
    ...{ sessionId: null, clientId: client.id, integration: 'syncro', ticketId: '7', ticketNumber: '1042' },
    ...{ technician: 'mike@example.com', startedAt: at('09:00'), endedAt: at('09:40'), minutes: 40, billable: true, laborId: null },
    ...{ note: '09:00 to 09:40', outboxId, vendorId: null, chargedAt: null, state: 'ready' },
  })
  assert.equal(await findTimeEntryOf(db, newId()), undefined)
})
