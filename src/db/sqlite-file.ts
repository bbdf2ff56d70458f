import { backup, DatabaseSync } from 'node:sqlite'

/** Copies a SQLite database that may be in use, as it is at one moment. */
export async function copySqlite(path: string, target: string): Promise<void> {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    database.exec('pragma busy_timeout = 5000')
    // in one go: a copy in steps begins again whenever somebody writes
    await backup(database, target, { rate: 2 ** 31 - 1 })
  } finally {
    database.close()
  }
}

/** What SQLite finds wrong in a file, and how many rows each table has. The file may be changed by that. */
export function inspectSqlite(path: string): { problems: string[]; rowsByTable: Record<string, number> } {
  const database = new DatabaseSync(path, { allowExtension: false })
  try {
    database.exec('pragma trusted_schema = off; pragma cell_size_check = on')
    const checked = database.prepare('pragma integrity_check(10)').all() as Array<{ integrity_check: string }>
    const problems = checked.map((row) => row.integrity_check).filter((text) => text !== 'ok')
    if (problems.length > 0) return { problems, rowsByTable: {} }
    // not virtual ones, whose modules may be missing here: what they hold lies in tables too
    const tables = database.prepare("select name from pragma_table_list where schema = 'main' and type in ('table', 'shadow')").all()
    const names = tables.map(({ name }) => String(name)).filter((name) => !name.startsWith('sqlite_'))
    const count = (name: string) => Number(database.prepare(`select count(*) as n from "${name.replaceAll('"', '""')}"`).get()?.n)
    return { problems, rowsByTable: Object.fromEntries(names.toSorted().map((name) => [name, count(name)])) }
  } finally {
    database.close()
  }
}
