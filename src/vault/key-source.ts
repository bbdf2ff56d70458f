import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MspError } from '../errors.ts'
import { readSecretFile, writeSecretFile } from '../files.ts'
import { deriveKey, open, type Place, seal, slotKeyId } from './cipher.ts'
import { makeKeyFile, readKeyFile } from './key-file.ts'
import { databasePasswordEntry, deleteMachineKey, readFromKeychain, readMachineKey, writeMachineKey, writeToKeychain } from './keychain.ts'
import { newMachineKey } from './slots.ts'

/** Where this machine's private key lies. */
export interface KeySource {
  readonly kind: 'machine' | 'keyfile'
  /** In words: `the keychain`, or the file's path. */
  readonly name: string
  /** Null when there is none, which is no reason to make one. */
  read(installation: string): Promise<Buffer | null>
  write(installation: string, key: Buffer): Promise<void>
  /** Takes back what `write` made. */
  remove(installation: string): Promise<void>
  /** A database password, kept beside the key: it is needed before the vault can be opened. */
  readPassword(entry: string): Promise<string | undefined>
  writePassword(entry: string, password: string): Promise<void>
}

/** The file when one is named, and then nothing else; else the operating system's keychain. */
export function openKeySource(keyFile: string | undefined, stateFolder: string, timeoutMs: number): KeySource {
  return keyFile === undefined ? keychain(timeoutMs) : file(keyFile, join(stateFolder, 'database-passwords.json'))
}

/** The same source; where a keychain refuses, the error names another way besides. */
export function namingOtherWay(source: KeySource, way: string): KeySource {
  if (source.kind === 'keyfile') return source
  const name = (error: unknown): never => {
    if (!(error instanceof MspError && error.code === 'locked')) throw error
    throw new MspError('locked', error.message, {
      hint: `${error.hint?.replace(/[^.]$/, '$&.')} With a passphrase instead: ${way}`,
      cause: error,
    })
  }
  return {
    ...source,
    read: (installation) => source.read(installation).catch(name),
    write: (installation, key) => source.write(installation, key).catch(name),
  }
}

function keychain(timeoutMs: number): KeySource {
  return {
    kind: 'machine',
    name: 'the keychain',
    read: (installation) => readMachineKey(installation, { timeoutMs }),
    write: (installation, key) => writeMachineKey(installation, key, { timeoutMs }),
    remove: async (installation) => void (await deleteMachineKey(installation, { timeoutMs })),
    readPassword: async (entry) => (await readFromKeychain(databasePasswordEntry(entry), { timeoutMs }))?.toString(),
    writePassword: (entry, password) => writeToKeychain(databasePasswordEntry(entry), Buffer.from(password), { timeoutMs }),
  }
}

/** Null for a file that is not there, which `openVault` has its own sentence for. */
function toAbsent(error: unknown): null {
  if (error instanceof MspError && error.cause instanceof MspError && error.cause.code === 'not_found') return null
  throw error
}

function file(path: string, passwords: string): KeySource {
  const read = () => readKeyFile(path).catch(toAbsent)
  const sealingKey = (key: Buffer) => ({ id: slotKeyId, key: deriveKey(key, 'msp/v1/database-password') })
  const place = (entry: string): Place => ({ table: 'database_passwords', column: 'password', row: entry })
  const readAll = async (): Promise<Record<string, string>> => (existsSync(passwords) ? JSON.parse(await readSecretFile(passwords)) : {})
  return {
    kind: 'keyfile',
    name: path,
    read,
    write: (_, key) => makeKeyFile(path, key),
    // a key file may serve several installations
    remove: async () => {},
    readPassword: async (entry) => {
      const sealed = (await readAll())[entry]
      // a key file that is gone has its own sentence
      const key = sealed === undefined ? null : await readKeyFile(path)
      return sealed !== undefined && key
        ? open([sealingKey(key)], 'local', place(entry), Buffer.from(sealed, 'base64')).toString()
        : undefined
    },
    writePassword: async (entry, password) => {
      const stored = await readAll()
      const isFirst = Object.keys(stored).length === 0 && !existsSync(path)
      if (isFirst) await makeKeyFile(path, newMachineKey())
      const key = await readKeyFile(path)
      const sealed = seal(sealingKey(key), 'local', place(entry), Buffer.from(password)).toString('base64')
      await writeSecretFile(passwords, `${JSON.stringify({ ...stored, [entry]: sealed })}\n`, { overwrite: true })
    },
  }
}
