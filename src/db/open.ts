import { CamelCasePlugin, Kysely } from 'kysely'
import { mariaDbDialect } from './mariadb.ts'
import { scalarsOnly } from './scalars.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Tables } from './tables.ts'

/** Where the data are: a SQLite file, or a MariaDB whose URL has no password in it. `patience`: how many milliseconds to wait for a program that holds the file, or for the answer to a statement. */
export type DatabasePlace =
  | { engine: 'sqlite'; path: string; patience?: number }
  | { engine: 'mariadb'; url: URL; password: string | undefined; patience?: number }

/** Opens the database; nothing is read before the first query. Destroy it to let the process end. `readOnly` leaves a SQLite file as it is. */
export async function openDatabase(place: DatabasePlace, options: { readOnly?: boolean } = {}): Promise<Kysely<Tables>> {
  const dialect =
    place.engine === 'sqlite'
      ? sqliteDialect(place.path, { ...place, ...options })
      : await mariaDbDialect(place.url, place.password, place.patience)
  return new Kysely<Tables>({ dialect: scalarsOnly(dialect), plugins: [new CamelCasePlugin()] })
}

/** The place as a person reads it: a path, or host and database without user and password. */
export const nameOf = (place: DatabasePlace): string => (place.engine === 'sqlite' ? place.path : `${place.url.host}${place.url.pathname}`)

/** The same for migrations: in a large database one statement may take minutes. */
export const withoutHurry = (place: DatabasePlace): DatabasePlace =>
  place.engine === 'sqlite' ? place : { engine: 'mariadb', url: place.url, password: place.password }
