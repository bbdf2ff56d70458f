import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import { databaseMicroseconds, databaseTime, isMariaDb, secondsOf, transact } from '../db/dialect.ts'
import { newId } from '../db/id.ts'
import type { Db, NewRow, Row, Tables } from '../db/tables.ts'

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

export interface LinkChange {
  id: string
  change: Partial<NewRow<'ticketLinks'>>
}

/** Changes these links; those that change alike, as many do by a rule of the vendor's, in one statement. */
export async function updateLinks(db: Db, changes: readonly LinkChange[]): Promise<void> {
  for (const alike of Map.groupBy(changes, ({ change }) => JSON.stringify(change)).values()) {
    const [{ change }] = alike as [LinkChange]
    const ids = alike.map(({ id }) => id)
    await db.updateTable('ticketLinks').set(change).where('id', 'in', ids).execute()
  }
}

/** Notes that these links are up to date, in one statement. */
export async function markSynced(db: Db, query: LinkQuery, now: Date): Promise<void> {
  await db.updateTable('ticketLinks').set({ lastSyncedAt: now, syncErrors: null, updatedAt: now }).where(fits(db, query)).execute()
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

/** Which links; what is not named does not matter. */
export interface LinkQuery {
  ids?: readonly string[]
  sessionId?: string
  clientId?: string
  integration?: string
  ticketIds?: readonly string[]
  /** Only those whose ticket is not closed. */
  notClosed?: boolean
  /** Only those whose work is posted without being asked for. */
  autoSync?: boolean
  /** Not those that somebody has read since this moment of the database's clock. */
  notReadSince?: Date
}

const fits = (db: Db, query: LinkQuery) => (where: ExpressionBuilder<Tables, 'ticketLinks'>) => {
  const { ids, sessionId, clientId, integration, ticketIds, notClosed, autoSync, notReadSince } = query
  const all: Expression<SqlBool>[] = []
  const equal = [
    ['sessionId', sessionId],
    ['clientId', clientId],
    ['integrationType', integration],
  ] as const
  for (const [column, value] of equal) if (value !== undefined) all.push(where(column, '=', value))
  if (ids !== undefined) all.push(where('id', 'in', ids))
  if (ticketIds !== undefined) all.push(where('ticketId', 'in', ticketIds))
  if (notClosed) all.push(where.or([where('ticketStatus', 'is', null), where('ticketStatus', '!=', 'closed')]))
  if (autoSync) all.push(where('autoSyncEnabled', '=', true))
  if (notReadSince !== undefined) all.push(isNotReadSince(db, where, notReadSince))
  return where.and(all)
}

const isNotReadSince = (db: Db, where: ExpressionBuilder<Tables, 'ticketLinks'>, time: Date) =>
  where.or([
    where('lastSyncedAt', 'is', null),
    where('lastSyncedAt', '<=', time),
    // what was read in the future was not: a clock was wrong
    where('lastSyncedAt', '>', databaseTime(db)),
  ])

/** Newest first. */
export async function listLinks(db: Db, { limit, ...query }: LinkQuery & { limit?: number }): Promise<Link[]> {
  const found = db.selectFrom('ticketLinks').selectAll().where(fits(db, query)).orderBy('id', 'desc')
  return (limit === undefined ? found : found.limit(limit)).execute()
}

/** The same in a transaction, held until it ends: as they are now, and not as they were when it began. */
export async function listLinksToChange(transaction: Db, query: LinkQuery): Promise<Link[]> {
  const found = transaction.selectFrom('ticketLinks').selectAll().where(fits(transaction, query)).orderBy('id', 'desc')
  // on SQLite whoever changes something has the whole database
  return (isMariaDb(transaction) ? found.forUpdate() : found).execute()
}

export interface LinkedTickets {
  integration: string
  tickets: number
  /** When the link was read that was read the longest ago. */
  since: Date
  /** By the database's clock. */
  now: Date
}

/** To how many tickets of each integration these links lead. */
export async function countLinkedTickets(db: Db, query: LinkQuery): Promise<LinkedTickets[]> {
  const rows = await db
    .selectFrom('ticketLinks')
    .select(({ fn }) => ['integrationType as integration', fn.count<number>('ticketId').distinct().as('tickets')])
    .select([secondsOf(db, sql<Date>`min(coalesce(last_synced_at, created_at))`).as('since'), databaseMicroseconds(db).as('nowUs')])
    .where(fits(db, query))
    .groupBy('integrationType')
    .orderBy('integrationType')
    .execute()
  return rows.map(({ since, nowUs, ...row }) => ({ ...row, since: new Date(since * 1000), now: new Date(nowUs / 1000) }))
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
