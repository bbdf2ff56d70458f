import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Kysely,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  sql,
} from 'kysely'
import { codeOf } from '../errors.ts'

const busyCode = 5

/** SQLite in one file, through node:sqlite. The file is made when it is missing, unless it is only read: then nothing in it changes. `patience`: how many milliseconds to wait for a program that holds it. */
export function sqliteDialect(path: string, { readOnly = false, patience = 5000 } = {}): Dialect {
  const config: SqliteDialectConfig = { database: async () => wrap(await (readOnly ? openToRead : open)(path, patience)) }
  const base = new SqliteDialect(config)
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => new ImmediateDriver(config),
    createIntrospector: (db) => base.createIntrospector(db),
    createQueryCompiler: () => base.createQueryCompiler(),
  }
}

class TransactionalAdapter extends SqliteAdapter {
  // so that two processes that migrate at once wait for each other, and a failed migration leaves nothing behind
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  // called on the migration's connection before its transaction, in which these settings could not be changed any more:
  // a table that gives way to a wider copy must not take along, or change, what refers to it
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`pragma foreign_keys = off`.execute(db)
    await sql`pragma legacy_alter_table = on`.execute(db)
  }

  override async releaseMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`pragma legacy_alter_table = off`.execute(db)
    await sql`pragma foreign_keys = on`.execute(db)
  }
}

class ImmediateDriver extends SqliteDriver {
  // a plain `begin` that reads and then writes fails with SQLITE_BUSY whatever the busy timeout
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  // SQLite itself rolls back what found no room on the disk; the error that tells so must not give way to one about that
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection)
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('no transaction is active'))) throw error
    }
  }
}

async function open(path: string, patience: number, until = Date.now() + patience): Promise<DatabaseSync> {
  const database = new DatabaseSync(path)
  try {
    database.exec(`pragma busy_timeout = ${patience}`)
    // synchronous = full: a write that the vendor has must not be forgotten with the power
    database.exec('pragma foreign_keys = on; pragma synchronous = full; pragma journal_mode = wal')
    return database
  } catch (error) {
    database.close()
    // several processes that make the file at once meet BUSY here in spite of the timeout
    if (!(error instanceof Error && 'errcode' in error && error.errcode === busyCode) || Date.now() >= until) throw error
    await new Promise((resolve) => setTimeout(resolve, 20))
    return open(path, patience, until)
  }
}

async function openToRead(path: string, patience: number): Promise<DatabaseSync> {
  const database = new DatabaseSync(path, { readOnly: true })
  database.exec(`pragma busy_timeout = ${patience}`)
  return database
}

const mostPrepared = 100

function wrap(database: DatabaseSync) {
  const prepared = new Map<string, ReturnType<typeof prepare>>()
  return {
    close: () => database.close(),
    prepare: (text: string) => {
      const known = prepared.get(text)
      if (known) return known
      const statement = prepare(database, text)
      // what is no query may change the tables, and with them the columns that queries give
      const isQuery = /^(select|insert|update|delete) /.test(text)
      if (!isQuery || prepared.size === mostPrepared) prepared.clear()
      if (isQuery) prepared.set(text, statement)
      return statement
    },
  }
}

function prepare(database: DatabaseSync, text: string) {
  const statement = database.prepare(text)
  const columns = statement.columns()
  const readers = columns.flatMap(({ name, type }) => {
    const reader = fromSqlite[type?.toLowerCase() ?? '']
    return reader ? [[name, reader] as const] : []
  })
  const toRows = (values: readonly unknown[]) => {
    const rows = readRows(statement, text, values.map(toSqlite))
    for (const row of rows) for (const [name, reader] of readers) if (row[name] != null) row[name] = reader(row[name])
    return rows
  }
  return {
    reader: columns.length > 0,
    all: toRows,
    run: (values: readonly unknown[]) => statement.run({}, ...values.map(toSqlite)),
    iterate: (values: readonly unknown[]) => toRows(values)[Symbol.iterator](),
  }
}

function readRows(statement: StatementSync, text: string, values: SQLInputValue[]): Record<string, unknown>[] {
  // the empty object: a first value that is an object would be taken for named parameters
  const read = () => statement.all({}, ...values) as Record<string, unknown>[]
  try {
    return read()
  } catch (error) {
    // what changes something has done so
    if (codeOf(error) !== 'ERR_OUT_OF_RANGE' || !text.startsWith('select ')) throw error
  }
  // a whole number beyond those of JavaScript is in no row of msp's: one that was damaged must not hide the others
  statement.setReadBigInts(true)
  try {
    return read().map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, fromBigInt(value)])))
  } finally {
    statement.setReadBigInts(false)
  }
}

const fromBigInt = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

/** By declared type, since SQLite itself knows neither times nor booleans. */
const fromSqlite: Record<string, (value: unknown) => unknown> = {
  // SQLite's own CURRENT_TIMESTAMP is UTC too, and does not say so
  datetime: (value) => new Date(String(value).replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/, '$1T$2Z')),
  boolean: (value) => value === 1,
  blob: (value) => Buffer.from(value as Uint8Array),
}

function toSqlite(value: unknown): SQLInputValue {
  if (value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'boolean') return value ? 1 : 0
  return value as SQLInputValue
}
