import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf, MspError } from '../errors.ts'
import { hashContent } from '../local-file.ts'
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

const longestSums = 1024 ** 2

/** The checksums of the content in hex. */
export const hashFile = <Wanted extends Algorithm>({ handle, signal }: ReadableFile, wanted: readonly Wanted[]) =>
  hashContent(handle, wanted, signal)

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
  const hint = 'Mend that file, or move it away.'
  try {
    const stats = await stat(path)
    // a pipe would never end
    if (!stats.isFile() || stats.size > longestSums) throw new MspError('not_checked', `${path} is no file of checksums.`, { hint })
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (error instanceof MspError) throw error
    throw new MspError('not_checked', `${path} could not be read (${codeOf(error)}).`, { hint, cause: error })
  }
}

/** The checksum of just this file: a file with the sums of many names each. */
function findChecksum(text: string, algorithm: Algorithm, path: string, beside: string): string {
  const name = basename(path)
  const sums = readSums(text, algorithm)
  const exact = sums.filter((sum) => sum.name === name)
  // many are written with the folder in which the file was then
  const found = exact.length > 0 ? exact : sums.filter((sum) => sum.name?.split(/[\\/]/).at(-1) === name)
  const checksums = new Set((sums.length === 1 && sums[0]?.name === undefined ? sums : found).map(({ checksum }) => checksum.toLowerCase()))
  const [checksum] = checksums
  if (checksum !== undefined && checksums.size === 1) return checksum
  throw new MspError('not_checked', `${beside} holds no ${algorithm.toUpperCase()} checksum of ${name}.`, {
    hint: 'Mend that file, or move it away.',
  })
}

interface Sum {
  /** Undefined of a checksum that stands alone. */
  name: string | undefined
  checksum: string
}

/** The lines of sha256sum and its kin, those of BSD, and a bare checksum. */
function readSums(text: string, algorithm: Algorithm): Sum[] {
  const checksum = `(?<checksum>[0-9a-f]{${algorithms[algorithm]}})`
  const forms = [
    `(?<mark>\\\\?)${checksum} [ *](?<name>.+)`,
    `(?<mark>\\\\?)${algorithm} ?\\((?<name>.+)\\) ?= ?${checksum}`,
    checksum,
  ].map((form) => new RegExp(`^${form}$`, 'i'))
  return text.split(/\r?\n/).flatMap((line) => {
    const groups = forms.map((form) => form.exec(line)?.groups).find(Boolean)
    return groups?.checksum === undefined ? [] : [{ name: toName(groups), checksum: groups.checksum }]
  })
}

/** The mark says that a backslash in the name is two. A dash is what the program was given on its input. */
function toName({ mark, name }: Record<string, string | undefined>): string | undefined {
  if (name === undefined || name === '-') return undefined
  return (mark ? name.replaceAll('\\\\', '\\') : name).replace(/^\.\//, '')
}

/** The first expectation that the content does not meet. */
export const findMismatch = (expected: readonly ExpectedChecksum[], found: Record<string, string>): ExpectedChecksum | undefined =>
  expected.find(({ algorithm, checksum }) => found[algorithm] !== checksum)
