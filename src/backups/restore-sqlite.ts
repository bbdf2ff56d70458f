import { join } from 'node:path'
import { inspectSqlite } from '../db/sqlite-file.ts'
import { MspError } from '../errors.ts'
import { shorten } from '../shorten.ts'
import type { ReadableFile } from './read-file.ts'
import type { RestoredTables } from './restore-dump.ts'
import { inTemporaryFolder } from './temporary-folder.ts'
import { unpackFile } from './unpack.ts'

/** Opens a copy of a SQLite database, lets SQLite look through all of it, and counts what is in it. */
export async function restoreSqlite(file: ReadableFile, isCompressed: boolean): Promise<RestoredTables> {
  return inTemporaryFolder(async (folder, room) => {
    const copy = join(folder, 'copy.sqlite')
    await unpackFile(file, isCompressed, copy, room)
    const { problems, rowsByTable } = inspect(copy)
    if (problems[0] !== undefined) throw new MspError('check_failed', `The database is damaged: ${shorten(problems[0])}.`)
    const counts = Object.values(rowsByTable)
    if (counts.length === 0) throw new MspError('check_failed', 'There is no table in the database.')
    return { tables: counts.length, rows: counts.reduce((sum, rows) => sum + rows, 0), rowsByTable }
  })
}

function inspect(path: string): ReturnType<typeof inspectSqlite> {
  try {
    return inspectSqlite(path)
  } catch (cause) {
    // node:sqlite's errors: file is not a database, database disk image is malformed
    if (!(cause instanceof Error && 'errcode' in cause)) throw cause
    throw new MspError('check_failed', `It cannot be opened as a database: ${shorten(cause.message)}.`, { cause })
  }
}
