import { MspError } from '../errors.ts'

/** Standard input up to `limit` bytes and a chunk: what comes may never end, and more than the limit is refused by who asked. */
export async function readInput(stdin: NodeJS.ReadableStream, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length > limit) break
  }
  return toText(Buffer.concat(chunks), 'Standard input', length > limit)
}

/** What the bytes say; what is no text is refused, and not sent as something else. `isCut`: they may end within a character. */
export function toText(bytes: Uint8Array, source: string, isCut = false): string {
  const text = decode(bytes, isCut)
  if (text !== undefined && !text.includes('\0')) return text
  throw new MspError('usage', `${source} is no text: it holds ${text === undefined ? 'bytes that are not UTF-8' : 'a NUL character'}.`, {
    hint: 'Turn it into text in UTF-8 first.',
  })
}

function decode(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return undefined
  }
}
