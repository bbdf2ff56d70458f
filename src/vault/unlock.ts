import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { type DataKey, keyCheck } from './cipher.ts'
import type { KeySource } from './key-source.ts'
import { type PassphraseSource, withPassphrase } from './passphrase.ts'
import { hasArgon2, isWrongTyped, publicKeyOf, requireArgon2, type TypedSlot, unwrapForMachine, unwrapWithPassphrase } from './slots.ts'
import { type Installation, type KeySlot, listSlots } from './store.ts'

/** What a machine may open the vault with. */
export interface Keys {
  source: KeySource
  machine: string
  passphrase: PassphraseSource
}

/** The data key, and what gave it. */
export interface Unlocked {
  dataKey: DataKey
  slot: KeySlot
  /** In words: `the keychain`, the path of the key file, or `the passphrase`. */
  openedWith: string
}

/**
 * The data key of an installation: by the key file when one is named, and then by nothing else; else by the keychain; and by the
 * passphrase when the keychain gives no key and the database has a slot for one. Nothing is ever made anew.
 */
export async function unlock(db: Db, installation: Installation, keys: Keys): Promise<Unlocked> {
  const slots = await listSlots(db)
  const { source, machine, passphrase } = keys
  const typed = source.kind === 'keyfile' ? [] : passphraseSlots(slots, machine)
  const byPassphrase = () => withPassphrase(passphrase, (text) => openTyped(installation, typed, text))
  // who names the file has settled how this machine opens; a keychain that waits for its owner would hold up every command first
  if (typed.some(({ label }) => label === machine) && passphrase.file !== undefined && (await hasArgon2())) return byPassphrase()
  const own = await findOwnKey(installation, slots, keys).catch(toLocked)
  if (!(own instanceof MspError)) return openOwn(installation, source, own)
  if (typed.length === 0) throw own
  // where no keychain has a key there is nothing wrong with this one
  const problem = hasKeychainSlot(slots) ? own.message : undefined
  if (passphrase.file === undefined && !passphrase.prompt.canAsk) {
    const hint = 'Name a file with the passphrase (MSP_PASSPHRASE_FILE), or let this machine in with the recovery code: msp key recover'
    throw new MspError('locked', problem ?? 'The vault opens with a passphrase, and nobody can be asked for it here.', { hint, cause: own })
  }
  await requireArgon2()
  if (problem !== undefined) passphrase.io.err(problem, 'warn')
  return byPassphrase()
}

/** The same by the key in the keychain or in the key file alone. */
export async function unlockWithKey(db: Db, installation: Installation, keys: Omit<Keys, 'passphrase'>): Promise<Unlocked> {
  return openOwn(installation, keys.source, await findOwnKey(installation, await listSlots(db), keys))
}

interface OwnKey {
  slot: KeySlot
  privateKey: Buffer
}

async function findOwnKey(installation: Installation, slots: KeySlot[], { source, machine }: Omit<Keys, 'passphrase'>): Promise<OwnKey> {
  // no keychain holds a key of this database: asking it would only bring up its own troubles
  if (source.kind === 'machine' && !hasKeychainSlot(slots)) throw missingKey(source, slots, machine)
  const privateKey = await source.read(installation.id).catch((error: unknown) => {
    // what is wrong with a keychain that never held its key helps nobody
    if (needsFile(source, slots, machine) && isLocked(error)) return null
    throw error
  })
  if (privateKey === null) throw missingKey(source, slots, machine)
  const pub = publicKeyOf(privateKey)
  const slot = slots.find((candidate) => candidate.pub?.equals(pub))
  if (slot) return { slot, privateKey }
  throw new MspError('locked', `The key in ${source.name} is not one of this database's keys.`, {
    hint: otherWay(slots, 'Name the right key (MSP_KEY_FILE)'),
  })
}

const hasKeychainSlot = (slots: KeySlot[]): boolean => slots.some(({ kind }) => kind === 'machine')

/** What is advised must be there to be used. */
function otherWay(slots: KeySlot[], first: string): string {
  if (slots.some(({ kind }) => kind === 'recovery')) return `${first}, or let this machine in with the recovery code: msp key recover`
  if (slots.length > 0) return `${first}. This database has no recovery code.`
  return 'Its key slots are gone: put the database back from a backup.'
}

/** A machine that has its key in a file alone, which is not named: as in a job of cron, which has other variables than a shell. */
function needsFile(source: KeySource, slots: KeySlot[], machine: string): boolean {
  const kinds = slots.filter(({ label }) => label === machine).map(({ kind }) => kind)
  return source.kind === 'machine' && kinds.includes('keyfile') && !kinds.includes('machine')
}

function missingKey(source: KeySource, slots: KeySlot[], machine: string): MspError {
  if (needsFile(source, slots, machine))
    return new MspError('locked', `This machine (${machine}) opens the vault with a key file, and none is named here.`, {
      hint: 'Name it: MSP_KEY_FILE=FILE or --key-file FILE; for every command to come: msp config set key.file FILE',
    })
  const had = slots.some((slot) => slot.label === machine && slot.kind === source.kind)
  const message = had
    ? `The key of this machine is gone from ${source.name}.`
    : `This machine (${machine}) holds no key of this database: there is none in ${source.name}.`
  return new MspError('locked', message, { hint: otherWay(slots, 'Put it back') })
}

const isLocked = (error: unknown): error is MspError => error instanceof MspError && error.code === 'locked'

function toLocked(error: unknown): MspError {
  if (isLocked(error)) return error
  throw error
}

function openOwn(installation: Installation, source: KeySource, { slot, privateKey }: OwnKey): Unlocked {
  const dek = unwrapForMachine({ installation: installation.id, id: slot.id }, privateKey, slot.wrappedDek)
  privateKey.fill(0)
  return { dataKey: toDataKey(installation, dek), slot, openedWith: source.name }
}

/** This machine's own. One that is not known here, as after a move to another machine, may use those of others. */
function passphraseSlots(slots: KeySlot[], machine: string): KeySlot[] {
  const all = slots.filter(({ kind }) => kind === 'passphrase')
  return slots.some(({ label }) => label === machine) ? all.filter(({ label }) => label === machine) : all
}

async function openTyped(installation: Installation, [slot, ...others]: KeySlot[], passphrase: string): Promise<Unlocked> {
  if (!slot) throw new TypeError('There is no passphrase slot.')
  try {
    const dek = await unwrapWithPassphrase({ installation: installation.id, id: slot.id }, passphrase, toTypedSlot(slot))
    return { dataKey: toDataKey(installation, dek), slot, openedWith: 'the passphrase' }
  } catch (error) {
    if (others.length === 0 || !isWrongTyped(error)) throw error
    return openTyped(installation, others, passphrase)
  }
}

/** What a slot for something typed holds; one that lacks a part of it was damaged. */
export function toTypedSlot({ kind, salt, kdf, wrappedDek }: KeySlot): TypedSlot {
  if (salt && kdf) return { salt, kdf, wrappedDek }
  throw new MspError('storage', `The ${kind} slot of this database is damaged: it has no salt or no parameters.`, {
    hint: 'Put the database back from a backup, or use another key of it. See them: msp key status',
  })
}

/** The data key of this installation, or the sentence that it is another one. */
export function toDataKey(installation: Installation, key: Buffer): DataKey {
  const dataKey = { id: installation.dekId, key }
  if (keyCheck(dataKey).equals(installation.dekCheck)) return dataKey
  throw new MspError('locked', 'The data key does not belong to this database: its key slots were changed.', {
    hint: 'Put the database back from a backup, or run `msp key recover` with the recovery code.',
  })
}
