import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf, MspError } from '../errors.ts'
import type { ReadableFile } from './read-file.ts'

const algorithms = { sha256: 64, sha512: 128, md5: 32 } as const
export type Algorithm = keyof typeof algorithms

/** What the content of a file has to add up to, and who says so. */
export interface ExpectedChecksum {
  algorithm: Algorithm
  checksum: string
  /** `the log`, or the name of the file that says so. */
  from: string
}

const chunk = 1024 * 1024

/** The checksums of the content in hex. It is streamed: memory does not grow with the file. */
export async function hashFile({ handle, signal }: ReadableFile, wanted: readonly Algorithm[]): Promise<Record<string, string>> {
  const hashes = [...new Set(wanted)].map((algorithm) => [algorithm, createHash(algorithm)] as const)
  // one buffer that is filled again and again: a stream's many would pile up faster than they are collected
  const buffer = Buffer.allocUnsafe(chunk)
  for (let position = 0; ; ) {
    signal.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, chunk, position)
    if (bytesRead === 0) break
    for (const [, hash] of hashes) hash.update(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
  return Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')]))
}

/** What the files beside say: `backup.zip.sha256` and its kin, as sha256sum and others write them. */
export async function readChecksumsBeside(path: string): Promise<ExpectedChecksum[]> {
  const found = await Promise.all(
    (Object.keys(algorithms) as Algorithm[]).map(async (algorithm) => {
      const beside = `${path}.${algorithm}`
      const text = await readSmall(beside)
      return text === undefined ? [] : [{ algorithm, checksum: findChecksum(text, algorithm, path, beside), from: basename(beside) }]
    }),
  )
  return found.flat()
}

async function readSmall(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).slice(0, 1024 * 1024)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new MspError('not_checked', `${path} could not be read (${codeOf(error)}).`, { cause: error })
  }
}

function findChecksum(text: string, algorithm: Algorithm, path: string, beside: string): string {
  const length = algorithms[algorithm]
  const lines = text.split(/\r?\n/).filter((line) => new RegExp(`(^|[^0-9a-f])[0-9a-f]{${length}}($|[^0-9a-f])`, 'i').test(line))
  // a file with the sums of many names them
  const line = lines.length === 1 ? lines[0] : lines.find((each) => each.includes(basename(path)))
  const checksum = line === undefined ? undefined : new RegExp(`[0-9a-f]{${length}}`, 'i').exec(line.replace(basename(path), ''))?.[0]
  if (checksum !== undefined) return checksum.toLowerCase()
  throw new MspError('not_checked', `${beside} holds no ${algorithm.toUpperCase()} checksum of ${basename(path)}.`, {
    hint: 'Mend that file, or move it away.',
  })
}

/** The first expectation that the content does not meet. */
export const findMismatch = (expected: readonly ExpectedChecksum[], found: Record<string, string>): ExpectedChecksum | undefined =>
  expected.find(({ algorithm, checksum }) => found[algorithm] !== checksum)
