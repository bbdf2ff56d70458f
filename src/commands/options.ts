import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { App } from '../app.ts'
import { toFields } from '../io.ts'

/** Adds `--json[=fields]`, the default when an agent runs msp; `--json=help` prints the fields and ends. */
export function withJson(command: Command, app: Pick<App, 'io' | 'asJson'>, fields: readonly string[]): Command {
  const option = new Option('--json [fields]', 'print JSON: every field, or those of --json=a,b').argParser((typed: string | true) => {
    if (typed !== 'help') return toFields(typed, fields)
    for (const field of fields) app.io.out(field)
    throw new CommanderError(0, 'msp.fields', '')
  })
  return command.addOption(app.asJson ? option.default(fields, 'every field') : option)
}

/** Parses an option that allows only these values. */
export const oneOf =
  <T extends string>(values: readonly T[]) =>
  (typed: string): T => {
    const found = values.find((value) => value === typed)
    if (found) return found
    throw new InvalidArgumentError(`Use one of: ${values.join(', ')}.`)
  }

/** Parses a whole number above 0. */
export function toWholeNumber(typed: string): number {
  const number = Number(typed)
  if (Number.isInteger(number) && number > 0) return number
  throw new InvalidArgumentError('Use a whole number above 0.')
}

/** Adds `--limit N` to a list. */
export const withLimit = (command: Command, standard = 50): Command =>
  command.option('--limit <n>', 'at most so many', toWholeNumber, standard)

/** Says of a list that was read with one more than `limit` that it goes on. */
export function sayIfMore({ io }: Pick<App, 'io'>, found: readonly unknown[], limit: number): void {
  if (found.length > limit) io.err(`There are more than ${limit === 1 ? 'this one' : `these ${limit}`}; see more with --limit.`)
}

/** The options that every list has. */
export interface ListOptions {
  limit: number
  json?: readonly string[]
}

/** The options of every command that prints one item. */
export interface JsonOption {
  json?: readonly string[]
}
