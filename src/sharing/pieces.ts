import type { FileHandle } from 'node:fs/promises'
import type { OutgoingMessage } from 'node:http'

const pieceBytes = 65_536

/**
 * What is in the file up to so many bytes, piece by piece. Two buffers take turns, so that a file of gigabytes needs no more memory than a small
 * one: a piece is good until the next but one is asked for.
 */
export async function* readPieces(file: FileHandle, bytes: number): AsyncGenerator<Buffer> {
  const buffers = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)] as const
  let position = 0
  for (let turn = 0; position < bytes; turn++) {
    const buffer = buffers[turn % 2 === 0 ? 0 : 1]
    const { bytesRead } = await file.read(buffer, 0, Math.min(pieceBytes, bytes - position), position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Until the piece has left, so that its memory can be used again. Fails when the other side is gone. */
export const writePiece = (message: OutgoingMessage, piece: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('The connection was closed.'))
    if (message.destroyed) return onClose()
    message.once('close', onClose)
    message.write(piece, (error) => {
      message.off('close', onClose)
      if (error) reject(error)
      else resolve()
    })
  })
