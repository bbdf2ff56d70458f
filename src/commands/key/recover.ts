import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { readSecretFile } from '../../files.ts'
import { keepSecret } from '../../live-secrets.ts'
import { namingOtherWay } from '../../vault/key-source.ts'
import { readNewPassphrase, refuseBesideKeyFile } from '../../vault/passphrase.ts'
import { requireSetUp } from '../../vault/store.ts'
import { unlockWithKey } from '../../vault/unlock.ts'
import { recoverVault } from '../../vault/vault.ts'

export interface RecoverOptions {
  codeStdin?: boolean
  codeFile?: string
  passphrase?: boolean
}

export function registerKeyRecover(key: Command, app: App, run = runKeyRecover): void {
  key
    .command('recover')
    .description('Let this machine in with the recovery code, when its key is gone or it never had one')
    .option('--code-stdin', 'read the recovery code from standard input')
    .option('--code-file <file>', 'read it from a file that only you can read')
    .option('--passphrase', 'give it a passphrase, typed twice or read from the file that MSP_PASSPHRASE_FILE names, instead of a key')
    .action((options: RecoverOptions) => run(app, options))
}

type RecoverApp = Pick<App, 'io' | 'prompt' | 'stdin' | 'config' | 'keyFile' | 'db' | 'keys'>

export async function runKeyRecover(app: RecoverApp, options: RecoverOptions): Promise<void> {
  if (options.codeStdin && options.codeFile !== undefined) throw new MspError('usage', 'Use --code-stdin or --code-file, not both.')
  const { io, config, keyFile } = app
  const db = await app.db()
  const installation = await requireSetUp(db)
  const { machine, passphrase, ...keys } = await app.keys()
  if (options.passphrase) {
    refuseBesideKeyFile(keys.source)
    const newPassphrase = () => readNewPassphrase(passphrase)
    await recoverVault(db, installation, { source: keys.source, machine, code: await readCode(app, options), newPassphrase })
    return io.out(`This machine (${machine}) opens the vault again, with its new passphrase.`, 'good')
  }
  const source = namingOtherWay(keys.source, 'msp key recover --passphrase')
  // before anybody looks for the code
  await source.read(installation.id)
  await recoverVault(db, installation, { source, machine, code: await readCode(app, options), newPassphrase: undefined })
  await unlockWithKey(db, installation, { source, machine })
  if (keyFile !== undefined) await config.set('key.file', keyFile)
  io.out(`This machine (${machine}) opens the vault again, with its key in ${source.name}.`, 'good')
}

async function readCode({ prompt, stdin }: RecoverApp, { codeStdin, codeFile }: RecoverOptions): Promise<string> {
  if (codeFile !== undefined) return readSecretFile(codeFile)
  return codeStdin
    ? keepSecret((await text(stdin)).trim())
    : prompt.secret('Recovery code (it is not shown):', '--code-stdin or --code-file')
}
