import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Widening } from './compare.ts'
import { columnsIn, type Shape } from './shape.ts'

const shown = 5

/** The rows that a table could not keep once it is widened, in words: msp drops none, so somebody has to mend them first. `tables` are there. */
export async function misfitsOf(
  db: Kysely<any>,
  widening: Widening,
  { isMariaDb, tables }: { isMariaDb: boolean; tables: readonly string[] },
): Promise<string[]> {
  const has = (columns: readonly string[]) => columns.every((name) => widening.found.columns.some((column) => column.name === name))
  const rows = asCompared(widening.found, isMariaDb)
  const questions = [
    ...emptyOnes(widening, rows),
    ...unknownOnes(widening, rows, has),
    ...doubles(widening, rows, has),
    ...orphans(widening, has, tables),
  ]
  const misfits: string[] = []
  for (const { query, toLine } of questions) misfits.push(...lines((await query.execute(db)).rows, toLine))
  return misfits
}

interface Misfit {
  id: string
  what: string
}

interface Question {
  query: RawBuilder<Misfit>
  toLine: (row: Misfit) => string
}

type Has = (columns: readonly string[]) => boolean
type Rows = RawBuilder<unknown>

/** The rows as they will be compared: by bytes, where the server's own collation took `Syncro` for `syncro`. */
function asCompared({ name, columns }: Shape, isMariaDb: boolean): Rows {
  const cells = columns.map(({ name, collation }) =>
    isMariaDb && collation !== null
      ? sql`convert(${sql.ref(name)} using utf8mb4) collate utf8mb4_nopad_bin as ${sql.ref(name)}`
      : sql`${sql.ref(name)}`,
  )
  return sql`(select ${sql.join(cells)} from ${sql.table(name)}) r`
}

const emptyOnes = ({ design, modified }: Widening, rows: Rows): Question[] =>
  modified
    .filter(({ reasons }) => reasons.includes('required'))
    .map(({ column }) => ({
      query: sql`select id, '' as what from ${rows} where ${sql.ref(column.name)} is null order by id`,
      toLine: ({ id }) => `${design.name} ${id} has no ${column.name}`,
    }))

function unknownOnes({ design, checks }: Widening, rows: Rows, has: Has): Question[] {
  const names = design.columns.map(({ name }) => name)
  return checks.added.flatMap(({ clause }) => {
    const columns = columnsIn(clause, names)
    if (!has(columns)) return []
    const values = sql.join(columns.map((column) => sql`coalesce(${sql.ref(column)}, 'nothing')`))
    return {
      query: sql<Misfit>`select id, concat_ws(', ', ${values}) as what from ${rows} where not (${sql.raw(clause)}) order by id`,
      toLine: ({ id, what }: Misfit) => `${design.name} ${id} has ${columns.join(', ')} = ${what}, which msp does not know`,
    }
  })
}

const doubles = ({ design, uniques }: Widening, rows: Rows, has: Has): Question[] =>
  uniques.added
    .filter(({ columns }) => has(columns))
    .map(({ columns }) => {
      const key = sql.join(columns.map((column) => sql.ref(column)))
      const isWhole = sql.join(
        columns.map((column) => sql`${sql.ref(column)} is not null`),
        sql` and `,
      )
      return {
        query: sql`select group_concat(id) as id, concat_ws(', ', ${key}) as what from ${rows}
          where ${isWhole} group by ${key} having count(*) > 1 order by 1`,
        toLine: ({ id, what }) => `${design.name} has more than one row for ${columns.join(', ')} = ${what}: ${inOrder(id)}`,
      }
    })

const orphans = ({ design, foreignKeys }: Widening, has: Has, tables: readonly string[]): Question[] =>
  foreignKeys.added
    .filter(({ columns }) => has(columns))
    .map(({ columns: [column = ''], table }) => ({
      query: sql`select id, ${sql.ref(column)} as what from ${sql.table(design.name)} where ${sql.ref(column)} is not null
        ${tables.includes(table) ? sql`and ${sql.ref(column)} not in (select id from ${sql.table(table)})` : sql``} order by id`,
      toLine: ({ id, what }) => `${design.name} ${id} names a row of ${table} that is not there: ${what}`,
    }))

const inOrder = (ids: string): string => ids.split(',').sort().join(', ')

function lines<Row>(rows: readonly Row[], toLine: (row: Row) => string): string[] {
  const more = rows.length - shown
  return [...rows.slice(0, shown).map(toLine), ...(more > 0 ? [`… and ${more} more like the last`] : [])]
}
