import type { FileHandle } from 'node:fs/promises'
import { readWhole, toUnreadable } from '../local-file.ts'

/** A file that is read for a check. */
export interface ReadableFile {
  handle: FileHandle
  /** Stops the reading. */
  signal: AbortSignal
  size: number
  modifiedAt: Date
  createdAt: Date
}

/** Hands out the file of a backup: `not_checked` is thrown for one that cannot be looked at from here, or not yet, `check_failed` for one that is bad. */
export const readUnchanged = <T>(path: string, signal: AbortSignal, read: (file: ReadableFile) => Promise<T>): Promise<T> =>
  readWhole(path, { unusable: 'not_checked', bad: 'check_failed', changed: 'not_checked' }, (handle, { size, mtime, birthtime }) =>
    read({ handle, signal, size, modifiedAt: mtime, createdAt: birthtime }),
  )

/** A file or folder that is not here, or that nobody may read here. */
export const toMissing = (path: string, cause: unknown): unknown => toUnreadable(path, cause, 'not_checked')
