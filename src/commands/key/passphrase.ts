import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { Db } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import { passphraseSlot } from '../../vault/new-slot.ts'
import { readNewPassphrase } from '../../vault/passphrase.ts'
import { deletePassphraseSlot, type Installation, listSlots, replacePassphraseSlot, requireSetUp } from '../../vault/store.ts'
import { type Keys, unlock, unlockWithKey } from '../../vault/unlock.ts'
import { type JsonOption, withJson } from '../options.ts'

const fields = ['machine', 'passphrase'] as const

export interface PassphraseOptions extends JsonOption {
  file?: string
  remove?: boolean
}

export function registerKeyPassphrase(key: Command, app: App, run = runKeyPassphrase): void {
  const passphrase = key
    .command('passphrase')
    .description('Give this machine a passphrase that opens the vault when its keychain does not; change it, or take it away')
    .option('--file <file>', 'read the new passphrase from a file that only you can read, instead of typing it twice')
    .option('--remove', 'take the passphrase of this machine away')
    .addHelpText('after', '\nWithout a terminal msp reads the passphrase from the file that MSP_PASSPHRASE_FILE names.')
  withJson(passphrase, app, fields).action((options: PassphraseOptions) => run(app, options))
}

type PassphraseApp = Pick<App, 'io' | 'db' | 'prompt' | 'keys' | 'env'>

export async function runKeyPassphrase(app: PassphraseApp, { file, remove, json }: PassphraseOptions): Promise<void> {
  if (remove && file !== undefined) throw new MspError('usage', 'Use --file or --remove, not both.')
  const db = await app.db()
  const installation = await requireSetUp(db)
  const keys = await app.keys()
  const { machine } = keys
  const had = (await listSlots(db)).some(({ kind, label }) => kind === 'passphrase' && label === machine)
  if (remove) await takeAway(app, { db, installation, keys, had })
  else await give(app, { db, installation, keys, had, file })
  const done = remove ? 'removed' : had ? 'changed' : 'added'
  if (json) return app.io.show({ machine, passphrase: done }, fields, json)
  app.io.out(`The passphrase of this machine (${machine}) is ${done}.`, 'good')
}

interface Change {
  db: Db
  installation: Installation
  keys: Keys
  /** The machine has a passphrase. */
  had: boolean
}

async function give(
  { io, env }: PassphraseApp,
  { db, installation, keys, had, file }: Change & { file: string | undefined },
): Promise<void> {
  const { dataKey } = await unlock(db, installation, keys)
  const { passphrase: typed, machine } = keys
  // the file of the variable holds the passphrase that is to be changed
  const from = { ...typed, file: file ?? (had ? undefined : typed.file) }
  const passphrase = await readNewPassphrase(from, '--file')
  await replacePassphraseSlot(db, await passphraseSlot(installation.id, dataKey, machine, passphrase))
  if (had && env.MSP_PASSPHRASE_FILE)
    io.err(`Put the new passphrase into ${env.MSP_PASSPHRASE_FILE} too: MSP_PASSPHRASE_FILE names it.`, 'warn')
  if (keys.source.kind === 'keyfile')
    io.err(`This machine goes on with its key file (${keys.source.name}). The passphrase counts where no key file is named.`, 'warn')
}

/** Never the last thing but the recovery code that lets this machine in. */
async function takeAway({ prompt }: PassphraseApp, { db, installation, keys, had }: Change): Promise<void> {
  const { machine } = keys
  if (!had) throw new MspError('not_found', `This machine (${machine}) has no passphrase.`, { hint: 'Give it one: msp key passphrase' })
  await unlockWithKey(db, installation, keys).catch(refuseLast)
  if (!(await prompt.confirm(`Take away the passphrase of this machine (${machine})?`, '--yes')))
    throw new MspError('cancelled', 'Nothing was changed.')
  await deletePassphraseSlot(db, machine)
}

function refuseLast(cause: unknown): never {
  if (!(cause instanceof MspError)) throw cause
  throw new MspError('locked', 'The passphrase stays: nothing else opens the vault on this machine now.', {
    hint: 'See why: msp key status. Give it a key first: msp key recover, with --key-file FILE where there is no keychain',
    cause,
  })
}
