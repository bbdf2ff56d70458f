import { HttpFailure } from '../../http/failure.ts'
import type { BlindWrite, CallRecord } from '../../http/http.ts'
import { type Mailbox, toMailboxText } from '../../mail/address.ts'
import { type MailSystem, type NewEmail, toFileList } from '../../mail/mail.ts'
import { toWords } from './failure.ts'
import { composeMessage, toMessageId } from './message.ts'
import { type MailAnswer, type MailLine, secretsOf, sendInSession } from './session.ts'

export function mailSystem(at: MailLine, from: Mailbox): MailSystem {
  const { line } = at
  const send: BlindWrite<NewEmail> = {
    request: (email, reference) => ({
      method: 'POST',
      path: '',
      body: toBody(email, from),
      record: toRecord(email, toMessageId(email, reference, from)),
    }),
    send: async (email, reference) => {
      const messageId = toMessageId(email, reference, from)
      const message = await composeMessage(email, { from, messageId, date: line.now() })
      const envelope = { from: from.address, to: email.to }
      const answer = await line.call(toRecord(email, messageId), () => sendInSession(at, { envelope, message }))
      if (answer.rejected.length > 0) throw toPartly(answer, messageId, secretsOf(line.username, line.password()))
      return messageId
    },
    // SMTP tells nobody what a server has sent
    find: null,
  }
  return { from: toMailboxText(from), send }
}

const toBody = ({ to, subject, text, html, attachments }: NewEmail, from: Mailbox) => ({
  from: toMailboxText(from),
  to,
  subject,
  text,
  html,
  attachments: toFileList(attachments),
})

function toRecord({ to, subject, attachments }: NewEmail, messageId: string): CallRecord {
  const files = toFileList(attachments).map(({ fileName, sizeBytes }) => ({ file_name: fileName, file_size_bytes: sizeBytes }))
  return {
    type: 'email_notification',
    action: 'created',
    externalId: messageId,
    sent: { to, subject, attachments: files },
    received: (answer) => {
      const { accepted, rejected, response } = answer as MailAnswer
      return {
        message_id: messageId,
        accepted,
        rejected: rejected.map((address) => ({ address, reason: reasonOf(answer as MailAnswer, address) })),
        response,
      }
    },
  }
}

const reasonOf = ({ rejectedErrors }: MailAnswer, address: string): string | undefined =>
  rejectedErrors?.find((error) => error.recipient === address)?.response

/** Some have it: sent again they would have it twice. */
function toPartly(answer: MailAnswer, messageId: string, secrets: readonly string[]): HttpFailure {
  const refused = answer.rejected.map((address) => `${address}: ${toWords(reasonOf(answer, address), { secrets })}`)
  const have = `${toList(answer.accepted)} ${answer.accepted.length === 1 ? 'has' : 'have'} it`
  return new HttpFailure('vendor', `${have}. Not sent to ${refused.join(' ')}`, { outcome: 'refused', madeId: messageId })
}

/** `a, b and c`. */
const toList = (names: readonly string[]): string => new Intl.ListFormat('en-GB').format(names)
