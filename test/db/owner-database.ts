import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import * as m001 from '../../migrations/001_clients_sessions_work.ts'
import { migrations } from '../../migrations/index.ts'
import { isMariaDb } from '../../src/db/dialect.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { Tables } from '../../src/db/tables.ts'
import { placeOf } from '../support/mariadb.ts'
import examplesJson from './owner-examples.json' with { type: 'json' }
import { type OwnerTable, ownerTables, parents } from './owner-tables.ts'

export type Row = Record<string, unknown>
export type OwnerDb = Kysely<Record<string, Row>>

export const parentId = '01980000-0000-7000-8000-000000000001'
export const examples: Record<OwnerTable, Record<string, Row>> = examplesJson

/** The owner's statements word for word. They mix the words of several engines, none of which takes them all. */
const schema = readFileSync(new URL('owner-schema.sql', import.meta.url), 'utf8')

const dialects: Record<'mariadb' | 'sqlite', ReadonlyArray<readonly [RegExp, string]>> = {
  mariadb: [
    [/gen_random_uuid\(\)/g, 'uuid()'],
    [/BYTEA/g, 'LONGBLOB'],
  ],
  sqlite: [
    [/gen_random_uuid\(\)/g, '(lower(hex(randomblob(16))))'],
    [/UUID/g, 'TEXT'],
    [/BYTEA/g, 'BLOB'],
    [/TIMESTAMPDIFF\(SECOND, (\w+), (\w+)\)/g, 'unixepoch($2) - unixepoch($1)'],
    [/,((?:\s*INDEX [^\n]*)+)\n\);/g, ');$1'],
    [/^INDEX (\w+) \(([^)]*)\),?$/gm, 'CREATE INDEX $1 ON @ ($2);'],
  ],
}

function statementsFor(engine: 'mariadb' | 'sqlite'): string[] {
  const runnable = dialects[engine].reduce((text, [word, own]) => text.replace(word, own), schema.replace(/ *--[^\n]*/g, ''))
  let table = ''
  return runnable.split(';').flatMap((statement) => {
    table = /CREATE TABLE (\w+)/.exec(statement)?.[1] ?? table
    return statement.trim() === '' ? [] : [statement.replace('ON @', `ON ${table}`)]
  })
}

/** Opens the database with the owner's own names. */
export async function openOwnerDb(place: string): Promise<OwnerDb> {
  return (await openDatabase(placeOf(place))).withoutPlugins() as unknown as OwnerDb
}

/** Makes a database as the owner has it: his four tables with his examples as rows, beside the tables that they refer to; then an msp of `applied` migrations came by. */
export async function makeOwnerDatabase(place: string, applied = 0, change?: (db: OwnerDb) => Promise<unknown>): Promise<void> {
  const db = await openOwnerDb(place)
  try {
    await m001.up(db)
    await db.schema.dropTable('client_mappings').execute()
    await db.schema.alterTable('clients').addColumn('phone', 'varchar(50)').execute()
    for (const statement of statementsFor(isMariaDb(db as unknown as Kysely<Tables>) ? 'mariadb' : 'sqlite'))
      await sql.raw(statement).execute(db)
    await addRows(db)
    await change?.(db)
    await applyMigrations(db, applied)
  } finally {
    await db.destroy()
  }
}

async function addRows(db: OwnerDb): Promise<void> {
  const id = parentId
  const at = new Date('2026-01-15T00:00:00.000Z')
  await db.insertInto('clients').values({ id, name: 'Dataforth', name_key: 'dataforth', phone: '+1 520 555 0100' }).execute()
  await db.insertInto('infrastructure').values({ id, client_id: id, name: 'AD2' }).execute()
  await db.insertInto('sessions').values({ id, client_id: id, technician: 'mike', machine: 'desk', started_at: at }).execute()
  await db.insertInto('work_items').values({ id, session_id: id, client_id: id, note: 'Backup configured.' }).execute()
  for (const [index, table] of ownerTables.entries()) {
    const rows = Object.values(examples[table]).filter((example) => table !== 'backup_log' || 'file_size_bytes' in example)
    for (const [number, row] of rows.entries()) {
      const cells = toCells(row, `01980000-0000-7000-8000-0000000${index + 1}000${number}`, isMariaDb(db as unknown as Kysely<Tables>))
      await db.insertInto(table).values(cells).execute()
    }
  }
}

/** An example as the owner stores it: without milliseconds, its placeholders as the one id that exists, lists and objects as JSON. */
export function toCells(example: Row, id: string, onMariaDb = false): Row {
  const cell = (column: string, value: unknown) => {
    if (column in parents) return parentId
    if (column.endsWith('_encrypted')) return Buffer.from(String(value))
    if (column.endsWith('_at')) return onMariaDb ? new Date(String(value)) : String(value).replace('T', ' ').replace('Z', '')
    return typeof value === 'object' ? JSON.stringify(value) : value
  }
  return { id, ...Object.fromEntries(Object.entries(example).map(([column, value]) => [column, cell(column, value)])) }
}

/** Applies the first migrations, as the msp did that had no more. */
async function applyMigrations(db: OwnerDb, count: number): Promise<void> {
  if (count === 0) return
  const earlier = Object.fromEntries(Object.entries(migrations).slice(0, count))
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => earlier } }).migrateToLatest()
  if (error) throw error
}
