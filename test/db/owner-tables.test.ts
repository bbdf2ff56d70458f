import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { isMariaDb } from '../../src/db/dialect.ts'
import type { Tables } from '../../src/db/tables.ts'
import { eachEngine } from '../support/engines.ts'
import examplesJson from './owner-examples.json' with { type: 'json' }
import { columns, defaults, indexes, lists, notNull, type OwnerTable, ownerTables, parents } from './owner-tables.ts'

type Row = Record<string, unknown>
type OwnerDb = Kysely<Record<string, Row>>

const examples: Record<OwnerTable, Record<string, Row>> = examplesJson
const id = '01980000-0000-7000-8000-000000000001'
const checkFailed = (error: { errcode?: number; errno?: number }) => error.errcode === 275 || error.errno === 4025
const nullRefused = (error: { errcode?: number; errno?: number }) => error.errcode === 1299 || error.errno === 1048

/** The tables with the owner's own names, among parents that all have one id. */
function eachOwnerDb(name: string, body: (db: OwnerDb) => Promise<void>): void {
  eachEngine(name, async (typed) => {
    const db = typed.withoutPlugins() as unknown as OwnerDb
    const at = new Date('2026-01-15T00:00:00.000Z')
    await add(db, 'clients', { id, name: 'Dataforth', name_key: 'dataforth' })
    await add(db, 'infrastructure', { id, client_id: id, name: 'AD2' })
    await add(db, 'sessions', { id, client_id: id, technician: 'mike', machine: 'desk', started_at: at })
    await add(db, 'work_items', { id, session_id: id, client_id: id, note: 'Backup configured.' })
    await body(db)
  })
}

const add = (db: OwnerDb, table: string, row: Row) => db.insertInto(table).values(row).execute()

/** The first example of a table, with what has to differ from row to row. */
function sample(table: OwnerTable, changes: Row = {}): Row {
  const unique = { integration_name: randomUUID(), ticket_id: randomUUID() }
  const own = Object.entries(unique).filter(([column]) => notNull[table].includes(column))
  return { ...toRow(Object.values(examples[table])[0] ?? {}), ...Object.fromEntries(own), ...changes }
}

/** An example as it is stored: its placeholders become the one id that exists, lists and objects become JSON. */
function toRow(example: Row): Row {
  const cell = (column: string, value: unknown) => {
    if (column in parents) return id
    if (column.endsWith('_encrypted')) return Buffer.from(String(value))
    if (column.endsWith('_at')) return new Date(String(value))
    return typeof value === 'object' ? JSON.stringify(value) : value
  }
  return { id: randomUUID(), ...Object.fromEntries(Object.entries(example).map(([column, value]) => [column, cell(column, value)])) }
}

/** The names of the table's columns and indexes. Asked of the engine: Kysely's introspection of SQLite leaves computed columns out. */
async function namesIn(db: Kysely<Tables>, table: OwnerTable): Promise<string[]> {
  const query = isMariaDb(db)
    ? sql<{
        name: string
      }>`select column_name as name from information_schema.columns where table_schema = database() and table_name = ${table}
        union select index_name from information_schema.statistics where table_schema = database() and table_name = ${table}`
    : sql<{ name: string }>`select name from pragma_table_xinfo(${table}) union select name from pragma_index_list(${table})`
  const { rows } = await query.execute(db)
  return rows.map(({ name }) => name)
}

for (const table of ownerTables) {
  eachEngine(`${table} has every column and index of the owner's design`, async (db) => {
    const found = await namesIn(db, table)
    const missing = [...columns[table], ...indexes[table]].filter((name) => !found.includes(name))
    assert.deepEqual(missing, [])
  })

  for (const [column, values] of Object.entries(lists[table])) {
    eachOwnerDb(`${table}.${column} takes the owner's words and no other`, async (db) => {
      for (const value of values) await add(db, table, sample(table, { [column]: value }))
      for (const bad of ['other', '', `${values[0]} `, String(values[0]).toUpperCase()]) {
        await assert.rejects(add(db, table, sample(table, { [column]: bad })), checkFailed, `"${bad}"`)
      }
    })
  }

  eachOwnerDb(`${table} refuses a row without what the owner requires`, async (db) => {
    for (const column of notNull[table]) await assert.rejects(add(db, table, sample(table, { [column]: null })), nullRefused, column)
  })

  for (const [name, example] of Object.entries(examples[table])) {
    eachOwnerDb(`${table}: the owner's example "${name}" is stored and read back whole`, async (db) => {
      const row = toRow(example)
      await add(db, table, row)
      const { created_at, updated_at, ...read } = await db
        .selectFrom(table)
        .select([...columns[table]])
        .executeTakeFirstOrThrow()
      for (const time of [created_at, updated_at ?? created_at])
        assert.ok(time instanceof Date && Math.abs(Date.now() - time.getTime()) < 60_000)
      const empty = Object.fromEntries(
        columns[table].filter((column) => !column.match(/^(created|updated)_at$/)).map((column) => [column, null]),
      )
      assert.deepEqual(read, { ...empty, ...defaults[table], ...duration(row), ...row })
    })
  }
}

function duration({ backup_started_at: started, backup_completed_at: completed }: Row): Row {
  if (!(started instanceof Date && completed instanceof Date)) return {}
  return { duration_seconds: Math.trunc((completed.getTime() - started.getTime()) / 1000) }
}

eachOwnerDb('duration_seconds is computed in whole seconds, also across a leap day', async (db) => {
  const started = new Date('2028-02-28T23:59:59.600Z')
  for (const milliseconds of [0, 399, 999, 1000, 1400, 59_999, 86_400_000, 172_800_999]) {
    const row = sample('backup_log', { backup_started_at: started, backup_completed_at: new Date(started.getTime() + milliseconds) })
    await add(db, 'backup_log', row)
    const read = await db.selectFrom('backup_log').select('duration_seconds').where('id', '=', row.id).executeTakeFirst()
    assert.deepEqual({ ...read }, duration(row), `${milliseconds} ms`)
  }
})

eachOwnerDb('a failed backup and one in progress may lack their size and their end, no other may', async (db) => {
  const without = (missing: Row, backup_status: string) => add(db, 'backup_log', sample('backup_log', { ...missing, backup_status }))
  for (const missing of [{ file_size_bytes: null }, { backup_completed_at: null }, { file_size_bytes: null, backup_completed_at: null }]) {
    for (const status of ['failed', 'in_progress']) await without(missing, status)
    for (const status of ['completed', 'deleted']) await assert.rejects(without(missing, status), checkFailed)
  }
})

eachOwnerDb('what is deleted takes with it, or lets go of, what the owner says', async (db) => {
  for (const table of ownerTables) await add(db, table, sample(table, linksOf(table)))
  const left = async (table: OwnerTable) =>
    (
      await db
        .selectFrom(table)
        .select(Object.keys(linksOf(table)))
        .execute()
    ).map((row) => ({ ...row }))
  await db.deleteFrom('infrastructure').execute()
  await db.deleteFrom('work_items').execute()
  assert.deepEqual(await left('external_integrations'), [])
  assert.deepEqual(await left('ticket_links'), [{ session_id: id, client_id: id, work_item_id: null }])
  await db.deleteFrom('sessions').execute()
  assert.deepEqual(await left('ticket_links'), [])
  await db.deleteFrom('clients').execute()
  assert.deepEqual(await left('backup_log'), [{ client_id: null, infrastructure_id: null, session_id: null }])
})

const linksOf = (table: OwnerTable): Row =>
  Object.fromEntries(columns[table].filter((column) => column in parents).map((column) => [column, id]))
