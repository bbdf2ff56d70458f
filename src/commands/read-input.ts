/** Standard input up to `limit` bytes and a chunk: what comes may never end, and more than the limit is refused by who asked. */
export async function readInput(stdin: NodeJS.ReadableStream, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length > limit) break
  }
  return Buffer.concat(chunks).toString()
}
