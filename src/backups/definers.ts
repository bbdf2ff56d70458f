import { StringDecoder } from 'node:string_decoder'

// in backticks, as MariaDB's own dumps write an account, in quotes, or bare
const definer =
  /\bDEFINER\s*=\s*(`(?:[^`\0]|``){1,80}`|'(?:[^'\\\0]|''){1,80}'|[\w$]{1,80})@(`[\w.%:/-]{1,60}`|'[\w.%:/-]{1,60}'|[\w.$]{1,60})/gi
const mostDefiners = 100

/** Notes the accounts that a dump which passes names as such, all in backticks. */
export async function* noteDefiners(dump: AsyncIterable<Buffer>, definers: Set<string>): AsyncGenerator<Buffer> {
  // a letter may begin in one chunk and end in the next
  const decoder = new StringDecoder()
  let before = ''
  for await (const chunk of dump) {
    const passing = before + decoder.write(chunk)
    for (const [, user = '', host = ''] of passing.matchAll(definer))
      if (definers.size < mostDefiners) definers.add(`${inBackticks(withoutQuotes(user))}@${inBackticks(withoutQuotes(host))}`)
    before = passing.slice(-300)
    yield chunk
  }
}

function withoutQuotes(name: string): string {
  const [mark = ''] = name
  return mark === '`' || mark === "'" ? name.slice(1, -1).replaceAll(mark + mark, mark) : name
}

/** A name as MariaDB reads it, whatever it holds. */
export const inBackticks = (name: string): string => `\`${name.replaceAll('`', '``')}\``
