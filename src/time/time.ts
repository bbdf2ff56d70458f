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

/** What msp needs of a vendor that keeps time. */
export interface TimeSystem {
  /** The entries made since, of everybody; finishes or throws. */
  entriesSince(since: Date): AsyncIterable<VendorTimeEntry>
  /** The kinds of labour whose name contains the words. */
  labor(words: string): Promise<Labor[]>
  readonly log: VendorWrite<NewTimeEntry>
}
