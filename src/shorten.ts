/** Text of any length as one line of so many characters at most; what is cut ends with `…`. */
export function shorten(text: string, length = 200): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()]
  if (characters.length <= length) return characters.join('')
  return `${characters
    .slice(0, length - 1)
    .join('')
    .trimEnd()}…`
}
