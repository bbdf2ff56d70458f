import { statSync } from 'node:fs'
import { sql } from 'kysely'
import type { DatabasePlace } from './open.ts'
import type { Db } from './tables.ts'

/** How many bytes the database takes, about. */
export async function readDatabaseSize(db: Db, place: DatabasePlace): Promise<number> {
  if (place.engine === 'sqlite') return sizeOf(place.path) + sizeOf(`${place.path}-wal`)
  const { rows } = await sql<{ bytes: number | null }>`
    select sum(data_length + index_length) as bytes from information_schema.tables where table_schema = database()`.execute(db)
  return Number(rows[0]?.bytes ?? 0)
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
