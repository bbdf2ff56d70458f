import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Kysely } from 'kysely'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import type { Prompt } from '../prompt.ts'
import { migrate, readDatabaseStatus, readMigrations, refuseNewer, refuseOthersTables } from './migrate.ts'
import { type DatabasePlace, nameOf, openDatabase, withoutHurry } from './open.ts'
import type { Tables } from './tables.ts'

/** Opens the database with every table that this msp knows: SQLite is migrated by itself, MariaDB is asked for. */
export async function openMigrated(place: DatabasePlace, prompt: Prompt): Promise<Kysely<Tables>> {
  makeFolder(place)
  const db = await openDatabase(place)
  try {
    const status = await readMigrations(db)
    refuseNewer(status)
    if (status.pending.length > 0) {
      if (place.engine === 'mariadb') {
        refuseOthersTables(await readDatabaseStatus(db))
        await confirmMigration(nameOf(place), status.pending.length, prompt)
      }
      await migrateAt(place)
    }
    return db
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** Makes the changes that the database lacks, and gives their names. */
export async function migrateAt(place: DatabasePlace): Promise<string[]> {
  const db = await openDatabase(withoutHurry(place))
  try {
    return await migrate(db)
  } finally {
    await db.destroy()
  }
}

/** The folder of a SQLite file, when it is missing. */
export function makeFolder(place: DatabasePlace): void {
  if (place.engine !== 'sqlite') return
  const folder = dirname(place.path)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new MspError('storage', `The folder ${folder} cannot be made.`, { hint: `See what is there: ls -ld ${quoted(folder)}`, cause })
  }
}

async function confirmMigration(name: string, count: number, prompt: Prompt): Promise<void> {
  const question = `The database ${name} lacks ${count} ${count === 1 ? 'change' : 'changes'} of this msp`
  // --yes is meant for what was typed, not for everybody's database
  if (await prompt.offer(`${question}. Apply ${count === 1 ? 'it' : 'them'} now?`)) return
  throw new MspError('storage', `${question}.`, { hint: 'See: msp db status · apply: msp db migrate --yes' })
}
