import { MspError } from '../errors.ts'
import { quoted, readSecretFile } from '../files.ts'
import type { Io } from '../io.ts'
import type { Prompt } from '../prompt.ts'
import type { KeySource } from './key-source.ts'
import { isWrongTyped, problemOfPassphrase } from './slots.ts'

/** Where the passphrase of a run comes from: the file that MSP_PASSPHRASE_FILE names, else the person at the terminal. */
export interface PassphraseSource {
  readonly file: string | undefined
  readonly prompt: Pick<Prompt, 'canAsk' | 'text' | 'secret'>
  readonly io: Io
}

const variable = 'a file that MSP_PASSPHRASE_FILE names'
const tries = 3

/** The passphrase in a file that nobody else can read: one line. */
export async function readPassphraseFile(path: string): Promise<string> {
  const passphrase = toPassphrase(await readText(path))
  if (passphrase !== undefined) return passphrase
  throw new MspError('locked', `${path} holds no passphrase: it must stand there alone, on one line.`, {
    hint: `See what is there: wc ${quoted(path)}`,
  })
}

async function readText(path: string): Promise<string> {
  try {
    return await readSecretFile(path)
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    throw new MspError('locked', `The file with the passphrase cannot be used. ${error.message}`, { hint: error.hint, cause: error })
  }
}

/** The one line of a text, with or without its end; undefined when it is empty or has other control characters in it. */
export function toPassphrase(text: string): string | undefined {
  const line = text.replace(/^\ufeff/, '').replace(/\r?\n$/, '')
  return line === '' || /\p{Control}/u.test(line) ? undefined : line
}

/** A new passphrase: out of `file`, else typed twice. Where nobody can type, the error names `flag`. */
export async function readNewPassphrase({ file, prompt, io }: PassphraseSource, flag = variable): Promise<string> {
  if (file === undefined) return typeTwice(prompt, io, flag)
  const passphrase = await readPassphraseFile(file)
  const problem = problemOfPassphrase(passphrase)
  if (problem !== undefined) throw problem
  return passphrase
}

async function typeTwice(prompt: PassphraseSource['prompt'], io: Io, flag: string): Promise<string> {
  const passphrase = await prompt.secret('New passphrase, at least 12 characters (it is not shown):', flag)
  const problem =
    toPassphrase(passphrase) === undefined ? 'That is no passphrase: it has a control character in it, or it is empty.' : undefined
  const refusal = problem ?? problemOfPassphrase(passphrase)?.message ?? (await typedAgain(prompt, passphrase, flag))
  if (refusal === undefined) return passphrase
  io.err(refusal, 'warn')
  return typeTwice(prompt, io, flag)
}

async function typedAgain(prompt: PassphraseSource['prompt'], passphrase: string, flag: string): Promise<string | undefined> {
  return (await prompt.secret('The same again:', flag)) === passphrase ? undefined : 'The two are not the same.'
}

/** Gives `open` the passphrase of the file, else what is typed, up to three times while it is wrong. */
export async function withPassphrase<T>({ file, prompt, io }: PassphraseSource, open: (passphrase: string) => Promise<T>): Promise<T> {
  if (file === undefined) return withTyped(prompt, io, open, tries)
  const passphrase = await readPassphraseFile(file)
  try {
    return await open(passphrase)
  } catch (error) {
    if (!isWrongTyped(error)) throw error
    throw new MspError('locked', `The passphrase in ${file} does not open the vault.`, {
      hint: 'Put the right one there, or set a new one with the recovery code: msp key recover --passphrase',
      cause: error,
    })
  }
}

async function withTyped<T>(
  prompt: PassphraseSource['prompt'],
  io: Io,
  open: (passphrase: string) => Promise<T>,
  left: number,
): Promise<T> {
  const passphrase = await prompt.secret('Passphrase of the vault (it is not shown):', variable)
  try {
    return await open(passphrase)
  } catch (error) {
    if (!(isWrongTyped(error) && left > 1)) throw error
    io.err(error.message, 'warn')
    return withTyped(prompt, io, open, left - 1)
  }
}

/** Refuses a passphrase for a machine whose key file would be its only source all the same. */
export function refuseBesideKeyFile(source: KeySource): void {
  if (source.kind !== 'keyfile') return
  throw new MspError('usage', `--passphrase does not go with a key file: where one is named (${source.name}), nothing else is asked.`, {
    hint: 'Leave out --passphrase, or the key file: --key-file, MSP_KEY_FILE, or msp config unset key.file',
  })
}
