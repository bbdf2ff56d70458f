import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { OutgoingMessage } from 'node:http'
import { codeOf, MspError } from '../errors.ts'
import type { SharedFile } from './file-host.ts'
import { changed } from './local-file.ts'
import { readPieces, writePiece } from './pieces.ts'

/**
 * Sends a file as the rest of a message. Its last piece goes only when all of it is what was promised, so that nobody takes for whole what is not.
 * Throws when the file is at fault, and gives false when the other side is gone.
 */
export async function sendFile(message: OutgoingMessage, open: FileHandle, { path, sizeBytes, checksum }: SharedFile): Promise<boolean> {
  const before = await reading(path, open.stat())
  const hashing = createHash('sha256')
  let last: Buffer | undefined
  let length = 0
  for await (const piece of eachPiece(open, { path, sizeBytes })) {
    if (last && !(await hasLeft(message, last))) return false
    hashing.update(piece)
    length += piece.length
    last = piece
  }
  const after = await reading(path, open.stat())
  const isSame = length === sizeBytes && after.size === sizeBytes && after.mtimeMs === before.mtimeMs
  if (!isSame || hashing.digest('hex') !== checksum) throw changed(path)
  message.end(last)
  return true
}

const hasLeft = (message: OutgoingMessage, piece: Buffer): Promise<boolean> =>
  writePiece(message, piece).then(
    () => true,
    () => false,
  )

async function* eachPiece(open: FileHandle, { path, sizeBytes }: Pick<SharedFile, 'path' | 'sizeBytes'>): AsyncGenerator<Buffer> {
  const pieces = readPieces(open, sizeBytes)
  for (;;) {
    const { value, done } = await reading(path, pieces.next())
    if (done) return
    yield value
  }
}

/** What the disk, or the system, says of a file as a sentence; without a code it is a bug, and stays one. */
async function reading<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    const code = codeOf(cause)
    if (code === undefined) throw cause
    throw new MspError('storage', `${path} could not be read to its end (${code}).`, {
      hint: 'Check its disk, then attach it again.',
      cause,
    })
  }
}
