import { type Command, CommanderError, InvalidArgumentError } from 'commander'
import type { App } from '../app.ts'
import { toFields } from '../io.ts'

/** Adds `--json[=fields]`; `--json=help` prints the fields and ends. */
export function withJson(command: Command, app: Pick<App, 'io'>, fields: readonly string[]): Command {
  return command.option('--json [fields]', 'print JSON: every field, or the ones named', (typed: string | true) => {
    if (typed !== 'help') return toFields(typed, fields)
    for (const field of fields) app.io.out(field)
    throw new CommanderError(0, 'msp.fields', '')
  })
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

/** The options that every list has. */
export interface ListOptions {
  limit: number
  json?: readonly string[]
}

/** The options of every command that prints one item. */
export interface JsonOption {
  json?: readonly string[]
}
