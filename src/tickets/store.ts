import { sql } from 'kysely'
import { transact } from '../db/dialect.ts'
import { newId } from '../db/id.ts'
import type { Db, NewRow, Row } from '../db/tables.ts'

export type Link = Row<'ticketLinks'>

export async function findLink(db: Db, sessionId: string, ticket: { integration: string; id: string }): Promise<Link | undefined> {
  return db
    .selectFrom('ticketLinks')
    .selectAll()
    .where('sessionId', '=', sessionId)
    .where('integrationType', '=', ticket.integration)
    .where('ticketId', '=', ticket.id)
    .executeTakeFirst()
}

export async function insertLink(db: Db, link: Omit<NewRow<'ticketLinks'>, 'id'>): Promise<Link> {
  const id = newId()
  await db
    .insertInto('ticketLinks')
    .values({ id, ...link })
    .execute()
  return db.selectFrom('ticketLinks').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export async function updateLink(db: Db, id: string, change: Partial<NewRow<'ticketLinks'>>): Promise<void> {
  await db.updateTable('ticketLinks').set(change).where('id', '=', id).execute()
}

/** Notes that these links are up to date, in few statements. */
export async function markSynced(db: Db, ids: readonly string[], now: Date): Promise<void> {
  for (let start = 0; start < ids.length; start += 500) {
    const change = { lastSyncedAt: now, syncErrors: null, updatedAt: now }
    await db
      .updateTable('ticketLinks')
      .set(change)
      .where('id', 'in', ids.slice(start, start + 500))
      .execute()
  }
}

/** Takes the link away. Work of its session that was for this ticket alone belongs to every ticket of the session again. */
export async function deleteLink(db: Db, { id, sessionId, integrationType, ticketId }: Link): Promise<void> {
  await transact(db, async (transaction) => {
    await transaction.deleteFrom('ticketLinks').where('id', '=', id).execute()
    await transaction
      .updateTable('workItems')
      .set({ integration: null, ticketId: null })
      .where('sessionId', '=', sessionId)
      .where('integration', '=', integrationType)
      .where('ticketId', '=', ticketId)
      .execute()
  })
}

export interface LinkQuery {
  sessionId?: string
  clientId?: string
  /** Leave out tickets that are closed. */
  notClosed?: boolean
  limit?: number
}

/** Newest first. */
export async function listLinks(db: Db, { sessionId, clientId, notClosed, limit }: LinkQuery): Promise<Link[]> {
  let query = db.selectFrom('ticketLinks').selectAll()
  if (sessionId !== undefined) query = query.where('sessionId', '=', sessionId)
  if (clientId !== undefined) query = query.where('clientId', '=', clientId)
  if (notClosed) query = query.where((where) => where.or([where('ticketStatus', 'is', null), where('ticketStatus', '!=', 'closed')]))
  query = query.orderBy('id', 'desc')
  return (limit === undefined ? query : query.limit(limit)).execute()
}

/** The links of all sessions to the ticket of this number, or of this id; the newest first. */
export async function listLinksTo(db: Db, integration: string, { by, value }: { by: 'number' | 'id'; value: string }): Promise<Link[]> {
  return db
    .selectFrom('ticketLinks')
    .selectAll()
    .where('integrationType', '=', integration)
    .where(by === 'id' ? 'ticketId' : 'ticketNumber', '=', value)
    .orderBy('id', 'desc')
    .execute()
}

/** Work of the session that belongs on this ticket and that no write has taken there yet, in order. */
export async function listUnpostedWork(db: Db, link: Link): Promise<Row<'workItems'>[]> {
  let query = db
    .selectFrom('workItems')
    .selectAll()
    .where('sessionId', '=', link.sessionId)
    .where((where) =>
      where.or([
        where('ticketId', 'is', null),
        where.and([where('ticketId', '=', link.ticketId), where('integration', '=', link.integrationType)]),
      ]),
    )
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('workItemPosts')
            .innerJoin('outbox', 'outbox.id', 'workItemPosts.outboxId')
            .where('outbox.state', 'not in', ['failed', 'cancelled'])
            .select(sql`1`.as('one'))
            .whereRef('workItemPosts.workItemId', '=', 'workItems.id')
            .where('workItemPosts.integration', '=', link.integrationType)
            .where('workItemPosts.ticketId', '=', link.ticketId),
        ),
      ),
    )
  // a link that documents a work item takes what is tied to its ticket, and nothing of the session besides
  if (link.workItemId !== null) query = query.where('ticketId', '=', link.ticketId)
  return query.orderBy('createdAt').orderBy('id').execute()
}

/** Ties a work item to one ticket: it is posted there and nowhere else. */
export async function assignWork(db: Db, workItemId: string, ticket: { integration: string; id: string }): Promise<void> {
  await db.updateTable('workItems').set({ integration: ticket.integration, ticketId: ticket.id }).where('id', '=', workItemId).execute()
}
