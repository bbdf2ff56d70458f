import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasKeyring, type Keyring, type KeyringState, keyringPackages, keyringTest } from '../support/keyring.ts'
import type { KeychainCall, KeychainOutcome } from '../support/keyring-process.ts'
import { scriptFile } from '../support/processes.ts'

const script = scriptFile('keyring-process.ts')
const installation = '01932f6e-7a1c-7c3d-8e4f-5a6b7c8d9e0f'
const key = 'ab'.repeat(31).concat('00')
const otherKey = '01'.repeat(32)

async function outcomesOf(keyring: Keyring, state: KeyringState, calls: KeychainCall[], timeoutMs = 10_000): Promise<KeychainOutcome[]> {
  const { exitCode, stdout, stderr } = await keyring.run(state, [process.execPath, script, JSON.stringify({ calls, timeoutMs })])
  assert.equal(exitCode, 7, stderr)
  return JSON.parse(stdout)
}

keyringTest('a machine key is written and read back, also after a reboot', async (keyring) => {
  const calls: KeychainCall[] = [
    ['readMachineKey', installation],
    ['writeMachineKey', installation, key],
    ['readMachineKey', installation],
  ]
  assert.deepEqual(await outcomesOf(keyring, 'unlocked', calls), [null, null, key])
  assert.deepEqual(await outcomesOf(keyring, 'unlocked', [['readMachineKey', installation]]), [key])
})

keyringTest('writing again replaces the key, deleting removes it, and deleting again says that there was none', async (keyring) => {
  const outcomes = await outcomesOf(keyring, 'unlocked', [
    ['writeMachineKey', installation, key],
    ['writeMachineKey', installation, otherKey],
    ['readMachineKey', installation],
    ['deleteMachineKey', installation],
    ['readMachineKey', installation],
    ['deleteMachineKey', installation],
  ])
  assert.deepEqual(outcomes, [null, null, otherKey, true, null, false])
})

keyringTest('each installation and each database has an entry of its own', async (keyring) => {
  const password = Buffer.from('grün 🔑').toString('hex')
  const outcomes = await outcomesOf(keyring, 'unlocked', [
    ['writeMachineKey', installation, key],
    ['writePassword', 'msp@db.example', password],
    ['readMachineKey', 'another'],
    ['readPassword', 'another'],
    ['readPassword', 'msp@db.example'],
    ['deletePassword', 'msp@db.example'],
    ['readPassword', 'msp@db.example'],
    ['readMachineKey', installation],
  ])
  assert.deepEqual(outcomes, [null, null, null, null, password, true, null, key])
})

keyringTest('secret-tool reads what msp wrote', async (keyring) => {
  const printable = Buffer.from('0123456789abcdefghijklmnopqrstuv')
  await outcomesOf(keyring, 'unlocked', [['writeMachineKey', installation, printable.toString('hex')]])
  const lookup = ['secret-tool', 'lookup', 'service', 'msp', 'username', `machine-key:${installation}`]
  assert.equal((await keyring.run('unlocked', lookup)).stdout, printable.toString())
})

keyringTest('an entry that is not a key is refused, and stays', async (keyring) => {
  const store = `printf short | secret-tool store --label msp service msp username machine-key:${installation}`
  const calls = JSON.stringify({ calls: [['readMachineKey', installation]], timeoutMs: 10_000 })
  const { stdout } = await keyring.run('unlocked', ['sh', '-c', `${store} && exec "$@"`, 'sh', process.execPath, script, calls])
  assert.deepEqual(JSON.parse(stdout), [
    {
      code: 'locked',
      message: `The keychain's entry machine-key:${installation} has 5 bytes instead of 32.`,
      hint: 'Something else wrote it. Delete that entry in your keychain, then bring the key back with the recovery code: msp key recover',
    },
  ])
})

keyringTest('without a session bus every call says so', async (keyring) => {
  const refusal = {
    code: 'locked',
    message: 'The keychain cannot be reached: there is no session bus here.',
    hint: 'Run msp in a desktop session or under dbus-run-session, or use a key file: set MSP_KEY_FILE to its path.',
  }
  const calls: KeychainCall[] = [
    ['readMachineKey', installation],
    ['writeMachineKey', installation, key],
    ['deleteMachineKey', installation],
  ]
  assert.deepEqual(await outcomesOf(keyring, 'no bus', calls), [refusal, refusal, refusal])
})

keyringTest('on a bus without a keychain every call says so', async (keyring) => {
  const refusal = {
    code: 'locked',
    message: 'There is no keychain on this machine: nothing answers as org.freedesktop.secrets.',
    hint: 'Install gnome-keyring or KWallet, or use a key file: set MSP_KEY_FILE to its path.',
  }
  const calls: KeychainCall[] = [
    ['readMachineKey', installation],
    ['writeMachineKey', installation, key],
  ]
  assert.deepEqual(await outcomesOf(keyring, 'no service', calls), [refusal, refusal])
})

keyringTest('a locked keychain says so, and the key is there again once it is unlocked', async (keyring) => {
  await outcomesOf(keyring, 'unlocked', [['writeMachineKey', installation, key]])
  const refusal = {
    code: 'locked',
    message: 'The keychain is locked.',
    hint: 'Unlock it in your desktop session, or use a key file: set MSP_KEY_FILE to its path.',
  }
  const calls: KeychainCall[] = [
    ['readMachineKey', installation],
    ['writeMachineKey', installation, otherKey],
    ['deleteMachineKey', installation],
  ]
  assert.deepEqual(await outcomesOf(keyring, 'not unlocked', calls), [refusal, refusal, refusal])
  assert.deepEqual(await outcomesOf(keyring, 'unlocked', [['readMachineKey', installation]]), [key])
})

keyringTest('where no collection was ever made a key is absent, and writing one says why it fails', async (keyring) => {
  const calls: KeychainCall[] = [
    ['readMachineKey', installation],
    ['writeMachineKey', installation, key],
  ]
  assert.deepEqual(await outcomesOf(keyring, 'not unlocked', calls), [
    null,
    {
      code: 'locked',
      message: 'The keychain has no default collection to write to.',
      hint: 'Sign in to the desktop once or create a default keyring, or use a key file: set MSP_KEY_FILE to its path.',
    },
  ])
})

keyringTest('a window that nobody answers ends at the limit', async (keyring) => {
  await outcomesOf(keyring, 'unlocked', [['writeMachineKey', installation, key]])
  const services = join(keyring.home, '.local/share/dbus-1/services')
  mkdirSync(services, { recursive: true })
  // in place of the window: a program that starts and never says anything
  const prompter = '[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/sh -c "exec sleep 20 >/dev/null 2>&1"\n'
  writeFileSync(join(services, 'org.gnome.keyring.SystemPrompter.service'), prompter)
  const started = performance.now()
  assert.deepEqual(await outcomesOf(keyring, 'not unlocked', [['readMachineKey', installation]], 300), [
    {
      code: 'locked',
      message: "Your system's keychain is waiting for you to unlock it.",
      hint: 'Answer its window and run the command again, or use a key file: set MSP_KEY_FILE to its path.',
    },
  ])
  assert.ok(performance.now() - started < 15_000, 'the call that was given up held the process')
})

test('the packages of a real keyring are named for the machines that have none', () => {
  assert.deepEqual([keyringPackages, typeof hasKeyring()], [['gnome-keyring', 'dbus', 'dbus-x11', 'libsecret-tools'], 'boolean'])
})
