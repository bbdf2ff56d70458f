import type { VendorWrite } from '../http/http.ts'

/** A file that goes with a mail. */
export interface MailAttachment {
  fileName: string
  contentType: string
  /** Base64: a mail is stored as JSON before it is sent. */
  content: string
}

/** A mail as it is stored and sent. It hangs on no ticket. */
export interface NewEmail {
  ticketId: null
  ticketNumber: null
  /** Addresses; each was named to the person before it is sent. */
  to: string[]
  subject: string
  text: string
  html: string | null
  attachments: MailAttachment[]
}

/** What msp needs of a mail server. */
export interface MailSystem {
  /** The address in From. */
  readonly from: string
  readonly send: VendorWrite<NewEmail>
}
