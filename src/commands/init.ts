import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { App } from '../app.ts'
import { MspError } from '../errors.ts'
import { refuseBesideKeyFile } from '../vault/passphrase.ts'
import { recoveryFileOf } from '../vault/set-up.ts'
import { findInstallation } from '../vault/store.ts'
import { type JsonOption, withJson } from './options.ts'

const fields = ['technician', 'database', 'key', 'recoveryCode', 'isNew'] as const

export interface InitOptions extends JsonOption {
  recoveryFile?: string
  passphrase?: boolean
}

const withoutKeychain = `Without a keychain: msp init --key-file FILE makes the key there and remembers the place; msp init --passphrase
keeps no key on this machine, and asks, or reads the file, whenever the vault is opened.`

export function registerInit(init: Command, app: App, run = runInit): void {
  init
    .option(
      '--recovery-file <file>',
      'write the recovery code there; without a terminal it goes beside the key file or into the state folder',
    )
    .option('--passphrase', 'open the vault with a passphrase: typed twice, or read from the file that MSP_PASSPHRASE_FILE names')
    .addHelpText('after', `\n${withoutKeychain}`)
  withJson(init, app, fields).action((options: InitOptions) => run(app, options))
}

type Asking = Pick<App, 'io' | 'prompt' | 'config'>
type InitApp = Asking & Pick<App, 'keyFile' | 'databaseName' | 'db' | 'keySource' | 'vault' | 'technician'>

export async function runInit(app: InitApp, { recoveryFile: typed, passphrase: withPassphrase, json }: InitOptions): Promise<void> {
  const { io, config, keyFile } = app
  const recoveryFile = typed === undefined ? undefined : resolve(typed)
  const source = await app.keySource()
  if (withPassphrase) refuseBesideKeyFile(source)
  await askTechnician(app)
  const isNew = (await findInstallation(await app.db())) === undefined
  if (withPassphrase && !isNew) {
    throw new MspError('usage', 'This database is set up already.', {
      hint: 'Give this machine a passphrase: msp key passphrase. Where it does not open the vault yet: msp key recover --passphrase',
    })
  }
  const { openedWith: key } = await app.vault({ recoveryFile, withPassphrase })
  // only now: a key that does not open the vault is not worth remembering
  if (keyFile !== undefined) await config.set('key.file', keyFile)
  const codeFile = recoveryFile ?? recoveryFileOf(source, config.folders.state)
  const recoveryCode = existsSync(codeFile)
    ? codeFile
    : isNew
      ? 'shown above, and kept nowhere else'
      : 'handed over when this database was set up'
  const places = { technician: app.technician(), database: app.databaseName(), key, recoveryCode, isNew }
  io.show(places, ['technician', 'database', 'key', 'recoveryCode'], json)
  io.err(isNew ? 'msp is set up. Connect your ticket system next: msp integrate syncro' : 'All is set up already.', 'good')
}

/** On a terminal only; elsewhere the default stands, and is said. */
async function askTechnician({ io, prompt, config }: Asking): Promise<void> {
  if (config.find('technician')?.from !== 'default') return
  if (!prompt.canAsk)
    return io.err(`You are ${config.get('technician')}. Your e-mail address is better: msp config set technician you@example.com`, 'warn')
  const answer = await prompt.text('Your e-mail address, as your systems know you:', 'MSP_TECHNICIAN')
  try {
    await config.set('technician', answer.trim())
  } catch (error) {
    if (!(error instanceof MspError && error.code === 'usage')) throw error
    io.err(error.message, 'warn')
  }
  return askTechnician({ io, prompt, config })
}
