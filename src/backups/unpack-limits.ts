import { MspError } from '../errors.ts'
import { toSizeWords } from '../size.ts'

/** How much an archive may become when it is unpacked. */
export interface UnpackLimits {
  entries: number
  bytes: number
  /** So many times its own size, */
  ratio: number
  /** beyond so many bytes. */
  ratioBeyond: number
}

export const standardUnpackLimits: UnpackLimits = { entries: 1_000_000, bytes: 50 * 1024 ** 3, ratio: 200, ratioBeyond: 100 * 1024 ** 2 }

/** What is free where it is unpacked. */
export interface Room {
  bytes: number
  place: string
}

/** Counts what comes out of an archive, and stops it at a limit. */
export interface UnpackMeter {
  entry(): void
  chunk(bytes: number): void
}

/** `packed` is the size of the archive. */
export function createUnpackMeter(packed: number, limits: UnpackLimits, room?: Room): UnpackMeter {
  let [entries, bytes] = [0, 0]
  return {
    entry: () => {
      if (++entries > limits.entries) throw bomb(`holds more than ${limits.entries.toLocaleString('en')} entries`)
    },
    chunk: (more) => {
      bytes += more
      if (bytes > limits.bytes) throw bomb(`unpacks to more than ${toSizeWords(limits.bytes)}`)
      if (bytes > limits.ratioBeyond && bytes > packed * limits.ratio) throw bomb(`unpacks to more than ${limits.ratio} times its size`)
      if (room && bytes > room.bytes) throw noRoom(room, {})
    },
  }
}

/** A limit of msp, which says nothing about the backup: it may be meant to be so large. */
const bomb = (what: string): MspError =>
  new MspError('not_checked', `The backup ${what}; msp stops there, as at a zip bomb.`, {
    hint: 'If it is meant to be so large, restore it by hand, and then: --method manual',
  })

interface Lack {
  /** As far as it is known. */
  required?: number
  cause?: unknown
}

/** That a backup cannot be unpacked for want of room, which says nothing about it. */
export const noRoom = ({ bytes, place }: Room, { required, cause }: Lack): MspError => {
  const needed = required === undefined ? '' : `, Required: ${toSizeWords(required)}`
  return new MspError(
    'not_checked',
    `There is not enough room in ${place} to unpack the backup. Available: ${toSizeWords(bytes)}${needed}`,
    {
      hint: 'Make room there, or name another folder: TMPDIR=/path msp …',
      cause,
    },
  )
}
