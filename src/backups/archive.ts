import type { EventEmitter } from 'node:events'
import { createGunzip } from 'node:zlib'
import type { ReadEntry } from 'tar'
import type { Entry } from 'yauzl'
import { MspError } from '../errors.ts'
import { shorten } from '../shorten.ts'
import type { ReadableFile } from './read-file.ts'
import type { UnpackMeter } from './unpack-limits.ts'

/** One thing in an archive. Its content is there until the next one is asked for. */
export interface ArchiveEntry {
  name: string
  kind: 'file' | 'folder' | 'link'
  /** As the archive has it; undefined where it keeps none. */
  crc: number | undefined
  /** Not asked for, it is passed over. */
  content(): Promise<AsyncIterable<Buffer>>
}

export type OnEntry = (entry: ArchiveEntry) => Promise<void>

/** Goes through a zip by its directory, which is at its end: without it nothing is read. */
export async function readZip({ handle }: ReadableFile, onEntry: OnEntry): Promise<void> {
  const { fromFdPromise } = await import('yauzl')
  await asDamage('zip', async () => {
    const zip = await fromFdPromise(handle.fd, { lazyEntries: true, autoClose: false })
    for await (const entry of zip.eachEntry()) {
      const content = async () => {
        if (entry.isEncrypted()) throw encrypted()
        return (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>
      }
      await onEntry({ name: entry.fileName, kind: kindInZip(entry), crc: entry.crc32, content })
    }
  })
}

function kindInZip({ fileName, versionMadeBy, externalFileAttributes }: Entry): ArchiveEntry['kind'] {
  if (fileName.endsWith('/')) return 'folder'
  const isUnix = versionMadeBy >> 8 === 3
  return isUnix && ((externalFileAttributes >>> 16) & 0o170000) === 0o120000 ? 'link' : 'file'
}

const encrypted = (): MspError =>
  new MspError('not_checked', 'The archive is encrypted, and msp cannot look into it.', {
    hint: 'Restore it with its password by hand, and then: --method manual',
  })

/** Goes through a tar, compressed by gzip or not. */
export async function readTar(file: ReadableFile, isCompressed: boolean, meter: UnpackMeter, onEntry: OnEntry): Promise<void> {
  const { Parser } = await import('tar')
  await asDamage(isCompressed ? 'tar.gz' : 'tar', async () => {
    const parser = new Parser({ strict: true })
    const { until, fail, throwIfFailed } = createWaiting(parser)
    let before: Promise<unknown> = Promise.resolve()
    let hasEnd = false
    parser.on('error', fail)
    parser.on('ignoredEntry', (entry: ReadEntry) => refusePassedOver(entry, fail))
    for (const mark of ['nullBlock', 'eof'] as const) {
      parser.on(mark, () => {
        hasEnd = true
      })
    }
    parser.on('entry', (entry: ReadEntry) => {
      before = before.then(() => handOver(entry, onEntry)).catch(fail)
    })
    let isFirst = true
    for await (const chunk of openContent(file, isCompressed)) {
      meter.chunk(chunk.length)
      // the parser would take it for compressed, again and again
      if (isFirst && chunk[0] === 0x1f && chunk[1] === 0x8b) throw new Error('no tar is in it')
      isFirst = false
      // what comes after the end is read for its checksum alone
      if (hasEnd || parser.write(chunk)) continue
      await until('drain')
    }
    const ended = until('end')
    parser.end()
    await ended
    await before
    throwIfFailed()
    if (!hasEnd) throw new Error('its end is missing')
  })
}

/** Waits for what a parser says, or for a failure, also of before. One at a time: a race with one long promise would keep a little of each wait. */
function createWaiting(parser: EventEmitter) {
  let failure: { error: unknown } | undefined
  let stop: (error: unknown) => void = () => {}
  return {
    until: (event: 'drain' | 'end') =>
      new Promise<void>((resolve, reject) => {
        stop = reject
        parser.once(event, resolve)
        if (failure) reject(failure.error)
      }),
    fail: (error: unknown) => {
      failure ??= { error }
      stop(error)
    },
    throwIfFailed: () => {
      if (failure) throw failure.error
    },
  }
}

/** They tell of the archive, or of another entry. */
const metadataTypes: ReadonlySet<string> = new Set(['TapeVolumeHeader', 'SolarisACL', 'Inode'])

/** What the library passes over without a word may be a file. */
function refusePassedOver({ type, path }: ReadEntry, reject: (error: MspError) => void): void {
  if (metadataTypes.has(type)) return
  const kinds: Record<string, string> = { SparseFile: 'sparse file', ContinuationFile: 'part of a file in another archive' }
  const sentence = `The archive holds an entry of a kind that msp cannot read (${kinds[type] ?? type}): "${shorten(path)}".`
  reject(new MspError('not_checked', sentence, { hint: 'Unpack it with the program that made it, and then: --method manual' }))
}

async function handOver(entry: ReadEntry, onEntry: OnEntry): Promise<void> {
  await onEntry({
    name: entry.path,
    kind: kindInTar(entry),
    crc: undefined,
    content: async () => entry as unknown as AsyncIterable<Buffer>,
  })
  entry.resume()
}

function kindInTar({ type }: ReadEntry): ArchiveEntry['kind'] {
  if (type === 'Directory' || type === 'GNUDumpDir') return 'folder'
  return type === 'File' || type === 'OldFile' || type === 'ContiguousFile' ? 'file' : 'link'
}

/** The content of a file, uncompressed. */
export async function* openContent({ handle, signal }: ReadableFile, isCompressed: boolean): AsyncGenerator<Buffer> {
  const stream = handle.createReadStream({ start: 0, autoClose: false })
  if (!isCompressed) return yield* untilAborted(stream, signal)
  const gunzip = createGunzip()
  stream.on('error', (error) => gunzip.destroy(error))
  try {
    yield* untilAborted(stream.pipe(gunzip), signal)
  } finally {
    stream.destroy()
    gunzip.destroy()
  }
}

async function* untilAborted(stream: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    signal.throwIfAborted()
    yield chunk
  }
}

/** What a library says of an archive that it cannot read, as a sentence. */
export async function asDamage(what: string, read: () => Promise<void>): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (!(error instanceof Error) || error instanceof MspError || 'syscall' in error || error.name === 'AbortError') throw error
    if (/absolute path|relative path/.test(error.message)) throw leadsOutside(error.message.replace(/^.*path: /, ''))
    if (/encrypt/i.test(error.message)) throw encrypted()
    throw damaged(`The backup is damaged, or is no ${what}: ${toReason(error.message)}.`, error)
  }
}

/** What to do is the same whatever is damaged. */
export const damaged = (sentence: string, cause?: unknown): MspError =>
  new MspError('check_failed', sentence, {
    hint: 'Verify another copy of it, or another backup: msp backup list --status completed',
    cause,
  })

const toReason = (message: string): string => shorten(message.replace(/^TAR_\w+: /, '')).replace(/\.$/, '')

export const leadsOutside = (name: string): MspError =>
  new MspError('check_failed', `The archive names a file outside of itself, "${shorten(name)}"; msp unpacks nothing of it.`, {
    hint: 'Find out who made it; when it is meant to be so, restore it by hand, and then: --method manual',
  })
