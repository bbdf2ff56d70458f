import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { MspError } from '../errors.ts'
import { type DataKey, deriveKey, open, type Place, SealError, seal, slotKeyId } from './cipher.ts'

/** Which key slot of which installation: a wrapped data key opens in its own slot only. */
export interface SlotAddress {
  installation: string
  id: string
}

/** A data key wrapped with something that a person types. */
export interface TypedSlot {
  salt: Uint8Array
  kdf: string
  wrappedDek: Uint8Array
}

const machineSlotLength = 102 // ephemeral public key 32, envelope 38, data key 32
// A raw X25519 key with one of these in front is its DER form (RFC 8410).
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')

/** A new private key for a machine or a key file: X25519, 32 bytes. */
export function newMachineKey(): Buffer {
  return generateKeyPairSync('x25519').privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(privatePrefix.length)
}

export function publicKeyOf(privateKey: Buffer): Buffer {
  return createPublicKey(toPrivateKey(privateKey)).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length)
}

/** Wraps the data key for the machine that holds the private key of `pub`. Check the slot's mac first, or `pub` may be planted. */
export function wrapForMachine(slot: SlotAddress, pub: Buffer, dek: Buffer): Buffer {
  const ephemeralPrivate = newMachineKey()
  const ephemeral = publicKeyOf(ephemeralPrivate)
  const key = agreeOnKey(slot, { privateKey: ephemeralPrivate, publicKey: pub, salt: Buffer.concat([ephemeral, pub]) })
  ephemeralPrivate.fill(0)
  return Buffer.concat([ephemeral, sealInSlot(slot, key, dek)])
}

export function unwrapForMachine(slot: SlotAddress, privateKey: Buffer, wrappedDek: Uint8Array): Buffer {
  if (wrappedDek.length !== machineSlotLength) throw new SealError('E_FORMAT', placeOf(slot))
  const ephemeral = Buffer.from(wrappedDek.subarray(0, 32))
  const salt = Buffer.concat([ephemeral, publicKeyOf(privateKey)])
  return openInSlot(slot, agreeOnKey(slot, { privateKey, publicKey: ephemeral, salt }), wrappedDek.subarray(32))
}

function agreeOnKey(slot: SlotAddress, { privateKey, publicKey, salt }: Record<'privateKey' | 'publicKey' | 'salt', Buffer>): Buffer {
  const own = toPrivateKey(privateKey)
  let shared: Buffer
  try {
    // OpenSSL fails when the result is all zero, as a public key of low order makes it
    const other = createPublicKey({ key: Buffer.concat([publicPrefix, publicKey]), format: 'der', type: 'spki' })
    shared = diffieHellman({ privateKey: own, publicKey: other })
  } catch {
    throw new SealError('E_TAMPERED', placeOf(slot))
  }
  const key = deriveKey(shared, `msp/v1/slot/${slot.id}`, salt)
  shared.fill(0)
  return key
}

function toPrivateKey(raw: Buffer) {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, raw]), format: 'der', type: 'pkcs8' })
}

const placeOf = (slot: SlotAddress): Place => ({ table: 'key_slots', column: 'wrapped_dek', row: slot.id })

/** The envelope of a sealed value around the data key. Wipes `key`, as `openInSlot` does. */
function sealInSlot(slot: SlotAddress, key: Buffer, dek: Buffer): Buffer {
  const sealed = seal({ id: slotKeyId, key }, slot.installation, placeOf(slot), dek)
  key.fill(0)
  return sealed
}

function openInSlot(slot: SlotAddress, key: Buffer, wrappedDek: Uint8Array): Buffer {
  try {
    return open([{ id: slotKeyId, key }], slot.installation, placeOf(slot), wrappedDek)
  } finally {
    key.fill(0)
  }
}

/** Proves that whoever wrote this slot held the data key. */
export function slotMac(dataKey: DataKey, slot: { id: string; label: string; pub: Uint8Array }): Buffer {
  if (slot.label.includes('\0')) throw new MspError('usage', 'The name of a machine cannot contain a NUL character.')
  const key = deriveKey(dataKey.key, 'msp/v1/slot')
  const mac = createHmac('sha256', key).update(`${slot.id}\0${slot.label}\0`).update(slot.pub).digest()
  key.fill(0)
  return mac
}

