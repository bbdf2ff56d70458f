import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { HttpFailure } from '../http/failure.ts'
import type { VendorWrite } from '../http/http.ts'
import { findTimeEntryOf, noteCharged } from '../time/store.ts'
import { type BillingPath, type LaborRate, type NewCharge, toHours, toMoney } from '../time/time.ts'
import type { Step } from '../world.ts'
import type { NewWrite, Target } from './outbox.ts'
import { findWrite } from './store.ts'
import { inWords } from './write.ts'

/** Logged time to charge. */
export interface TimeToCharge {
  /** The time entry's own write; a text in its place for `--dry-run`. */
  timeWriteId: string
  ticketId: string
  ticketNumber: string
  sessionId: string | null
  clientId: string | null
  minutes: number
  note: string
}

/** The charge of a time entry. Its words are the entry alone, so there is one, ever. */
export function prepareCharge(
  { sessionId, clientId, ...time }: TimeToCharge,
  { target, labor, path }: { target: Target; labor: LaborRate; path: BillingPath },
): NewWrite<'charge'> {
  const content: NewCharge = { ...time, entryId: null, path, labor }
  return { kind: 'charge', content, target, sessionId, clientId, visibility: null, sameness: [time.timeWriteId] }
}

/** What the client will be billed, as far as msp can know. */
export function toChargeWords(
  content: Pick<NewCharge, 'minutes' | 'labor' | 'path' | 'ticketNumber'>,
  client: string,
  label: string,
): string {
  const { minutes, labor, path, ticketNumber } = content
  const hours = toHours(minutes)
  const time = Math.abs(hours * 60 - minutes) < 1e-6 ? `${hours} h` : `${minutes} minutes as ${hours} h`
  const sum = `${time} ${labor.name} × ${toMoney(labor.perHour)} = ${toMoney(hours * labor.perHour)}`
  const how = path === 'timer+charge' ? `${path}; ${label} may round` : 'line item; the time entry itself must not be charged besides'
  return `Charge ${sum} to ${client} on T${ticketNumber} (${how}).`
}

/** A stored charge with the vendor's id of its time entry. `dead`: it will never have one; throws while it may still get one. */
export async function findCharged(db: Db, content: NewCharge): Promise<{ content: NewCharge; dead?: string }> {
  const entry = await findTimeEntryOf(db, content.timeWriteId)
  const write = await findWrite(db, content.timeWriteId)
  if (!entry || !write) return { content, dead: 'Its time entry is gone, so there is nothing to charge.' }
  const found = { ...content, entryId: entry.vendorId }
  const name = `Its time entry, ${write.shortId}, `
  if (entry.state === 'failed') return { content: found, dead: `${name}failed, so there is nothing to charge.` }
  if (entry.state === 'cancelled') return { content: found, dead: `${name}was cancelled, so there is nothing to charge.` }
  if (entry.state !== 'done') throw new MspError('not_delivered', `${name}comes first, and is ${inWords(entry)}.`)
  if (entry.vendorId !== null) return { content: found }
  return { content: found, dead: `${name}counts as delivered, and msp does not know which one it is at the vendor. Charge it there.` }
}

/** The vendor's channel, with the entry noted as charged as soon as the vendor shows it so, whoever charged it. */
export function notingCharge(db: Db, step: Step, channel: VendorWrite<NewCharge>): VendorWrite<NewCharge> {
  const note = ({ timeWriteId }: NewCharge) => step('time.charged', () => noteCharged(db, timeWriteId))
  return {
    ...channel,
    prepare: async (content) => {
      try {
        return (await channel.prepare?.(content)) ?? content
      } catch (error) {
        if (error instanceof HttpFailure && error.madeId !== undefined) await note(content)
        throw error
      }
    },
    complete: async (id, content) => {
      await note(content)
      await channel.complete?.(id, content)
    },
  }
}
