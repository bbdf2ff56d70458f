import { lstat, mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '../errors.ts'
import { isAbandoned, toProcessMark } from './process-mark.ts'
import { noRoom, type Room } from './unpack-limits.ts'

/** What is left free, so that a test fills nobody's disk. */
const reserve = 64 * 1024 * 1024

/** A folder for this user alone, which is gone afterwards, with the room that it has. One that a killed msp left goes before. */
export async function inTemporaryFolder<T>(work: (folder: string, room: Room) => Promise<T>): Promise<T> {
  const place = tmpdir()
  await removeAbandoned(place)
  const folder = await mkdtemp(join(place, `msp-restore-${toProcessMark()}-`)).catch((error: unknown) => {
    throw codeOf(error) === 'ENOSPC' ? noRoom({ bytes: 0, place }, { cause: error }) : error
  })
  let room: Room = { bytes: 0, place }
  try {
    const { bavail, bsize } = await statfs(folder)
    room = { bytes: Math.max(0, bavail * bsize - reserve), place }
    return await work(folder, room)
  } catch (error) {
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') throw noRoom(room, { cause: error })
    throw error
  } finally {
    await remove(folder)
  }
}

/** True when what is to be left free is being used up: what writes there has to stop. */
export async function isNearlyFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize < reserve / 2
}

/** Removes the folders whose process ended without doing that. What cannot be read or removed is somebody else's. */
async function removeAbandoned(place: string): Promise<void> {
  for (const name of await readdir(place).catch(() => [])) {
    const mark = /^msp-restore-(.+)-[^-]+$/.exec(name)?.[1]
    if (mark === undefined || !isAbandoned(mark)) continue
    const path = join(place, name)
    const stats = await lstat(path).catch(() => undefined)
    if (stats?.isDirectory() && stats.uid === (process.getuid?.() ?? stats.uid)) await remove(path).catch(() => {})
  }
}

const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