export function isSlotMac(dataKey: DataKey, slot: { id: string; label: string; pub: Uint8Array }, mac: Uint8Array): boolean {
  return mac.length === 32 && !slot.label.includes('\0') && timingSafeEqual(slotMac(dataKey, slot), mac)
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567' // RFC 4648: without 0, 1 and 8, which look like letters
const kdf = '$argon2id$v=19$m=65536,t=3,p=4'

/** 160 bits for a recovery or an invitation, as eight groups: ABCD-EFGH-… */
export function newRecoveryCode(): string {
  const letters = Array.from(randomBytes(32), (byte) => alphabet[byte % 32]).join('')
  return letters.replaceAll(/.{4}(?!$)/g, '$&-')
}

export async function wrapWithCode(slot: SlotAddress, code: string, dek: Buffer): Promise<TypedSlot> {
  return wrapWithTyped(slot, toCodeBytes(code), dek)
}

export async function unwrapWithCode(slot: SlotAddress, code: string, typed: TypedSlot): Promise<Buffer> {
  const hint = 'Compare each group with what was printed; a new code has replaced those from before.'
  return unwrapWithTyped(slot, toCodeBytes(code), typed, { sentence: 'This code does not open the vault.', hint })
}

export async function wrapWithPassphrase(slot: SlotAddress, passphrase: string, dek: Buffer): Promise<TypedSlot> {
  const problem = problemOfPassphrase(passphrase)
  if (problem) throw problem
  return wrapWithTyped(slot, Buffer.from(passphrase.normalize('NFKC')), dek)
}

/** Why it cannot become a passphrase; undefined when it can. */
export function problemOfPassphrase(passphrase: string): MspError | undefined {
  if ([...passphrase.normalize('NFKC')].length >= 12) return undefined
  return new MspError('usage', 'A passphrase needs at least 12 characters.', { hint: 'Take four or five words.' })
}

export async function unwrapWithPassphrase(slot: SlotAddress, passphrase: string, typed: TypedSlot): Promise<Buffer> {
  const hint = 'Try again, or run `msp key recover` with the recovery code.'
  return unwrapWithTyped(slot, Buffer.from(passphrase.normalize('NFKC')), typed, {
    sentence: 'This passphrase does not open the vault.',
    hint,
  })
}

function toCodeBytes(code: string): Buffer {
  const letters = code.replaceAll(/[\s-]/g, '').toUpperCase()
  if (!/^[A-Z2-7]{32}$/.test(letters)) {
    throw new MspError('usage', 'A code has eight groups of four characters: the letters A to Z and the digits 2 to 7.', {
      hint: 'What looks like 0, 1 or 8 is the letter O, I or B.',
    })
  }
  return Buffer.from(letters)
}

async function wrapWithTyped(slot: SlotAddress, typed: Buffer, dek: Buffer): Promise<TypedSlot> {
  const salt = randomBytes(16)
  return { salt, kdf, wrappedDek: sealInSlot(slot, await stretch(typed, salt, kdf), dek) }
}

async function unwrapWithTyped(
  slot: SlotAddress,
  typed: Buffer,
  from: TypedSlot,
  wrong: { sentence: string; hint: string },
): Promise<Buffer> {
  const key = await stretch(typed, from.salt, from.kdf)
  try {
    return openInSlot(slot, key, from.wrappedDek)
  } catch (error) {
    // a wrong code and a changed slot look the same, and the first is far more likely
    if (!(error instanceof SealError && error.reason === 'E_TAMPERED')) throw error
    throw new MspError('locked', wrong.sentence, { hint: wrong.hint, cause: error })
  }
}

/** True of the error that a wrong code or passphrase makes, and a right one in a slot that was changed. */
export const isWrongTyped = (error: unknown): error is MspError =>
  error instanceof MspError && error.code === 'locked' && error.cause instanceof SealError

/** argon2id, with the parameters that the slot was made with. */
export async function stretch(typed: Buffer, salt: Uint8Array, parameters: string): Promise<Buffer> {
  const [, memoryCost, timeCost, parallelism] =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})$/.exec(parameters)?.map(Number) ?? []
  if (!memoryCost || !timeCost || !parallelism) {
    throw new MspError('storage', `This key slot is made with ${JSON.stringify(parameters)}, which this msp does not know.`, {
      hint: 'A newer msp has probably written it: update msp on this machine.',
    })
  }
  const { argon2id, hash } = await loadArgon2()
  try {
    return await hash(typed, { type: argon2id, memoryCost, timeCost, parallelism, hashLength: 32, salt: Buffer.from(salt), raw: true })
  } catch (cause) {
    throw new MspError('storage', 'This key slot is damaged: its salt or its parameters are none that argon2 takes.', {
      hint: 'Put the database back from a backup, or use another key of it. See them: msp key status',
      cause,
    })
  }
}

/** False on a platform for which the package argon2 has no build. */
export const hasArgon2 = (): Promise<boolean> =>
  requireArgon2().then(
    () => true,
    () => false,
  )

/** Says what is missing where the package argon2 cannot be loaded. */
export const requireArgon2 = async (): Promise<void> => void (await loadArgon2())

async function loadArgon2() {
  try {
    return await import('argon2')
  } catch (cause) {
    throw new MspError('locked', 'Codes and passphrases need the package argon2, which cannot be loaded on this machine.', {
      hint: 'Unlock with the keychain or a key file (MSP_KEY_FILE), or install a C++ compiler and run `npm rebuild argon2`.',
      cause,
    })
  }
}
