import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { readSecretFile } from '../../files.ts'
import { findInstallation } from '../../vault/store.ts'
import { openVault, recoverVault } from '../../vault/vault.ts'

export interface RecoverOptions {
  codeStdin?: boolean
  codeFile?: string
}

export function registerKeyRecover(key: Command, app: App, run = runKeyRecover): void {
  key
    .command('recover')
    .description('Let this machine in with the recovery code, when its key is gone or it never had one')
    .option('--code-stdin', 'read the recovery code from standard input')
    .option('--code-file <file>', 'read it from a file that only you can read')
    .action((options: RecoverOptions) => run(app, options))
}

type RecoverApp = Pick<App, 'io' | 'prompt' | 'stdin' | 'config' | 'machine' | 'keyFile' | 'db' | 'keySource'>

export async function runKeyRecover(app: RecoverApp, options: RecoverOptions): Promise<void> {
  if (options.codeStdin && options.codeFile !== undefined) throw new MspError('usage', 'Use --code-stdin or --code-file, not both.')
  const { io, config, machine, keyFile } = app
  const db = await app.db()
  const installation = await findInstallation(db)
  if (!installation) throw new MspError('not_found', 'This database has no vault to recover.', { hint: 'Set one up: msp init' })
  const source = await app.keySource()
  await recoverVault(db, source, machine, await readCode(app, options))
  await openVault(db, installation, source, machine)
  if (keyFile !== undefined) await config.set('key.file', keyFile)
  io.out(`This machine (${machine}) opens the vault again, with its key in ${source.name}.`, 'good')
}

async function readCode({ prompt, stdin }: RecoverApp, { codeStdin, codeFile }: RecoverOptions): Promise<string> {
  if (codeFile !== undefined) return readSecretFile(codeFile)
  return codeStdin ? text(stdin) : prompt.secret('Recovery code (it is not shown):', '--code-stdin or --code-file')
}
