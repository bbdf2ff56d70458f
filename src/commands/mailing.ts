import type { App } from '../app.ts'
import type { Client } from '../clients/client.ts'
import { targetOf } from '../integrations/connect.ts'
import { need } from '../integrations/index.ts'
import { toAddressKey, toRecipients } from '../mail/address.ts'
import { checkEmail, type MailAttachment } from '../mail/mail.ts'
import { type NewWrite, type Sent, sendWrite } from '../outbox/outbox.ts'
import type { Recipient } from '../tickets/ticket.ts'
import { repeatedWithin, sessionOf } from './session-of.ts'
import { sayOutcome, showRequest, type WriteOptions } from './writing.ts'

/** A mail to people at a client. */
export interface ClientMail {
  client: Client
  /** As they were typed. */
  to: readonly string[]
  subject: string
  text: string
  html: string | null
  attachments: readonly MailAttachment[]
  /** What makes a repeat the same mail, besides subject and recipients: never a time that msp worked out. */
  sameness: readonly string[]
}

interface MailOptions extends WriteOptions {
  json?: readonly string[]
  /** Another session than the open one. */
  session?: string
}

/** Sends it through the outbox; how that ended is for `sayMailed`. Undefined with `--dry-run`, which prints the request. */
export async function sendMail(app: App, mail: ClientMail, options: MailOptions): Promise<Sent | undefined> {
  const write = await prepareMail(app, mail, options.session)
  app.sendsNothing = options.dryRun ?? false
  if (options.dryRun) {
    await showRequest(app, write, options.json !== undefined, options.takeRequest)
    return undefined
  }
  return sendWrite(await app.outbox(), write, options)
}

/** Says how it ended, and throws when nobody, or not everybody, has it. */
export const sayMailed = (app: Pick<App, 'io' | 'now'>, sent: Sent, to: readonly string[], options: WriteOptions): void =>
  sayOutcome(app, sent, toMailedWords(toRecipients(to)), options)

async function prepareMail(app: App, mail: ClientMail, session: string | undefined): Promise<NewWrite<'email'>> {
  const { client, subject, text, html, attachments } = mail
  const to = toRecipients(mail.to)
  checkEmail(mail)
  const sessionId = (await sessionOf(app, client, session))?.id ?? null
  const at = await app.connect('smtp', { sessionId, clientId: client.id })
  need(at.integration, at.connection, 'mail')
  return {
    kind: 'email',
    content: { ticketId: null, ticketNumber: null, to, subject, text, html, attachments: [...attachments] },
    target: targetOf(at),
    sessionId,
    clientId: client.id,
    visibility: 'email',
    sameness: [repeatedWithin(app, sessionId), client.id, subject, ...to.map(toAddressKey).toSorted(), ...mail.sameness],
    recipients: async () => to.map(toRecipient),
  }
}

/** An address as one who will see something. */
export const toRecipient = (address: string): Recipient => ({ name: address, email: null })

/** `Mailed to a@example.com and b@example.com.` */
export const toMailedWords = (to: readonly string[]): string => `Mailed to ${new Intl.ListFormat('en-GB').format(to)}.`
