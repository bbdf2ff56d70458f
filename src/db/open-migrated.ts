import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Kysely } from 'kysely'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { makeFolders } from '../make-folders.ts'
import type { Prompt } from '../prompt.ts'
import { readOnlyRefusal } from '../read-only.ts'
import { migrate, readDatabaseStatus, readMigrations, refuseNewer, refuseOthersTables } from './migrate.ts'
import { type DatabasePlace, nameOf, openDatabase, withoutHurry } from './open.ts'
import type { Tables } from './tables.ts'

/** Opens the database with every table that this msp knows: SQLite is made and migrated by itself, MariaDB is asked for. `readOnly` refuses both. */
export async function openMigrated(place: DatabasePlace, prompt: Prompt, { readOnly = false } = {}): Promise<Kysely<Tables>> {
  if (readOnly && place.engine === 'sqlite' && !existsSync(place.path)) throw readOnlyRefusal(`The database ${place.path} was not made`)
  makeFolder(place)
  const db = await openDatabase(place)
  try {
    const status = await readMigrations(db)
    refuseNewer(status)
    if (status.pending.length > 0) {
      if (readOnly) throw readOnlyRefusal(`${lacks(place, status.pending.length)}, and was not changed`)
      if (place.engine === 'mariadb') {
        refuseOthersTables(await readDatabaseStatus(db))
        await confirmMigration(place, status.pending.length, prompt)
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
    makeFolders(folder, 0o700)
  } catch (cause) {
    throw new MspError('storage', `The folder ${folder} cannot be made.`, { hint: `See what is there: ls -ld ${quoted(folder)}`, cause })
  }
}

const lacks = (place: DatabasePlace, count: number): string =>
  `The database ${nameOf(place)} lacks ${count} ${count === 1 ? 'change' : 'changes'} of this msp`

async function confirmMigration(place: DatabasePlace, count: number, prompt: Prompt): Promise<void> {
  const question = lacks(place, count)
  // --yes is meant for what was typed, not for everybody's database
  if (await prompt.offer(`${question}. Apply ${count === 1 ? 'it' : 'them'} now?`)) return
  throw new MspError('storage', `${question}.`, { hint: 'See: msp db status · apply: msp db migrate --yes' })
}
