import { z } from 'zod'
import { MspError } from '../../errors.ts'
import { isObject } from '../../object.ts'

/** Gives rows the spelling of these names where they have another one: the vendor is not constant in it. */
export function spellAs(names: readonly string[]): (row: unknown) => unknown {
  const spellings = new Map(names.map((name) => [name.toLowerCase(), name]))
  return (row) => {
    // most are spelled as documented, and to make new ones of them would take longer than to read them
    if (!isObject(row) || names.every((name) => name in row)) return row
    return Object.fromEntries(Object.entries(row).map(([key, value]) => [spellings.get(key.toLowerCase()) ?? key, value]))
  }
}

const deepest = 4 // of what is read; an answer may be a list in a list in a list and so on

/** The same value with the names of all fields that msp may read in lower case. */
export function inLowerCase(value: unknown, depth = deepest): unknown {
  if (depth === 0) return value
  if (Array.isArray(value)) return value.map((inner) => inLowerCase(inner, depth - 1))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toLowerCase(), inLowerCase(inner, depth - 1)]))
}

/** The vendor knows companies by their names, and is not constant in how it spells them. */
export const isSameName = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase()

/** Zod's refusal as a sentence that names fields and never a value. */
export function parse<T extends z.ZodType>(what: string, schema: T, answer: unknown): z.output<T> {
  const result = schema.safeParse(answer)
  if (result.success) return result.data
  throw unreadable(what, [...new Set(result.error.issues.map(({ path }) => path.join('.').toLowerCase() || 'the whole answer'))])
}

export function unreadable(what: string, fields: readonly string[]): MspError {
  const more = fields.length > 3 ? ` and ${fields.length - 3} more` : ''
  return new MspError('vendor', `MSP Backups sent ${what} that msp cannot read: ${fields.slice(0, 3).join(', ')}${more}.`, {
    hint: 'MSP Backups may have changed what it sends: update msp. What was asked: msp record list',
  })
}

export const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '')
export const word = z.union([z.number(), z.string()])
export const count = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .nullish()
  .transform((given) => Math.max(0, given ?? 0))
