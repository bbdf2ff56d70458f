import { MspError } from '../errors.ts'
import type { BlindWrite } from '../http/http.ts'
import { toSizeWords } from '../size.ts'

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
  /** Addresses; each was named to the person before it is sent. All of them see each other. */
  to: string[]
  subject: string
  text: string
  html: string | null
  attachments: MailAttachment[]
}

/** What msp needs of a mail server. */
export interface MailSystem {
  /** What stands in From. */
  readonly from: string
  readonly send: BlindWrite<NewEmail>
}

const longestSubject = 200
const longestFileName = 200
const mostBytes = 5 * 1024 ** 2 // sealed and escaped, what MariaDB takes in one packet by default

type CheckedParts = Pick<NewEmail, 'subject' | 'text' | 'html'> & { attachments: readonly MailAttachment[] }

/** Refuses what would not be one mail: a subject or a name of two lines is a header more. */
export function checkEmail({ subject, text, html, attachments }: CheckedParts): void {
  if (!isLine(subject, longestSubject)) {
    throw new MspError('usage', 'The subject is empty, too long, or has more than one line.', {
      hint: `Give one line of up to ${longestSubject} characters.`,
    })
  }
  const wrong = attachments.find(({ fileName }) => !isLine(fileName, longestFileName) || /[/\\]/.test(fileName))
  if (wrong) {
    throw new MspError('usage', `"${wrong.fileName}" is no name for a file in a mail.`, {
      hint: `Name it in up to ${longestFileName} characters on one line, without a path: report.pdf`,
    })
  }
  const bytes = attachments.reduce((sum, each) => sum + sizeOf(each), Buffer.byteLength(text) + Buffer.byteLength(html ?? ''))
  if (bytes > mostBytes)
    throw new MspError('usage', `The mail with its files is larger than ${toSizeWords(mostBytes)}.`, {
      hint: 'Write what it tells to a file, and share that in another way: --pdf FILE',
    })
}

const isLine = (text: string, longest: number): boolean =>
  text.trim() !== '' && text.length <= longest && !/\p{Control}|[\u2028\u2029]/u.test(text)

const sizeOf = ({ content }: MailAttachment): number => Buffer.byteLength(content, 'base64')

/** The files of a mail without what is in them. */
export const toFileList = (attachments: readonly MailAttachment[]) =>
  attachments.map((each) => ({ fileName: each.fileName, contentType: each.contentType, sizeBytes: sizeOf(each) }))
