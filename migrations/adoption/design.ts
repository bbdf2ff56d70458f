import {
  type ColumnDefinitionNode,
  type ConstraintNode,
  CreateTableNode,
  createQueryId,
  DummyDriver,
  Kysely,
  type KyselyPlugin,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type OperationNode,
  type RootOperationNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import * as m001 from '../001_clients_sessions_work.ts'
import * as m002 from '../002_external_integrations.ts'
import * as m003 from '../003_integration_credentials.ts'
import * as m004 from '../004_ticket_links.ts'
import * as m005 from '../005_backups.ts'
import * as m006 from '../006_outbox_and_time.ts'
import * as m007 from '../007_vault.ts'
import type { Check, Column, ForeignKey, Shape, Unique } from './shape.ts'

/** A part of a table with the SQL that makes it: `definition` stands in CREATE TABLE, and in ALTER TABLE behind ADD. */
type Defined<Part> = Part & { definition: string }

/** A table as the migrations 001 to 007 make it in an empty database. */
export interface Design extends Omit<Shape, 'columns' | 'uniques' | 'checks' | 'foreignKeys' | 'indexes'> {
  columns: Array<Defined<Column>>
  uniques: Array<Defined<Unique>>
  checks: Array<Defined<Check>>
  foreignKeys: Array<Defined<ForeignKey>>
  /** The migration that makes it. */
  madeBy: string
}

const makers = {
  '001_clients_sessions_work': m001,
  '002_external_integrations': m002,
  '003_integration_credentials': m003,
  '004_ticket_links': m004,
  '005_backups': m005,
  '006_outbox_and_time': m006,
  '007_vault': m007,
}

const textCollation = 'utf8mb4_nopad_bin'
const catalogueTypes: Record<string, string> = { integer: 'int(11)', boolean: 'tinyint(1)', bigint: 'bigint(20)' }

/** What the migrations make, taken from their own statements: so the two cannot come apart. */
export async function readDesign(isMariaDb: boolean): Promise<Design[]> {
  const compiler = isMariaDb ? new MysqlQueryCompiler() : new SqliteQueryCompiler()
  const toSql = (node: OperationNode) => compiler.compileQuery(node as RootOperationNode, createQueryId()).sql
  const designs = Object.entries(makers).map(async ([madeBy, { up }]) => {
    const nodes = await recordStatements(up, isMariaDb)
    return nodes.filter(CreateTableNode.is).map((table) => ({ madeBy, ...toDesign(table, toSql, isMariaDb) }))
  })
  return (await Promise.all(designs)).flat()
}

async function recordStatements(up: (db: Kysely<any>) => Promise<void>, isMariaDb: boolean): Promise<OperationNode[]> {
  const nodes: OperationNode[] = []
  const recorder: KyselyPlugin = {
    transformQuery: ({ node }) => {
      nodes.push(node)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => (isMariaDb ? new MysqlAdapter() : new SqliteAdapter()),
      createDriver: () => new DummyDriver(),
      createIntrospector: (any) => (isMariaDb ? new MysqlIntrospector(any) : new SqliteIntrospector(any)),
      createQueryCompiler: () => (isMariaDb ? new MysqlQueryCompiler() : new SqliteQueryCompiler()),
    },
    plugins: [recorder],
  })
  await up(db)
  return nodes
}

type ToSql = (node: OperationNode) => string

function toDesign(node: CreateTableNode, toSql: ToSql, isMariaDb: boolean): Omit<Design, 'madeBy'> {
  const name = node.table.table.identifier.name
  const constraints = (node.constraints ?? []).map((constraint) => ({ constraint, definition: toSql(constraint) }))
  return {
    name,
    kind: 'table',
    columns: node.columns.map((column) => toColumn(column, toSql, isMariaDb)),
    key: [
      ...node.columns.filter(({ primaryKey }) => primaryKey).map((column) => column.column.column.name),
      ...constraints.flatMap(({ constraint }) => (constraint.kind === 'PrimaryKeyConstraintNode' ? namesOf(constraint.columns) : [])),
    ],
    uniques: [
      ...node.columns.filter(({ unique }) => unique).map((column) => ({ ...columnUnique(column), definition: '' })),
      ...constraints.flatMap(({ constraint, definition }) =>
        constraint.kind === 'UniqueConstraintNode' ? [{ name: nameOf(constraint), columns: namesOf(constraint.columns), definition }] : [],
      ),
    ],
    checks: constraints.flatMap(({ constraint, definition }) =>
      constraint.kind === 'CheckConstraintNode'
        ? [{ name: nameOf(constraint), clause: toSql(constraint.expression), column: null, definition }]
        : [],
    ),
    foreignKeys: constraints.flatMap(({ constraint, definition }) =>
      constraint.kind === 'ForeignKeyConstraintNode'
        ? [
            {
              name: nameOf(constraint),
              columns: namesOf(constraint.columns),
              table: constraint.references.table.table.identifier.name,
              onDelete: constraint.onDelete ?? 'no action',
              definition,
            },
          ]
        : [],
    ),
  }
}

const columnUnique = (column: ColumnDefinitionNode): Unique => ({ name: column.column.column.name, columns: [column.column.column.name] })
const nameOf = (constraint: ConstraintNode): string => ('name' in constraint ? (constraint.name?.name ?? '') : '')
const namesOf = (columns: ReadonlyArray<{ kind: string }>): string[] =>
  columns.map((column) => (column as unknown as ColumnDefinitionNode['column']).column.name)

function toColumn(node: ColumnDefinitionNode, toSql: ToSql, isMariaDb: boolean): Defined<Column> {
  const { name } = node.column.column
  const typed = toSql(node.dataType).toLowerCase()
  const type = isMariaDb ? (catalogueTypes[typed] ?? typed) : typed
  const collation = isMariaDb && /char|text/.test(type) ? textCollation : null
  const fallback = node.defaultTo ? toSql(node.defaultTo).replace(/^default /, '') : null
  const definition = [
    toSql(node.column),
    typed,
    collation && `character set utf8mb4 collate ${collation}`,
    node.generated && toSql(node.generated),
    node.primaryKey && 'primary key',
    node.notNull && 'not null',
    fallback && `default ${fallback}`,
  ]
  return {
    name,
    type,
    isNullable: !(node.notNull || node.primaryKey),
    fallback: fallback === null ? null : toFallback(fallback, isMariaDb),
    isGenerated: node.generated !== undefined,
    collation,
    definition: definition.filter(Boolean).join(' '),
  }
}

/** As MariaDB's catalogue has it: `true` is 1, and an expression stands without its parentheses. */
const toFallback = (sql: string, isMariaDb: boolean): string =>
  isMariaDb
    ? sql
        .replace(/^\((.*)\)$/, '$1')
        .replace(/^true$/, '1')
        .replace(/^false$/, '0')
    : sql
