import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, randomInt } from 'node:crypto'
import { MspError } from '../errors.ts'

/** The installation's data key (DEK): 32 bytes and the number that its sealed values carry. */
export interface DataKey {
  id: number
  key: Buffer
}

/** Where a sealed value lives; it opens nowhere else. The names are constants of the format: renaming a column must not change them. */
export interface Place {
  table: string
  column: string
  row: string
  /** For token values: the generation that the row has once the value is stored. */
  gen?: number
}

/** A place to open, with what lies there in words: `the key of syncro`. They bind nothing. */
export interface NamedPlace extends Place {
  what?: string
}

export type SealReason = 'E_FORMAT' | 'E_VERSION' | 'E_NOKEY' | 'E_TAMPERED'

/** What to do about a value that is lost, by its table. */
const mends: Record<string, string> = {
  integration_credentials: 'Connect that system again: msp integrate',
  outbox: 'It cannot be sent: withdraw it, and ask for it again (msp outbox list)',
  key_slots: 'Let this machine in again: msp key recover',
  database_passwords: 'Store the password again: msp config set database.url <url>',
}

const refusals: Record<SealReason, { sentence: string; hint: (mend: string) => string }> = {
  E_FORMAT: { sentence: 'was not sealed by msp', hint: (mend) => `Something else wrote it. ${mend}` },
  E_VERSION: {
    sentence: 'is sealed in a way that this msp does not know',
    hint: () => 'A newer msp has probably written it: update msp on this machine.',
  },
  E_NOKEY: {
    sentence: 'is sealed with a key that this database does not have: it belongs to another installation of msp, or is damaged',
    hint: (mend) => `Find out who put it there. ${mend}`,
  },
  E_TAMPERED: {
    sentence: 'failed its integrity check: it was changed, moved or damaged, or the key is wrong',
    hint: (mend) => `Somebody may have written to the database. ${mend}`,
  },
}

/** Why a sealed value does not open. `reason` is for programs, the sentence for technicians. */
export class SealError extends MspError {
  override readonly name = 'SealError'
  readonly reason: SealReason
  readonly place: Place
  constructor(reason: SealReason, place: NamedPlace) {
    const { table, column, row, what } = place
    const { sentence, hint } = refusals[reason]
    const value = `The value in ${table}.${column}, row ${row}${what === undefined ? '' : ` (${what})`},`
    super(reason === 'E_NOKEY' ? 'locked' : 'storage', `${value} ${sentence}.`, { hint: hint(mends[table] ?? 'See: msp db status') })
    this.reason = reason
    this.place = place
  }
}

const magic = Buffer.from('MSP1')
const algorithm = 1 // AES-256-GCM, 12-byte nonce, 16-byte tag
const headerLength = 10
const nonceLength = 12
const tagLength = 16
const overhead = headerLength + nonceLength + tagLength

/** The number that a slot's wrapping key carries in the envelope; no data key has it. */
export const slotKeyId = 1

export function newDataKey(): DataKey {
  return { id: randomInt(slotKeyId + 1, 2 ** 32), key: randomBytes(32) }
}

/** A 32-byte key for one purpose. The caller wipes it. */
export function deriveKey(key: Buffer, info: string, salt: Buffer = Buffer.alloc(0)): Buffer {
  if (key.length !== 32) throw new TypeError(`A key has 32 bytes, not ${key.length}.`)
  return Buffer.from(hkdfSync('sha256', key, salt, info, 32))
}

export function seal(dataKey: DataKey, installation: string, place: Place, plaintext: Buffer): Buffer {
  if (dataKey.id === 0) throw new TypeError('A key has a number other than 0.')
  const header = Buffer.alloc(headerLength)
  magic.copy(header)
  header[4] = algorithm
  header.writeUInt32BE(dataKey.id, 6)
  const nonce = randomBytes(nonceLength)
  return withDerivedKey(dataKey, 'msp/v1/field', (key) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
    cipher.setAAD(Buffer.concat([header, placeBytes(installation, place)]))
    return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  })
}

/** The plaintext, or a SealError. `keys` are the data keys that may still open values: one that is not in it is below the floor. */
export function open(keys: readonly DataKey[], installation: string, place: NamedPlace, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed)
  const additional = placeBytes(installation, place)
  const id = readKeyId(bytes, place)
  const dataKey = keys.find((candidate) => candidate.id === id)
  if (!dataKey) throw new SealError('E_NOKEY', place)
  return withDerivedKey(dataKey, 'msp/v1/field', (key) => {
    // without authTagLength, node:crypto accepts a tag of 4 bytes
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(headerLength, headerLength + nonceLength), {
      authTagLength: tagLength,
    })
    decipher.setAAD(Buffer.concat([bytes.subarray(0, headerLength), additional]))
    decipher.setAuthTag(bytes.subarray(-tagLength))
    const plaintext = decipher.update(bytes.subarray(headerLength + nonceLength, -tagLength))
    try {
      return Buffer.concat([plaintext, decipher.final()])
    } catch {
      plaintext.fill(0)
      throw new SealError('E_TAMPERED', place)
    }
  })
}

function readKeyId(bytes: Buffer, place: NamedPlace): number {
  if (bytes.length < headerLength || !bytes.subarray(0, 4).equals(magic)) throw new SealError('E_FORMAT', place)
  if (bytes[4] !== algorithm || bytes[5] !== 0) throw new SealError('E_VERSION', place)
  if (bytes.length < overhead) throw new SealError('E_FORMAT', place)
  return bytes.readUInt32BE(6)
}

/** The place as bytes that no other place has: each part stands behind its length. */
export function placeBytes(installation: string, { table, column, row, gen }: Place): Buffer {
  const parts = [installation, table, column, row]
  for (const part of parts) {
    // two spellings of one id would be two places, and a lone surrogate has no UTF-8 of its own
    if (!/^[!-@[-~]+$/.test(part)) throw new TypeError(`${JSON.stringify(part)} is not lower-case ASCII.`)
  }
  if (gen !== undefined && !(Number.isSafeInteger(gen) && gen >= 0)) throw new TypeError(`${gen} is not a generation.`)
  if (gen !== undefined) parts.push(String(gen))
  return Buffer.concat(parts.map(lengthPrefixed))
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Stored beside the installation: tells a wrong key from a damaged value, and commits to the key, which GCM alone does not. */
export function keyCheck(dataKey: DataKey): Buffer {
  return withDerivedKey(dataKey, 'msp/v1/commit', (key) => createHmac('sha256', key).update('msp key check').digest())
}

/** Equal texts have equal fingerprints in one installation; without its key they say nothing. */
export function fingerprint(dataKey: DataKey, text: string): string {
  return withDerivedKey(dataKey, 'msp/v1/fingerprint', (key) => createHmac('sha256', key).update(text).digest('hex'))
}

function withDerivedKey<T>(dataKey: DataKey, info: string, use: (key: Buffer) => T): T {
  const key = deriveKey(dataKey.key, info)
  try {
    return use(key)
  } finally {
    key.fill(0)
  }
}
