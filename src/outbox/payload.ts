import { SealError } from '../vault/cipher.ts'
import type { Vault } from '../vault/vault.ts'
import type { OutboxRow } from './write.ts'

const placeOf = (id: string) => ({ table: 'outbox', column: 'payload_encrypted', row: id })

/** What the write of this id says, as its row holds it. */
export const sealPayload = (vault: Pick<Vault, 'seal'>, id: string, content: unknown): Buffer =>
  vault.seal(placeOf(id), JSON.stringify(content))

/** What a stored write says, as JSON has it; undefined once it was forgotten. */
export function openPayload(vault: Pick<Vault, 'open'>, row: Pick<OutboxRow, 'id' | 'shortId' | 'payloadEncrypted'>): unknown {
  const { id, shortId, payloadEncrypted } = row
  if (payloadEncrypted === null) return undefined
  return JSON.parse(vault.open({ ...placeOf(id), what: `the write ${shortId}` }, payloadEncrypted))
}

/** True when what the write says cannot be read any more, by nobody. */
export const isLost = (error: unknown): boolean =>
  error instanceof SealError && error.place.table === 'outbox' && error.reason !== 'E_VERSION'
