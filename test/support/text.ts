import fc, { type StringConstraints } from 'fast-check'

// the surrogates lie between: half a character is none
const [surrogates, afterSurrogates, last] = [0xd800, 0xe000, 0x10ffff]
const gap = afterSurrogates - surrogates

/** Any character, as a unit of texts: what fast-check calls `binary`, without the table of them all, which costs each process a second. */
export const anyCharacter = fc.nat({ max: last - gap }).map(
  (number) => String.fromCodePoint(number < surrogates ? number : number + gap),
  (text) => toNumber(String(text)),
)

/** fast-check asks for it to work in names such as `__proto__`. */
function toNumber(text: string): number {
  const [only = '', ...others] = text
  const code = only.codePointAt(0) ?? surrogates
  if (others.length > 0 || (code >= surrogates && code < afterSurrogates)) throw new Error('This is not one character.')
  return code < surrogates ? code : code - gap
}

/** Texts of any characters. */
export const anyText = (constraints: Omit<StringConstraints, 'unit'> = {}) => fc.string({ ...constraints, unit: anyCharacter })
