import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Db } from '../../src/db/tables.ts'
import { MspError } from '../../src/errors.ts'
import { type KeySource, openKeySource } from '../../src/vault/key-source.ts'
import { machineSlot, passphraseSlot } from '../../src/vault/new-slot.ts'
import { newMachineKey } from '../../src/vault/slots.ts'
import { addSlot, findInstallation, type Installation, listSlots, replacePassphraseSlot } from '../../src/vault/store.ts'
import { unlock, unlockWithKey } from '../../src/vault/unlock.ts'
import { createVault } from '../../src/vault/vault.ts'
import { eachEngine, temporaryFolder } from '../support/engines.ts'
import { recordingIo } from '../support/recording.ts'

const passphrase = 'correct horse battery'
const question = 'Passphrase of the vault (it is not shown):'
const wrong = 'This passphrase does not open the vault.'

/** A keychain that holds what a test puts into it, or refuses. */
function memoryKeychain() {
  const state: { key: Buffer | null; refusal: Error | undefined; reads: number } = { key: null, refusal: undefined, reads: 0 }
  const source: KeySource = {
    ...openKeySource(undefined, '', 0),
    read: async () => {
      state.reads += 1
      if (state.refusal) throw state.refusal
      return state.key && Buffer.from(state.key)
    },
    write: async (_, key) => {
      state.key = Buffer.from(key)
    },
    remove: async () => {
      state.key = null
    },
  }
  return { source, state }
}

/** Somebody who types these, one after the other. */
function person(typed: string[]) {
  const asked: string[] = []
  const secret = async (text: string) => {
    asked.push(text)
    return typed.shift() ?? assert.fail('nothing is left to type')
  }
  const prompt = { canAsk: true, text: secret, secret }
  return { prompt, asked }
}

/** A vault with a key in the keychain and a passphrase. */
async function startVault(db: Db) {
  const keychain = memoryKeychain()
  const { source } = keychain
  await createVault(db, { source, machine: 'laptop', passphrase: undefined, code: undefined })
  const installation = (await findInstallation(db)) as Installation
  const { dataKey } = await unlockWithKey(db, installation, { source, machine: 'laptop' })
  await replacePassphraseSlot(db, await passphraseSlot(installation.id, dataKey, 'laptop', passphrase))
  const unlockAs = async (typed: string[]) => {
    const { prompt, asked } = person(typed)
    const io = recordingIo()
    const unlocked = await unlock(db, installation, { source, machine: 'laptop', passphrase: { file: undefined, prompt, io } })
    assert.deepEqual(unlocked.dataKey, dataKey)
    return { openedWith: unlocked.openedWith, kind: unlocked.slot.kind, asked, stderr: io.stderr }
  }
  return { ...keychain, installation, unlockAs }
}

eachEngine('a terminal is told what is wrong with the keychain, then asked for the passphrase', async (db) => {
  const { state, unlockAs } = await startVault(db)
  assert.deepEqual(await unlockAs([]), { openedWith: 'the keychain', kind: 'machine', asked: [], stderr: [] })
  state.refusal = new MspError('locked', 'The keychain is locked.')
  assert.deepEqual(await unlockAs(['no', passphrase]), {
    ...{ openedWith: 'the passphrase', kind: 'passphrase', asked: [question, question], stderr: ['The keychain is locked.', wrong] },
  })
  state.refusal = undefined
  state.key = null
  const gone = 'The key of this machine is gone from the keychain.'
  assert.deepEqual((await unlockAs([passphrase])).stderr, [gone])
  state.key = newMachineKey()
  assert.deepEqual((await unlockAs([passphrase])).stderr, ["The key in the keychain is not one of this database's keys."])
})

eachEngine('what is no trouble of the keychain is not covered up with the passphrase', async (db) => {
  const { state, unlockAs } = await startVault(db)
  await db
    .updateTable('keySlots')
    .set({ wrappedDek: Buffer.alloc(102) })
    .where('kind', '=', 'machine')
    .execute()
  await assert.rejects(unlockAs([]), { name: 'SealError', code: 'storage' })
  state.refusal = new TypeError('a bug')
  await assert.rejects(unlockAs([]), state.refusal)
})

