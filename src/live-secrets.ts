import { isObject } from './object.ts'

const shortest = 8 // anything shorter may be a word, or the number of a ticket, in what somebody must be able to read

// One set for the process, and not handed in: it stands behind every secret that is opened and in front of every word that is written, and
// whoever had to pass it on could forget to.
const forms = new Set<string>()
let pattern: RegExp | undefined

/** Remembers a secret that this process has opened, got or been told: from now on nothing that msp writes shows it. Gives it back. */
export function keepSecret(secret: string): string {
  if (secret.length < shortest || forms.has(secret)) return secret
  for (const form of formsOf(secret)) forms.add(form)
  pattern = undefined
  return secret
}

/** The text without any live secret, however it is written there. */
export function hideSecrets(text: string): string {
  if (forms.size === 0) return text
  // the longest first, so that no end of one is left
  pattern ??= new RegExp(
    [...forms]
      .toSorted((one, other) => other.length - one.length)
      .map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('|'),
    'g',
  )
  return text.replace(pattern, '[hidden]')
}

/** True where a live secret stands in the text, in whatever form. */
export const holdsSecret = (text: string): boolean => hideSecrets(text) !== text

/** A document with each of its texts, and of its names, without live secrets; its shape stays. */
export const withoutSecrets = (document: unknown): unknown =>
  forms.size === 0 ? document : hideIn(document === undefined ? document : JSON.parse(JSON.stringify(document)))

function hideIn(value: unknown): unknown {
  if (typeof value === 'string') return hideSecrets(value)
  if (Array.isArray(value)) return value.map(hideIn)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [hideSecrets(name), hideIn(inner)]))
}

/** As a URL, a form, JSON, a header of basic authentication or a dump may hold it. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const encoded = encodeURIComponent(secret)
  const hex = bytes.toString('hex')
  const base64 = [0, 1, 2].map((before) => coreOf(bytes, before)).filter((core) => core.length >= shortest)
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    ...new Set([
      ...[secret, json, json.replaceAll('/', '\\/'), hex, hex.toUpperCase()],
      ...[encoded, encoded.replace(/%../g, (code) => code.toLowerCase()), encoded.replaceAll('%20', '+')],
      ...[new URLSearchParams({ '': secret }).toString().slice(1)],
      ...base64.flatMap((core) => [core, core.replaceAll('+', '-').replaceAll('/', '_')]),
    ]),
  ]
}

/** The characters of base64 that the secret alone decides, with so many bytes (of three) before it: `user:` stands before a password. */
function coreOf(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const whole = Math.floor(((before + bytes.length) * 8) / 6)
  return text.slice(Math.ceil((before * 8) / 6), whole)
}

/** Every form of every live secret. */
export const liveForms = (): readonly string[] => [...forms]
