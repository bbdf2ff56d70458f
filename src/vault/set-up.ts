import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newId } from '../db/id.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { writeSecretFile } from '../files.ts'
import type { Io } from '../io.ts'
import type { Prompt } from '../prompt.ts'
import type { KeySource } from './key-source.ts'
import { hasArgon2, newRecoveryCode } from './slots.ts'
import { findInstallation, type Installation } from './store.ts'
import { createVault } from './vault.ts'

export interface SetUp {
  db: Db
  source: KeySource
  machine: string
  io: Io
  prompt: Prompt
  /** The recovery code goes here when there is no terminal; undefined: beside the key file, or into this folder. */
  recoveryFile: string | undefined
  stateFolder: string
}

/** The installation of this database; an empty one is set up: data key, this machine's slot, recovery code. */
export async function requireInstallation(setUp: SetUp): Promise<{ installation: Installation; isNew: boolean }> {
  const existing = await findInstallation(setUp.db)
  if (existing) return { installation: existing, isNew: false }
  const path = codeFileOf(setUp)
  if (path !== undefined && existsSync(path)) {
    throw new MspError('config', `${path} exists, and msp does not overwrite it: it may hold another recovery code.`, {
      hint: 'Move it away, or name another file: msp init --recovery-file FILE',
    })
  }
  await create(setUp, path)
  const installation = await findInstallation(setUp.db)
  if (!installation) throw new MspError('storage', 'The database did not keep the new vault.')
  return { installation, isNew: true }
}

/** Makes the vault. The code goes to its file first: one that could not be handed over would be lost. */
async function create({ db, source, machine, io, prompt }: SetUp, path: string | undefined): Promise<void> {
  const code = (await hasArgon2()) ? newRecoveryCode() : undefined
  if (code === undefined) {
    await createVault(db, source, machine, undefined)
    io.err(
      'There is no recovery code: the package argon2 cannot be loaded here. Keep a copy of the key file, or connect again after a loss.',
      'warn',
    )
  } else if (path === undefined) {
    // a keychain that cannot be reached is said before a code is written down, and a code that is not confirmed was for nothing
    await source.read(newId())
    await showCode(prompt, io, code)
    await createVault(db, source, machine, code)
  } else {
    await writeSecretFile(path, `${code}\n`, { overwrite: false })
    await createVault(db, source, machine, code).catch(async (error) => {
      await rm(path, { force: true })
      throw error
    })
    io.err(`The recovery code is in ${path}. Print it, keep it away from this machine, then delete the file.`, 'warn')
  }
}

/** Where the recovery code goes when nobody names a file and there is no terminal. */
export const recoveryFileOf = (source: KeySource, stateFolder: string): string =>
  join(source.kind === 'keyfile' ? dirname(source.name) : stateFolder, 'recovery-code')

/** Undefined: the code is shown at the terminal. */
const codeFileOf = ({ prompt, source, recoveryFile, stateFolder }: SetUp): string | undefined =>
  recoveryFile ?? (prompt.canAsk ? undefined : recoveryFileOf(source, stateFolder))

/** Shows the code once at a terminal and has it confirmed. */
async function showCode(prompt: Prompt, io: Io, code: string): Promise<void> {
  io.err(
    'This is the recovery code. With it a machine gets in that has lost its key; nothing else does. Print it or write it down.',
    'warn',
  )
  io.err(`\n    ${code}\n`, 'bold')
  await confirmWritten(prompt, io, code.split('-'))
}

async function confirmWritten(prompt: Prompt, io: Io, groups: readonly string[]): Promise<void> {
  const [first, second] = [2, 6]
  const wanted = `${groups[first - 1]}${groups[second - 1]}`
  const answer = await prompt.text(`Type its groups ${first} and ${second} to show that you have it:`, '--recovery-file')
  if (answer.toUpperCase().replace(/[^A-Z0-9]/g, '') === wanted) return
  io.err(`That is not what stands there: the groups are ${groups[first - 1]} and ${groups[second - 1]}.`, 'warn')
  return confirmWritten(prompt, io, groups)
}
