import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '../errors.ts'
import { noRoom, type Room } from './unpack-limits.ts'

/** What is left free, so that a test fills nobody's disk. */
const reserve = 64 * 1024 * 1024

/** A folder for this user alone, which is gone afterwards, with the room that it has. */
export async function inTemporaryFolder<T>(work: (folder: string, room: Room) => Promise<T>): Promise<T> {
  const place = tmpdir()
  const folder = await mkdtemp(join(place, 'msp-restore-'))
  try {
    const { bavail, bsize } = await statfs(folder)
    return await work(folder, { bytes: Math.max(0, bavail * bsize - reserve), place })
  } catch (error) {
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') throw noRoom(place, '', error)
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}
