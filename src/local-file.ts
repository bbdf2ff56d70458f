import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { codeOf, type ErrorCode, MspError } from './errors.ts'
import { quoted } from './files.ts'

const { O_NONBLOCK = 0, O_RDONLY } = constants
const chunk = 1024 * 1024

/** What its reader calls a file that cannot be looked at from here, one that is bad, and one that changes under its hands. */
export interface Refusals {
  unusable: ErrorCode
  bad: ErrorCode
  changed: ErrorCode
}

/** Opens a file that somebody names; one that cannot be opened is refused with a sentence. */
export async function openNamedFile(path: string, unusable: ErrorCode): Promise<FileHandle> {
  try {
    // without O_NONBLOCK a named pipe waits for a writer
    return await open(path, O_RDONLY | O_NONBLOCK)
  } catch (cause) {
    throw toUnreadable(path, cause, unusable)
  }
}

/** Hands out a regular file that somebody may still be writing, and refuses what was read of it when it was changed, or replaced, meanwhile. */
export async function readWhole<T>(path: string, refusals: Refusals, read: (handle: FileHandle, stats: Stats) => Promise<T>): Promise<T> {
  const handle = await openNamedFile(path, refusals.unusable)
  try {
    const before = await handle.stat()
    requireRegular(path, before, refusals.unusable)
    const result = await read(handle, before).catch(async (error: unknown) => {
      // what it says of a file that moved under it is not to be trusted
      await refuseChange(path, before, refusals.changed)
      throw toReadError(path, error, refusals.bad)
    })
    await refuseChange(path, before, refusals.changed)
    return result
  } finally {
    await handle.close()
  }
}

function requireRegular(path: string, stats: Stats, code: ErrorCode): void {
  if (stats.isDirectory()) throw new MspError(code, `${path} is a folder.`, { hint: 'Pack it first, and name the archive.' })
  if (!stats.isFile()) throw new MspError(code, `${path} is not a regular file.`, { hint: `See what it is: ls -ld ${quoted(path)}` })
}

async function refuseChange(path: string, before: Stats, code: ErrorCode): Promise<void> {
  const after = await stat(path).catch(() => undefined)
  if (after && after.ino === before.ino && after.size === before.size && after.mtimeMs === before.mtimeMs) return
  throw toChanged(path, code)
}

/** Of a file that is not what it was when it was read first. */
export const toChanged = (path: string, code: ErrorCode): MspError =>
  new MspError(code, `${path} changed while it was read.`, { hint: 'Try again when the program that writes it is done.' })

/** A file or folder that is not here, or that nobody may read here; an error without a code stays what it is. */
export function toUnreadable(path: string, cause: unknown, unusable: ErrorCode): unknown {
  const code = codeOf(cause)
  if (code === undefined || cause instanceof MspError) return cause
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const hint = 'Check its name, or run the command on the machine that has it.'
    return new MspError(unusable, `${path} is not on this machine.`, { hint, cause })
  }
  return new MspError(unusable, `${path} could not be read (${code}).`, { hint: `See who may read it: ls -ld ${quoted(path)}`, cause })
}

/** A disk that cannot give back what is on it; anything else stays what it is. */
function toReadError(path: string, error: unknown, bad: ErrorCode): unknown {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'read')) return error
  return new MspError(bad, `${path} could not be read to its end (${codeOf(error)}).`, {
    hint: 'Look at the disk that it lies on, or take another copy of it.',
    cause: error,
  })
}

/** The checksums of the content in hex. It is streamed: memory does not grow with the file. */
export async function hashContent<Algorithm extends string>(
  handle: FileHandle,
  wanted: readonly Algorithm[],
  signal?: AbortSignal,
): Promise<Record<Algorithm, string>> {
  const hashes = [...new Set(wanted)].map((algorithm) => [algorithm, createHash(algorithm)] as const)
  // one buffer that is filled again and again: a stream's many would pile up faster than they are collected
  const buffer = Buffer.allocUnsafe(chunk)
  for (let position = 0; ; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, chunk, position)
    if (bytesRead === 0) break
    for (const [, hash] of hashes) hash.update(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
  return Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')])) as Record<Algorithm, string>
}
