import { MspError } from './errors.ts'

/** What is looked for by a part of its id. */
export interface Sought {
  /** `work item` */
  name: string
  /** The command that shows them: `msp work list` */
  list: string
}

/** The beginning or end of an id as it is looked for. Fewer than four characters, or what no id has, is refused. */
export function toIdPart(typed: string, { name, list }: Sought): string {
  if (/^[0-9a-f-]{4,36}$/i.test(typed)) return typed.toLowerCase()
  throw new MspError('usage', `"${typed}" is not the id of a ${name}, nor four or more characters of one.`, { hint: `See: ${list}` })
}

/** The one that fits; none and several are refused. */
export function pickOne<T>(matches: readonly T[], typed: string, { name, list }: Sought): T {
  const [first, another] = matches
  if (first === undefined) throw new MspError('not_found', `There is no ${name} ${typed}.`, { hint: `See: ${list}` })
  if (another === undefined) return first
  throw new MspError('ambiguous', `"${typed}" fits more than one ${name}.`, { hint: `Give more of the id: ${list}` })
}
