import { databaseTime, isMariaDb } from '../db/dialect.ts'
import type { Db, NewRow, OutboxState, Row } from '../db/tables.ts'

/** A time entry with the state of its write. */
export type TimeEntry = Row<'timeEntries'> & { state: OutboxState }

const notSent: OutboxState[] = ['failed', 'cancelled']

const selectEntries = (db: Db) =>
  db.selectFrom('timeEntries').innerJoin('outbox', 'outbox.id', 'timeEntries.outboxId').selectAll('timeEntries').select('outbox.state')

export async function insertTimeEntry(db: Db, entry: NewRow<'timeEntries'>): Promise<void> {
  await db.insertInto('timeEntries').values(entry).execute()
}

export async function findTimeEntryOf(db: Db, outboxId: string): Promise<TimeEntry | undefined> {
  return selectEntries(db).where('timeEntries.outboxId', '=', outboxId).executeTakeFirst()
}

export interface TimeQuery {
  from: Date
  to: Date
  /** Everybody's without it. */
  technician?: string
}

/** Entries that touch the time between, in order, without those that the vendor will never have. */
export async function listCountedEntries(db: Db, { from, to, technician }: TimeQuery): Promise<TimeEntry[]> {
  const query = selectEntries(db)
    .where('timeEntries.endedAt', '>', from)
    .where('timeEntries.startedAt', '<', to)
    .where('outbox.state', 'not in', notSent)
    .orderBy('timeEntries.startedAt')
  return (technician === undefined ? query : query.where('timeEntries.technician', '=', technician)).execute()
}

/** The same within a transaction, up to whose end nobody else adds one there. */
export async function lockCountedEntries(transaction: Db, query: Required<TimeQuery>): Promise<TimeEntry[]> {
  // SQLite has one writing transaction at a time. Here only our own table is locked: a write that is being sent must not wait for us
  if (isMariaDb(transaction)) {
    await transaction
      .selectFrom('timeEntries')
      .select('id')
      .where('technician', '=', query.technician)
      .where('endedAt', '>', query.from)
      .where('startedAt', '<', query.to)
      .forUpdate()
      .execute()
  }
  return listCountedEntries(transaction, query)
}

/** A technician's entries that start in the time between, in order, whatever came of them: each is on one day only. */
export async function listTimeEntries(db: Db, { from, to, technician }: Required<TimeQuery>): Promise<TimeEntry[]> {
  return selectEntries(db)
    .where('timeEntries.technician', '=', technician)
    .where('timeEntries.startedAt', '>=', from)
    .where('timeEntries.startedAt', '<', to)
    .orderBy('timeEntries.startedAt')
    .execute()
}

/** Time that counts as worked: all but what the vendor will never have. */
export const isCounted = ({ state }: Pick<TimeEntry, 'state'>): boolean => !notSent.includes(state)

/** What the session has logged already, in minutes. */
export async function loggedMinutes(db: Db, sessionId: string): Promise<number> {
  const { total } = await db
    .selectFrom('timeEntries')
    .innerJoin('outbox', 'outbox.id', 'timeEntries.outboxId')
    .select(({ fn }) => fn.sum<number | null>('timeEntries.minutes').as('total'))
    .where('timeEntries.sessionId', '=', sessionId)
    .where('outbox.state', 'not in', notSent)
    .executeTakeFirstOrThrow()
  return Number(total ?? 0)
}

/** Notes that the vendor shows the entry as charged. The first time counts. */
export async function noteCharged(db: Db, outboxId: string): Promise<void> {
  await db
    .updateTable('timeEntries')
    .set({ chargedAt: databaseTime(db) })
    .where('outboxId', '=', outboxId)
    .where('chargedAt', 'is', null)
    .execute()
}

/** The same when its line was taken away. */
export async function noteUncharged(db: Db, outboxId: string): Promise<void> {
  await db.updateTable('timeEntries').set({ chargedAt: null }).where('outboxId', '=', outboxId).execute()
}
