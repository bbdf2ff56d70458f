import { isObject } from '../../object.ts'
import { shorten } from '../../shorten.ts'

// They echo what was sent: data of clients, even passwords.
const echoes = new Set(['record', 'params', 'success', 'status'])

/** The reason in a refusal. Syncro has a dozen shapes for it: text, a list or an object under `error`, `errors` or `message`, or fields at the top. */
export function reasonOf(answer: unknown): string | undefined {
  if (!isObject(answer)) return undefined
  const named = ['error', 'errors', 'message'].flatMap((key) => toSentences(answer[key]))
  const sentences = named.length > 0 ? named : fieldsAtTop(answer)
  const reason = [...new Set(sentences)].join('; ')
  return reason === '' ? undefined : shorten(reason, 300)
}

/** `{"date":["can't be blank"]}`, only when there is nothing but fields with lists of text. */
function fieldsAtTop(answer: Record<string, unknown>): string[] {
  const fields = Object.entries(answer).filter(([name]) => !echoes.has(name))
  const areReasons = fields.every(([, value]) => Array.isArray(value) && value.every((item) => typeof item === 'string'))
  return areReasons ? toSentences(Object.fromEntries(fields)) : []
}

function toSentences(value: unknown, field = '', depth = 0): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [`${field} ${value.trim()}`.trim()]
  if (depth === 4) return []
  if (Array.isArray(value)) return value.flatMap((item) => toSentences(item, field, depth + 1))
  if (!isObject(value)) return []
  return Object.entries(value)
    .filter(([name]) => !echoes.has(name))
    .flatMap(([name, inner]) => toSentences(inner, `${field} ${name}`.trim(), depth + 1))
}
