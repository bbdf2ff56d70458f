import type { VendorWrite } from '../http/http.ts'

export interface NewTimeEntry {
  ticketId: string
  ticketNumber: string
  start: Date
  end: Date
  minutes: number
  note: string
  billable: boolean
  /** The vendor's id of the kind of labour; without it the vendor's default. */
  laborId: string | null
}

/** A time entry at the vendor. */
export interface VendorTimeEntry {
  id: string
  ticketId: string
  /** The vendor's id of the technician. */
  userId: string | null
  start: Date
  /** Null while its timer runs. */
  end: Date | null
  note: string
}

/** A kind of labour that a time entry can be billed as. */
export interface Labor {
  id: string
  name: string
}

/** What an hour of a kind of labour costs now. */
export interface LaborRate extends Labor {
  perHour: number
}

/** How a tenant bills its time: the vendor makes the line on the ticket of its own time entry, or msp adds one beside it. */
export type BillingPath = 'timer+charge' | 'line-item'

/** How a vendor rounds what it charges: up to a multiple of `step` minutes, and `least` minutes at least. */
export interface Rounding {
  step: number
  least: number
}

/** What puts a time entry on the client's bill. */
export interface NewCharge {
  ticketId: string
  ticketNumber: string
  /** The time entry, as the outbox knows it. */
  timeWriteId: string
  /** The same at the vendor; null until it is sent. */
  entryId: string | null
  path: BillingPath
  minutes: number
  /** What the vendor's rounding makes of them; absent where nobody has said how it rounds, and where it does not. */
  billedMinutes?: number
  note: string
  /** As a person agreed to it. */
  labor: LaborRate
}

/** Of minutes that were logged those that are billed. */
export const roundUp = (minutes: number, { step, least }: Rounding): number => Math.max(least, Math.ceil(minutes / step) * step)

/** Hours as they are billed: two digits behind the point, as on an invoice. */
export const toHours = (minutes: number): number => Math.round((minutes * 100) / 60) / 100

/** `312.50` */
export const toMoney = (amount: number): string => (Math.round(amount * 100 + 1e-6) / 100).toFixed(2)

/** What msp needs of a vendor that keeps time. */
export interface TimeSystem {
  /** The entries made since, of everybody; finishes or throws. */
  entriesSince(since: Date): AsyncIterable<VendorTimeEntry>
  /** The kinds of labour whose name contains the words. */
  labor(words: string): Promise<Labor[]>
  readonly log: VendorWrite<NewTimeEntry>
  /** Of the kind of labour with this id; null: the vendor's default. */
  rate(laborId: string | null): Promise<LaborRate>
  /** A second charge of one entry is refused with what was found, whoever made the first. */
  readonly charge: VendorWrite<NewCharge>
}
