import { type Kysely, sql } from 'kysely'
import type { Widening } from './compare.ts'
import { columnsIn } from './shape.ts'

const shown = 5

/** The rows that a table could not keep once it is widened, each group in words: msp drops none, so somebody has to mend them first. */
export async function misfitsOf(db: Kysely<any>, widening: Widening, isMariaDb: boolean): Promise<string[]> {
  const { name } = widening.design
  // as they will be compared: by bytes, where the server's own collation took `Syncro` for `syncro`
  const cells = widening.found.columns.map(({ name, collation }) =>
    isMariaDb && collation !== null
      ? sql`convert(${sql.ref(name)} using utf8mb4) collate utf8mb4_nopad_bin as ${sql.ref(name)}`
      : sql`${sql.ref(name)}`,
  )
  const rows = sql`(select ${sql.join(cells)} from ${sql.table(name)}) r`
  const read = async (query: ReturnType<typeof sql<{ id: string; what: string }>>) => (await query.execute(db)).rows
  const misfits: string[] = []
  for (const { column } of widening.modified.filter(({ reasons }) => reasons.includes('required'))) {
    const found = await read(sql`select id, '' as what from ${rows} where ${sql.ref(column.name)} is null order by id`)
    misfits.push(...lines(found, ({ id }) => `${name} ${id} has no ${column.name}`))
  }
  const before = widening.found.columns.map((column) => column.name)
  const names = widening.design.columns.map((column) => column.name)
  for (const { clause } of widening.checks.added) {
    const columns = columnsIn(clause, names)
    if (!columns.every((column) => before.includes(column))) continue
    const value = sql`concat_ws(', ', ${sql.join(columns.map((column) => sql`coalesce(${sql.ref(column)}, 'nothing')`))})`
    const found = await read(sql`select id, ${value} as what from ${rows} where not (${sql.raw(clause)}) order by id`)
    misfits.push(...lines(found, ({ id, what }) => `${name} ${id} has ${columns.join(', ')} = ${what}, which msp does not know`))
  }
  for (const { columns } of widening.uniques.added) {
    if (!columns.every((column) => before.includes(column))) continue
    const key = sql.join(columns.map((column) => sql.ref(column)))
    const isWhole = sql.join(
      columns.map((column) => sql`${sql.ref(column)} is not null`),
      sql` and `,
    )
    const found = await read(
      sql`select group_concat(id) as id, concat_ws(', ', ${key}) as what from ${rows} where ${isWhole} group by ${key} having count(*) > 1 order by 1`,
    )
    misfits.push(...lines(found, ({ id, what }) => `${name} has more than one row for ${columns.join(', ')} = ${what}: ${inOrder(id)}`))
  }
  for (const { columns, table } of widening.foreignKeys.added) {
    const [column = ''] = columns
    if (!before.includes(column)) continue
    const found = await read(
      sql`select id, ${sql.ref(column)} as what from ${sql.table(name)} r
        where ${sql.ref(column)} is not null and ${sql.ref(column)} not in (select id from ${sql.table(table)}) order by id`,
    )
    misfits.push(...lines(found, ({ id, what }) => `${name} ${id} names a row of ${table} that is not there: ${what}`))
  }
  return misfits
}

const inOrder = (ids: string): string => ids.split(',').sort().join(', ')

function lines<Row>(rows: readonly Row[], toLine: (row: Row) => string): string[] {
  const more = rows.length - shown
  return [...rows.slice(0, shown).map(toLine), ...(more > 0 ? [`… and ${more} more like the last`] : [])]
}
