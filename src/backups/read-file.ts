import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { codeOf, MspError } from '../errors.ts'
import { quoted } from '../files.ts'

const { O_NONBLOCK = 0, O_RDONLY } = constants

/** A file that is read for a check. */
export interface ReadableFile {
  handle: FileHandle
  /** Stops the reading. */
  signal: AbortSignal
  size: number
  modifiedAt: Date
  createdAt: Date
}

/**
 * Hands out a file that somebody may still be writing, and refuses what was read of it when it was changed, or replaced, meanwhile.
 * `not_checked` is thrown for a file that cannot be looked at from here, `check_failed` for one that is bad.
 */
export async function readUnchanged<T>(path: string, signal: AbortSignal, read: (file: ReadableFile) => Promise<T>): Promise<T> {
  const handle = await openFile(path)
  try {
    const before = await handle.stat()
    if (!before.isFile())
      throw new MspError('not_checked', `${path} is not a regular file.`, { hint: `See what it is: ls -ld ${quoted(path)}` })
    const result = await read({ handle, signal, size: before.size, modifiedAt: before.mtime, createdAt: before.birthtime }).catch(
      async (error: unknown) => {
        // what it says of a file that moved under it is not to be trusted
        await refuseChange(path, before)
        throw toReadError(path, error)
      },
    )
    await refuseChange(path, before)
    return result
  } finally {
    await handle.close()
  }
}

async function refuseChange(path: string, before: Stats): Promise<void> {
  const after = await stat(path).catch(() => undefined)
  if (after && after.ino === before.ino && after.size === before.size && after.mtimeMs === before.mtimeMs) return
  throw new MspError('check_failed', `${path} changed while it was read.`, { hint: 'Try again when the program that writes it is done.' })
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // without O_NONBLOCK a named pipe waits for a writer
    return await open(path, O_RDONLY | O_NONBLOCK)
  } catch (cause) {
    throw toMissing(path, cause)
  }
}

/** A file or folder that is not here, or that nobody may read here. */
export function toMissing(path: string, cause: unknown): unknown {
  const code = codeOf(cause)
  if (code === undefined) return cause
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new MspError('not_checked', `${path} is not on this machine.`, {
      hint: 'Run the command on the machine that has the file.',
      cause,
    })
  }
  return new MspError('not_checked', `${path} could not be read (${code}).`, { hint: `See who may read it: ls -l ${quoted(path)}`, cause })
}

/** A disk that cannot give back what is on it; anything else stays what it is. */
function toReadError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'read')) return error
  return new MspError('check_failed', `${path} could not be read to its end (${codeOf(error)}).`, { cause: error })
}
