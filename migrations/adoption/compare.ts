import type { Design } from './design.ts'
import { type Check, type Column, columnsIn, type ForeignKey, type Shape, toComparable, type Unique, widthOf } from './shape.ts'

/** The columns that msp adds to tables that may be there before it, by table. Whatever else a table lacks makes it another table. */
const addable: Record<string, readonly string[]> = {
  infrastructure: ['kind', 'integration', 'vendor_id', 'state', 'created_at'],
  external_integrations: [],
  integration_credentials: ['owner', 'account_id', 'account_name', 'account_email', 'gen', 'state', 'lease_owner', 'lease_until'],
  ticket_links: ['vendor_status', 'vendor_priority'],
  backup_log: [],
}

export const isAdoptable = (table: string): boolean => table in addable

/** What a table that may be adopted has to get, and to let go. */
export interface Widening {
  design: Design
  found: Shape
  added: Design['columns']
  /** Defined anew, as `type` where that is wider than the design's own. */
  modified: Array<{ column: Design['columns'][number]; type: string; reasons: Reason[] }>
  uniques: { gone: Unique[]; added: Design['uniques'] }
  checks: { gone: Check[]; added: Design['checks'] }
  foreignKeys: { gone: ForeignKey[]; added: Design['foreignKeys'] }
}

type Reason = 'type' | 'empty' | 'required' | 'default' | 'collation' | 'check' | 'computed'

export function widen(design: Design, found: Shape, isMariaDb: boolean): Widening {
  const names = design.columns.map(({ name }) => name)
  const inFound = new Map(found.columns.map((column) => [column.name, column]))
  const ours = (columns: readonly string[]) => columns.every((name) => names.includes(name))
  const clauses = new Set(design.checks.map(({ clause }) => toComparable(clause)))
  const kept = new Set(found.checks.filter(({ column }) => column === null).map(({ clause }) => toComparable(clause)))
  const goneChecks = found.checks.filter(
    ({ clause, column }) => columnsIn(clause, names).length > 0 && (column !== null || !clauses.has(toComparable(clause))),
  )
  const sameColumns = (one: Unique) => (other: Unique) => one.columns.toSorted().join() === other.columns.toSorted().join()
  const sameKey = (one: ForeignKey) => (other: ForeignKey) => keyText(one) === keyText(other)
  return {
    design,
    found,
    added: design.columns.filter(({ name }) => !inFound.has(name)),
    modified: design.columns.flatMap((column) => {
      const before = inFound.get(column.name)
      if (before === undefined || column.name === 'id') return []
      const reasons = reasonsOf(column, before, isMariaDb)
      if (goneChecks.some((check) => check.column === column.name)) reasons.push('check')
      return reasons.length === 0 ? [] : [{ column, type: widerOf(column.type, before.type, isMariaDb), reasons }]
    }),
    uniques: {
      gone: found.uniques.filter((unique) => ours(unique.columns) && !design.uniques.some(sameColumns(unique))),
      added: design.uniques.filter((unique) => !found.uniques.some(sameColumns(unique))),
    },
    checks: { gone: goneChecks, added: design.checks.filter(({ clause }) => !kept.has(toComparable(clause))) },
    foreignKeys: {
      gone: found.foreignKeys.filter((key) => ours(key.columns) && !design.foreignKeys.some(sameKey(key))),
      added: design.foreignKeys.filter((key) => !found.foreignKeys.some(sameKey(key))),
    },
  }
}

/** True when a table is as msp needs it. */
export const isWide = ({ added, modified, uniques, checks, foreignKeys }: Widening): boolean =>
  [added, modified, ...[uniques, checks, foreignKeys].flatMap((part) => [part.gone, part.added])].every((list) => list.length === 0)

const keyText = ({ columns, table, onDelete }: ForeignKey): string =>
  [columns.join(), table, onDelete === 'restrict' ? 'no action' : onDelete].join(' ')

function reasonsOf(column: Column, before: Column, isMariaDb: boolean): Reason[] {
  const checks: Array<[Reason, boolean]> = [
    ['type', widerOf(column.type, before.type, isMariaDb) !== before.type && !isSame(column.type, before.type, isMariaDb)],
    ['empty', column.isNullable && !before.isNullable],
    ['required', !column.isNullable && before.isNullable],
    ['default', column.fallback !== null && toComparable(column.fallback) !== toComparable(before.fallback ?? '')],
    ['collation', column.collation !== before.collation],
    ['computed', column.isGenerated !== before.isGenerated],
  ]
  return checks.flatMap(([reason, holds]) => (holds ? [reason] : []))
}

function widerOf(wanted: string, before: string, isMariaDb: boolean): string {
  const [own, other] = [widthOf(wanted, isMariaDb), widthOf(before, isMariaDb)]
  return own.family === other.family && other.size > own.size ? before : wanted
}

/** Two names of one type. */
function isSame(wanted: string, before: string, isMariaDb: boolean): boolean {
  const [own, other] = [widthOf(wanted, isMariaDb), widthOf(before, isMariaDb)]
  return own.family === other.family && own.size === other.size
}

const listed = (names: readonly string[]): string => names.join(', ')

