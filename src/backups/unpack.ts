import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { codeOf, MspError } from '../errors.ts'
import { shorten } from '../shorten.ts'
import { type ArchiveEntry, asDamage, damaged, leadsOutside, openContent, readTar, readZip } from './archive.ts'
import type { BackupKind } from './kind.ts'
import type { ReadableFile } from './read-file.ts'
import { createUnpackMeter, noRoom, type Room, standardUnpackLimits, type UnpackLimits, type UnpackMeter } from './unpack-limits.ts'

/** What came out of an archive. */
export interface Unpacked {
  files: number
  bytes: number
  /** They are counted, and not made: one may lead out of the folder. */
  links: number
}

/** Where to, how much may go there, and what stops it there. */
export interface Unpacking {
  folder: string
  room: Room
  limits?: UnpackLimits
}

/** Unpacks an archive into an empty folder and nowhere else, and compares what it has of checksums. */
export async function unpackArchive(
  file: ReadableFile,
  found: BackupKind,
  { folder, room, limits = standardUnpackLimits }: Unpacking,
): Promise<Unpacked> {
  const meter = createUnpackMeter(file.size, limits, room)
  const result = { files: 0, bytes: 0, links: 0 }
  const unpack = async (entry: ArchiveEntry) => {
    file.signal.throwIfAborted()
    meter.entry()
    const path = toPath(folder, entry.name)
    if (entry.kind === 'link') result.links++
    if (entry.kind === 'folder') await makeFolder(path, entry.name)
    if (entry.kind !== 'file') return
    await makeFolder(dirname(path), entry.name)
    // of a tar everything is counted where it is read
    result.bytes += await writeEntry(entry, path, found.kind === 'zip' ? meter : undefined, file.signal)
    result.files++
  }
  if (found.kind === 'zip') await readZip(file, unpack)
  else await readTar(file, found.isCompressed, meter, unpack)
  return result
}

function toPath(folder: string, name: string): string {
  if (/^[\\/]|^[a-z]:/i.test(name) || name.split(/[\\/]/).includes('..')) throw leadsOutside(name)
  return join(folder, name)
}

async function makeFolder(path: string, name: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch(asBadName(name))
}

async function writeEntry(entry: ArchiveEntry, path: string, meter: UnpackMeter | undefined, signal: AbortSignal): Promise<number> {
  let [bytes, crc] = [0, 0]
  const content = await entry.content()
  const measured = async function* () {
    for await (const chunk of content) {
      meter?.chunk(chunk.length)
      bytes += chunk.length
      if (entry.crc !== undefined) crc = crc32(chunk, crc)
      yield chunk
    }
  }
  await pipeline(measured, createWriteStream(path, { mode: 0o600 }), { signal }).catch(asBadName(entry.name))
  if (entry.crc === undefined || entry.crc === crc) return bytes
  throw damaged(`The backup is damaged: "${shorten(entry.name)}" in it does not have its checksum.`)
}

/** Two things of one name, or a name that this disk does not take: another one may. */
const asBadName =
  (name: string) =>
  (error: unknown): never => {
    const code = codeOf(error)
    if (code === undefined || !['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL', 'ERR_INVALID_ARG_VALUE'].includes(code))
      throw error
    throw new MspError('not_checked', `"${shorten(name)}" in the archive cannot be written here (${code}).`, {
      hint: 'Restore it by hand where such a name may be, and then: --method manual',
      cause: error,
    })
  }

/** Writes the content of a file, uncompressed, to another one. */
export async function unpackFile(file: ReadableFile, isCompressed: boolean, path: string, room: Room): Promise<void> {
  if (!isCompressed && file.size > room.bytes) throw noRoom(room, { required: file.size })
  const meter = createUnpackMeter(file.size, standardUnpackLimits, room)
  await asDamage('gzip', () => pipeline(readMeasured(file, isCompressed, meter), createWriteStream(path, { mode: 0o600 })))
}

/** The content of a file, uncompressed, as far as the meter lets it. */
export async function* readMeasured(file: ReadableFile, isCompressed: boolean, meter: UnpackMeter): AsyncGenerator<Buffer> {
  for await (const chunk of openContent(file, isCompressed)) {
    if (isCompressed) meter.chunk(chunk.length)
    yield chunk
  }
}
