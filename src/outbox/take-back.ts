import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import type { VendorWrite } from '../http/http.ts'
import type { Removal } from '../tickets/ticket.ts'
import { findTimeEntryOf, noteUncharged } from '../time/store.ts'
import type { NewCharge } from '../time/time.ts'
import type { Vault } from '../vault/vault.ts'
import type { Step } from '../world.ts'
import { openCharge } from './charge-time.ts'
import type { NewWrite, Target } from './outbox.ts'
import { moveWrite } from './store.ts'
import type { OutboxRow } from './write.ts'

/** Kinds of which some can be taken back. */
export const isRemovable = ({ kind }: Pick<OutboxRow, 'kind'>): boolean => ['time_entry', 'charge', 'attachment'].includes(kind)

/** The call that takes a delivered write back, and what it does in words; refused with what a person can do where the vendor has none. */
export async function prepareRemoval(
  { db, vault }: { db: Db; vault: Vault },
  row: OutboxRow,
  target: Target,
): Promise<{ write: NewWrite<'removal'>; words: string }> {
  const { ticketId, ticketNumber, vendorId, sessionId, clientId } = row
  const found = await findRemovable(db, row, openCharge(vault, row))
  if (!found || ticketId === null || ticketNumber === null || vendorId === null || !/^\d+$/.test(vendorId))
    throw cannotTakeBack(row, target.label)
  const { words, ...what } = found
  const content: Removal = { ticketId, ticketNumber, vendorId, writeId: row.id, ...what }
  return {
    words: `${words} (${vendorId}) from T${ticketNumber} at ${target.label}`,
    write: { kind: 'removal', content, target, sessionId, clientId, visibility: null, sameness: [row.id] },
  }
}

async function findRemovable(
  db: Db,
  { id, kind, shortId }: OutboxRow,
  charge: NewCharge | undefined,
): Promise<(Pick<Removal, 'what' | 'timeWriteId'> & { words: string }) | undefined> {
  if (kind === 'attachment') return { what: 'attachment', timeWriteId: null, words: 'Delete the file' }
  if (charge?.path === 'line-item') return { what: 'line_item', timeWriteId: charge.timeWriteId, words: 'Remove the line item' }
  const entry = kind === 'time_entry' ? await findTimeEntryOf(db, id) : undefined
  if (!entry) return undefined
  if (entry.chargedAt === null) return { what: 'time_entry', timeWriteId: null, words: `Delete the time entry of ${entry.minutes} minutes` }
  throw new MspError('usage', `${shortId} is time that the client is charged for, so it is not deleted.`, {
    hint: 'Its charge comes first, where that can be taken back: msp outbox list --all',
  })
}

/** That no call takes a delivered write back, and what a person can do instead. */
export function cannotTakeBack({ kind, shortId, ticketNumber, vendorId }: OutboxRow, label: string): MspError {
  const place = `T${ticketNumber}`
  const [message, hint] = {
    comment: [`${label} has no call that takes a comment back.`, `A person can change or delete it in ${label}, on ${place}.`],
    email: ['A mail that was sent cannot be taken back.', 'Write to those who have it.'],
    charge: [
      `${label} has no call that takes the charge of a time entry back.`,
      `A person can remove its line in ${label}, on ${place}${vendorId === null ? '' : ` (${vendorId})`}.`,
    ],
    removal: ['What was removed cannot be brought back.', 'Write it again.'],
  }[kind] ?? [`msp does not know which one it is at ${label}.`, `A person can delete it there, on ${place}.`]
  return new MspError('unsupported', `${shortId} is delivered. ${message}`, { hint })
}

/** The vendor's channel, with the write that is gone there cancelled here too, once it is. */
export const notingRemoval = (
  { db, step, shortId }: { db: Db; step: Step; shortId: string },
  channel: VendorWrite<Removal>,
): VendorWrite<Removal> => ({
  ...channel,
  complete: async (id, content) => {
    await channel.complete?.(id, content)
    await step('outbox.removed', async () => {
      // before the write: a charge that is cancelled may be asked for again
      if (content.timeWriteId !== null) await noteUncharged(db, content.timeWriteId)
      await moveWrite(db, content.writeId, ['done'], { state: 'cancelled', lastError: `It was delivered, and taken back by ${shortId}.` })
    })
  },
})
