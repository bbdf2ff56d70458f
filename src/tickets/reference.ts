import { MspError } from '../errors.ts'
import type { Link } from './store.ts'

/** How a person named a ticket. */
export interface TicketReference {
  /** The integration, when it was named. */
  integration?: string
  /** Its host, when a URL was pasted. */
  host?: string
  by: 'number' | 'id'
  value: string
}

/** Reads `T12345`, `#12345`, `12345` (the number), `id:108443837` and a pasted URL (the id), each also behind `syncro:`. */
export function parseTicketReference(typed: string): TicketReference {
  const text = typed.trim()
  const url = /^https?:/i.test(text) ? URL.parse(text) : null
  if (url) return fromUrl(url, text)
  const [, integration, id, value] = /^(?:(?!id:|t:)([a-z][a-z0-9-]*):)?(?:(id:)|T|#)?([0-9]{1,19})$/i.exec(text) ?? []
  if (value === undefined) throw unreadable(text)
  const named = integration === undefined ? {} : { integration: integration.toLowerCase() }
  return { ...named, by: id ? 'id' : 'number', value: withoutZeros(value) }
}

/** `00123` and `123` are one number. */
const withoutZeros = (digits: string): string => digits.replace(/^0+(?=\d)/, '')

function fromUrl(url: URL, text: string): TicketReference {
  const value = /\/tickets\/([0-9]{1,19})(?:\/|$)/.exec(url.pathname)?.[1]
  if (value === undefined) throw unreadable(text)
  return { host: url.host, by: 'id', value: withoutZeros(value) }
}

/** Whether the reference means this linked ticket; the address of another tenant never does. */
export function isMeant(link: Link, { by, value, integration, host }: TicketReference): boolean {
  if (integration !== undefined && integration !== link.integrationType) return false
  if (host !== undefined && host !== URL.parse(link.ticketUrl ?? '')?.host) return false
  return value === (by === 'id' ? link.ticketId : link.ticketNumber)
}

const unreadable = (text: string): MspError =>
  new MspError('usage', `"${text}" does not name a ticket.`, { hint: 'Use its number (T12345, #12345 or 12345) or paste its address.' })
