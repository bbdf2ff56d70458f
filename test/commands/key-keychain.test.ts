// A machine whose key is in a real keychain, and what msp says when the keychain does not give it: processes as a shell starts them.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { mariaDbUrl } from '../support/engines.ts'
import { type Keyring, type KeyringState, keyringTest } from '../support/keyring.ts'
import type { KeychainCall } from '../support/keyring-process.ts'
import { scriptFile } from '../support/processes.ts'
import { linkCheckout } from './unbuilt.ts'

const keychainCalls = scriptFile('keyring-process.ts')

const passphrase = 'correct horse battery'
const instead = 'Name a file with the passphrase (MSP_PASSPHRASE_FILE), or let this machine in with the recovery code: msp key recover'
const toRecover = 'Put it back, or let this machine in with the recovery code: msp key recover'
const keyFile = 'or use a key file: set MSP_KEY_FILE to its path.'

const refusals = {
  locked: ['The keychain is locked.', `Unlock it in your desktop session, ${keyFile}`],
  'no service': [
    'There is no keychain on this machine: nothing answers as org.freedesktop.secrets.',
    `Install gnome-keyring or KWallet, ${keyFile}`,
  ],
  'no bus': [
    'The keychain cannot be reached: there is no session bus here.',
    `Run msp in a desktop session or under dbus-run-session, ${keyFile}`,
  ],
  slow: ["Your system's keychain is waiting for you to unlock it.", `Answer its window and run the command again, ${keyFile}`],
  emptied: ['The key of this machine is gone from the keychain.', toRecover],
  'never unlocked': [
    'The keychain has no default collection to write to.',
    `Sign in to the desktop once or create a default keyring, ${keyFile}`,
  ],
} as const

function startMachine(keyring: Keyring, t: TestContext) {
  const program = linkCheckout(t)
  const home = join(keyring.home, 'msp')
  const env = { MSP_HOME: home, MSP_MACHINE: 'laptop', MSP_TECHNICIAN: 'mike@example.com', NO_COLOR: '1' }
  const talk = join(keyring.home, 'talk')
  const msp = async (state: KeyringState, words: string[], more: Record<string, string> = {}) => {
    // the bus and its services write to stderr too
    const command = ['sh', '-c', 'exec "$@" 2>"$TALK"', 'sh', process.execPath, program, ...words]
    const { exitCode, stdout } = await keyring.run(state, command, { ...env, TALK: talk, ...more })
    return { exitCode, stdout: toLines(stdout), stderr: toLines(readFileSync(talk, 'utf8')) }
  }
  const secretFile = (name: string, content: string) => {
    writeFileSync(join(keyring.home, name), content, { mode: 0o600 })
    return join(keyring.home, name)
  }
  return { msp, home, secretFile, codeFile: join(home, 'state', 'recovery-code') }
}

const toLines = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

/** The same, set up with the key in the keychain. */
async function startSetUp(keyring: Keyring, t: TestContext) {
  const machine = startMachine(keyring, t)
  const { exitCode, stdout, stderr } = await machine.msp('unlocked', ['init'])
  const { home, codeFile } = machine
  assert.deepEqual(
    [exitCode, stdout],
    [0, [['mike@example.com', join(home, 'data', 'msp.sqlite'), 'the keychain', codeFile].join('\t')]],
    stderr.join(),
  )
  return machine
}

/** Every row that tells which keys there are. */
function keysIn(home: string): unknown {
  const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'), { readOnly: true })
  try {
    return ['installation', 'key_slots', 'dek_ring'].map((table) => database.prepare(`select * from ${table} order by 1`).all())
  } finally {
    database.close()
  }
}

/** In place of the window that asks for the keyring's passphrase: a program that notes that it was started, and never says anything. */
function letPrompterHang(keyring: Keyring): string {
  const [services, asked] = [join(keyring.home, '.local/share/dbus-1/services'), join(keyring.home, 'asked')]
  mkdirSync(services, { recursive: true })
  const program = `/bin/sh -c "touch ${asked}; exec sleep 20 >/dev/null 2>&1"`
  writeFileSync(
    join(services, 'org.gnome.keyring.SystemPrompter.service'),
    `[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=${program}\n`,
  )
  return asked
}

