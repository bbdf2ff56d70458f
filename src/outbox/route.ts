import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { HttpFailure } from '../http/failure.ts'
import type { MadeId, VendorWrite } from '../http/http.ts'
import { type ClaimOwner, isDead, toOwnerText } from '../owner.ts'
import type { CallContext } from '../records/record.ts'
import { longestFetchMs } from '../sharing/file-host.ts'
import type { NewAttachment, Removal } from '../tickets/ticket.ts'
import type { NewCharge, NewTimeEntry } from '../time/time.ts'
import type { Vault } from '../vault/vault.ts'
import type { Step } from '../world.ts'
import { findCharged, notingCharge } from './charge-time.ts'
import type { Route } from './deliver.ts'
import { openPayload, sealPayload } from './payload.ts'
import { keepPayload, renewClaim } from './store.ts'
import { notingRemoval } from './take-back.ts'
import type { Channels, Kind, OutboxRow } from './write.ts'

export interface RouteDeps {
  db: Db
  vault: Vault
  /** This process, as it claims writes. */
  owner: ClaimOwner
  leaseMs: number
  now: () => Date
  step: Step
  /** Connects to the vendor. */
  channels: (integration: string, context: Partial<CallContext>) => Promise<Channels>
}

/** Opens a stored write: its content, and the vendor's channel for its kind. */
export function createRoute({ db, vault, owner: me, leaseMs, now, step, channels }: RouteDeps) {
  return async (write: OutboxRow): Promise<Route> => {
    const { sessionId, clientId, createdBy, owner, attempts } = write
    // between the claim and the socket lie sign-in and pacing, and the machine may have slept
    const beforeWrite = async () => {
      if (await renewClaim(db, write.id, toOwnerText(me), leaseMs)) return
      throw new HttpFailure('network', 'Its turn took too long.', { outcome: 'not_sent' })
    }
    const context = { sessionId, clientId, createdBy, owner, attempts, beforeWrite }
    const found = (await channels(write.integration, context))[write.kind as Kind]
    if (!found || !write.payloadEncrypted)
      throw new MspError('unsupported', `${write.shortId} cannot be sent: this msp has no way for it.`, {
        hint: 'A newer msp may have queued it: update msp on this machine.',
      })
    const content = revive(write.kind, openPayload(vault, write))
    const keepContent = async (more: unknown) => keepPayload(db, write.id, toOwnerText(me), sealPayload(vault, write.id, more))
    const route = { channel: found as VendorWrite<unknown, MadeId>, content, keepContent, lagMs: 0 }
    if (write.kind === 'charge') {
      const channel = notingCharge(db, step, found as VendorWrite<NewCharge>) as VendorWrite<unknown>
      return { ...route, channel, ...(await findCharged(db, content as NewCharge)) }
    }
    if (write.kind === 'removal') {
      const channel = notingRemoval({ db, step, shortId: write.shortId }, found as VendorWrite<Removal>) as VendorWrite<unknown>
      return { ...route, channel }
    }
    if (write.kind !== 'attachment') return route
    const attachment = content as NewAttachment
    const dead = write.state === 'ready' ? deadLink(attachment, { me, now: now() }) : undefined
    return { ...route, lagMs: lagOf(attachment, me), dead }
  }
}

/** JSON has no times. */
function revive(kind: string, content: unknown): unknown {
  if (kind === 'attachment') {
    const attachment = content as NewAttachment
    const { offer } = attachment
    return { ...attachment, offer: offer && { ...offer, until: new Date(offer.until) } }
  }
  if (kind !== 'time_entry') return content
  const entry = content as NewTimeEntry
  return { ...entry, start: new Date(entry.start), end: new Date(entry.end) }
}

/** A large file may still be on its way to the vendor. */
const lagOf = ({ file, offer }: NewAttachment, me: ClaimOwner): number =>
  file && offer && !isDead(offer.by, me) ? longestFetchMs(file.sizeBytes) : 0

/** Why the vendor could not fetch the file any more; throws when another process offers it, which sends it too. */
function deadLink({ fileName, url, offer }: NewAttachment, { me, now }: { me: ClaimOwner; now: Date }): string | undefined {
  const dead = `The link to ${fileName} has ended before it was sent: attach the file again.`
  if (url === null) return dead
  if (offer === null) return undefined
  if (offer.until <= now || isDead(offer.by, me)) return dead
  if (offer.by === toOwnerText(me)) return undefined
  throw new MspError('not_delivered', `Another msp offers ${fileName}, and sends it while its link lives.`)
}
