import { createHash } from 'node:crypto'
import { type Mailbox, toMailbox } from '../../mail/address.ts'
import type { NewEmail } from '../../mail/mail.ts'

/** A mail with all that belongs in its head. */
export interface Composing {
  from: Mailbox
  messageId: string
  date: Date
}

/** The mail as it goes over the line. Nothing in it is read from a file or an address. */
export async function composeMessage(
  { to, subject, text, html, attachments }: NewEmail,
  { from, messageId, date }: Composing,
): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const mail = new MailComposer({
    from,
    // as objects: a text would be read for names, lists and groups
    to: to.map((address) => ({ name: '', address })),
    subject,
    text,
    ...(html === null ? {} : { html }),
    messageId,
    date,
    attachments: attachments.map(({ fileName: filename, contentType, content }) => ({
      filename,
      contentType,
      content: Buffer.from(content, 'base64'),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'win',
  })
  return mail.compile().build()
}

/** The same for the same write, however often it is tried, and no other installation's: receivers drop a mail whose id they have. */
export function toMessageId(email: NewEmail, reference: string, from: Mailbox): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([reference, from.address, email]))
    .digest('hex')
    .slice(0, 32)
  return `<${reference.toLowerCase().replace(' ', '-')}.${digest}@${from.address.split('@').at(-1)}>`
}

/** Who stands in From: the name and the address that were stored with the key. */
export const toFrom = ({ name, email }: { name: string; email: string | null }): Mailbox =>
  toMailbox(email === null ? name : `${name} <${email}>`)
