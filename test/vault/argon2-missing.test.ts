import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { newMachineKey, newRecoveryCode, publicKeyOf, unwrapForMachine, wrapForMachine, wrapWithCode } from '../../src/vault/slots.ts'

const slot = { installation: 'one', id: 'two' }
const dek = Buffer.alloc(32, 7)

test('without argon2 a code says what is missing, and a machine key still works', async (t) => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'argon2') throw new Error('no native build was found')
      return next(specifier, context)
    },
  })
  t.after(() => hooks.deregister())
  await assert.rejects(wrapWithCode(slot, newRecoveryCode(), dek), {
    code: 'locked',
    message: 'Codes and passphrases need the package argon2, which cannot be loaded on this machine.',
    hint: 'Unlock with the keychain or a key file (MSP_KEY_FILE), or install a C++ compiler and run `npm rebuild argon2`.',
  })
  const privateKey = newMachineKey()
  assert.deepEqual(unwrapForMachine(slot, privateKey, wrapForMachine(slot, publicKeyOf(privateKey), dek)), dek)
})
