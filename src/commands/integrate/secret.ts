import { type Agent, askAPerson } from '../../agent.ts'
import { MspError } from '../../errors.ts'
import { quoted, readSecretFile } from '../../files.ts'
import { keepSecret } from '../../live-secrets.ts'
import type { Prompt } from '../../prompt.ts'
import { readInput } from '../read-input.ts'

export interface SecretSources {
  /** What it is, for the question: `API token`. */
  what: string
  /** A token is one word; a password, a client's secret and that of an access key may hold what their maker liked, on one line. */
  kind: 'token' | 'password' | 'client-secret' | 'secret'
  file?: string | undefined
  stdin?: boolean | undefined
}

const longest = 16_384

/** A secret out of a file, of standard input, or typed without echo; never of the command line. */
export const readSecret = async (prompt: Prompt, stdin: NodeJS.ReadableStream, sources: SecretSources): Promise<string> =>
  toSecret(await readText(prompt, stdin, sources), sources)

/** The secret in what was given, or a sentence that does not repeat it. */
export function toSecret(given: string, { what, kind }: Pick<SecretSources, 'what' | 'kind'>): string {
  const text = given.replace(/^\ufeff/, '')
  const secret = kind === 'token' ? text.trim() : text.replace(/\r?\n$/, '')
  if (secret.trim() === '') throw new MspError('usage', `The ${what} is empty.`)
  if (secret.length > longest || !(kind === 'token' ? /^[!-~]+$/ : /^\P{Control}+$/u).test(secret)) {
    const wrong = kind === 'token' ? 'it has white space or other characters in it that no token has' : 'it has more than one line'
    throw new MspError('usage', `That is no ${what}: ${wrong}, or it is too long.`, { hint: `Give the ${kind} alone, on one line.` })
  }
  return keepSecret(secret)
}

/** A secret that has to be typed is typed by a person: what an agent is told stays in its conversation. `words` is what was typed so far. */
export function requireTypist(agent: Agent | undefined, { what, file, stdin }: SecretSources, words: readonly string[]): void {
  if (!agent || file !== undefined || stdin) return
  throw new MspError('sign_in', `A person types the ${what} in a terminal; it has no place in a conversation with an agent.`, {
    hint: askAPerson(agent, ['integrate', ...words.map(quoted)].join(' ')),
  })
}

/** An option as it was typed; nothing of one that was not. */
export const given = (option: string, value: string | undefined): string[] => (value === undefined ? [] : [option, value])

async function readText(prompt: Prompt, stdin: NodeJS.ReadableStream, { what, kind, file, stdin: fromStdin }: SecretSources) {
  const flags = [`--${kind}-stdin`, `--${kind}-file`] as const
  if (file !== undefined && fromStdin) throw new MspError('usage', `Use ${flags[0]} or ${flags[1]}, not both.`)
  if (file !== undefined) return readSecretFile(file)
  return fromStdin ? readInput(stdin, 4 * longest) : prompt.secret(`${what} (it is not shown):`, flags.join(' or '))
}
