import type { RecordAction } from '../db/tables.ts'
import type { ListTaker } from './list-reader.ts'

/** One call to a vendor. It says what it is, so that no call escapes the record. */
export interface VendorRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Relative to the base URL, without a leading slash: `tickets/1/comment`. */
  path: string
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  body?: object
  /** Of an answer that is one long list: `send` then gives how many elements there were, as `{ count }`, and refuses what is no whole list. */
  list?: ListTaker
  /** Values in it that no record and no error may show, besides the token. */
  secrets?: readonly string[]
  /** The vendor's name of the permission that the key needs, for the error when it lacks it. */
  needs?: string
  record: CallRecord
}

/** What the record keeps of a call: an allow-list, nothing else of the request or the answer is stored. */
export interface CallRecord {
  /** A type of `external_integrations`: `syncro_ticket`. */
  type: string
  action: RecordAction
  externalId?: string
  /** As people say it: `T12345`. */
  reference?: string
  url?: string
  /** What is kept of the request; without it the query. */
  sent?: object
  /** What is kept of the answer; without it nothing, of a list how long it is, and its first ids. */
  received?: (answer: unknown) => unknown
}

/** Changes nothing, so that it may be repeated and needs no claim. Some vendors have calls that only read and are no GET: their record says so. */
export const isReading = ({ method, record }: { method?: VendorRequest['method']; record: CallRecord }): boolean =>
  method === 'GET' || record.action === 'retrieved' || record.action === 'searched'

/** The one way to a vendor: live token, pacing, time limit, repeats of what is safe, record. Gives the parsed JSON or throws an `HttpFailure`. */
export interface VendorHttp {
  /** Without a slash at the end. */
  readonly baseUrl: string
  send(request: VendorRequest): Promise<unknown>
}

/** Something at the vendor that an earlier write may have made, as a person recognises it. */
export interface Candidate {
  vendorId: string
  /** Null when the vendor does not say, as the author is. */
  createdAt: Date | null
  author: string | null
  text: string
}

/**
 * What a look at the vendor for an earlier write found. `pending`: it is not there and may still come, so nothing is sent again.
 * With candidates nobody but a person can tell: several carry its reference, or what is alike carries none.
 */
export type Found = { vendorId: string } | { candidates: readonly Candidate[] } | 'absent' | 'pending'

/** The vendor's id of what a write made; undefined when the vendor makes it later, and `find` tells. */
export type MadeId = string | undefined

/** One kind of write at one vendor. The outbox drives it, and never sends again before `find` has looked. */
export interface VendorWrite<Content, Made extends MadeId = string> {
  /** The exact request, for `--dry-run`. Pure. */
  request(content: Content, reference: string): VendorRequest
  /** Reads what must be known of the vendor before it is sent; the content with it is kept. */
  prepare?(content: Content): Promise<Content>
  /** Sends it once. */
  send(content: Content, reference: string): Promise<Made>
  /** Looks for what `send` may have made since `since`. */
  find(content: Content, reference: string, since: Date): Promise<Found>
  /** What must be true after the write besides; safe to repeat. Without it the vendor's id is all there is to know. */
  complete?(vendorId: string, content: Content): Promise<void>
}

/** The same where nothing can be looked up: after a send that may have arrived a person decides. */
export interface BlindWrite<Content> extends Omit<VendorWrite<Content>, 'find'> {
  readonly find: null
}
