/** A column of a table, as an engine's catalogue or our own statements have it. */
export interface Column {
  name: string
  /** In lower case, as the engine spells it: `varchar(255)`, `datetime(3)`. */
  type: string
  isNullable: boolean
  /** As SQL; null when there is none. */
  fallback: string | null
  isGenerated: boolean
  /** MariaDB's, of text. */
  collation: string | null
}

export interface Unique {
  name: string
  columns: string[]
}

export interface Check {
  name: string
  /** As SQL. */
  clause: string
  /** MariaDB: a CHECK of one column goes away with the column's definition, one of the table by its name. */
  column: string | null
}

export interface ForeignKey {
  name: string
  columns: string[]
  table: string
  onDelete: string
  /** Of a key that SQLite rebuilds: the columns there (none when it names none) and the rule for changes. */
  targets?: string[]
  onUpdate?: string
}

/** A table with all that decides which rows it takes. */
export interface Shape {
  name: string
  /** `table`, or what else bears its name. */
  kind: string
  columns: Column[]
  /** The primary key, in the order of its columns. */
  key: string[]
  uniques: Unique[]
  checks: Check[]
  foreignKeys: ForeignKey[]
  indexes: string[]
}

/** Two spellings of one CHECK become one text: without the spaces, parentheses and quotes that the engines add or leave out. */
export const toComparable = (clause: string): string =>
  clause.replace(/'(?:[^']|'')*'|[^']+/g, (part) => (part.startsWith("'") ? part : part.toLowerCase().replace(/[\s()`"]/g, '')))

/** The columns of a list that a clause names. */
export function columnsIn(clause: string, columns: readonly string[]): string[] {
  const words = new Set(
    clause
      .replace(/'(?:[^']|'')*'/g, '')
      .toLowerCase()
      .match(/\w+/g),
  )
  return columns.filter((name) => words.has(name))
}

interface Width {
  family: string
  size: number
}

const families: Record<string, Record<string, number>> = {
  boolean: { boolean: 0, bool: 0 },
  integer: { smallint: 2, mediumint: 3, int: 4, integer: 4, bigint: 8 },
  // a datetime adds its digits behind the second
  time: { timestamp: 0, datetime: 1 },
  // these two add their length
  text: { char: 0, varchar: 0, tinytext: 255, text: 65_535, mediumtext: 16_777_215, longtext: 4_294_967_295 },
  bytes: { binary: 0, varbinary: 0, tinyblob: 255, blob: 65_535, mediumblob: 16_777_215, longblob: 4_294_967_295 },
}
const sized = new Set(['datetime', 'char', 'varchar', 'binary', 'varbinary'])

/** What kind of values a type holds, and how large ones: only a wider type of the same family takes every value of another. */
export function widthOf(type: string, isMariaDb: boolean): Width {
  if (type === 'tinyint(1)') return { family: 'boolean', size: 0 }
  const [, word = '', length = '0'] = /^(\w*)[^(]*(?:\((\d+)\))?/.exec(type) ?? []
  const own = isMariaDb ? word : (sqliteNames[word] ?? word)
  const [family, sizes] = Object.entries(families).find(([, words]) => own in words) ?? []
  if (family === undefined) return { family: type, size: 0 }
  // SQLite looks at no length; there only a name that msp reads by matters
  if (!isMariaDb && family !== 'time' && family !== 'bytes') return { family, size: 0 }
  return { family, size: (sizes?.[own] ?? 0) + (sized.has(own) ? Number(length) : 0) }
}

/** To SQLite these are the same. */
const sqliteNames: Record<string, string> = { uuid: 'text', clob: 'text', nvarchar: 'text', bytea: 'tinyblob' }
