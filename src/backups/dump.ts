import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { newId } from '../db/id.ts'
import type { DatabasePlace } from '../db/open.ts'
import { copySqlite } from '../db/sqlite-file.ts'
import { codeOf, MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { makeFolders } from '../make-folders.ts'
import { toSizeWords } from '../size.ts'
import { dumpMariaDb, restoreCommandOf } from './dump-mariadb.ts'
import { isAbandoned, toProcessMark } from './process-mark.ts'

/** A dump of msp's own database to be made. */
export interface DumpOrder {
  place: DatabasePlace
  /** Where it goes; the folder is made when it is missing. */
  folder: string
  name: string
  /** What the database takes, about. */
  required: number
  signal: AbortSignal
}

export interface Dumped {
  path: string
  bytes: number
  /** SHA-256 in hex. */
  checksum: string
}

/** `msp-2026-01-15T21-32-00Z-laptop.sql.gz`: in the order of time, and good on every disk. */
export function nameDump({ engine }: DatabasePlace, machine: string, at: Date): string {
  const time = at.toISOString().slice(0, 19).replaceAll(':', '-')
  return `msp-${time}Z-${machine.replace(/[^\w.-]/g, '_').slice(0, 63)}.${engine === 'mariadb' ? 'sql' : 'sqlite'}.gz`
}

/** True of the names that `nameDump` makes, and of no other file. */
export const isDumpName = (name: string | null): boolean =>
  name !== null && /^msp-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[\w.-]{1,63}\.(sql|sqlite)\.gz$/.test(name)

/** What a dump is called until it is whole. Of its own: one that another process makes there at the same moment is not ours to remove. */
export const nameUnfinished = (name: string, pid?: number): string => `${name}.${toProcessMark(pid)}-${newId().replaceAll('-', '')}.tmp`

/** Removes what killed processes of this machine left in the folder, with their copies of the database. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, dump = null, mark = ''] = /^(.+)\.(\w+-\d+)-\w+\.tmp(?:\.copy(?:-journal)?)?$/.exec(name) ?? []
    // whoever cannot remove one can still make a dump
    if (isDumpName(dump) && isAbandoned(mark)) await rm(join(folder, name)).catch(() => {})
  }
}

/** Dumps the database into a compressed file, whole or not at all. */
export async function dumpDatabase({ place, folder, name, required, signal }: DumpOrder): Promise<Dumped> {
  const path = join(folder, name)
  const temporary = join(folder, nameUnfinished(name))
  const copy = `${temporary}.copy`
  makeFolder(folder)
  await refuseTaken(path)
  await removeUnfinished(folder)
  try {
    await refuseFullDisk(folder, required)
    const checksum = await writeCompressed(
      place.engine === 'mariadb' ? dumpMariaDb(place, signal) : readCopy(place.path, copy),
      temporary,
      signal,
    )
    const { size } = await stat(temporary)
    await moveInto(path, temporary)
    return { path, bytes: size, checksum }
  } catch (error) {
    throw codeOf(error) === 'ENOSPC' || isFull(error) ? await tooFull(folder, required, error) : toRefusal(folder, error)
  } finally {
    await rm(temporary, { force: true })
    await rm(copy, { force: true })
  }
}

function makeFolder(path: string): void {
  try {
    makeFolders(path, 0o700)
  } catch (error) {
    throw toRefusal(path, error)
  }
}

async function refuseTaken(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (isThere) throw taken(path)
}

const taken = (path: string): MspError => new MspError('storage', `${path} is there already.`, { hint: 'Try again in a second.' })

/** Gives a whole dump its name. A rename would replace one that came there meanwhile, and not every disk has links: an empty file claims it. */
async function moveInto(path: string, temporary: string): Promise<void> {
  const claim = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw codeOf(error) === 'EEXIST' ? taken(path) : error
  })
  await claim.close()
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

async function refuseFullDisk(folder: string, required: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < required) throw await tooFull(folder, required)
}

async function tooFull(folder: string, required: number, cause?: unknown): Promise<MspError> {
  const { bavail, bsize } = await statfs(folder)
  const [available, needed] = [bavail * bsize, required].map((bytes) => toSizeWords(bytes).replace(/ (?=\w\w$)/, ''))
  return new MspError('storage', `Insufficient disk space on target. Available: ${available}, Required: ${needed}`, {
    hint: 'Make room there, or name another folder: --to FOLDER',
    cause,
  })
}

/** SQLite's own word for a full disk. */
const isFull = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === 13

function toRefusal(folder: string, error: unknown): unknown {
  const code = codeOf(error)
  if (error instanceof MspError || !(error instanceof Error && 'syscall' in error)) return error
  return new MspError('storage', `The dump could not be written (${code}).`, {
    hint: `See who may write there: ls -ld ${quoted(folder)}`,
    cause: error,
  })
}

/** As bytes, the database as it is now. */
async function* readCopy(path: string, copy: string): AsyncGenerator<Buffer> {
  // made before SQLite writes, so that nobody else can read it
  await (await open(copy, 'wx', 0o600)).close()
  await copySqlite(path, copy)
  let isFirst = true
  for await (const chunk of createReadStream(copy) as AsyncIterable<Buffer>) {
    if (isFirst && !holdsTables(chunk)) break
    isFirst = false
    yield chunk
  }
  if (isFirst)
    throw new MspError('storage', 'The copy of the database came out empty, or is none.', { hint: 'Check the database: msp db status' })
}

/** By its header: of a database without tables there is one page. */
const holdsTables = (start: Buffer): boolean => start.toString('latin1', 0, 16) === 'SQLite format 3\0' && start.readUInt32BE(28) > 1

async function writeCompressed(source: AsyncIterable<Buffer>, path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const hashed = async function* (compressed: AsyncIterable<Buffer>) {
    for await (const chunk of compressed) {
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(source, createGzip(), hashed, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }), { signal })
  return hash.digest('hex')
}

/** The command that puts a dump back in the place of the database. */
export function toRestoreCommand(place: DatabasePlace, dump: string): string {
  if (place.engine === 'mariadb') return restoreCommandOf(place, dump)
  const [database, restored, wal, shm] = ['', '.restored', '-wal', '-shm'].map((ending) => quoted(place.path + ending))
  // what the log beside it holds belongs to the database that gives way
  return `gzip -dc ${quoted(dump)} > ${restored} && rm -f ${wal} ${shm} && mv ${restored} ${database}`
}
