import { type CreateTableBuilder, type Kysely, MysqlAdapter, sql } from 'kysely'

/** True on MariaDB, false on SQLite. */
export const isMariaDb = (db: Kysely<any>): boolean => db.getExecutor().adapter instanceof MysqlAdapter

/** Column types that mean the same on both engines. Only ever added to: released migrations stand on it. */
export function columnTypes(db: Kysely<any>) {
  return isMariaDb(db)
    ? {
        id: sql`uuid`,
        time: sql`datetime(3)`,
        now: sql`(utc_timestamp(3))`,
        bytes: sql`longblob`,
        longText: sql`longtext`,
        secondsBetween: (from: string, to: string) => sql`timestampdiff(second, ${sql.ref(from)}, ${sql.ref(to)})`,
      }
    : {
        id: sql`text`,
        // the declared type tells the reader which columns are times (db/sqlite.ts)
        time: sql`datetime`,
        now: sql`(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`,
        bytes: sql`blob`,
        longText: sql`text`,
        // not unixepoch and not a bare cast: both lose a second to rounding
        secondsBetween: (from: string, to: string) =>
          sql`cast(round((julianday(${sql.ref(to)}) - julianday(${sql.ref(from)})) * 86400000) as integer) / 1000`,
      }
}

/** Starts a table whose text compares by bytes: under the server's default collation `Bell` and `bell ` would be one key. */
export function createTable(db: Kysely<any>, name: string): CreateTableBuilder<string, never> {
  const table = db.schema.createTable(name).ifNotExists()
  return isMariaDb(db) ? table.modifyEnd(sql`engine = InnoDB default character set utf8mb4 collate utf8mb4_nopad_bin`) : table
}

/** `column in ('a', 'b')` for a CHECK. */
export const oneOf = (column: string, values: readonly string[]) =>
  sql`${sql.ref(column)} in (${sql.join(values.map((value) => sql.lit(value)))})`

/** Makes an index for each entry `name: columns`. */
export async function createIndexes(db: Kysely<any>, table: string, indexes: Record<string, string[]>): Promise<void> {
  for (const [name, columns] of Object.entries(indexes))
    await db.schema.createIndex(name).ifNotExists().on(table).columns(columns).execute()
}
