import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { writeSecretFile } from '../files.ts'
import type { Io } from '../io.ts'
import type { Prompt } from '../prompt.ts'
import type { KeySource } from './key-source.ts'
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
  // before the vault is made: a code that cannot be handed over would be lost
  const path = codeFileOf(setUp)
  if (path !== undefined && existsSync(path)) {
    throw new MspError('config', `${path} exists, and msp does not overwrite it: it may hold another recovery code.`, {
      hint: 'Move it away, or name another file: msp init --recovery-file FILE',
    })
  }
  const code = await createVault(setUp.db, setUp.source, setUp.machine)
  await handOver(setUp, code)
  const installation = await findInstallation(setUp.db)
  if (!installation) throw new MspError('storage', 'The database did not keep the new vault.')
  return { installation, isNew: true }
}

/** Where the recovery code goes when nobody names a file and there is no terminal. */
export const recoveryFileOf = (source: KeySource, stateFolder: string): string =>
  join(source.kind === 'keyfile' ? dirname(source.name) : stateFolder, 'recovery-code')

/** Undefined: the code is shown at the terminal. */
const codeFileOf = ({ prompt, source, recoveryFile, stateFolder }: SetUp): string | undefined =>
  recoveryFile ?? (prompt.canAsk ? undefined : recoveryFileOf(source, stateFolder))

/** Shows the code once at a terminal and has it confirmed; without one it goes to a file, never to output. */
async function handOver(setUp: SetUp, code: string): Promise<void> {
  const { io, prompt } = setUp
  const path = codeFileOf(setUp)
  if (path !== undefined) {
    await writeSecretFile(path, `${code}\n`, { overwrite: false })
    io.err(`The recovery code is in ${path}. Print it, keep it away from this machine, then delete the file.`, 'warn')
    return
  }
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