const emptyKeychain = (keyring: Keyring) => rmSync(join(keyring.home, '.local/share/keyrings'), { recursive: true })

for (const [name, state, prepare] of [
  ['locked', 'not unlocked', () => {}],
  ['no service', 'no service', () => {}],
  ['no bus', 'no bus', () => {}],
  ['slow', 'not unlocked', letPrompterHang],
  ['emptied', 'unlocked', emptyKeychain],
] as const) {
  keyringTest(
    `a keychain that is ${name} is one sentence, nothing is made anew, and the key is there again afterwards`,
    async (keyring, t) => {
      const { msp, home } = await startSetUp(keyring, t)
      const before = keysIn(home)
      prepare(keyring)
      assert.deepEqual(await msp(state, ['init']), { exitCode: 4, stdout: [], stderr: refusals[name] })
      assert.deepEqual(keysIn(home), before)
      if (name === 'emptied' || name === 'slow') return
      assert.equal((await msp('unlocked', ['init'])).exitCode, 0)
    },
  )
}

keyringTest('the status says what is wrong with the keychain, and shows every slot', async (keyring, t) => {
  const { msp } = await startSetUp(keyring, t)
  const shown = async (state: KeyringState) => {
    const { exitCode, stdout, stderr } = await msp(state, ['key', 'status', '--json=key,opens,problem,slots'])
    const { slots, ...status } = JSON.parse(stdout.join('\n'))
    return { exitCode, stderr, status, slots: slots.map(({ kind, thisMachine }: Record<string, unknown>) => [kind, thisMachine]) }
  }
  assert.deepEqual(await shown('unlocked'), {
    exitCode: 0,
    stderr: [],
    status: { key: 'the keychain', opens: true, problem: null },
    slots: [
      ['machine', true],
      ['recovery', false],
    ],
  })
  const [message, hint] = refusals.locked
  const { stderr, ...rest } = await shown('not unlocked')
  assert.deepEqual(JSON.parse(stderr.join('\n')), { error: { code: 'locked', message, hint } })
  assert.deepEqual(rest, {
    exitCode: 4,
    status: { key: 'the keychain', opens: false, problem: message },
    slots: [
      ['machine', false],
      ['recovery', false],
    ],
  })
})

for (const [name, state] of [
  ['no service', 'no service'],
  ['no bus', 'no bus'],
  ['never unlocked', 'not unlocked'],
] as const) {
  keyringTest(`where the keychain is ${name} nothing is set up, and a passphrase is named`, async (keyring, t) => {
    const { msp, home, codeFile } = startMachine(keyring, t)
    const [sentence, hint] = refusals[name]
    const stderr = [sentence, `${hint} With a passphrase instead: msp init --passphrase`]
    assert.deepEqual(await msp(state, ['init']), { exitCode: 4, stdout: [], stderr })
    assert.deepEqual([keysIn(home), existsSync(codeFile)], [[[], [], []], false])
  })
}

