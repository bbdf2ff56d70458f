import { type Kysely, sql } from 'kysely'
import type { Widening } from './compare.ts'
import type { Design } from './design.ts'
import { columnsIn } from './shape.ts'

/** Widens a table where it is, or on SQLite, which cannot, by a wider copy that takes its place. */
export const applyWidening = (db: Kysely<any>, widening: Widening, isMariaDb: boolean): Promise<void> =>
  isMariaDb ? alterTable(db, widening) : rebuildTable(db, widening)

const run = (db: Kysely<any>, statement: string) => sql.raw(statement).execute(db)

/** One statement, which MariaDB makes whole or not at all. */
async function alterTable(db: Kysely<any>, { design, added, modified, uniques, checks, foreignKeys }: Widening): Promise<void> {
  const named = (name: string) => `\`${name.replaceAll('`', '``')}\``
  const changes = [
    ...foreignKeys.gone.map(({ name }) => `drop foreign key ${named(name)}`),
    ...checks.gone.filter(({ column }) => column === null).map(({ name }) => `drop constraint ${named(name)}`),
    ...uniques.gone.map(({ name }) => `drop index ${named(name)}`),
    ...modified.map(({ column, type }) => `modify ${withType(column, type)}`),
    ...added.map(({ definition }) => `add column ${definition}`),
    ...[...uniques.added, ...checks.added, ...foreignKeys.added].map(({ definition }) => `add ${definition}`),
  ]
  await run(db, `alter table ${named(design.name)} ${changes.join(', ')}`)
}

const withType = ({ definition, name }: Design['columns'][number], type: string): string =>
  definition.replace(/^(`\w+`) \w+(?:\([\d, ]+\))?/, (_, quoted) => `${quoted ?? name} ${type}`)

/** Keys to other tables are not looked at meanwhile (db/sqlite.ts), so that nothing is deleted along with the table that goes. */
async function rebuildTable(db: Kysely<any>, { design, found }: Widening): Promise<void> {
  const named = (name: string) => `"${name.replaceAll('"', '""')}"`
  const names = design.columns.map(({ name }) => name)
  const extra = found.columns.filter(({ name }) => !names.includes(name))
  const isOurs = (columns: readonly string[]) => columns.every((name) => names.includes(name))
  const parts = [
    ...design.columns.map(({ definition }) => definition),
    ...extra.map(
      ({ name, type, isNullable, fallback, collation }) =>
        `${named(name)} ${type}${collation === null ? '' : ` collate ${named(collation)}`}${isNullable ? '' : ' not null'}${fallback === null ? '' : ` default (${fallback})`}`,
    ),
    ...[...design.uniques, ...design.checks, ...design.foreignKeys].map(({ definition }) => definition),
    ...found.uniques
      .filter(({ name, columns }) => name.startsWith('sqlite_autoindex') && !isOurs(columns))
      .map(({ columns }) => `unique (${columns.map(named).join(', ')})`),
    ...found.checks.filter(({ clause }) => columnsIn(clause, names).length === 0).map(({ clause }) => `check (${clause})`),
    ...found.foreignKeys
      .filter(({ columns }) => !isOurs(columns))
      .map(
        ({ columns, table, onDelete, targets = [], onUpdate = 'no action' }) =>
          `foreign key (${columns.map(named).join(', ')}) references ${named(table)}${targets.length === 0 ? '' : ` (${targets.map(named).join(', ')})`} on delete ${onDelete} on update ${onUpdate}`,
      ),
  ]
  const { rows: around } = await sql<{ name: string; text: string }>`
    select name, sql as text from sqlite_schema where tbl_name = ${design.name} and type in ('index', 'trigger') and sql is not null`.execute(
    db,
  )
  const copied = design.columns.filter(({ name, isGenerated }) => !isGenerated && found.columns.some((column) => column.name === name))
  const targets = [...copied.map(({ name }) => name), ...extra.map(({ name }) => name)].map(named)
  const values = [
    ...copied.map(({ name, type }) => (type === 'datetime' ? asTime(named(name)) : named(name))),
    ...extra.map(({ name }) => named(name)),
  ]
  const wider = named(`${design.name}_wider`)
  await run(db, `create table ${wider} (${parts.join(', ')})`)
  await run(db, `insert into ${wider} (${targets.join(', ')}) select ${values.join(', ')} from ${named(design.name)}`)
  await run(db, `drop table ${named(design.name)}`)
  await run(db, `alter table ${wider} rename to ${named(design.name)}`)
  for (const { text } of around) await run(db, text)
}

/** The same moment as msp writes it, so that times compare as text; what is no time stays as it is. */
const asTime = (column: string): string =>
  `case when typeof(${column}) = 'text' and ${column} glob '????-??-??*' then coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ${column}), ${column}) else ${column} end`
