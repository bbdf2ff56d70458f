import { rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { DatabasePlace } from '../db/open.ts'
import { readDatabaseSize } from '../db/size.ts'
import type { BackupType, Db, NewRow } from '../db/tables.ts'
import { codeOf, MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { hashFile } from './checksum.ts'
import { dumpDatabase, isDumpName, nameDump } from './dump.ts'
import type { LoggedBackup } from './logged-backup.ts'
import { type ReadableFile, readUnchanged } from './read-file.ts'
import { addLoggedBackup, listDumps, markDeleted } from './store.ts'

export interface DumpRun {
  place: DatabasePlace
  folder: string
  type: BackupType
  machine: string
  now: () => Date
  signal: AbortSignal
}

/** Dumps msp's own database and logs that, whether it works or not; cancelled, nothing is left of it. */
export async function dumpAndLog(db: Db, { place, folder, type, machine, now, signal }: DumpRun): Promise<LoggedBackup> {
  const startedAt = now()
  const name = nameDump(place, machine, startedAt)
  const row = {
    backupType: type,
    backupSource: 'local',
    filePath: join(folder, name),
    fileName: name,
    storageLocation: machine,
    backupStartedAt: startedAt,
    verificationStatus: 'not_verified',
    backupMethod: place.engine === 'mariadb' ? 'mariadb-dump' : 'sqlite',
    compressionType: 'gzip',
    ...toDatabase(place, machine),
  } satisfies Partial<NewRow<'backupLog'>>
  try {
    const required = await readDatabaseSize(db, place)
    const { bytes, checksum } = await dumpDatabase({ place, folder, name, required, signal })
    const done = { backupStatus: 'completed', fileSizeBytes: bytes, backupCompletedAt: now(), checksum } as const
    return (await addLoggedBackup(db, { ...row, ...done })).backup
  } catch (error) {
    if (!signal.aborted && error instanceof MspError) {
      const failed = { backupStatus: 'failed', backupCompletedAt: now(), errorMessage: error.message.slice(0, 4000) } as const
      // the disk that is full may be the database's own: why the dump failed matters more than why that could not be noted
      await addLoggedBackup(db, { ...row, ...failed }).catch(() => {})
    }
    throw error
  }
}

function toDatabase(place: DatabasePlace, machine: string): { databaseHost: string; databaseName: string } {
  if (place.engine === 'sqlite') return { databaseHost: machine, databaseName: 'msp.sqlite' }
  return { databaseHost: place.url.hostname, databaseName: decodeURIComponent(place.url.pathname.slice(1)).slice(0, 100) }
}

/** What became of the older dumps in a folder. */
export interface Surplus {
  /** By their paths. */
  deleted: string[]
  /** Why the others are in the log as before, and what to do. */
  kept: string[]
}

/** Deletes the dumps in the folder that this machine made of this database, but for the one just made and the newest others, and marks them in the log. */
export async function keepNewest(db: Db, { folder, machine, now, signal }: DumpRun, made: LoggedBackup, count: number): Promise<Surplus> {
  const logged = await listDumps(db, machine, folder.endsWith(sep) ? folder : folder + sep)
  // a row that somebody logged by hand may tell of any file
  const dumps = Map.groupBy(
    logged.filter(({ fileName, clientId }) => isDumpName(fileName) && clientId === null),
    ({ filePath }) => filePath,
  )
  dumps.delete(made.filePath)
  const surplus: Surplus = { deleted: [], kept: [] }
  for (const [path, rows] of [...dumps].slice(count - 1)) {
    const reason = await removeDump(path, rows, signal)
    if (reason !== undefined) {
      surplus.kept.push(reason)
      continue
    }
    for (const { id } of rows) await markDeleted(db, id, now())
    surplus.deleted.push(path)
  }
  return surplus
}

/** Deletes a dump that is still the file that was logged; otherwise says why not. */
async function removeDump(path: string, rows: readonly LoggedBackup[], signal: AbortSignal): Promise<string | undefined> {
  const look = `See what lies there: ls -l ${quoted(dirname(path))}`
  try {
    if (!(await readUnchanged(path, signal, (file) => isOneOf(rows, file)))) return `${path} is not the file that was logged. ${look}`
    await rm(path)
    return undefined
  } catch (error) {
    if (signal.aborted) throw error
    const code = codeOf(error instanceof MspError ? error.cause : error)
    // it may lie on a disk that is not mounted now
    if (code === 'ENOENT') return `${path} is not there. If it is gone for good: ${toMarking(rows)}`
    if (error instanceof MspError) return `${error.message} ${look}`
    if (code === undefined) throw error
    return `${path} could not be deleted (${code}). ${look}`
  }
}

const toMarking = (rows: readonly LoggedBackup[]): string => rows.map(({ id }) => `msp backup delete-mark ${id}`).join(' && ')

async function isOneOf(rows: readonly LoggedBackup[], file: ReadableFile): Promise<boolean> {
  const alike = rows.filter(({ fileSizeBytes, checksum }) => fileSizeBytes === file.size && checksum !== null)
  if (alike.length === 0) return false
  const { sha256 } = await hashFile(file, ['sha256'])
  return alike.some(({ checksum }) => checksum === sha256)
}
