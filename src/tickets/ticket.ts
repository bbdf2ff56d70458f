import type { LinkType, TicketState, Urgency, Visibility } from '../db/tables.ts'
import type { MadeId, VendorWrite } from '../http/http.ts'

export const linkTypes = ['related', 'resolves', 'documents', 'caused_by'] as const satisfies readonly LinkType[]
export const visibilities = ['internal', 'public', 'email'] as const satisfies readonly Visibility[]

/** A ticket of a vendor. `status` and `priority` are the tenant's own words; `state` and `urgency` are ours. */
export interface Ticket {
  /** `syncro`, … */
  integration: string
  id: string
  /** The number that people say, without T or #. */
  number: string
  subject: string
  status: string
  priority: string | null
  state: TicketState
  urgency: Urgency | null
  vendorClientId: string
  /** The vendor's name of the client. */
  client: string
  url: string
  createdAt: Date
  updatedAt: Date
}

/** What must be known of a ticket to write on it. */
export type TicketPlace = Pick<Ticket, 'integration' | 'id' | 'number' | 'vendorClientId' | 'client'>

/** A ticket of a list, with what some vendors' lists say besides. */
export interface ListedTicket extends Ticket {
  /** The beginning of what it was opened with. */
  description?: string
  /** The vendor's id of whom it is assigned to. */
  assigneeId?: string
}

export interface Comment {
  id: string
  createdAt: Date
  /** Null when the vendor does not say. */
  author: string | null
  subject: string
  body: string
  visibility: 'internal' | 'public'
}

/** A person at the client who sees what is public on a ticket. */
export interface Recipient {
  name: string
  email: string | null
}

export interface TicketDetail extends Ticket {
  comments: Comment[]
  /** Who sees a public comment, and whom an e-mailed one reaches. */
  recipients: Recipient[]
}

/** All conditions hold together. */
export interface TicketQuery {
  words?: string
  vendorClientId?: string
  /** The tenant's own word. */
  status?: string
  open?: boolean
  /** Assigned to the key's owner. */
  mine?: boolean
  /** Changed since. */
  since?: Date
}

export interface NewComment {
  ticketId: string
  ticketNumber: string
  subject: string
  body: string
  visibility: Visibility
}

/** A file that a vendor fetches from a link and hangs on a ticket. */
export interface NewAttachment {
  ticketId: string
  ticketNumber: string
  fileName: string
  /** The file on the machine where it was asked for; null when only its link is known. */
  file: LocalFile | null
  /** From where the vendor fetches it: a secret. Null of a draft, whose file is offered when a person lets it out. */
  url: string | null
  /** Of a link that msp made. Null: nobody ends it. */
  offer: LinkOffer | null
  /** The ids of what hung on the ticket before it was sent. */
  before?: readonly string[]
}

export interface LocalFile {
  machine: string
  path: string
  sizeBytes: number
  /** SHA-256 in hex. */
  checksum: string
}

export interface LinkOffer {
  /** When the link ends: after that nothing is sent. */
  until: Date
  /** The process that offers the file, as an owner's text: when it ends, so does the link. */
  by: string
}

/** What msp may have written on a ticket. A `charge` is the vendor's own of a time entry, a `line_item` is msp's. */
export type Written = 'comment' | 'attachment' | 'time_entry' | 'charge' | 'line_item'

/** What msp wrote on a ticket, to be taken away again. */
export interface Removal {
  ticketId: string
  ticketNumber: string
  what: Written
  vendorId: string
  /** The write that made it, as the outbox knows it. */
  writeId: string
  /** Of what bills time: the time entry. */
  timeWriteId: string | null
}

/** Takes what msp wrote away again. */
export interface RemovalWrite extends VendorWrite<Removal> {
  /** That the vendor has no call for it, and what a person can do instead; undefined where it has one. */
  noCallFor(what: Written, at: { ticketNumber: string; vendorId: string | null }): { message: string; hint: string } | undefined
}

/** Who sees a public comment on the ticket. */
export const recipientsOf = async (tickets: Pick<TicketSystem, 'get'>, ticketId: string): Promise<Recipient[]> =>
  (await tickets.get(ticketId))?.recipients ?? []

/** What msp needs of a vendor that has tickets. */
export interface TicketSystem {
  /** Newest change first as far as the vendor allows; finishes or throws. */
  search(query: TicketQuery): AsyncIterable<ListedTicket>
  /** The ticket with exactly this number. */
  byNumber(number: string): Promise<Ticket | undefined>
  /** Undefined when there is no ticket of this id. */
  get(id: string): Promise<TicketDetail | undefined>
  /** Every ticket that changed since, and perhaps older ones; finishes or throws: a short list must never look complete. */
  changedSince(since: Date): AsyncIterable<Ticket>
  readonly comment: VendorWrite<NewComment>
  readonly attach: VendorWrite<NewAttachment, MadeId>
  readonly remove: RemovalWrite
}
