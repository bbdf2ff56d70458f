import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import type { VendorWrite } from '../http/http.ts'
import type { Removal, RemovalWrite, Written } from '../tickets/ticket.ts'
import { findTimeEntryOf, noteUncharged } from '../time/store.ts'
import type { NewCharge } from '../time/time.ts'
import type { Vault } from '../vault/vault.ts'
import type { Step } from '../world.ts'
import { openCharge } from './charge-time.ts'
import type { NewWrite, Target } from './outbox.ts'
import { moveWrite } from './store.ts'
import type { OutboxRow } from './write.ts'

/** Refuses what no vendor could take back. */
export function requireRemovable({ kind, shortId }: Pick<OutboxRow, 'kind' | 'shortId'>): void {
  if (kind === 'email')
    throw cannotTakeBack(shortId, { message: 'A mail that was sent cannot be taken back.', hint: 'Write to those who have it.' })
  if (kind === 'removal') throw cannotTakeBack(shortId, { message: 'What was removed cannot be brought back.', hint: 'Write it again.' })
}

/** The call that takes a delivered write back, and what it does in words; refused with what a person can do where the vendor has none. */
export async function prepareRemoval(
  { db, vault }: { db: Db; vault: Vault },
  row: OutboxRow,
  { target, removal }: { target: Target; removal: Pick<RemovalWrite, 'noCallFor'> },
): Promise<{ write: NewWrite<'removal'>; words: string }> {
  const { ticketId, ticketNumber, vendorId, sessionId, clientId, shortId } = row
  const { label } = target
  const charge = openCharge(vault, row)
  const what = toWritten(row, charge)
  const unknown = {
    message: `msp does not know which one it is at ${label}.`,
    hint: `A person can delete it there${ticketNumber === null ? '' : `, on T${ticketNumber}`}.`,
  }
  if (!what || ticketId === null || ticketNumber === null) throw cannotTakeBack(shortId, unknown)
  const none = removal.noCallFor(what, { ticketNumber, vendorId })
  if (none) throw cannotTakeBack(shortId, none)
  if (vendorId === null) throw cannotTakeBack(shortId, unknown)
  const words = what === 'time_entry' ? await toEntryWords(db, row) : deletions[what]
  const content: Removal = { ticketId, ticketNumber, vendorId, writeId: row.id, what, timeWriteId: charge?.timeWriteId ?? null }
  return {
    words: `${words} (${vendorId}) from T${ticketNumber} at ${label}`,
    write: { kind: 'removal', content, target, sessionId, clientId, visibility: null, sameness: [row.id] },
  }
}

const deletions = {
  comment: 'Delete the comment',
  attachment: 'Delete the file',
  charge: 'Remove the charge',
  line_item: 'Remove the line item',
} as const satisfies Partial<Record<Written, string>>

/** Of an old charge, whose text is gone, that it is the vendor's own. */
function toWritten({ kind }: OutboxRow, charge: NewCharge | undefined): Written | undefined {
  if (charge?.path === 'line-item') return 'line_item'
  return (['comment', 'attachment', 'time_entry', 'charge'] as const).find((each) => each === kind)
}

/** Time that the client pays for is not deleted, whoever keeps it. */
async function toEntryWords(db: Db, { id, shortId }: OutboxRow): Promise<string> {
  const entry = await findTimeEntryOf(db, id)
  if (!entry) throw new MspError('storage', `The time entry of ${shortId} is missing.`)
  if (entry.chargedAt === null) return `Delete the time entry of ${entry.minutes} minutes`
  throw new MspError('usage', `${shortId} is time that the client is charged for, so it is not deleted.`, {
    hint: 'Its charge comes first, where that can be taken back: msp outbox list --all',
  })
}

const cannotTakeBack = (shortId: string, { message, hint }: { message: string; hint: string }): MspError =>
  new MspError('unsupported', `${shortId} is delivered. ${message}`, { hint })

/** The vendor's channel, with the write that is gone there cancelled here too, once it is. */
export const notingRemoval = (
  { db, step, shortId }: { db: Db; step: Step; shortId: string },
  channel: VendorWrite<Removal>,
): VendorWrite<Removal> => ({
  ...channel,
  complete: async (id, content) => {
    await channel.complete?.(id, content)
    await step('outbox.removed', () => noteTakenBack(db, shortId, content))
  },
})

/** What the removal of this short id took back is cancelled, and its time charged no more. */
export async function noteTakenBack(db: Db, shortId: string, { writeId, timeWriteId }: Removal): Promise<void> {
  // before the write: a charge that is cancelled may be asked for again
  if (timeWriteId !== null) await noteUncharged(db, timeWriteId)
  await moveWrite(db, writeId, ['done'], { state: 'cancelled', lastError: `It was delivered, and taken back by ${shortId}.` })
}
