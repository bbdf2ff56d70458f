import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Header } from 'tar'

/** A file in an archive, as a test makes it; a link has a target. */
export interface Packed {
  name: string
  content?: string | Buffer
  linkTo?: string
  /** Of a zip: in place of the right one. */
  crc?: number
  encrypted?: boolean
  /** Of a tar: what else it is. */
  type?: 'SparseFile' | 'TapeVolumeHeader' | 'Directory'
}

/** A zip whose files are stored as they are. */
export function toZip(files: readonly Packed[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content = '', linkTo, crc, encrypted } of files) {
    const plain = Buffer.from(linkTo ?? content)
    // an encrypted file begins with twelve bytes more
    const data = encrypted ? Buffer.concat([Buffer.alloc(12), plain]) : plain
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(encrypted ? 0x801 : 0x800, 2)
    fields.writeUInt32LE(crc ?? crc32(plain), 10)
    fields.writeUInt32LE(data.length, 14)
    fields.writeUInt32LE(plain.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), data])
    const attributes = Buffer.alloc(14)
    attributes.writeUInt32LE(linkTo === undefined ? 0 : (0o120777 << 16) >>> 0, 6)
    attributes.writeUInt32LE(offset, 10)
    // made by Unix, version 2.0
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), fields, attributes, Buffer.from(name))
    parts.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06'), end])
}

/** A tar, with its end. */
export function toTar(files: readonly Packed[]): Buffer {
  const blocks = files.flatMap(({ name, content = '', linkTo, type }) => {
    const [header, data] = [Buffer.alloc(512), Buffer.from(content)]
    const kind = linkTo === undefined ? { type: type ?? ('File' as const) } : { type: 'SymbolicLink' as const, linkpath: linkTo }
    new Header({ path: name, size: data.length, mode: 0o644, mtime: new Date(0), ...kind }).encode(header)
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')
