import { sql } from 'kysely'
import { newId } from '../db/id.ts'
import type { Db, NewRow } from '../db/tables.ts'
import type { Session, WorkItem } from './session.ts'

const selectSessions = (db: Db) =>
  db.selectFrom('sessions').innerJoin('clients', 'clients.id', 'sessions.clientId').selectAll('sessions').select('clients.name as client')

export async function insertSession(db: Db, session: NewRow<'sessions'>): Promise<void> {
  await db.insertInto('sessions').values(session).execute()
}

export async function findSession(db: Db, id: string): Promise<Session | undefined> {
  return selectSessions(db).where('sessions.id', '=', id).executeTakeFirst()
}

export async function findOpenSession(db: Db, openKey: string): Promise<Session | undefined> {
  return selectSessions(db).where('sessions.openKey', '=', openKey).executeTakeFirst()
}

export interface SessionQuery {
  clientId?: string
  technician?: string
  open?: boolean
  limit: number
}

/** The latest sessions first. */
export async function listSessions(db: Db, { clientId, technician, open, limit }: SessionQuery): Promise<Session[]> {
  let query = selectSessions(db)
  if (clientId !== undefined) query = query.where('sessions.clientId', '=', clientId)
  if (technician !== undefined) query = query.where('sessions.technician', '=', technician)
  if (open) query = query.where('sessions.endedAt', 'is', null)
  return query.orderBy('sessions.startedAt', 'desc').limit(limit).execute()
}

/** Those whose id begins or ends so. */
export async function findSessionsByPart(db: Db, part: string): Promise<Session[]> {
  // MariaDB compares an id with a pattern only as text
  const id = sql<string>`cast(sessions.id as char)`
  return selectSessions(db)
    .where((where) => where.or([where(id, 'like', `${part}%`), where(id, 'like', `%${part}`)]))
    .execute()
}

/** Ends the session. False when it had ended. */
export async function closeSession(db: Db, id: string, endedAt: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({ endedAt, openKey: null })
    .where('id', '=', id)
    .where('endedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function insertWorkItem(db: Db, item: Omit<NewRow<'workItems'>, 'id'>): Promise<WorkItem> {
  const id = newId()
  await db
    .insertInto('workItems')
    .values({ id, ...item })
    .execute()
  return db.selectFrom('workItems').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

/** In the order in which the work was done. */
export async function listWorkItems(db: Db, sessionId: string): Promise<WorkItem[]> {
  return db.selectFrom('workItems').selectAll().where('sessionId', '=', sessionId).orderBy('createdAt').orderBy('id').execute()
}
