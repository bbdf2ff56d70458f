import { newId } from '../db/id.ts'
import type { NewRow } from '../db/tables.ts'
import type { DataKey } from './cipher.ts'
import { publicKeyOf, type SlotAddress, slotMac, type TypedSlot, wrapForMachine, wrapWithCode, wrapWithPassphrase } from './slots.ts'

type NewSlot = NewRow<'keySlots'>

/** A slot for the private key of a machine, in its keychain or key file. */
export function machineSlot(
  installation: string,
  dataKey: DataKey,
  { kind, label, privateKey }: { kind: 'machine' | 'keyfile'; label: string; privateKey: Buffer },
): NewSlot {
  const id = newId()
  const pub = publicKeyOf(privateKey)
  const wrappedDek = wrapForMachine({ installation, id }, pub, dataKey.key)
  return { id, kind, label, pub, salt: null, kdf: null, wrappedDek, mac: slotMac(dataKey, { id, label, pub }), expiresAt: null }
}

export function recoverySlot(installation: string, dataKey: DataKey, code: string): Promise<NewSlot> {
  const wrap = (slot: SlotAddress) => wrapWithCode(slot, code, dataKey.key)
  return typedSlot(installation, dataKey, { kind: 'recovery', label: 'recovery code', wrap })
}

/** The passphrase slot of a machine, which bears its name. */
export function passphraseSlot(installation: string, dataKey: DataKey, machine: string, passphrase: string): Promise<NewSlot> {
  const wrap = (slot: SlotAddress) => wrapWithPassphrase(slot, passphrase, dataKey.key)
  return typedSlot(installation, dataKey, { kind: 'passphrase', label: machine, wrap })
}

async function typedSlot(
  installation: string,
  dataKey: DataKey,
  { kind, label, wrap }: { kind: 'recovery' | 'passphrase'; label: string; wrap: (slot: SlotAddress) => Promise<TypedSlot> },
): Promise<NewSlot> {
  const id = newId()
  const { salt, kdf, wrappedDek } = await wrap({ installation, id })
  const mac = slotMac(dataKey, { id, label, pub: Buffer.alloc(0) })
  return { id, kind, label, pub: null, salt: Buffer.from(salt), kdf, wrappedDek: Buffer.from(wrappedDek), mac, expiresAt: null }
}