/** What a widening does, in words. */
export function inWords({ added, modified, uniques, checks, foreignKeys, design }: Widening): string {
  const names = design.columns.map(({ name }) => name)
  const because = (reason: Reason) => modified.filter(({ reasons }) => reasons.includes(reason)).map(({ column }) => column.name)
  const clauses = (list: readonly Check[]) => new Set(list.map(({ clause }) => toComparable(clause)))
  const [before, after] = [clauses(checks.gone), clauses(checks.added)]
  const checked = [...checks.gone, ...checks.added]
    .filter(({ clause }) => before.has(toComparable(clause)) !== after.has(toComparable(clause)))
    .flatMap(({ clause }) => columnsIn(clause, names))
  const parts: Array<[string, string[]]> = [
    ['adds', added.map(({ name }) => name)],
    ['may be empty now:', because('empty')],
    ['may not be empty now:', because('required')],
    ['wider type:', because('type')],
    ['text compared by', because('collation').length > 0 ? ['bytes'] : []],
    ['default:', because('default').filter((name) => !because('type').includes(name))],
    ['computed:', because('computed')],
    ['no more UNIQUE:', uniques.gone.map(({ columns }) => `(${listed(columns)})`)],
    ['UNIQUE:', uniques.added.map(({ columns }) => `(${listed(columns)})`)],
    ['CHECK:', [...new Set(checked)]],
    ['FOREIGN KEY:', [...new Set([...foreignKeys.gone, ...foreignKeys.added].flatMap(({ columns }) => columns))]],
  ]
  return parts
    .filter(([, what]) => what.length > 0)
    .map(([word, what]) => `${word} ${listed(what)}`)
    .join('; ')
}

/** Why msp cannot live with a table as it is, each in words; a table that may be adopted may differ in what can be widened. */
export function differencesOf(design: Design, found: Shape, isMariaDb: boolean): string[] {
  const { name } = design
  if (found.kind !== 'table') return [`${name} is a ${found.kind}, not a table that msp can use`]
  const inDesign = new Set(design.columns.map((column) => column.name))
  const before = new Map(found.columns.map((column) => [column.name, column]))
  const missing = missingFrom(design, found).filter((column) => !addable[name]?.includes(column.name))
  const columns = design.columns.flatMap((column) => columnDifferences(name, column, before.get(column.name), isMariaDb))
  const extra = found.columns
    .filter((column) => !inDesign.has(column.name))
    .flatMap((column) => extraDifferences(`${name}.${column.name}`, column, isMariaDb, isAdoptable(name)))
  const key =
    design.key.join() === found.key.join() ? [] : [`${name} has the key (${listed(found.key)}), msp needs (${listed(design.key)})`]
  return [...lacking(name, missing), ...key, ...columns, ...extra, ...(isAdoptable(name) ? [] : constraintDifferences(design, found))]
}

const lacking = (table: string, missing: readonly Column[]): string[] =>
  missing.length === 0 ? [] : [`${table} lacks ${listed(missing.map((column) => `${column.name} (${column.type})`))}`]

const missingFrom = (design: Design, found: Shape): Column[] =>
  design.columns.filter(({ name }) => !found.columns.some((column) => column.name === name))

/** What a table lacks that msp had made, or made its own. */
export const lossesOf = (design: Design, found: Shape): string[] => lacking(design.name, missingFrom(design, found))

function columnDifferences(table: string, column: Column, before: Column | undefined, isMariaDb: boolean): string[] {
  if (before === undefined) return []
  const name = `${table}.${column.name}`
  if (widthOf(column.type, isMariaDb).family !== widthOf(before.type, isMariaDb).family)
    return [`${name} is ${before.type}, msp needs ${column.type}`]
  if (isAdoptable(table)) return []
  const differences: Array<[string, boolean]> = [
    [`${name} is ${before.type}, msp needs ${column.type}`, !isSame(column.type, before.type, isMariaDb)],
    [`${name} is compared by ${before.collation}, msp needs ${column.collation}`, column.collation !== before.collation],
    [`${name} must not be empty, msp leaves it empty`, column.isNullable && !before.isNullable],
    [`${name} may be empty, msp needs NOT NULL`, !column.isNullable && before.isNullable],
    [`${name} has no default, msp needs ${column.fallback}`, column.fallback !== null && before.fallback === null],
  ]
  return differences.flatMap(([difference, holds]) => (holds ? [difference] : []))
}

function extraDifferences(name: string, column: Column, isMariaDb: boolean, isRebuilt: boolean): string[] {
  if (!column.isNullable && column.fallback === null && !column.isGenerated)
    return [`${name} must not be empty and has no default, msp does not know it`]
  // SQLite's catalogue does not say how it is computed
  return column.isGenerated && isRebuilt && !isMariaDb ? [`${name} is computed, and SQLite cannot carry that over`] : []
}

function constraintDifferences(design: Design, found: Shape): string[] {
  const names = design.columns.map(({ name }) => name)
  const widening = widen(design, found, true)
  const unknown = widening.checks.gone.map(({ clause }) => `${design.name} has a CHECK that msp does not know: ${clause}`)
  return [
    ...widening.uniques.added.map(({ columns }) => `${design.name} is not UNIQUE in ${listed(columns)}`),
    ...widening.uniques.gone.map(({ columns }) => `${design.name} is UNIQUE in ${listed(columns)}, msp needs it not to be`),
    ...unknown.filter((text) => columnsIn(text, names).length > 0),
  ]
}
