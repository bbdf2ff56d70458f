import { existsSync } from 'node:fs'
import { join } from 'node:path'
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

function file(path: string, passwords: string): KeySource {
  const read = async () => (existsSync(path) ? readKeyFile(path) : null)
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
