import { MysqlAdapter, type RawBuilder, sql, type UpdateResult } from 'kysely'
import type { Db } from './tables.ts'

/** True on MariaDB, false on SQLite. */
export const isMariaDb = (db: Db): boolean => db.getExecutor().adapter instanceof MysqlAdapter

/** The database's clock, moved by `milliseconds`: the one clock that all machines share. */
export function databaseTime(db: Db, milliseconds = 0): RawBuilder<Date> {
  if (isMariaDb(db)) return sql<Date>`date_add(utc_timestamp(3), interval ${milliseconds * 1000} microsecond)`
  return sql<Date>`strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ${`${milliseconds / 1000} seconds`})`
}

/** The same clock as a number: microseconds since 1970. On MariaDB of the moment in which a row is read, so after the wait for its lock. */
export function databaseMicroseconds(db: Db): RawBuilder<number> {
  if (isMariaDb(db)) return sql<number>`cast(unix_timestamp(sysdate(6)) * 1000000 as signed)`
  return sql<number>`cast(round(unixepoch('subsec') * 1000) as integer) * 1000`
}

/** A time that is computed, in whole seconds since 1970: what only a column holds SQLite knows for one. */
export function secondsOf(db: Db, time: RawBuilder<Date>): RawBuilder<number> {
  return isMariaDb(db) ? sql<number>`timestampdiff(second, '1970-01-01', ${time})` : sql<number>`unixepoch(${time})`
}

// lock wait timeout, deadlock, and a row that changed under us (Galera reports its conflicts like that)
const repeatable = new Set([1205, 1213, 1020])

/** Again when the engine took another transaction first. Within a transaction nothing is repeated but all of it: what came before is undone. */
async function retried<T>(db: Db, run: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const isRepeatable = error instanceof Error && 'errno' in error && repeatable.has(Number(error.errno))
    if (!isRepeatable || tries === 1 || db.isTransaction) throw error
    return retried(db, run, tries - 1)
  }
}

/** Runs the update of a row that nobody would repeat, as a note of what a vendor has done. True when there was one to update. */
export const runUpdate = (db: Db, update: { executeTakeFirst(): Promise<UpdateResult | undefined> }): Promise<boolean> =>
  retried(db, async () => (await update.executeTakeFirst())?.numUpdatedRows === 1n)

/** Runs `change` in one transaction, again when the engine took another one first. `change` must have no effect outside the database. */
export const transact = <T>(db: Db, change: (transaction: Db) => Promise<T>): Promise<T> =>
  retried(db, () => db.transaction().execute(change))

/** True when a row with the same unique value is there already. */
export function isDuplicate(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const sqliteUnique = 'errcode' in error && (error.errcode === 2067 || error.errcode === 1555)
  return sqliteUnique || ('errno' in error && error.errno === 1062)
}
