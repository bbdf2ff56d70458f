import { MspError } from '../errors.ts'

/** How long the keychain may take: 30 s while somebody can answer its window, 5 s when nobody can. */
export interface KeychainLimit {
  timeoutMs: number
}

export const machineKeyEntry = (installation: string): string => `machine-key:${installation}`
export const databasePasswordEntry = (key: string): string => `database-password:${key}`

const elsewhere = 'or use a key file: set MSP_KEY_FILE to its path.'
const situations: { text: RegExp; sentence: string; hint: string }[] = [
  {
    text: /autolaunch|Failed to connect to socket/,
    sentence: 'The keychain cannot be reached: there is no session bus here.',
    hint: `Run msp in a desktop session or under dbus-run-session, ${elsewhere}`,
  },
  {
    text: /not provided by any \.service files|Process org\.freedesktop\.secrets exited/,
    sentence: 'There is no keychain on this machine: nothing answers as org.freedesktop.secrets.',
    hint: `Install gnome-keyring or KWallet, ${elsewhere}`,
  },
  {
    text: /prompt was dismissed|is locked/i,
    sentence: 'The keychain is locked.',
    hint: `Unlock it in your desktop session, ${elsewhere}`,
  },
  {
    text: /no result found/i,
    sentence: 'The keychain has no default collection to write to.',
    hint: `Sign in to the desktop once or create a default keyring, ${elsewhere}`,
  },
]
const waiting = {
  sentence: "Your system's keychain is waiting for you to unlock it.",
  hint: `Answer its window and run the command again, ${elsewhere}`,
}
const silence = {
  sentence: 'The keychain cannot be reached: the session bus here takes calls and answers none.',
  hint: `Sign out of the desktop and in again, ${elsewhere}`,
}
const busPatienceMs = 5000 // one that lives answers within a few

/** The machine's private key. `null` says that it is absent and is no reason to make a new one: that is for an empty database. */
export async function readMachineKey(installation: string, limit: KeychainLimit): Promise<Buffer | null> {
  const key = await readFromKeychain(machineKeyEntry(installation), limit)
  if (key === null || key.length === 32) return key
  throw new MspError('locked', `The keychain's entry ${machineKeyEntry(installation)} has ${key.length} bytes instead of 32.`, {
    hint: 'Something else wrote it. Delete that entry in your keychain, then bring the key back with the recovery code: msp key recover',
  })
}

export async function writeMachineKey(installation: string, key: Buffer, limit: KeychainLimit): Promise<void> {
  await writeToKeychain(machineKeyEntry(installation), key, limit)
}

export async function deleteMachineKey(installation: string, limit: KeychainLimit): Promise<boolean> {
  return deleteFromKeychain(machineKeyEntry(installation), limit)
}

export async function readFromKeychain(entry: string, limit: KeychainLimit): Promise<Buffer | null> {
  const secret = await ask(entry, limit, (keychain) => keychain.getSecret())
  return secret && Buffer.from(secret)
}

/** Writes, reads back and compares: some keychains accept what they do not keep. */
export async function writeToKeychain(entry: string, secret: Buffer, limit: KeychainLimit): Promise<void> {
  await ask(entry, limit, (keychain) => keychain.setSecret(secret))
  const kept = await readFromKeychain(entry, limit)
  if (kept?.equals(secret)) return
  throw new MspError('locked', `The keychain did not keep ${entry}: it reads back ${kept ? 'something else' : 'nothing'}.`, {
    hint: 'Use a key file: set MSP_KEY_FILE to its path.',
  })
}

/** Whether there was something to delete. */
export async function deleteFromKeychain(entry: string, limit: KeychainLimit): Promise<boolean> {
  return ask(entry, limit, (keychain) => keychain.deleteCredential())
}

type Keychain = import('@napi-rs/keyring').AsyncEntry

/** One call, up to the limit. A call that is late cannot be aborted, only left behind. */
async function ask<T>(entry: string, { timeoutMs }: KeychainLimit, call: (keychain: Keychain) => Promise<T>): Promise<T> {
  if (process.platform === 'linux') await refuseSilence(timeoutMs)
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => limit.reject(new MspError('locked', waiting.sentence, { hint: waiting.hint })), timeoutMs)
  try {
    return await Promise.race([callKeychain(entry, call), limit.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Before the package waits for it, on this thread, and so holds up the limit, too. */
async function refuseSilence(timeoutMs: number): Promise<void> {
  const { isBusSilent } = await import('./session-bus.ts')
  if (await isBusSilent(Math.min(timeoutMs, busPatienceMs))) throw new MspError('locked', silence.sentence, { hint: silence.hint })
}

async function callKeychain<T>(entry: string, call: (keychain: Keychain) => Promise<T>): Promise<T> {
  const { AsyncEntry } = await loadKeyring()
  process.on('exit', leaveAtOnce)
  try {
    // pinned: its default on Linux falls back to the kernel keyring, which forgets the key at the next reboot
    return await call(new AsyncEntry('msp', entry, { linux: { store: 'secret-service' } }))
  } catch (cause) {
    throw toRefusal(cause)
  } finally {
    process.off('exit', leaveAtOnce)
  }
}

/** process.exit joins the thread of a call that is still waiting, for up to 25 s. A process that becomes another one joins nothing. */
function leaveAtOnce(exitCode: number): void {
  if (process.platform !== 'win32') process.execve?.('/bin/sh', ['sh', '-c', `exit ${exitCode}`])
}

async function loadKeyring() {
  try {
    return await import('@napi-rs/keyring')
  } catch (cause) {
    throw new MspError('locked', 'The package @napi-rs/keyring, which reaches the keychain, cannot be loaded on this machine.', {
      hint: `Install msp again without --omit=optional, ${elsewhere}`,
      cause,
    })
  }
}

/** The package gives every failure the same code; only the text tells them apart. */
function toRefusal(cause: unknown): MspError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/did not receive a reply/i.test(text)) return new MspError('locked', waiting.sentence, { hint: waiting.hint, cause })
  const known = situations.find((situation) => situation.text.test(text))
  if (known) return new MspError('locked', known.sentence, { hint: known.hint, cause })
  return new MspError('locked', `The keychain refused: ${text}`, {
    hint: `Open your system's keychain and look at it, ${elsewhere}`,
    cause,
  })
}