keyringTest('with a passphrase the vault opens where the keychain does not; without it the keychain is blamed', async (keyring, t) => {
  const { msp, home, secretFile } = await startSetUp(keyring, t)
  const file = { MSP_PASSPHRASE_FILE: secretFile('passphrase', `${passphrase}\n`) }
  assert.deepEqual(await msp('unlocked', ['key', 'passphrase'], file), {
    exitCode: 0,
    stdout: ['The passphrase of this machine (laptop) is added.'],
    stderr: [],
  })
  const before = keysIn(home)
  const opensWith = async (state: KeyringState) => {
    const { exitCode, stdout } = await msp(state, ['key', 'status', '--json=key,opens'], file)
    return [exitCode, JSON.parse(stdout.join('\n'))]
  }
  for (const [name, state] of [
    ['locked', 'not unlocked'],
    ['no service', 'no service'],
    ['no bus', 'no bus'],
  ] as const) {
    assert.deepEqual(await opensWith(state), [0, { key: 'the passphrase', opens: true }])
    assert.deepEqual(await msp(state, ['init']), { exitCode: 4, stdout: [], stderr: [refusals[name][0], instead] })
  }
  // the keychain still gives the key to whoever names no file
  assert.equal((await msp('unlocked', ['init'])).exitCode, 0)
  const asked = letPrompterHang(keyring)
  assert.deepEqual(await opensWith('not unlocked'), [0, { key: 'the passphrase', opens: true }])
  assert.equal(existsSync(asked), false, 'the keychain was asked although a passphrase file is named')
  assert.deepEqual(await msp('not unlocked', ['init']), { exitCode: 4, stdout: [], stderr: [refusals.slow[0], instead] })
  assert.equal(existsSync(asked), true)
  emptyKeychain(keyring)
  assert.deepEqual(await opensWith('unlocked'), [0, { key: 'the passphrase', opens: true }])
  assert.deepEqual(await msp('unlocked', ['init']), { exitCode: 4, stdout: [], stderr: [refusals.emptied[0], instead] })
  assert.deepEqual(keysIn(home), before)
})

keyringTest('a passphrase is taken away while the keychain opens the vault, and stays while it is locked', async (keyring, t) => {
  const { msp, home, secretFile } = await startSetUp(keyring, t)
  const before = keysIn(home)
  const file = { MSP_PASSPHRASE_FILE: secretFile('passphrase', passphrase) }
  assert.equal((await msp('unlocked', ['key', 'passphrase'], file)).exitCode, 0)
  assert.deepEqual(await msp('not unlocked', ['key', 'passphrase', '--remove', '--yes'], file), {
    exitCode: 4,
    stdout: [],
    stderr: [
      'The passphrase stays: nothing else opens the vault on this machine now.',
      'See why: msp key status. Give it a key first: msp key recover, with --key-file FILE where there is no keychain',
    ],
  })
  assert.equal((await msp('unlocked', ['key', 'passphrase', '--remove', '--yes'], file)).exitCode, 0)
  assert.deepEqual(keysIn(home), before)
})

keyringTest('the recovery code puts a key into the keychain that was emptied, and refuses to while it is locked', async (keyring, t) => {
  const { msp, home, codeFile } = await startSetUp(keyring, t)
  const recover = ['key', 'recover', '--code-file', codeFile]
  const before = keysIn(home)
  const [sentence, hint] = refusals.locked
  assert.deepEqual(await msp('not unlocked', recover), {
    exitCode: 4,
    stdout: [],
    stderr: [sentence, `${hint} With a passphrase instead: msp key recover --passphrase`],
  })
  assert.deepEqual(keysIn(home), before)
  emptyKeychain(keyring)
  assert.deepEqual(await msp('unlocked', recover), {
    exitCode: 0,
    stdout: ['This machine (laptop) opens the vault again, with its key in the keychain.'],
    stderr: [],
  })
  assert.equal((await msp('unlocked', ['init'])).exitCode, 0)
})

keyringTest('the recovery code sets a passphrase on a machine whose keychain is gone', async (keyring, t) => {
  const { msp, codeFile, secretFile } = await startSetUp(keyring, t)
  const file = { MSP_PASSPHRASE_FILE: secretFile('passphrase', passphrase) }
  assert.deepEqual(await msp('no bus', ['key', 'recover', '--passphrase', '--code-file', codeFile], file), {
    exitCode: 0,
    stdout: ['This machine (laptop) opens the vault again, with its new passphrase.'],
    stderr: [],
  })
  assert.equal((await msp('no bus', ['init'], file)).exitCode, 0)
})

