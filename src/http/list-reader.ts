import { StringDecoder } from 'node:string_decoder'

/** Takes the elements of a long list in pieces while they come in, so that the whole list is never in memory. */
export interface ListTaker {
  /** At each attempt at the request: what was taken before does not count. */
  begin(): void
  take(elements: unknown[]): void
}

export interface ListReader {
  /** Bytes of the JSON, in order. */
  write(chunk: Buffer): void
  /** How many characters could not be taken yet. */
  waiting(): number
  /** How many elements there were; what could not be taken when it was no list in JSON. */
  end(): { count: number } | { text: string }
}

const between = '},{"'

/**
 * Reads a JSON list of objects piece by piece. Pieces end where one object seems to end and the next to begin; a piece that is no JSON by itself
 * (the mark stood inside of a text or of an inner list) waits for more. So every list is read, at worst as a whole.
 */
export function createListReader({ take }: ListTaker): ListReader {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let count = 0
  let isBegun = false
  let nextTry = 0
  const takeText = (text: string): boolean => {
    const elements = parse(text)
    if (!Array.isArray(elements)) return false
    isBegun = true
    count += elements.length
    if (elements.length > 0) take(elements)
    return true
  }
  return {
    write: (chunk) => {
      const text = decoder.write(chunk)
      const end = text.lastIndexOf(between)
      const piece = end === -1 ? '' : rest + text.slice(0, end + 1)
      const isWorthATry = end !== -1 && piece.length >= nextTry
      // the comma behind it is dropped
      if (isWorthATry && takeText(isBegun ? `[${piece}]` : `${withoutMark(piece)}]`)) {
        rest = text.slice(end + 2)
        nextTry = 0
        return
      }
      rest += text
      // to try at each mark would read all that waits again and again
      if (isWorthATry) nextTry = 2 * piece.length
    },
    waiting: () => rest.length,
    end: () => {
      const text = rest + decoder.end()
      return takeText(isBegun ? `[${text}` : withoutMark(text)) ? { count } : { text }
    },
  }
}

const withoutMark = (text: string): string => text.replace(/^\ufeff/, '')

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
