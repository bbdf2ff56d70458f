import { statSync } from 'node:fs'
import { migrations } from '../../../migrations/index.ts'
import type { App } from '../../app.ts'
import { type DatabaseStatus, readDatabaseStatus } from '../../db/migrate.ts'
import { type DatabasePlace, openDatabase } from '../../db/open.ts'
import { codeOf } from '../../errors.ts'

/** One change of the database, with what it adds in words. */
export interface Change {
  name: string
  what: string
}

const whats = new Map(Object.entries(migrations).map(([name, { what }]) => [name, what]))

export const toChange = (name: string): Change => ({ name, what: whats.get(name) ?? 'made by a newer msp' })

export const countOf = (changes: readonly unknown[]): string => `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`

/** False for a SQLite file that nobody has made yet. Whether a MariaDB is there shows when it is asked. */
export function isThere(place: DatabasePlace): boolean {
  if (place.engine === 'mariadb') return true
  try {
    return statSync(place.path) !== undefined
  } catch (error) {
    // what cannot be looked at may be there: to open it tells more
    return codeOf(error) !== 'ENOENT'
  }
}

/** What the migrations do to tables that were there before, each under the table's name. */
export const toTables = (changes: DatabaseStatus['changes']): Change[] => changes.map(({ table, what }) => ({ name: table, what }))

/** The same on a terminal, where such a row would be too wide: a line for each thing that becomes of a table. */
export function showTables({ io }: Pick<App, 'io'>, changes: DatabaseStatus['changes']): void {
  for (const { table, what } of changes) {
    io.out(table, 'bold')
    for (const part of what.split('; ')) io.out(`  ${part}`)
  }
}

/** What the database has and lacks. Changes nothing, and makes no SQLite file. */
export async function readStatus(place: DatabasePlace): Promise<DatabaseStatus> {
  if (!isThere(place)) return { applied: [], pending: [...whats.keys()].map(toChange), unknown: [], changes: [], differences: [] }
  const db = await openDatabase(place, { readOnly: true })
  try {
    return await readDatabaseStatus(db)
  } finally {
    await db.destroy()
  }
}
