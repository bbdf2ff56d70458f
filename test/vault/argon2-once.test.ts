import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startMsp } from '../support/msp.ts'

const passphrase = 'correct horse battery'
const counter = globalThis as { argon2Calls?: number }

/** The real package, with its calls counted. */
function counting(real: string): string {
  const source = `import { argon2id, hash as real } from ${JSON.stringify(real)}
    export { argon2id }
    export const hash = (...given) => { globalThis.argon2Calls += 1; return real(...given) }`
  return `data:text/javascript,${encodeURIComponent(source)}`
}

function countArgon2(t: TestContext): void {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      return specifier === 'argon2' ? { url: counting(found.url), format: 'module', shortCircuit: true } : found
    },
  })
  t.after(() => hooks.deregister())
}

test('a right passphrase costs one argon2 a run, and each wrong one before it another', async (t) => {
  countArgon2(t)
  const { msp, env, home, tell } = await startMsp(t, { terminal: true })
  Object.assign(env, { MSP_KEY_FILE: undefined, MSP_PASSPHRASE_FILE: join(home, 'passphrase') })
  writeFileSync(join(home, 'passphrase'), passphrase, { mode: 0o600 })
  const callsOf = async (...argv: string[]) => {
    counter.argon2Calls = 0
    const { exitCode, stderr } = await msp(...argv)
    assert.equal(exitCode, 0, stderr.join('\n'))
    return counter.argon2Calls
  }
  // the passphrase slot and the recovery slot
  assert.equal(await callsOf('init', '--passphrase', '--recovery-file', join(home, 'code')), 2)
  assert.deepEqual([await callsOf('init'), await callsOf('key', 'status'), await callsOf('outbox', 'run')], [1, 1, 1])
  env.MSP_PASSPHRASE_FILE = undefined
  tell(['wrong', passphrase])
  assert.equal(await callsOf('key', 'status'), 2)
  assert.equal(await callsOf('client', 'list'), 0)
})
