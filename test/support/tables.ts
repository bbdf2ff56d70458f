import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Every row of every table of the SQLite file in this home, by table. */
export function readTables(home: string): Record<string, unknown[]> {
  const path = join(home, 'data', 'msp.sqlite')
  if (!existsSync(path)) return {}
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const names = database.prepare("select name from sqlite_schema where type = 'table' order by name").all()
    return Object.fromEntries(names.map(({ name }) => [String(name), database.prepare(`select * from "${name}"`).all()]))
  } finally {
    database.close()
  }
}
