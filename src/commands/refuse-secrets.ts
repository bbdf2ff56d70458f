import { open, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { App } from '../app.ts'
import { MspError } from '../errors.ts'
import { holdsSecret } from '../live-secrets.ts'

/** Refuses to send a file that msp keeps for itself: it may hold keys, or what opens them. Of its folders only the reports are made to be sent. */
export async function refuseOwnFile(app: Pick<App, 'config' | 'keyFile' | 'env'>, typed: string): Promise<void> {
  const { config, data, state } = app.config.folders
  const keyFile = app.keyFile ?? app.config.get('key.file')
  const recoveryFile = keyFile && join(dirname(keyFile), 'recovery-code')
  const files = [keyFile, recoveryFile, app.env.MSP_PASSPHRASE_FILE].flatMap((file) => (file ? [file] : []))
  const [path, ...others] = await Promise.all([typed, ...files, config, data, state].map(toReal))
  const reports = await Promise.all([join(data, 'reports'), join(state, 'reports')].map(toReal))
  if (path === undefined || !isBeneath(path, others) || isBeneath(path, reports)) return
  throw new MspError('usage', `${typed} is a file of msp itself, which may hold keys or what opens them. Nothing was sent.`, {
    hint: 'Name another file.',
  })
}

const looked = 1024 * 1024 // a key is copied into a note or a setting, not into the middle of something large

/** Refuses a file in whose beginning a secret stands that msp has in use. */
export async function refuseSecretsIn(path: string): Promise<void> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(looked), 0, looked, 0)
    if (!holdsSecret(buffer.toString('utf8', 0, bytesRead))) return
  } finally {
    await file.close()
  }
  throw new MspError('usage', `${path} holds a key or a password that msp itself uses. Nothing was sent.`, {
    hint: 'Take it out, or name another file.',
  })
}

/** Where it really lies; as it is written when it is not there. */
const toReal = (path: string): Promise<string> => realpath(path).catch(() => resolve(path))

const isBeneath = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => {
    const way = relative(folder, path)
    return !isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way)
  })
