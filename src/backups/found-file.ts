import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { MspError } from '../errors.ts'
import { findMismatch, hashFile, readChecksumsBeside } from './checksum.ts'
import { measureFolder } from './folder.ts'
import { readUnchanged, toMissing } from './read-file.ts'

/** What the file, or folder, of a backup says of itself. */
export interface FoundFile {
  bytes: number
  /** SHA-256 in hex; null of a folder, and when nobody asked for it. */
  checksum: string | null
  /** Where it was made: its birth, at the latest its last change. A copy keeps the change and has a birth of its own. */
  startedAt: Date
  endedAt: Date
  /** The files beside whose checksums are right. */
  agreesWith: string[]
}

/** Looks at the file of a backup; the refusal instead when it is not on this machine, or not for us to read. One that a checksum beside contradicts is refused. */
export async function lookAtFile(path: string, withChecksum: boolean, signal: AbortSignal): Promise<FoundFile | MspError> {
  try {
    const stats = await stat(path)
    await access(path, constants.R_OK)
    if (stats.isDirectory()) return await lookAtFolder(path, signal)
  } catch (error) {
    const refusal = toMissing(path, error)
    if (refusal instanceof MspError && refusal.code === 'not_checked') return refusal
    throw refusal
  }
  return readUnchanged(path, signal, async (file) => {
    const times = { startedAt: earlier(file.createdAt, file.modifiedAt), endedAt: file.modifiedAt }
    if (!withChecksum) return { ...times, bytes: file.size, checksum: null, agreesWith: [] }
    const beside = await readChecksumsBeside(path)
    const found = await hashFile(file, ['sha256', ...beside.map(({ algorithm }) => algorithm)])
    const mismatch = findMismatch(beside, found)
    if (mismatch) {
      throw new MspError('check_failed', `The file is not the one that ${mismatch.from} beside it was made for: the checksums differ.`, {
        hint: `The file: ${found[mismatch.algorithm]} · ${mismatch.from}: ${mismatch.checksum}`,
      })
    }
    return { ...times, bytes: file.size, checksum: found.sha256 ?? null, agreesWith: beside.map(({ from }) => from) }
  })
}

async function lookAtFolder(path: string, signal: AbortSignal): Promise<FoundFile> {
  const { bytes, latestChange } = await measureFolder(path, signal)
  const { birthtime } = await stat(path)
  return { bytes, checksum: null, startedAt: earlier(birthtime, latestChange), endedAt: latestChange, agreesWith: [] }
}

/** Some file systems know no birth: then it is 1970, or later than the change. */
const earlier = (birth: Date, change: Date): Date => (birth.getTime() > 0 && birth < change ? birth : change)
