import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { newId } from '../../src/db/id.ts'
import { openKeySource } from '../../src/vault/key-source.ts'
import { newMachineKey, newRecoveryCode, publicKeyOf, unwrapForMachine, wrapForMachine, wrapWithCode } from '../../src/vault/slots.ts'
import { findInstallation, replacePassphraseSlot } from '../../src/vault/store.ts'
import { unlock } from '../../src/vault/unlock.ts'
import { createVault } from '../../src/vault/vault.ts'
import { eachEngine } from '../support/engines.ts'
import { startMsp } from '../support/msp.ts'
import { recordingIo } from '../support/recording.ts'

const slot = { installation: 'one', id: 'two' }
const dek = Buffer.alloc(32, 7)
const message = 'Codes and passphrases need the package argon2, which cannot be loaded on this machine.'
const hint = 'Unlock with the keychain or a key file (MSP_KEY_FILE), or install a C++ compiler and run `npm rebuild argon2`.'

function withoutArgon2(t: TestContext): void {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'argon2') throw new Error('no native build was found')
      return next(specifier, context)
    },
  })
  t.after(() => hooks.deregister())
}

test('without argon2 a code says what is missing, and a machine key still works', async (t) => {
  withoutArgon2(t)
  await assert.rejects(wrapWithCode(slot, newRecoveryCode(), dek), { code: 'locked', message, hint })
  const privateKey = newMachineKey()
  assert.deepEqual(unwrapForMachine(slot, privateKey, wrapForMachine(slot, publicKeyOf(privateKey), dek)), dek)
})

test('without argon2 no passphrase is set up and nothing is made; with a key file msp works', async (t) => {
  withoutArgon2(t)
  const { msp, env, home } = await startMsp(t)
  const key = env.MSP_KEY_FILE
  Object.assign(env, { MSP_KEY_FILE: undefined, MSP_PASSPHRASE_FILE: join(home, 'passphrase') })
  writeFileSync(join(home, 'passphrase'), 'correct horse battery', { mode: 0o600 })
  assert.deepEqual(await msp('init', '--passphrase'), { exitCode: 4, stdout: [], stderr: [message, hint] })
  assert.deepEqual([(await msp('key', 'status')).exitCode, existsSync(join(home, 'state', 'recovery-code'))], [5, false])
  env.MSP_KEY_FILE = key
  assert.equal((await msp('init')).exitCode, 0)
  assert.deepEqual(await msp('key', 'passphrase'), { exitCode: 4, stdout: [], stderr: [message, hint] })
})

eachEngine('without argon2 the keychain opens a vault that has a passphrase too; where it does not, argon2 is named', async (db, t) => {
  withoutArgon2(t)
  let kept: Buffer | null = null
  const source = {
    ...openKeySource(undefined, '', 0),
    read: async () => kept && Buffer.from(kept),
    write: async (_: string, key: Buffer) => {
      kept = Buffer.from(key)
    },
  }
  await createVault(db, { source, machine: 'laptop', passphrase: undefined, code: undefined })
  const some = { salt: Buffer.alloc(16), kdf: '$argon2id$v=19$m=65536,t=3,p=4', wrappedDek: Buffer.alloc(70), mac: Buffer.alloc(32) }
  await replacePassphraseSlot(db, { id: newId(), kind: 'passphrase', label: 'laptop', pub: null, expiresAt: null, ...some })
  const installation = await findInstallation(db)
  assert.ok(installation)
  const prompt = { canAsk: false } as never
  const keys = { source, machine: 'laptop', passphrase: { file: '/nowhere/passphrase', prompt, io: recordingIo() } }
  assert.equal((await unlock(db, installation, keys)).openedWith, 'the keychain')
  kept = null
  await assert.rejects(unlock(db, installation, keys), { code: 'locked', message, hint })
})
