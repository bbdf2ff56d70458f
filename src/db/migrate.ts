import { type Kysely, sql } from 'kysely'
import type { Adoption } from '../../migrations/adoption/index.ts'
import { migrations } from '../../migrations/index.ts'
import { MspError } from '../errors.ts'
import { isExplained } from './errors.ts'
import type { Db } from './tables.ts'

export interface MigrationStatus {
  applied: string[]
  pending: Array<{ name: string; what: string }>
  /** Applied here, but unknown to this version of msp: the database is newer. */
  unknown: string[]
}

/** What the database has and lacks, also in tables that were there before msp. */
export interface DatabaseStatus extends MigrationStatus, Adoption {}

/** The migrations, and what the tables themselves say. Of a database newer than msp only the former are read. */
export async function readDatabaseStatus(db: Db): Promise<DatabaseStatus> {
  const status = await readMigrations(db)
  // every command reads the migrations, and hardly one the tables
  const { readAdoption } = await import('../../migrations/adoption/index.ts')
  const adoption = status.unknown.length > 0 ? { changes: [], differences: [] } : await readAdoption(db, status.applied)
  return { ...status, ...adoption }
}

/** Which migrations the database has had, and what the missing ones would add. */
export async function readMigrations(db: Db): Promise<MigrationStatus> {
  const applied = await appliedMigrations(db)
  return {
    applied,
    pending: Object.entries(migrations).flatMap(([name, { what }]) => (applied.includes(name) ? [] : [{ name, what }])),
    unknown: applied.filter((name) => !(name in migrations)),
  }
}

async function appliedMigrations(db: Db): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
    return rows.map(({ name }) => name)
  } catch (error) {
    if (isMissingTable(error)) return []
    throw error
  }
}

const isMissingTable = (error: unknown): boolean =>
  error instanceof Error && (('errno' in error && error.errno === 1146) || error.message.startsWith('no such table'))

export const newerSentence = ({ unknown }: MigrationStatus): string =>
  `The database was changed by a newer msp (${unknown.join(', ')}). Nothing was touched.`
export const newerHint = 'Install the newest msp on this machine too.'

/** Refuses a database that a newer msp has changed. */
export function refuseNewer(status: MigrationStatus): void {
  if (status.unknown.length > 0) throw new MspError('storage', newerSentence(status), { hint: newerHint })
}

/** Refuses tables that msp cannot use and does not know how to change. */
export function refuseOthersTables({ differences }: DatabaseStatus): void {
  if (differences.length === 0) return
  throw new MspError('storage', [differencesSentence, ...differences.map((line) => `  ${line}`)].join('\n'), { hint: differencesHint })
}

export const differencesSentence = 'The database holds tables that msp cannot take over as they are. Nothing was changed.'
export const differencesHint = 'Mend that by hand, or give msp a database of its own, then: msp db status'

/** Applies what is missing; two processes that do it at once wait for each other. Gives the names that were applied. */
export async function migrate(db: Db): Promise<string[]> {
  refuseOthersTables(await readDatabaseStatus(db))
  const { Migrator } = await import('kysely/migration')
  const migrator = new Migrator({ db: db as Kysely<unknown>, provider: { getMigrations: async () => migrations } })
  // migrateToLatest never throws: without this look a failed migration would pass for a success
  const { error, results = [] } = await migrator.migrateToLatest()
  const failed = results.find(({ status }) => status === 'Error')
  if (error) {
    if (error instanceof MspError || failed === undefined || isExplained(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new MspError('storage', `The migration ${failed.migrationName} failed: ${reason}.`, { hint: 'See: msp db status', cause: error })
  }
  return results.map(({ migrationName }) => migrationName)
}
