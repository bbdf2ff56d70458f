import type { Dirent } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, MspError } from '../errors.ts'
import { toMissing } from './read-file.ts'

/** What lies in a folder and the folders in it. Links count as files and are not followed. */
export interface Measured {
  files: number
  bytes: number
  latestChange: Date
}

export async function measureFolder(path: string, signal?: AbortSignal): Promise<Measured> {
  const sum = { files: 0, bytes: 0, latest: 0 }
  try {
    for await (const file of eachFile(path)) {
      signal?.throwIfAborted()
      const { size, mtimeMs } = await lstat(file)
      sum.files++
      sum.bytes += size
      sum.latest = Math.max(sum.latest, mtimeMs)
    }
    return { files: sum.files, bytes: sum.bytes, latestChange: new Date(sum.latest || (await lstat(path)).mtimeMs) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && sum.files > 0)
      throw new MspError('check_failed', `${path} changed while it was read.`, { cause: error })
    throw toMissing(path, error)
  }
}

async function* eachFile(path: string): AsyncGenerator<string> {
  for await (const entry of (await opendir(path)) as AsyncIterable<Dirent>) {
    const name = join(path, entry.name)
    if (entry.isDirectory()) yield* eachFile(name)
    else yield name
  }
}
