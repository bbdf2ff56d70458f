import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import type { KeySource } from '../../vault/key-source.ts'
import { publicKeyOf } from '../../vault/slots.ts'
import { type KeySlot, listSlots, requireSetUp } from '../../vault/store.ts'
import { type Unlocked, unlock } from '../../vault/unlock.ts'
import { type JsonOption, withJson } from '../options.ts'

const fields = ['installation', 'machine', 'key', 'opens', 'problem', 'slots'] as const

export function registerKeyStatus(key: Command, app: App, run = runKeyStatus): void {
  const status = key.command('status').description('Show what this machine opens the vault with, whether it does, and every key there is')
  withJson(status, app, fields).action((options: JsonOption) => run(app, options))
}

type StatusApp = Pick<App, 'io' | 'db' | 'keys'>

export async function runKeyStatus(app: StatusApp, { json }: JsonOption): Promise<void> {
  const { io } = app
  const db = await app.db()
  const installation = await requireSetUp(db)
  const keys = await app.keys()
  const { machine } = keys
  const opened = await orRefusal(unlock(db, installation, keys))
  const problem = opened instanceof MspError ? opened : undefined
  const isOpener = opened instanceof MspError ? await ownKeyTest(keys.source, installation.id, opened) : isSlot(opened)
  const slots = (await listSlots(db)).map((slot) => {
    const { id, kind, label, createdAt, expiresAt } = slot
    return { id, kind, label, createdAt, expiresAt, thisMachine: isOpener(slot) || (kind === 'passphrase' && label === machine) }
  })
  const key = opened instanceof MspError ? keys.source.name : opened.openedWith
  const status = { installation: installation.id, machine, key, opens: !problem, problem: problem?.message ?? null, slots }
  io.show(status, ['installation', 'machine', 'key', 'opens'], json)
  if (!json) io.list(slots, ['kind', 'label', 'createdAt', 'thisMachine'])
  if (problem) throw problem
}

/** What it gives, or why it was refused. */
async function orRefusal<T>(work: Promise<T>): Promise<T | MspError> {
  try {
    return await work
  } catch (error) {
    if (error instanceof MspError) return error
    throw error
  }
}

type SlotTest = (slot: KeySlot) => boolean

const isSlot =
  ({ slot: { id } }: Unlocked): SlotTest =>
  (slot) =>
    slot.id === id

/** A key that is locked away cannot be compared, and is not asked for a second time; one that is there may have a slot that is damaged. */
async function ownKeyTest(source: KeySource, installation: string, problem: MspError): Promise<SlotTest> {
  const key = problem.code === 'locked' ? null : await orRefusal(source.read(installation))
  const pub = key instanceof Buffer ? publicKeyOf(key) : undefined
  return (slot) => pub !== undefined && slot.pub?.equals(pub) === true
}
