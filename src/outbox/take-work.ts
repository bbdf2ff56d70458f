import { isDuplicate } from '../db/dialect.ts'
import type { Db } from '../db/tables.ts'
import { moveWrite } from './store.ts'

/** Thrown when another process has taken some of the work items in this moment: what is left must be looked up again. */
export class WorkTaken extends Error {}

/** Ties work items to the write that takes them to a ticket. A failed write that had them is cancelled, so that it cannot be tried again besides. */
export async function takeWork(
  db: Db,
  outboxId: string,
  workItemIds: readonly string[],
  ticket: { integration: string; id: string },
): Promise<void> {
  const earlier = await db
    .selectFrom('workItemPosts')
    .select('outboxId')
    .distinct()
    .where('workItemId', 'in', [...workItemIds])
    .where('integration', '=', ticket.integration)
    .where('ticketId', '=', ticket.id)
    .execute()
  for (const { outboxId: id } of earlier) {
    if (!(await moveWrite(db, id, ['failed', 'cancelled'], { state: 'cancelled' }))) throw new WorkTaken()
    await db
      .deleteFrom('workItemPosts')
      .where('outboxId', '=', id)
      .where('workItemId', 'in', [...workItemIds])
      .execute()
  }
  const rows = workItemIds.map((workItemId) => ({ workItemId, integration: ticket.integration, ticketId: ticket.id, outboxId }))
  try {
    await db.insertInto('workItemPosts').values(rows).execute()
  } catch (error) {
    throw isDuplicate(error) ? new WorkTaken() : error
  }
}
