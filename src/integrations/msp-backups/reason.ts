import { isObject } from '../../object.ts'
import { shorten } from '../../shorten.ts'

/** The vendor's reason for a status: text, or in newer data JSON inside the text. */
export function toReason(message: string): string | null {
  if (message === '') return null
  const [first, ...others] = entriesIn(message).map(toSentence).filter(Boolean)
  if (first === undefined) return shorten(message) || null
  return shorten(others.length === 0 ? first : `${first} (and ${others.length} more)`)
}

function entriesIn(message: string): unknown[] {
  // most are empty, and a failure to parse takes a hundred times as long as this look
  if (!/^\s*[[{]/.test(message)) return []
  try {
    const value: unknown = JSON.parse(message)
    return Array.isArray(value) ? value : [value]
  } catch {
    return []
  }
}

function toSentence(entry: unknown): string {
  const { title = '', detail = '' } = isObject(entry) ? entry : {}
  const [what, why] = [title, detail].map((text) => (typeof text === 'string' ? text.trim() : ''))
  return what && why ? `${what.replace(/[.:]$/, '')}: ${why}` : what || why || ''
}