eachEngine('a vault that no keychain has a key of does not ask the keychain', async (db) => {
  const { source, state } = memoryKeychain()
  await createVault(db, { source, machine: 'laptop', passphrase, code: undefined })
  const installation = (await findInstallation(db)) as Installation
  const { prompt } = person([passphrase])
  const io = recordingIo()
  const unlocked = await unlock(db, installation, { source, machine: 'laptop', passphrase: { file: undefined, prompt, io } })
  assert.deepEqual([unlocked.openedWith, io.stderr, state.reads, state.key], ['the passphrase', [], 0, null])
})

eachEngine('of four machines that set up one database with a passphrase at once, one does', async (db) => {
  const { source } = memoryKeychain()
  const made = await Promise.allSettled(
    ['one', 'two', 'three', 'four'].map((machine) => createVault(db, { source, machine, passphrase, code: undefined })),
  )
  const refused = made.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => [reason.code, reason.message])
  assert.deepEqual(refused, Array(3).fill(['locked', 'Another machine has set up this database at the same moment.']))
  assert.deepEqual(
    (await listSlots(db)).map(({ kind }) => kind),
    ['passphrase'],
  )
})

eachEngine('a data key that is not the one of this installation is refused, whatever slot gave it', async (db) => {
  const { unlockAs, state, installation } = await startVault(db)
  installation.dekCheck = Buffer.alloc(32)
  const refusal = { code: 'locked', message: 'The data key does not belong to this database: its key slots were changed.' }
  await assert.rejects(unlockAs([]), refusal)
  state.key = null
  await assert.rejects(unlockAs([passphrase]), refusal)
})

eachEngine('a machine with a key of its own is not asked for the passphrase of another, nor is its own key passed over', async (db) => {
  const { source, state, installation } = await startVault(db)
  await db.updateTable('keySlots').set({ label: 'desk' }).where('kind', '=', 'passphrase').execute()
  const { prompt } = person([])
  const keys = { source, machine: 'laptop', passphrase: { file: '/nowhere/passphrase', prompt, io: recordingIo() } }
  assert.equal((await unlock(db, installation, keys)).openedWith, 'the keychain')
  state.refusal = new MspError('locked', 'The keychain is locked.')
  await assert.rejects(unlock(db, installation, { ...keys, passphrase: { ...keys.passphrase, file: undefined } }), state.refusal)
})

eachEngine('a machine whose key is in a file is told to name it, whatever the keychain says', async (db, t) => {
  const { source, state } = memoryKeychain()
  const file = openKeySource(join(temporaryFolder(t), 'key'), '', 0)
  await createVault(db, { source: file, machine: 'laptop', passphrase: undefined, code: undefined })
  const installation = (await findInstallation(db)) as Installation
  const { dataKey } = await unlockWithKey(db, installation, { source: file, machine: 'laptop' })
  const refusal = {
    code: 'locked',
    message: 'This machine (laptop) opens the vault with a key file, and none is named here.',
    hint: 'Name it: MSP_KEY_FILE=FILE or --key-file FILE; for every command to come: msp config set key.file FILE',
  }
  const { prompt } = person([])
  const open = (machine = 'laptop') =>
    unlock(db, installation, { source, machine, passphrase: { file: undefined, prompt, io: recordingIo() } })
  await assert.rejects(open(), refusal)
  // another machine has its key in a keychain
  const privateKey = newMachineKey()
  await addSlot(db, machineSlot(installation.id, dataKey, { kind: 'machine', label: 'desk', privateKey }))
  await assert.rejects(open(), refusal)
  state.refusal = new MspError('locked', 'The keychain cannot be reached.')
  await assert.rejects(open(), refusal)
  await assert.rejects(open('desk'), state.refusal)
  state.refusal = new TypeError('a bug')
  await assert.rejects(open(), state.refusal)
  // a name that two machines have
  state.refusal = undefined
  state.key = privateKey
  assert.equal((await open()).openedWith, 'the keychain')
})
