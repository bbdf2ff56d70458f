import type { Db, NewRow } from '../db/tables.ts'
import type { WorkItem } from './session.ts'
import { insertWorkItem, listWorkItems } from './store.ts'

type NewWork = Omit<NewRow<'workItems'>, 'id'>

/** Notes the work. The same in one session is one work item, unless it is meant again: the answer to the first may have been lost. */
export async function noteWork(db: Db, work: NewWork, { again }: { again: boolean }): Promise<{ item: WorkItem; isNew: boolean }> {
  const earlier = again ? undefined : (await listWorkItems(db, work.sessionId)).find((item) => wordsOf(item) === wordsOf(work))
  return earlier ? { item: earlier, isNew: false } : { item: await insertWorkItem(db, work), isNew: true }
}

/** What was said, which makes it the same. */
const wordsOf = ({ note, minutes, billable, integration, ticketId }: NewWork): string =>
  JSON.stringify([note, minutes, billable, integration, ticketId])
