import { MspError } from '../errors.ts'
import type { VendorWrite } from '../http/http.ts'
import type { CallContext } from '../records/record.ts'
import type { NewTimeEntry } from '../time/time.ts'
import type { Vault } from '../vault/vault.ts'
import type { Route } from './deliver.ts'
import type { Channels, Kind, OutboxRow } from './write.ts'

/** Opens a stored write: its content, and the vendor's channel for its kind. `channels` connects to the vendor. */
export function createRoute(vault: Vault, channels: (integration: string, context: Partial<CallContext>) => Promise<Channels>) {
  return async (write: OutboxRow): Promise<Route> => {
    const { sessionId, clientId, createdBy, attempts } = write
    const found = (await channels(write.integration, { sessionId, clientId, createdBy, attempts }))[write.kind as Kind]
    if (!found || !write.payloadEncrypted) throw new MspError('unsupported', `${write.shortId} cannot be sent: this msp has no way for it.`)
    const content: unknown = JSON.parse(vault.open({ table: 'outbox', column: 'payload_encrypted', row: write.id }, write.payloadEncrypted))
    return { channel: found as VendorWrite<unknown>, content: revive(write.kind, content) }
  }
}

/** JSON has no times. */
function revive(kind: string, content: unknown): unknown {
  if (kind !== 'time_entry') return content
  const entry = content as NewTimeEntry
  return { ...entry, start: new Date(entry.start), end: new Date(entry.end) }
}
