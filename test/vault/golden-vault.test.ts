// A whole vault of an earlier version, made once: each of its keys must open it in every later version, on both engines.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Db, NewRow } from '../../src/db/tables.ts'
import type { Place } from '../../src/vault/cipher.ts'
import { type KeySource, openKeySource } from '../../src/vault/key-source.ts'
import { isSlotMac } from '../../src/vault/slots.ts'
import { addInstallation, findInstallation, type Installation, listSlots } from '../../src/vault/store.ts'
import { type Keys, unlock } from '../../src/vault/unlock.ts'
import { openVault, recoverVault } from '../../src/vault/vault.ts'
import { eachEngine, temporaryFolder } from '../support/engines.ts'
import { recordingIo } from '../support/recording.ts'

interface Golden {
  passphraseFile: string
  code: string
  keyFile: string
  installation: { id: string; dekId: number; dekCheck: string }
  slots: (Record<'id' | 'label' | 'wrappedDek' | 'mac', string> &
    Pick<NewRow<'keySlots'>, 'kind' | 'kdf'> & { pub: string | null; salt: string | null })[]
  value: { place: Place; plaintext: string; sealed: string }
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/vault/vault.json', import.meta.url), 'utf8'))
const hex = (text: string) => Buffer.from(text, 'hex')
const hexOrNull = (text: string | null) => (text === null ? null : hex(text))

async function putBack(db: Db): Promise<Installation> {
  const { installation, slots } = golden
  const rows = slots.map(({ pub, salt, wrappedDek, mac, ...slot }) => ({
    ...{ ...slot, pub: hexOrNull(pub), salt: hexOrNull(salt), wrappedDek: hex(wrappedDek), mac: hex(mac), expiresAt: null },
  }))
  await addInstallation(db, { ...installation, one: 1, dekCheck: hex(installation.dekCheck), minDekId: null }, rows)
  const found = await findInstallation(db)
  assert.ok(found)
  return found
}

const nobody = { canAsk: false, text: unasked, secret: unasked }
async function unasked(question: string): Promise<never> {
  throw new Error(`Nobody should be asked: ${question}`)
}

const noKeychain: KeySource = { ...openKeySource(undefined, '', 0), read: async () => null }

function keysOf(t: TestContext, { keyFile, passphraseFile }: { keyFile?: string; passphraseFile?: string }): Keys {
  const folder = temporaryFolder(t)
  const put = (name: string, content: string | undefined) => {
    if (content === undefined) return undefined
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const key = put('key', keyFile)
  return {
    source: key === undefined ? noKeychain : openKeySource(key, folder, 0),
    machine: 'büro',
    passphrase: { file: put('passphrase', passphraseFile), prompt: nobody, io: recordingIo() },
  }
}

for (const [what, given] of [
  ['its passphrase', { passphraseFile: golden.passphraseFile }],
  ['its key file', { keyFile: golden.keyFile }],
] as const) {
  eachEngine(`the golden vault opens with ${what}, and every mac in it holds`, async (db, t) => {
    const installation = await putBack(db)
    const keys = keysOf(t, given)
    const { place, plaintext, sealed } = golden.value
    assert.equal((await openVault(db, installation, keys)).open(place, hex(sealed)), plaintext)
    const { dataKey } = await unlock(db, installation, keys)
    assert.deepEqual(
      (await listSlots(db)).map(({ kind, id, label, pub, mac }) => [
        kind,
        isSlotMac(dataKey, { id, label, pub: pub ?? Buffer.alloc(0) }, mac),
      ]),
      [
        ['keyfile', true],
        ['recovery', true],
        ['passphrase', true],
      ],
    )
  })
}

eachEngine('the golden vault lets a machine in with its recovery code', async (db, t) => {
  const installation = await putBack(db)
  const keys = keysOf(t, { passphraseFile: 'a newer passphrase' })
  const newPassphrase = async () => 'a newer passphrase'
  await recoverVault(db, installation, { source: keys.source, machine: 'desk', code: golden.code, newPassphrase })
  const { place, plaintext, sealed } = golden.value
  assert.equal((await openVault(db, installation, { ...keys, machine: 'desk' })).open(place, hex(sealed)), plaintext)
})
