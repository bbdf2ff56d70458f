import { newId } from '../db/id.ts'
import type { Db, NewRow } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { type DataKey, fingerprint, keyCheck, type NamedPlace, newDataKey, open, type Place, seal } from './cipher.ts'
import type { KeySource } from './key-source.ts'
import { machineSlot, passphraseSlot, recoverySlot } from './new-slot.ts'
import { isSlotMac, newMachineKey, publicKeyOf, unwrapWithCode, wrapForMachine } from './slots.ts'
import { addInstallation, addSlot, type Installation, type KeySlot, listSlots, replacePassphraseSlot, updateWrappedDek } from './store.ts'
import { type Keys, toDataKey, toTypedSlot, type Unlocked, unlock } from './unlock.ts'

/** The opened vault: seals and opens values, each bound to its place in the database. */
export interface Vault {
  readonly installation: string
  /** In words: `the keychain`, the path of the key file, or `the passphrase`. */
  readonly openedWith: string
  seal(place: Place, plaintext: string): Buffer
  open(place: NamedPlace, sealed: Buffer): string
  /** Equal texts give equal hex; without the data key it says nothing about the text. */
  fingerprint(text: string): string
}

/** Opens the vault of an installation with what this machine has. A key that is gone is said, never made anew. */
export async function openVault(db: Db, installation: Installation, keys: Keys): Promise<Vault> {
  return toVault(installation.id, await unlock(db, installation, keys))
}

function toVault(installation: string, { dataKey, openedWith }: Pick<Unlocked, 'dataKey' | 'openedWith'>): Vault {
  return {
    installation,
    openedWith,
    seal: (place, plaintext) => seal(dataKey, installation, place, Buffer.from(plaintext)),
    open: (place, sealed) => open([dataKey], installation, place, sealed).toString(),
    fingerprint: (text) => fingerprint(dataKey, text),
  }
}

/** What a new vault opens with from the first: a passphrase where there is one, else the machine's key; and a recovery code. */
export interface FirstKeys {
  source: KeySource
  machine: string
  passphrase: string | undefined
  code: string | undefined
}

/** Sets up an empty database: data key, this machine's slot and, with a code, a recovery slot. */
export async function createVault(db: Db, { source, machine, passphrase, code }: FirstKeys): Promise<Vault> {
  const id = newId()
  const dataKey = newDataKey()
  const first: First =
    passphrase === undefined
      ? await firstKey(id, dataKey, source, machine)
      : { slot: await passphraseSlot(id, dataKey, machine, passphrase), openedWith: 'the passphrase' }
  const recovery = code === undefined ? [] : [await recoverySlot(id, dataKey, code)]
  // the key first: a slot whose key was never kept could not be opened again
  await first.keep?.()
  const installation = { one: 1 as const, id, dekId: dataKey.id, dekCheck: keyCheck(dataKey), minDekId: null }
  if (await addInstallation(db, installation, [first.slot, ...recovery])) return toVault(id, { dataKey, openedWith: first.openedWith })
  await first.takeBack?.()
  throw new MspError('locked', 'Another machine has set up this database at the same moment.', {
    hint: 'Let this machine in with the recovery code that was shown there: msp key recover',
  })
}

/** What a new vault is opened with from the first, and how that is kept. */
interface First {
  slot: NewRow<'keySlots'>
  openedWith: string
  keep?: () => Promise<void>
  takeBack?: () => Promise<void>
}

async function firstKey(installation: string, dataKey: DataKey, source: KeySource, machine: string): Promise<First> {
  const kept = source.kind === 'keyfile' ? await source.read(installation) : null
  const privateKey = kept ?? newMachineKey()
  return {
    slot: machineSlot(installation, dataKey, { kind: source.kind, label: machine, privateKey }),
    openedWith: source.name,
    keep: async () => void (kept ?? (await source.write(installation, privateKey))),
    takeBack: () => source.remove(installation),
  }
}

export interface Recovery {
  source: KeySource
  machine: string
  code: string
  /** Asked once the code has opened the vault: the machine gets a passphrase instead of a key. */
  newPassphrase: (() => Promise<string>) | undefined
}

/** Lets this machine in with the recovery code. An existing key of this machine is used again. */
export async function recoverVault(db: Db, installation: Installation, { source, machine, code, newPassphrase }: Recovery): Promise<void> {
  const slots = await listSlots(db)
  const dataKey = await openRecoverySlot(installation, slots, code)
  if (newPassphrase) return replacePassphraseSlot(db, await passphraseSlot(installation.id, dataKey, machine, await newPassphrase()))
  const kept = await source.read(installation.id)
  const privateKey = kept ?? newMachineKey()
  const pub = publicKeyOf(privateKey)
  const own = slots.find((slot) => slot.pub?.equals(pub))
  // wrapped again: what is stored may be damaged
  if (own) return updateWrappedDek(db, own.id, wrapAgain(installation, dataKey, own, pub))
  if (kept === null) await source.write(installation.id, privateKey)
  await addSlot(db, machineSlot(installation.id, dataKey, { kind: source.kind, label: machine, privateKey }))
}

async function openRecoverySlot(installation: Installation, slots: KeySlot[], code: string): Promise<DataKey> {
  const recovery = slots.find(({ kind }) => kind === 'recovery')
  if (!recovery) {
    throw new MspError('not_found', 'This database has no recovery code.', {
      hint: 'It opens with the keys that are there alone: msp key status',
    })
  }
  return toDataKey(installation, await unwrapWithCode({ installation: installation.id, id: recovery.id }, code, toTypedSlot(recovery)))
}

/** The data key, wrapped once more for a slot that is there. Who can write to the database but has no data key could have planted it. */
function wrapAgain(installation: Installation, dataKey: DataKey, { id, label, mac }: KeySlot, pub: Buffer): Buffer {
  if (isSlotMac(dataKey, { id, label, pub }, mac)) return wrapForMachine({ installation: installation.id, id }, pub, dataKey.key)
  throw new MspError('storage', `The key slot of this machine (${label}) was planted or changed: nobody who holds the data key wrote it.`, {
    hint: 'Find out who wrote to the database. Then take another key: msp key recover --key-file FILE, or --passphrase',
  })
}
