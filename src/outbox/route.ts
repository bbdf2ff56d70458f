import { MspError } from '../errors.ts'
import { HttpFailure } from '../http/failure.ts'
import type { VendorWrite } from '../http/http.ts'
import type { CallContext } from '../records/record.ts'
import type { NewAttachment } from '../tickets/ticket.ts'
import type { NewTimeEntry } from '../time/time.ts'
import type { Vault } from '../vault/vault.ts'
import type { Route } from './deliver.ts'
import type { Channels, Kind, OutboxRow } from './write.ts'

export interface RouteDeps {
  vault: Vault
  /** Connects to the vendor. */
  channels: (integration: string, context: Partial<CallContext>) => Promise<Channels>
  /** True while this process still has the write. */
  isMine: (write: OutboxRow) => Promise<boolean>
}

/** Opens a stored write: its content, and the vendor's channel for its kind. */
export function createRoute({ vault, channels, isMine }: RouteDeps) {
  return async (write: OutboxRow): Promise<Route> => {
    const { sessionId, clientId, createdBy, owner, attempts } = write
    // between the claim and the socket lie sign-in and pacing, and the machine may have slept
    const beforeWrite = async () => {
      if (!(await isMine(write))) throw new HttpFailure('network', 'Its turn took too long.', { outcome: 'not_sent' })
    }
    const context = { sessionId, clientId, createdBy, owner, attempts, beforeWrite }
    const found = (await channels(write.integration, context))[write.kind as Kind]
    if (!found || !write.payloadEncrypted) throw new MspError('unsupported', `${write.shortId} cannot be sent: this msp has no way for it.`)
    const content: unknown = JSON.parse(vault.open({ table: 'outbox', column: 'payload_encrypted', row: write.id }, write.payloadEncrypted))
    return { channel: found as VendorWrite<unknown>, content: revive(write.kind, content) }
  }
}

/** JSON has no times. */
function revive(kind: string, content: unknown): unknown {
  if (kind === 'attachment') {
    const attachment = content as NewAttachment
    return { ...attachment, until: attachment.until && new Date(attachment.until) }
  }
  if (kind !== 'time_entry') return content
  const entry = content as NewTimeEntry
  return { ...entry, start: new Date(entry.start), end: new Date(entry.end) }
}
