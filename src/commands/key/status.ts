import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import type { KeySource } from '../../vault/key-source.ts'
import { publicKeyOf } from '../../vault/slots.ts'
import { findInstallation, listSlots } from '../../vault/store.ts'
import { openVault } from '../../vault/vault.ts'
import { type JsonOption, withJson } from '../options.ts'

const fields = ['installation', 'machine', 'key', 'opens', 'problem', 'slots'] as const

export function registerKeyStatus(key: Command, app: App, run = runKeyStatus): void {
  const status = key
    .command('status')
    .description("Show where this machine's key lies, whether it opens the vault, and every key that does")
  withJson(status, app, fields).action((options: JsonOption) => run(app, options))
}

type StatusApp = Pick<App, 'io' | 'db' | 'keySource' | 'machine'>

export async function runKeyStatus(app: StatusApp, { json }: JsonOption): Promise<void> {
  const { io, machine } = app
  const db = await app.db()
  const installation = await findInstallation(db)
  if (!installation) throw new MspError('not_found', 'This database has no vault yet.', { hint: 'Set msp up: msp init' })
  const source = await app.keySource()
  const problem = await refusalOf(openVault(db, installation, source, machine))
  const pub = await ownPublicKey(source, installation.id)
  const slots = (await listSlots(db)).map((slot) => {
    const { id, kind, label, createdAt, expiresAt } = slot
    return { id, kind, label, createdAt, expiresAt, thisMachine: pub !== undefined && slot.pub?.equals(pub) === true }
  })
  const status = { installation: installation.id, machine, key: source.name, opens: !problem, problem: problem?.message ?? null, slots }
  io.show(status, ['installation', 'machine', 'key', 'opens'], json)
  if (!json) io.list(slots, ['kind', 'label', 'createdAt', 'thisMachine'])
  if (problem) throw problem
}

/** Why it failed; undefined when it did not. */
async function refusalOf(work: Promise<unknown>): Promise<MspError | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof MspError) return error
    throw error
  }
}

/** Undefined when there is no key, or one that cannot be read: `problem` says so. */
async function ownPublicKey(source: KeySource, installation: string): Promise<Buffer | undefined> {
  const reading = source.read(installation)
  if (await refusalOf(reading)) return undefined
  const key = await reading
  return key === null ? undefined : publicKeyOf(key)
}
