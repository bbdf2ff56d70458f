import type { Value } from '../config.ts'
import { MspError } from '../errors.ts'
import type { KeySource } from './key-source.ts'

/** The URL of the database without its password, and the password: of the URL itself (from the environment), else kept beside the machine's key. */
export async function readDatabasePassword(
  { value, from }: Value,
  keySource: () => Promise<KeySource>,
): Promise<{ url: URL; password: string | undefined }> {
  const url = new URL(value)
  const password = url.password === '' ? undefined : decodeURIComponent(url.password)
  url.password = ''
  if (password !== undefined || from === 'environment') return { url, password }
  return { url, password: (await (await keySource()).readPassword(entryOf(url))) || undefined }
}

/** Keeps the password of a database: in the keychain, or sealed by the key file. An empty one says that none is needed. */
export async function saveDatabasePassword(url: URL, password: string, source: KeySource): Promise<void> {
  await source.writePassword(entryOf(url), password)
}

const entryOf = (url: URL): string => `${url.username}@${url.host}${url.pathname}`.toLowerCase()

/** Refuses a password in a URL that is typed: every user of the machine can read a command line. */
export function refusePassword(url: URL): void {
  if (url.password === '') return
  throw new MspError('usage', 'A password on the command line can be read by every user of this machine.', {
    hint: 'Leave it out of the URL; msp asks for it, or give --password-stdin.',
  })
}
