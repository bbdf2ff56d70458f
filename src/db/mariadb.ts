import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Kysely,
  MysqlAdapter,
  MysqlDialect,
  type MysqlDialectConfig,
  MysqlDriver,
  sql,
} from 'kysely'
import type { Pool, PoolOptions, QueryError, TypeCastField, TypeCastNext } from 'mysql2'
import { MspError } from '../errors.ts'
import { isLoopback } from '../loopback.ts'
import { silent } from './errors.ts'

const lockSeconds = 60

/** Less than a person waits, also for a transaction that is repeated. */
const rowLockSeconds = 5
const connectMs = 5000

/**
 * MariaDB through mysql2. `url` is `mysql://user@host:port/database`, checked by `checkDatabaseUrl`; over the network only with verified TLS.
 * `patience`: how many milliseconds to wait for the answer to one statement; without it for ever.
 */
export async function mariaDbDialect(url: URL, password: string | undefined, patience?: number): Promise<Dialect> {
  const { createPool } = await import('mysql2')
  const pool = createPool(toPoolOptions(url, password, Math.min(connectMs, patience ?? connectMs)))
  if (patience !== undefined) limitStatements(pool, patience)
  const config: MysqlDialectConfig = {
    pool,
    onCreateConnection: async (connection) => {
      const { rows } = await connection.executeQuery<{ version: string }>(CompiledQuery.raw('select version() as version'))
      refuseVersion(rows[0]?.version ?? '', `${url.host}${url.pathname}`)
      await connection.executeQuery(
        CompiledQuery.raw(
          `set time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = ${rowLockSeconds}`,
        ),
      )
    },
  }
  const base = new MysqlDialect(config)
  return {
    createAdapter: () => new MariaDbAdapter(),
    createDriver: () => new LosingDriver(config),
    createIntrospector: (db) => base.createIntrospector(db),
    createQueryCompiler: () => base.createQueryCompiler(),
  }
}

/** A server that takes a statement and says nothing must not hold a person up. The connection is closed: what it does is not known any more. */
function limitStatements(pool: Pool, timeout: number): void {
  pool.on('connection', (connection) => {
    const query = connection.query.bind(connection)
    const limited = (statement: string, values: unknown[], done: (error: QueryError | null, result: unknown) => void) =>
      query({ sql: statement, values, timeout }, (error: QueryError | null, result: unknown) => {
        if (error?.code === silent) connection.destroy()
        done(error, result)
      })
    connection.query = limited as typeof connection.query
  })
}

class LosingDriver extends MysqlDriver {
  // a server rolls back by itself what a lost connection had begun; the error that tells of the loss must not give way to one about that
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection)
    } catch (error) {
      if (!(error instanceof Error && 'fatal' in error)) throw error
    }
  }
}

/** Refuses what is not MariaDB, and one without the type UUID and the checks that msp relies on. */
function refuseVersion(version: string, place: string): void {
  const [, major = 0, minor = 0] = /^(?:5\.5\.5-)?(\d+)\.(\d+)\..*MariaDB/i.exec(version)?.map(Number) ?? []
  if (major > 10 || (major === 10 && minor >= 11)) return
  const what = major === 0 ? `no MariaDB (its version is ${version})` : `MariaDB ${version.replace(/-MariaDB.*/i, '')}`
  throw new MspError('storage', `The database at ${place} is ${what}; msp needs MariaDB 10.11 or newer. Nothing was changed.`, {
    hint: 'Update that server, or name another one: msp config set database.url <url>',
  })
}

function toPoolOptions(url: URL, password: string | undefined, connectTimeout: number): PoolOptions {
  const socketPath = url.searchParams.get('socketPath')
  const isLocal = socketPath !== null || isLoopback(url.hostname)
  return {
    ...(socketPath === null ? { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 3306) } : { socketPath }),
    user: decodeURIComponent(url.username),
    database: decodeURIComponent(url.pathname.slice(1)),
    ...(password === undefined ? {} : { password }),
    // mysql2 alone checks only who signed the certificate, not whose it is
    ...(isLocal ? {} : { ssl: { rejectUnauthorized: true, verifyIdentity: true } }),
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout,
    connectionLimit: 4,
    decimalNumbers: true,
    typeCast,
  }
}

function typeCast(field: TypeCastField, next: TypeCastNext): unknown {
  if (field.type !== 'TINY' || field.length !== 1) return next()
  const text = field.string()
  return text === null ? null : text === '1'
}

/** What Kysely takes for MySQL's. Its lock there is GET_LOCK, which a Galera cluster does not have: a lease in Kysely's lock row instead. */
class MariaDbAdapter extends MysqlAdapter {
  // of an insert, since 10.5; of an update MariaDB has none
  override get supportsReturning(): boolean {
    return true
  }

  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    for (let tries = 0; tries < lockSeconds * 10; tries++) {
      const { numAffectedRows } = await sql`
        update kysely_migration_lock set is_locked = unix_timestamp() + ${sql.lit(lockSeconds)}
        where id = 'migration_lock' and is_locked < unix_timestamp()`.execute(db)
      if (numAffectedRows === 1n) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new MspError('storage', 'Another machine has been migrating the database for a minute.', { hint: 'Try again: msp db migrate' })
  }

  override async releaseMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`update kysely_migration_lock set is_locked = 0 where id = 'migration_lock'`.execute(db)
  }
}
