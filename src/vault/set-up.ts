import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newId } from '../db/id.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { writeSecretFile } from '../files.ts'
import type { Io } from '../io.ts'
import type { Prompt } from '../prompt.ts'
import { readOnlyRefusal } from '../read-only.ts'
import { type KeySource, namingOtherWay } from './key-source.ts'
import { readNewPassphrase } from './passphrase.ts'
import { hasArgon2, newRecoveryCode } from './slots.ts'
import { findInstallation, requireNoSlots } from './store.ts'
import type { Keys } from './unlock.ts'
import { createVault, openVault, type Vault } from './vault.ts'

export interface SetUp {
  db: Db
  keys: Keys
  io: Io
  /** A new vault opens with a passphrase instead of a key of this machine. */
  withPassphrase: boolean
  /** The recovery code goes here when there is no terminal; undefined: beside the key file, or into this folder. */
  recoveryFile: string | undefined
  stateFolder: string
  /** An empty database is refused instead. */
  isReadOnly: boolean
}

/** Opens the vault of this database; an empty one is set up: data key, this machine's slot, recovery code. */
export async function openOrSetUp(setUp: SetUp): Promise<Vault> {
  const existing = await findInstallation(setUp.db)
  if (existing) return openVault(setUp.db, existing, setUp.keys)
  await requireNoSlots(setUp.db)
  if (setUp.isReadOnly) throw readOnlyRefusal('No vault was made in this database')
  const path = codeFileOf(setUp)
  if (path !== undefined && existsSync(path)) {
    throw new MspError('config', `${path} exists, and msp does not overwrite it: it may hold another recovery code.`, {
      hint: 'Move it away, or name another file: msp init --recovery-file FILE',
    })
  }
  const { machine, passphrase: typed } = setUp.keys
  const source = namingOtherWay(setUp.keys.source, 'msp init --passphrase')
  const passphrase = setUp.withPassphrase ? await readNewPassphrase(typed) : undefined
  const create = (code: string | undefined) => createVault(setUp.db, { source, machine, passphrase, code })
  // a keychain that cannot be reached is said before a code is written down, and a code that is not confirmed was for nothing
  const check = async () => void (passphrase === undefined && (await source.read(newId())))
  return handOver(setUp, path, { check, create })
}

interface Making {
  check: () => Promise<void>
  create: (code: string | undefined) => Promise<Vault>
}

/** Makes the vault. The code goes to its file first: one that could not be handed over would be lost. */
async function handOver({ keys, io }: SetUp, path: string | undefined, { check, create }: Making): Promise<Vault> {
  const code = (await hasArgon2()) ? newRecoveryCode() : undefined
  if (code === undefined) {
    const vault = await create(undefined)
    io.err(
      'There is no recovery code: the package argon2 cannot be loaded here. Keep a copy of the key file, or connect again after a loss.',
      'warn',
    )
    return vault
  }
  if (path === undefined) {
    await check()
    await showCode(keys.passphrase.prompt, io, code)
    return create(code)
  }
  await writeSecretFile(path, `${code}\n`, { overwrite: false })
  const vault = await create(code).catch(async (error) => {
    await rm(path, { force: true })
    throw error
  })
  io.err(`The recovery code is in ${path}. Print it, keep it away from this machine, then delete the file.`, 'warn')
  return vault
}

/** Where the recovery code goes when nobody names a file and there is no terminal. */
export const recoveryFileOf = (source: KeySource, stateFolder: string): string =>
  join(source.kind === 'keyfile' ? dirname(source.name) : stateFolder, 'recovery-code')

/** Undefined: the code is shown at the terminal. */
const codeFileOf = ({ keys, recoveryFile, stateFolder }: SetUp): string | undefined =>
  recoveryFile ?? (keys.passphrase.prompt.canAsk ? undefined : recoveryFileOf(keys.source, stateFolder))

/** Shows the code once at a terminal and has it confirmed. */
async function showCode(prompt: Pick<Prompt, 'text'>, io: Io, code: string): Promise<void> {
  io.err(
    'This is the recovery code. With it a machine gets in that has lost its key; nothing else does. Print it or write it down.',
    'warn',
  )
  io.err(`\n    ${code}\n`, 'bold')
  await confirmWritten(prompt, io, code.split('-'))
}

async function confirmWritten(prompt: Pick<Prompt, 'text'>, io: Io, groups: readonly string[]): Promise<void> {
  const [first, second] = [2, 6]
  const wanted = `${groups[first - 1]}${groups[second - 1]}`
  const answer = await prompt.text(`Type its groups ${first} and ${second} to show that you have it:`, '--recovery-file')
  if (answer.toUpperCase().replace(/[^A-Z0-9]/g, '') === wanted) return
  io.err(`That is not what stands there: the groups are ${groups[first - 1]} and ${groups[second - 1]}.`, 'warn')
  return confirmWritten(prompt, io, groups)
}
