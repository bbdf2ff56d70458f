import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Check, Column, ForeignKey, Shape, Unique } from './shape.ts'

/** The tables and views of these names that the database has. Reads only. Aliases are one word each: a plugin may turn `a_b` into `aB`. */
export const readShapes = (db: Kysely<any>, names: readonly string[], isMariaDb: boolean): Promise<Shape[]> =>
  isMariaDb ? readMariaDb(db, names) : readSqlite(db, names)

async function rowsOf<Row>(db: Kysely<any>, query: RawBuilder<Row>): Promise<Row[]> {
  const { rows } = await query.execute(db)
  return rows
}

/** Rows of one column each, as lists under the name that they share. */
function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row])
  return groups
}

async function readMariaDb(db: Kysely<any>, names: readonly string[]): Promise<Shape[]> {
  const ofTables = (schema: string, table: string) =>
    sql`${sql.ref(schema)} = database() and ${sql.ref(table)} in (${sql.join([...names])})`
  const tables = await rowsOf(
    db,
    sql<{ name: string; kind: string; engine: string | null }>`
      select table_name as name, lower(table_type) as kind, engine from information_schema.tables
      where ${ofTables('table_schema', 'table_name')} order by table_name`,
  )
  if (tables.length === 0) return []
  const columns = await rowsOf(
    db,
    sql<MariaDbColumn>`
      select table_name as tbl, column_name as name, lower(column_type) as type, is_nullable as nullable, column_default as fallback,
        is_generated as generated, collation_name as collation
      from information_schema.columns where ${ofTables('table_schema', 'table_name')} order by ordinal_position`,
  )
  const indexes = await rowsOf(
    db,
    sql<{ tbl: string; name: string; col: string; other: number }>`
      select table_name as tbl, index_name as name, column_name as col, non_unique as other
      from information_schema.statistics where ${ofTables('table_schema', 'table_name')} order by index_name, seq_in_index`,
  )
  const checks = await rowsOf(
    db,
    sql<{ tbl: string; name: string; level: string; clause: string }>`
      select table_name as tbl, constraint_name as name, level, check_clause as clause
      from information_schema.check_constraints where ${ofTables('constraint_schema', 'table_name')} order by constraint_name`,
  )
  const keys = await rowsOf(
    db,
    sql<{ tbl: string; name: string; col: string; target: string; rule: string }>`
      select u.table_name as tbl, u.constraint_name as name, u.column_name as col, u.referenced_table_name as target, lower(r.delete_rule) as rule
      from information_schema.key_column_usage u
      join information_schema.referential_constraints r
        on r.constraint_schema = u.constraint_schema and r.constraint_name = u.constraint_name and r.table_name = u.table_name
      where ${ofTables('u.table_schema', 'u.table_name')} and u.referenced_table_name is not null
      order by u.constraint_name, u.ordinal_position`,
  )
  return tables.map(({ name, kind, engine }) => {
    const here = <Row extends { tbl: string }>(rows: readonly Row[]) => rows.filter(({ tbl }) => tbl === name)
    const unique = here(indexes).filter((index) => Number(index.other) === 0 && index.name !== 'PRIMARY')
    return {
      name,
      kind: kind === 'base table' ? (engine === 'InnoDB' ? 'table' : `table of the engine ${engine}`) : kind,
      columns: here(columns).map(toMariaDbColumn),
      key: here(indexes).flatMap((index) => (index.name === 'PRIMARY' ? [index.col] : [])),
      uniques: toNamed(grouped(unique, (index) => index.name)),
      checks: here(checks).map(({ name, level, clause }) => ({ name, clause, column: level === 'Column' ? name : null })),
      foreignKeys: [...grouped(here(keys), (key) => key.name)].map(([name, parts]) => ({
        name,
        columns: parts.map(({ col }) => col),
        table: parts[0]?.target ?? '',
        onDelete: parts[0]?.rule ?? '',
      })),
      indexes: [...new Set(here(indexes).map((index) => index.name))],
    }
  })
}

interface MariaDbColumn {
  tbl: string
  name: string
  type: string
  nullable: string
  fallback: string | null
  generated: string
  collation: string | null
}

