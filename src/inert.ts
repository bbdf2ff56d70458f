// What acts on a terminal or cannot be seen: control characters but tab and newline, lone surrogates, line separators, and whatever
// has no shape of its own: bidi and zero-width marks, soft hyphens, fillers, tags. After an emoji a variation selector makes its colour.
const dangerous = () => /(?<!\p{Emoji})\ufe0f|[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n\ufe0f]]/gv

// most text is no other, and to make the expression takes longer than to use it
const plain = /^[\t\n -~]*$/

const replaceDangerous = (text: string, show: (found: string) => string): string =>
  plain.test(text) ? text : text.replace(dangerous(), show)

/** Text from anybody, made harmless for a terminal: control characters become visible, `^[` or `\u{202e}`. Newlines and tabs stay. */
export const toInert = (text: string): string => replaceDangerous(text.replaceAll('\r\n', '\n'), show)

/** The same for a place of one line: newlines and tabs become spaces. */
export const toInertLine = (text: string): string => toInert(text.replace(/[\r\n\t]+/g, ' '))

function show(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x20 ? `^${String.fromCharCode(code + 0x40)}` : `\\u{${code.toString(16)}}`
}

/** JSON in which no character can act on a terminal; what it says stays the same. */
export const toInertJson = (value: unknown): string =>
  replaceDangerous(JSON.stringify(value, null, 2), (text) => {
    const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
