import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { toMailbox, toMailboxText, toRecipients } from '../../src/mail/address.ts'
import { anyText } from '../support/text.ts'

const part = fc.constantFrom(
  'rosa',
  '@',
  'example.com',
  '<',
  '>',
  '"',
  '\\',
  ',',
  ';',
  '\r\n',
  'Bcc: x@y.zz',
  ' ',
  'ü',
  '\0',
  'a'.repeat(260),
)
const typed = fc.oneof(
  fc.emailAddress(),
  anyText(),
  fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
)

test('whatever is typed as a mailbox is one that no header breaks at, and reads back as it is written, or is refused', () =>
  fc.assert(
    fc.property(typed, (text) => {
      try {
        const mailbox = toMailbox(text)
        const written = toMailboxText(mailbox)
        assert.doesNotMatch(written, /\p{Control}/u)
        assert.deepEqual(toMailbox(written), mailbox)
      } catch (error) {
        if (!(error instanceof MspError)) throw error
        assert.equal(error.code, 'usage')
      }
    }),
  ))

test('recipients are addresses, each once, or refused', () =>
  fc.assert(
    fc.property(fc.array(typed, { maxLength: 4 }), (texts) => {
      try {
        const recipients = toRecipients(texts)
        assert.equal(new Set(recipients.map((one) => one.toLowerCase())).size, recipients.length)
        for (const one of recipients) assert.match(one, /^[^\s<>,;]+@[^\s<>,;]+$/)
      } catch (error) {
        if (!(error instanceof MspError)) throw error
      }
    }),
  ))