const toMariaDbColumn = ({ name, type, nullable, fallback, generated, collation }: MariaDbColumn): Column => ({
  name,
  type,
  isNullable: nullable === 'YES',
  fallback: fallback === 'NULL' ? null : fallback,
  isGenerated: generated !== 'NEVER',
  collation,
})

const toNamed = (groups: Map<string, Array<{ col: string }>>): Unique[] =>
  [...groups].map(([name, parts]) => ({ name, columns: parts.map(({ col }) => col) }))

async function readSqlite(db: Kysely<any>, names: readonly string[]): Promise<Shape[]> {
  const tables = await rowsOf(
    db,
    sql<{ name: string; kind: string; text: string }>`
      select name, type as kind, sql as text from sqlite_schema where type in ('table', 'view') and name in (${sql.join([...names])})`,
  )
  return Promise.all(tables.map((table) => readSqliteTable(db, table)))
}

async function readSqliteTable(db: Kysely<any>, { name, kind, text }: { name: string; kind: string; text: string }): Promise<Shape> {
  const columns = await rowsOf(
    db,
    sql<{ name: string; type: string; required: number; fallback: string | null; pk: number; hidden: number }>`
      select name, lower(type) as type, "notnull" as required, dflt_value as fallback, pk, hidden from pragma_table_xinfo(${name})`,
  )
  const indexes = await rowsOf(
    db,
    sql<{ name: string; only: number; origin: string; partial: number; col: string | null }>`
      select l.name, l."unique" as "only", l.origin, l.partial, i.name as col
      from pragma_index_list(${name}) l, pragma_index_info(l.name) i order by l.name, i.seqno`,
  )
  const unique = indexes.flatMap(({ name, only, origin, partial, col }) =>
    only === 1 && partial === 0 && origin !== 'pk' && col !== null ? [{ name, col }] : [],
  )
  return {
    name,
    kind,
    columns: columns.map(({ name, type, required, fallback, pk, hidden }) => ({
      ...{ name, type, fallback, collation: collationIn(text, name) },
      isNullable: required === 0 && pk === 0,
      isGenerated: hidden > 1,
    })),
    key: columns
      .filter(({ pk }) => pk > 0)
      .sort((one, other) => one.pk - other.pk)
      .map(({ name }) => name),
    uniques: toNamed(grouped(unique, (index) => index.name)),
    checks: checksIn(text),
    foreignKeys: await readSqliteKeys(db, name),
    indexes: [...new Set(indexes.map((index) => index.name))],
  }
}

async function readSqliteKeys(db: Kysely<any>, table: string): Promise<ForeignKey[]> {
  const keys = await rowsOf(
    db,
    sql<{ id: number; col: string; target: string; there: string | null; rule: string; change: string }>`
      select id, "from" as col, "table" as target, "to" as there, lower(on_delete) as rule, lower(on_update) as change from pragma_foreign_key_list(${table}) order by id, seq`,
  )
  return [...grouped(keys, ({ id }) => String(id))].map(([name, parts]) => ({
    name,
    columns: parts.map(({ col }) => col),
    table: parts[0]?.target ?? '',
    onDelete: parts[0]?.rule ?? '',
    targets: parts.flatMap(({ there }) => (there === null ? [] : [there])),
    onUpdate: parts[0]?.change ?? 'no action',
  }))
}

/** SQLite keeps how a column is compared in the statement of its table only. */
function collationIn(statement: string, column: string): string | null {
  const name = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const [, collation] = new RegExp(`[\\s,(]["\`\\[]?${name}["\`\\]]?\\s[^,]*?\\bcollate\\s+["\`]?(\\w+)`, 'i').exec(statement) ?? []
  return collation ?? null
}

const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|\w+|[^\s\w]/g

/** SQLite keeps the CHECKs of a table in its statement only. */
export function checksIn(statement: string): Check[] {
  const words = (statement.match(tokens) ?? []).filter((word) => !/^(--|\/\*)/.test(word))
  return words.flatMap((word, index) => {
    if (word.toLowerCase() !== 'check' || words[index + 1] !== '(') return []
    let depth = 0
    const length = words.slice(index + 1).findIndex((next) => {
      depth += next === '(' ? 1 : next === ')' ? -1 : 0
      return depth === 0
    })
    return [{ name: '', clause: words.slice(index + 2, index + 1 + length).join(' '), column: null }]
  })
}