keyringTest('the password of a MariaDB that no keychain keeps may stand in .env, which nobody else may read', async (keyring, t) => {
  const { msp, home } = startMachine(keyring, t)
  const [sentence, hint] = refusals['no bus']
  const config = join(home, 'config')
  const envFile = join(config, '.env')
  const without = `${hint} Without either, write MSP_DATABASE_URL=mysql://msp:PASSWORD@127.0.0.1:1/msp into ${envFile}, mode 600.`
  mkdirSync(config, { recursive: true })
  writeFileSync(join(config, 'config.json'), JSON.stringify({ 'database.url': 'mysql://msp@127.0.0.1:1/msp' }))
  assert.deepEqual(await msp('no bus', ['db', 'status']), {
    exitCode: 4,
    stdout: [],
    stderr: [`The password of the database cannot be read. ${sentence}`, without],
  })
  writeFileSync(envFile, 'MSP_DATABASE_URL=mysql://msp:secret@127.0.0.1:1/msp\n', { mode: 0o644 })
  assert.deepEqual(await msp('no bus', ['db', 'status']), {
    exitCode: 1,
    stdout: [],
    stderr: [`${envFile} has mode 644; a secret needs 600.`, `chmod 600 ${envFile}`],
  })
  rmSync(envFile)
  writeFileSync(envFile, 'MSP_DATABASE_URL=mysql://msp:secret@127.0.0.1:1/msp\n', { mode: 0o600 })
  const { stderr } = await msp('no bus', ['db', 'status'])
  assert.equal(stderr[0], 'The database at 127.0.0.1:1/msp does not answer (ECONNREFUSED).')
  assert.equal(readFileSync(join(config, 'config.json'), 'utf8').includes('secret'), false)
})

keyringTest('a team member without a keychain works with a MariaDB and a passphrase, both named in .env', async (keyring, t) => {
  const url = await mariaDbUrl(t)
  if (url === undefined) return
  const { msp, home, secretFile } = startMachine(keyring, t)
  mkdirSync(join(home, 'config'), { recursive: true })
  const lines = [`MSP_DATABASE_URL=${url}`, `MSP_PASSPHRASE_FILE=${secretFile('passphrase', passphrase)}`]
  writeFileSync(join(home, 'config', '.env'), lines.join('\n'), { mode: 0o600 })
  assert.equal((await msp('no bus', ['db', 'migrate', '--yes'])).exitCode, 0)
  assert.equal((await msp('no bus', ['init', '--passphrase'])).exitCode, 0)
  const { exitCode, stdout, stderr } = await msp('no bus', ['key', 'status', '--json=key,opens,problem'])
  assert.deepEqual([exitCode, JSON.parse(stdout.join('\n')), stderr], [0, { key: 'the passphrase', opens: true, problem: null }, []])
})

keyringTest(
  'an entry of the keychain that something else wrote is refused; once it is deleted the recovery code helps',
  async (keyring, t) => {
    const { msp, home, codeFile } = await startSetUp(keyring, t)
    const recover = ['key', 'recover', '--code-file', codeFile]
    const { installation } = JSON.parse((await msp('unlocked', ['key', 'status', '--json=installation'])).stdout.join('\n'))
    const call = (...words: KeychainCall) =>
      keyring.run('unlocked', [process.execPath, keychainCalls, JSON.stringify({ calls: [words], timeoutMs: 5000 })])
    assert.equal((await call('writeMachineKey', installation, Buffer.from('short').toString('hex'))).stdout, '[null]\n')
    const before = keysIn(home)
    const sentence = `The keychain's entry machine-key:${installation} has 5 bytes instead of 32.`
    const hint =
      'Something else wrote it. Delete that entry in your keychain, then bring the key back with the recovery code: msp key recover'
    assert.deepEqual(await msp('unlocked', ['init']), { exitCode: 4, stdout: [], stderr: [sentence, hint] })
    assert.deepEqual((await msp('unlocked', recover)).stderr, [
      sentence,
      `${hint}. With a passphrase instead: msp key recover --passphrase`,
    ])
    assert.deepEqual(keysIn(home), before)
    assert.equal((await call('deleteMachineKey', installation)).stdout, '[true]\n')
    assert.equal((await msp('unlocked', recover)).exitCode, 0)
    assert.equal((await msp('unlocked', ['init'])).exitCode, 0)
  },
)
