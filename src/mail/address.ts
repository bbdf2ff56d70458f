import { z } from 'zod'
import { MspError } from '../errors.ts'

/** Who sends or gets a mail. */
export interface Mailbox {
  /** '' when there is none. */
  name: string
  address: string
}

const longestName = 100
const longestAddress = 254 // of RFC 5321
const mostRecipients = 50

/** `MSP <backups@msp.example>`, or the address alone. */
export function toMailbox(typed: string): Mailbox {
  const [, name = '', address = typed] = /^([^<>]*)<([^<>]*)>\s*$/.exec(typed) ?? []
  return { name: toName(name), address: toAddress(address) }
}

/** A name has no characters that mean something in a header. */
function toName(typed: string): string {
  const name = typed.trim().replace(/^"(.*)"$/, '$1')
  if (name.length <= longestName && /^[^\p{Control}<>"\\]*$/u.test(name)) return name
  throw new MspError('usage', `"${typed.trim()}" is no name for a mail.`, {
    hint: "Write it like this: 'MSP Backups <backups@msp.example>'",
  })
}

function toAddress(typed: string): string {
  const address = typed.trim()
  if (address.length <= longestAddress && z.email().safeParse(address).success) return address
  throw new MspError('usage', `"${address}" is no e-mail address.`, { hint: 'Write it like this: rosa@example.com' })
}

/** The addresses that a mail goes to, each once. */
export function toRecipients(typed: readonly string[]): string[] {
  const recipients = new Map(typed.map((each) => [toAddressKey(each), toAddress(each)]))
  if (recipients.size === 0) throw new MspError('usage', 'Nobody is named to send it to.', { hint: 'Name them: --email rosa@example.com' })
  if (recipients.size <= mostRecipients) return [...recipients.values()]
  throw new MspError('usage', `One mail goes to ${mostRecipients} addresses at most, and ${recipients.size} are named.`, {
    hint: 'Name some of them now, and send it to the others afterwards.',
  })
}

/** An address as it is compared: servers tell no two people apart by case. */
export const toAddressKey = (address: string): string => address.trim().toLowerCase()

/** As people write it. */
export const toMailboxText = ({ name, address }: Mailbox): string => (name === '' ? address : `${name} <${address}>`)
