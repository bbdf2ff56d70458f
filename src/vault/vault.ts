import { newId } from '../db/id.ts'
import type { Db, NewRow } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { type DataKey, fingerprint, keyCheck, newDataKey, open, type Place, seal } from './cipher.ts'
import type { KeySource } from './key-source.ts'
import { newMachineKey, publicKeyOf, slotMac, unwrapForMachine, unwrapWithCode, wrapForMachine, wrapWithCode } from './slots.ts'
import { addInstallation, addSlot, findInstallation, type Installation, type KeySlot, listSlots, updateSlot } from './store.ts'

/** The opened vault: seals and opens values, each bound to its place in the database. */
export interface Vault {
  readonly installation: string
  seal(place: Place, plaintext: string): Buffer
  open(place: Place, sealed: Buffer): string
  /** Equal texts give equal hex; without the data key it says nothing about the text. */
  fingerprint(text: string): string
}

/** Opens the vault of an installation with this machine's key. A key that is gone is said, never made anew. */
export async function openVault(db: Db, installation: Installation, source: KeySource, machine: string): Promise<Vault> {
  const slots = await listSlots(db)
  const privateKey = await source.read(installation.id)
  if (privateKey === null) throw missingKey(source, slots, machine)
  const pub = publicKeyOf(privateKey)
  const slot = slots.find((candidate) => candidate.pub?.equals(pub))
  if (!slot) {
    throw new MspError('locked', `The key in ${source.name} is not one of this database's keys.`, {
      hint: 'Name the right key (MSP_KEY_FILE), or let this machine in with the recovery code: msp key recover',
    })
  }
  const dek = unwrapForMachine({ installation: installation.id, id: slot.id }, privateKey, slot.wrappedDek)
  privateKey.fill(0)
  return toVault(installation, { id: installation.dekId, key: dek })
}

function missingKey(source: KeySource, slots: KeySlot[], machine: string): MspError {
  const had = slots.some((slot) => slot.label === machine && slot.kind === source.kind)
  const message = had
    ? `The key of this machine is gone from ${source.name}.`
    : `This machine (${machine}) holds no key of this database: there is none in ${source.name}.`
  return new MspError('locked', message, { hint: 'Put it back, or let this machine in with the recovery code: msp key recover' })
}

function toVault(installation: Installation, dataKey: DataKey): Vault {
  if (!keyCheck(dataKey).equals(installation.dekCheck)) {
    throw new MspError('locked', 'The data key does not belong to this database: its key slots were changed.', {
      hint: 'Put the database back from a backup, or run `msp key recover` with the recovery code.',
    })
  }
  return {
    installation: installation.id,
    seal: (place, plaintext) => seal(dataKey, installation.id, place, Buffer.from(plaintext)),
    open: (place, sealed) => open([dataKey], installation.id, place, sealed).toString(),
    fingerprint: (text) => fingerprint(dataKey, text),
  }
}

/** Sets up an empty database: data key, this machine's slot and, with a code, a recovery slot. */
export async function createVault(db: Db, source: KeySource, machine: string, code: string | undefined): Promise<void> {
  const id = newId()
  const dataKey = newDataKey()
  const kept = source.kind === 'keyfile' ? await source.read(id) : null
  const privateKey = kept ?? newMachineKey()
  const slots: Array<NewRow<'keySlots'>> = [machineSlot(id, dataKey, privateKey, source, machine)]
  if (code !== undefined) slots.push(await recoverySlot(id, dataKey, code))
  // the key first: a slot whose key was never kept could not be opened again
  if (kept === null) await source.write(id, privateKey)
  const installation = { one: 1 as const, id, dekId: dataKey.id, dekCheck: keyCheck(dataKey), minDekId: null }
  if (await addInstallation(db, installation, slots)) return
  await source.remove(id)
  throw new MspError('locked', 'Another machine has set up this database at the same moment.', {
    hint: 'Let this machine in with the recovery code that was shown there: msp key recover',
  })
}

/** Lets this machine in with the recovery code. An existing key of this machine is used again. */
export async function recoverVault(db: Db, source: KeySource, machine: string, code: string): Promise<void> {
  const installation = await findInstallation(db)
  if (!installation) throw new MspError('not_found', 'This database has no vault to recover.', { hint: 'Set one up: msp init' })
  const slots = await listSlots(db)
  const recovery = slots.find(({ kind }) => kind === 'recovery')
  if (!recovery?.salt || !recovery.kdf) throw new MspError('not_found', 'This database has no recovery code.')
  const typed = { salt: recovery.salt, kdf: recovery.kdf, wrappedDek: recovery.wrappedDek }
  const dek = await unwrapWithCode({ installation: installation.id, id: recovery.id }, code, typed)
  const dataKey = { id: installation.dekId, key: dek }
  toVault(installation, dataKey)
  const kept = await source.read(installation.id)
  const privateKey = kept ?? newMachineKey()
  if (kept === null) await source.write(installation.id, privateKey)
  const pub = publicKeyOf(privateKey)
  const own = slots.find((slot) => slot.pub?.equals(pub))
  if (own) {
    // wrapped again: what is stored may be damaged
    const wrappedDek = wrapForMachine({ installation: installation.id, id: own.id }, pub, dek)
    return updateSlot(db, own.id, { wrappedDek, mac: slotMac(dataKey, { id: own.id, label: own.label, pub }) })
  }
  await addSlot(db, machineSlot(installation.id, dataKey, privateKey, source, machine))
}

function machineSlot(installation: string, dataKey: DataKey, privateKey: Buffer, source: KeySource, machine: string) {
  const id = newId()
  const pub = publicKeyOf(privateKey)
  return {
    id,
    kind: source.kind,
    label: machine,
    pub,
    salt: null,
    kdf: null,
    wrappedDek: wrapForMachine({ installation, id }, pub, dataKey.key),
    mac: slotMac(dataKey, { id, label: machine, pub }),
    expiresAt: null,
  }
}

async function recoverySlot(installation: string, dataKey: DataKey, code: string) {
  const id = newId()
  const label = 'recovery code'
  const { salt, kdf, wrappedDek } = await wrapWithCode({ installation, id }, code, dataKey.key)
  return {
    id,
    kind: 'recovery' as const,
    label,
    pub: null,
    salt: Buffer.from(salt),
    kdf,
    wrappedDek: Buffer.from(wrappedDek),
    mac: slotMac(dataKey, { id, label, pub: Buffer.alloc(0) }),
    expiresAt: null,
  }
}
