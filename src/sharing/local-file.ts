import type { FileHandle } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { MspError } from '../errors.ts'
import { hashContent, openNamedFile, readWhole, toChanged } from '../local-file.ts'
import { toSizeWords } from '../size.ts'
import type { SharedFile } from './file-host.ts'

/** The most that a file may have to be offered. */
export const longestFile = 2 * 1024 ** 3

const longestName = 200

/** A file that can be offered, with its checksum, read as a stream; any other one is refused with a sentence. */
export function readLocalFile(typed: string, name = basename(typed)): Promise<SharedFile> {
  const path = resolve(typed)
  return readWhole(path, { unusable: 'usage', bad: 'usage', changed: 'usage' }, async (handle, { size }) => {
    requireFit(path, size)
    const { sha256 } = await hashContent(handle, ['sha256'])
    return { path, name: toFileName(name), sizeBytes: size, checksum: sha256 }
  })
}

/** Opens it once: who moves another file there afterwards offers nothing. */
export const openLocalFile = (path: string): Promise<FileHandle> => openNamedFile(path, 'usage')

/** Of a file that is not what it was when it was read first. */
export const changed = (path: string): MspError => toChanged(path, 'usage')

/** The name under which it is offered: one that no system takes for a path or a header. */
export function toFileName(typed: string): string {
  const name = typed.trim()
  if (name !== '' && !/^\.+$/.test(name) && name.length <= longestName && !/[\p{Control}\p{Surrogate}/\\"]/u.test(name)) return name
  const message = `${JSON.stringify(typed)} is no name for an attachment.`
  throw new MspError('usage', message, { hint: `Give one of up to ${longestName} characters without a path: --name report.pdf` })
}

function requireFit(path: string, size: number): void {
  if (size === 0) throw new MspError('usage', `${path} is empty.`, { hint: 'Attach a file with something in it.' })
  if (size <= longestFile) return
  throw new MspError('usage', `${path} is larger than ${toSizeWords(longestFile)}.`, {
    hint: 'Share it in another way, and name its address on the ticket.',
  })
}
