import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { HttpFailure } from '../http/failure.ts'
import type { VendorWrite } from '../http/http.ts'
import { shorten } from '../shorten.ts'
import { toDurationWords } from '../time/duration.ts'
import { findTimeEntryOf, noteCharged } from '../time/store.ts'
import { type BillingPath, type LaborRate, type NewCharge, type Rounding, roundUp, toHours, toMoney } from '../time/time.ts'
import type { Vault } from '../vault/vault.ts'
import type { Step } from '../world.ts'
import type { NewWrite, Target } from './outbox.ts'
import { openPayload } from './payload.ts'
import { findWrite } from './store.ts'
import { inWords, type OutboxRow } from './write.ts'

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

/** How it is charged. */
export interface Charging {
  labor: LaborRate
  path: BillingPath
  rounding?: Rounding | undefined
}

/** The charge of a time entry. Its words are the entry alone, so there is one, ever. */
export function prepareCharge(
  { sessionId, clientId, ...time }: TimeToCharge,
  { target, labor, path, rounding }: Charging & { target: Target },
): NewWrite<'charge'> {
  // a line's hours are msp's own
  const billed = rounding && path === 'timer+charge' ? { billedMinutes: roundUp(time.minutes, rounding) } : {}
  const content: NewCharge = { ...time, ...billed, entryId: null, path, labor }
  return { kind: 'charge', content, target, sessionId, clientId, visibility: null, sameness: [time.timeWriteId] }
}

/** What the client will be billed, and what of it he may read, as far as msp can know. */
export function toChargeWords(
  content: Pick<NewCharge, 'minutes' | 'billedMinutes' | 'labor' | 'path' | 'ticketNumber'>,
  client: string,
  label: string,
): string {
  const { minutes, billedMinutes = minutes, labor, path, ticketNumber } = content
  const sum = `${toBilledWords(content)} ${inSentence(labor.name)} × ${toMoney(labor.perHour)} = ${toMoney(toHours(billedMinutes) * labor.perHour)}`
  const byTimer = content.billedMinutes === undefined ? `${path}; ${label} may round` : path
  const how = path === 'timer+charge' ? byTimer : 'line item, not rounded; the time entry itself must not be charged besides'
  const readable =
    path === 'timer+charge'
      ? `${label} makes the line of the time entry, and the client may read its note there.`
      : "The line names the labour, the time entry and msp's reference, not the note."
  return `Charge ${sum} to ${inSentence(client)} on T${ticketNumber} (${how}). ${readable}`
}

/** A vendor's name must not end the sentence, or fill it. */
const inSentence = (name: string): string => shorten(name, 60)

/** `2.5 h`, `20 minutes as 0.33 h`, `3 h (2.5 hours rounded up)` */
export function toBilledWords({ minutes, billedMinutes = minutes }: Pick<NewCharge, 'minutes' | 'billedMinutes'>): string {
  const hours = toHours(billedMinutes)
  const time = Math.abs(hours * 60 - billedMinutes) < 1e-6 ? `${hours} h` : `${toDurationWords(billedMinutes)} as ${hours} h`
  return billedMinutes === minutes ? time : `${time} (${toDurationWords(minutes)} rounded up)`
}

/** What a stored charge says; undefined of another write, and of an old one whose text is gone. */
export const openCharge = (vault: Vault, row: OutboxRow): NewCharge | undefined =>
  row.kind === 'charge' ? (openPayload(vault, row) as NewCharge | undefined) : undefined

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
