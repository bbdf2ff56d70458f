import { envFileOf, secretEnvFile, type Value } from '../config.ts'
import { MspError } from '../errors.ts'
import { readSecretFile } from '../files.ts'
import type { Folders } from '../folders.ts'
import { keepSecret } from '../live-secrets.ts'
import type { KeySource } from './key-source.ts'

/** The URL of the database without its password, and the password: of the URL itself (from the environment), else kept beside the machine's key. */
export async function readDatabasePassword(
  { value, from }: Value,
  keySource: () => Promise<KeySource>,
  folders: Folders,
): Promise<{ url: URL; password: string | undefined }> {
  const url = new URL(value)
  const password = url.password === '' ? undefined : keepSecret(decodeURIComponent(url.password))
  url.password = ''
  const envFile = await secretEnvFile(folders)
  // read for its checks alone: a password that others can read has leaked, whoever uses it
  if (password !== undefined && envFile !== undefined) await readSecretFile(envFile)
  if (password !== undefined || from === 'environment') return { url, password }
  const source = await keySource()
  const kept = await source.readPassword(entryOf(url)).catch(namingEnvFile('read', url, source, folders))
  return { url, password: kept ? keepSecret(kept) : undefined }
}

/** Keeps the password of a database: in the keychain, or sealed by the key file. An empty one says that none is needed. */
export async function saveDatabasePassword(url: URL, password: string, source: KeySource, folders: Folders): Promise<void> {
  await source.writePassword(entryOf(url), keepSecret(password)).catch(namingEnvFile('kept', url, source, folders))
}

/** Without a keychain the password has one other place: it is needed before the key slots, and with them any passphrase, can be read. */
const namingEnvFile =
  (done: 'read' | 'kept', url: URL, source: KeySource, folders: Folders) =>
  (error: unknown): never => {
    if (!(error instanceof MspError && error.code === 'locked') || source.kind === 'keyfile') throw error
    const whole = `MSP_DATABASE_URL=${url.protocol}//${url.username}:PASSWORD@${url.host}${url.pathname}`
    throw new MspError('locked', `The password of the database cannot be ${done}. ${error.message}`, {
      hint: `${error.hint} Without either, write ${whole} into ${envFileOf(folders)}, mode 600.`,
      cause: error,
    })
  }

const entryOf = (url: URL): string => `${url.username}@${url.host}${url.pathname}`.toLowerCase()

/** Refuses a password in a URL that is typed: every user of the machine can read a command line. */
export function refusePassword(url: URL): void {
  if (url.password === '') return
  throw new MspError('usage', 'A password on the command line can be read by every user of this machine.', {
    hint: 'Leave it out of the URL; msp asks for it, or give --password-stdin.',
  })
}
