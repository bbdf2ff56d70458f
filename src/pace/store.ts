import { databaseMicroseconds, isDuplicate, isMariaDb, transact } from '../db/dialect.ts'
import type { Db } from '../db/tables.ts'
import { type Budget, sane } from './budget.ts'

/** One row for a vendor and its host. Syncro counts by IP address, and all who share a database most likely share the office's; where they do not, it is only slower. */
export const scopeOf = (id: string, baseUrl: string): string => `${id} ${new URL(baseUrl).host}`

/** What becomes of a budget; what is not named stays. */
type Change<T> = (budget: Budget) => { result: T; tatUs?: number; pauseUs?: number }

/** Reads a budget and stores what `change` makes of it; `alongside` is stored with it. */
export async function changeBudget<T>(
  db: Db,
  scope: string,
  change: Change<T>,
  alongside?: (transaction: Db, budget: Budget) => Promise<void>,
): Promise<T> {
  const changed = await transact(db, async (transaction) => {
    const found = await readBudget(transaction, scope, 'to change it')
    if (!found) return undefined
    const { result, ...more } = change(found)
    if (more.tatUs === undefined && more.pauseUs === undefined) return { result }
    const { tatUs, pauseUs } = { ...found, ...more }
    await transaction.updateTable('rateLimits').set({ tatUs, pauseUs }).where('scope', '=', scope).execute()
    await alongside?.(transaction, { nowUs: found.nowUs, tatUs, pauseUs })
    return { result }
  })
  if (changed) return changed.result
  await addBudget(db, scope)
  return changeBudget(db, scope, change, alongside)
}

/** The first call of all makes the row, in no transaction: two that found none would hold each other up. */
async function addBudget(db: Db, scope: string): Promise<void> {
  try {
    await db.insertInto('rateLimits').values({ scope }).execute()
  } catch (error) {
    if (!isDuplicate(error)) throw error
  }
}

/** Undefined before the first call. */
export async function readBudget(db: Db, scope: string, why: 'to look' | 'to change it' = 'to look'): Promise<Budget | undefined> {
  const query = db
    .selectFrom('rateLimits')
    .select(['tatUs', 'pauseUs', databaseMicroseconds(db).as('nowUs')])
    .where('scope', '=', scope)
  // on SQLite whoever changes something has the whole database
  const found = await (why === 'to change it' && isMariaDb(db) ? query.forUpdate() : query).executeTakeFirst()
  return found && sane(found)
}
