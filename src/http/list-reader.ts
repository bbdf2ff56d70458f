/** Takes the elements of a long list in pieces while they come in, so that the whole list is never in memory. */
export interface ListTaker {
  /** At each attempt at the request: what was taken before does not count. */
  begin(): void
  take(elements: unknown[]): void
}

export interface ListReader {
  /** Bytes of the JSON, in order. */
  write(chunk: Buffer): void
  /** How many elements there were; what could not be taken when it was no list in JSON. */
  end(): { count: number } | { text: string }
}

const between = '},{"'

/**
 * Reads a JSON list of objects piece by piece. Pieces end where one object seems to end and the next to begin; a piece that is no JSON by itself
 * (the mark stood inside of a text or of an inner list) waits for more. So every list is read, at worst as a whole.
 */
export function createListReader({ take }: ListTaker): ListReader {
  let kept: Buffer[] = []
  let count = 0
  let isBegun = false
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
      const end = chunk.lastIndexOf(between)
      if (end === -1) return void kept.push(chunk)
      // up to the brace that closes; the comma behind it is dropped
      const text = Buffer.concat([...kept, chunk.subarray(0, end + 1)]).toString('utf8')
      if (takeText(isBegun ? `[${text}]` : `${text}]`)) kept = [chunk.subarray(end + 2)]
      else kept.push(chunk)
    },
    end: () => {
      const text = Buffer.concat(kept).toString('utf8')
      return takeText(isBegun ? `[${text}` : text) ? { count } : { text }
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}
