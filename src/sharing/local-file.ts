import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { codeOf, MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { toSizeWords } from '../size.ts'
import type { SharedFile } from './file-host.ts'
import { readPieces } from './pieces.ts'

/** The most that a file may have to be offered. */
export const longestFile = 2 * 1024 ** 3

const { O_NONBLOCK = 0, O_RDONLY } = constants
const longestName = 200

/** A file that can be offered, with its checksum, read as a stream; any other one is refused with a sentence. */
export async function readLocalFile(typed: string, name = basename(typed)): Promise<SharedFile> {
  const path = resolve(typed)
  const file = await openLocalFile(path)
  try {
    const before = await file.stat()
    requireFit(path, before)
    const checksum = await hash(file)
    const after = await file.stat()
    if (before.size !== after.size || before.mtimeMs !== after.mtimeMs) throw changed(path)
    return { path, name: toFileName(name), sizeBytes: before.size, checksum }
  } catch (cause) {
    throw cause instanceof MspError ? cause : unreadable(path, cause)
  } finally {
    await file.close()
  }
}

/** Opens it once: who moves another file there afterwards offers nothing. */
export async function openLocalFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, O_RDONLY | O_NONBLOCK) // without O_NONBLOCK a named pipe waits for a writer
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** The name under which it is offered: one that no system takes for a path or a header. */
export function toFileName(typed: string): string {
  const name = typed.trim()
  if (name !== '' && !/^\.+$/.test(name) && name.length <= longestName && !/[\p{Control}\p{Surrogate}/\\"]/u.test(name)) return name
  const message = `${JSON.stringify(typed)} is no name for an attachment.`
  throw new MspError('usage', message, { hint: `Give one of up to ${longestName} characters without a path: --name report.pdf` })
}

function requireFit(path: string, stats: { size: number; isFile(): boolean; isDirectory(): boolean }): void {
  if (stats.isDirectory()) throw new MspError('usage', `${path} is a folder.`, { hint: 'Pack it first, and attach the archive.' })
  if (!stats.isFile()) throw new MspError('usage', `${path} is not a regular file.`, { hint: `See what it is: ls -ld ${quoted(path)}` })
  if (stats.size === 0) throw new MspError('usage', `${path} is empty.`, { hint: 'Attach a file with something in it.' })
  if (stats.size <= longestFile) return
  throw new MspError('usage', `${path} is larger than ${toSizeWords(longestFile)}.`, {
    hint: 'Share it in another way, and name its address on the ticket.',
  })
}

async function hash(file: FileHandle): Promise<string> {
  const hashing = createHash('sha256')
  for await (const piece of readPieces(file, Number.POSITIVE_INFINITY)) hashing.update(piece)
  return hashing.digest('hex')
}

/** Of a file that is not what it was when it was read first. */
export const changed = (path: string): MspError =>
  new MspError('usage', `${path} changed while it was read.`, { hint: 'Wait until it is written, then attach it again.' })

function unreadable(path: string, cause: unknown): MspError {
  const code = codeOf(cause)
  if (code === 'ENOENT') return new MspError('usage', `There is no file ${path}.`, { hint: 'Check the name of the file.', cause })
  return new MspError('usage', `${path} cannot be read (${code}).`, { hint: `See whose it is: ls -ld ${quoted(path)}`, cause })
}
