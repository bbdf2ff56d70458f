import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { registerKeyRecover } from '../../src/commands/key/recover.ts'
import { registerKeyStatus } from '../../src/commands/key/status.ts'
import { newMachineKey, publicKeyOf } from '../../src/vault/slots.ts'
import { type StartOptions, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

interface Slot {
  kind: string
  label: string
  thisMachine: boolean
}

async function startSetUp(t: TestContext, options: Omit<StartOptions, 'engine' | 'sandbox'> = {}) {
  const running = await startMsp(t, { ...options, initialised: true })
  const { msp, home } = running
  const { installation } = (await msp('key', 'status', '--json=installation')).json()
  const slots = async () => JSON.parse((await msp('key', 'status', '--json=slots')).stdout.join('\n')).slots as Slot[]
  const slotsShort = async () => (await slots()).map(({ kind, label, thisMachine }) => [kind, label, thisMachine])
  return { ...running, installation: installation as string, key: join(home, 'key'), codeFile: join(home, 'recovery-code'), slotsShort }
}

const goneKey = (key: string) => [
  `The key of this machine is gone from ${key}.`,
  'Put it back, or let this machine in with the recovery code: msp key recover',
]
const foreignKey = (key: string) => [
  `The key in ${key} is not one of this database's keys.`,
  'Name the right key (MSP_KEY_FILE), or let this machine in with the recovery code: msp key recover',
]

for (const [argv, expected] of [
  ['recover', [{}]],
  ['recover --code-stdin', [{ codeStdin: true }]],
  ['recover --code-file code', [{ codeFile: 'code' }]],
  ['recover --passphrase', [{ passphrase: true }]],
] as const) {
  test(`msp key ${argv}`, async () => assert.deepEqual(await parsed(registerKeyRecover, argv), expected))
}

test('msp key status --json=opens', async () =>
  assert.deepEqual(await parsed(registerKeyStatus, 'status --json=opens'), [{ json: ['opens'] }]))

test('before msp is set up there is no key to show and none to recover, and none is made', async (t) => {
  const { msp, home } = await startMsp(t)
  assert.deepEqual(await msp('key', 'status'), {
    exitCode: 5,
    stdout: [],
    stderr: ['This database has no vault yet.', 'Set msp up: msp init'],
  })
  assert.deepEqual(await msp.withInput('AAAA', 'key', 'recover', '--code-stdin'), {
    exitCode: 5,
    stdout: [],
    stderr: ['This database has no vault yet.', 'Set msp up: msp init'],
  })
  assert.equal(existsSync(join(home, 'key')), false)
})

test('the status shows the key of this machine and every slot, in a pipe and as JSON', async (t) => {
  const { msp, installation, key } = await startSetUp(t)
  const { exitCode, stderr, ...status } = await msp('key', 'status', '--json')
  const document = JSON.parse(status.stdout.join('\n'))
  const [own, recovery] = document.slots
  assert.deepEqual([exitCode, stderr], [0, []])
  assert.deepEqual(document, {
    ...{ installation, machine: 'laptop', key, opens: true, problem: null },
    slots: [
      { id: own.id, kind: 'keyfile', label: 'laptop', createdAt: own.createdAt, expiresAt: null, thisMachine: true },
      { id: recovery.id, kind: 'recovery', label: 'recovery code', createdAt: recovery.createdAt, expiresAt: null, thisMachine: false },
    ],
  })
  assert.deepEqual(await msp('key', 'status'), {
    exitCode: 0,
    stdout: [
      `${installation}\tlaptop\t${key}\tyes`,
      `keyfile\tlaptop\t${own.createdAt}\tyes`,
      `recovery\trecovery code\t${recovery.createdAt}\tno`,
    ],
    stderr: [],
  })
})

test('a key that is gone is said, by every command that needs it, and nothing is made anew', async (t) => {
  const { msp, key, slotsShort } = await startSetUp(t)
  rmSync(key)
  const { exitCode, stdout, stderr } = await msp('key', 'status')
  assert.deepEqual([exitCode, stderr, stdout[0]?.split('\t').slice(1)], [4, goneKey(key), ['laptop', key, 'no']])
  assert.deepEqual(await msp('init'), { exitCode: 4, stdout: [], stderr: goneKey(key) })
  const token = await msp.withInput('token', 'integrate', 'syncro', '--api-url', 'http://127.0.0.1:1', '--token-stdin')
  assert.deepEqual(token, { exitCode: 4, stdout: [], stderr: goneKey(key) })
  assert.equal(existsSync(key), false)
  assert.deepEqual(await slotsShort(), [
    ['keyfile', 'laptop', false],
    ['recovery', 'recovery code', false],
  ])
})

test('a recovery code that the database has no slot for is not advised', async (t) => {
  const { msp, key, home } = await startSetUp(t)
  const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
  t.after(() => database.close())
  rmSync(key)
  const [gone] = goneKey(key)
  database.exec("delete from key_slots where kind = 'recovery'")
  assert.deepEqual((await msp('key', 'status')).stderr, [gone, 'Put it back. This database has no recovery code.'])
  database.exec('delete from key_slots')
  const foreign = `This machine (laptop) holds no key of this database: there is none in ${key}.`
  const lost = 'Its key slots are gone: put the database back from a backup.'
  assert.deepEqual((await msp('key', 'status')).stderr, [foreign, lost])
})

test('as JSON a key that is gone is in the document, and the error on stderr', async (t) => {
  const { msp, key } = await startSetUp(t)
  rmSync(key)
  const [problem, hint] = goneKey(key)
  const { exitCode, stdout, stderr } = await msp('key', 'status', '--json=opens,problem')
  assert.equal(exitCode, 4)
  assert.deepEqual(JSON.parse(stdout.join('\n')), { opens: false, problem })
  assert.deepEqual(JSON.parse(stderr.join('\n')), { error: { code: 'locked', message: problem, hint } })
})

test("another installation's key is said", async (t) => {
  const { msp, home, key } = await startSetUp(t)
  const other = await startMsp(t)
  assert.equal((await other.msp('init')).exitCode, 0)
  renameSync(join(other.home, 'key'), key)
  const { exitCode, stdout, stderr } = await msp('key', 'status')
  assert.deepEqual([exitCode, stderr, stdout[0]?.split('\t').slice(1)], [4, foreignKey(join(home, 'key')), ['laptop', key, 'no']])
})

test('a key file that others can read, or that holds no key, is said', async (t) => {
  const { msp, key } = await startSetUp(t)
  chmodSync(key, 0o644)
  const loose = [`The key file cannot be used. ${key} has mode 644; a secret needs 600.`, `chmod 600 ${key}`]
  for (const argv of [['key', 'status'], ['init']]) {
    const { exitCode, stderr } = await msp(...argv)
    assert.deepEqual([exitCode, stderr], [4, loose])
  }
  chmodSync(key, 0o600)
  writeFileSync(key, 'no key\n')
  assert.deepEqual((await msp('key', 'status')).stderr, [
    `${key} is not a key file: it must hold 32 bytes as base64url, 43 characters on one line.`,
    `First move it away. Then put the right file there, or make another with the recovery code: msp key recover --key-file ${key}`,
  ])
})

test('the recovery code lets a machine in again that has lost its key, however it is typed', async (t) => {
  const { msp, key, codeFile, slotsShort } = await startSetUp(t)
  const code = readFileSync(codeFile, 'utf8')
  rmSync(key)
  const typed = ` ${code.toLowerCase().replaceAll('-', ' ')}\n`
  assert.deepEqual(await msp.withInput(typed, 'key', 'recover', '--code-stdin'), {
    exitCode: 0,
    stdout: [`This machine (laptop) opens the vault again, with its key in ${key}.`],
    stderr: [],
  })
  assert.equal(statSync(key).mode & 0o777, 0o600)
  assert.deepEqual((await slotsShort()).toSorted(), [
    ['keyfile', 'laptop', false],
    ['keyfile', 'laptop', true],
    ['recovery', 'recovery code', false],
  ])
  assert.equal((await msp('init')).exitCode, 0)
})

test('a second machine is let in from a file, keeps its key where --key-file says, and remembers it', async (t) => {
  const { msp, home, env, codeFile, slotsShort } = await startSetUp(t)
  const key = join(home, 'second-key')
  Object.assign(env, { MSP_MACHINE: 'desk', MSP_KEY_FILE: undefined })
  assert.deepEqual(await msp('key', 'recover', '--code-file', codeFile, '--key-file', key), {
    exitCode: 0,
    stdout: [`This machine (desk) opens the vault again, with its key in ${key}.`],
    stderr: [],
  })
  assert.deepEqual(await slotsShort(), [
    ['keyfile', 'laptop', false],
    ['recovery', 'recovery code', false],
    ['keyfile', 'desk', true],
  ])
  assert.deepEqual((await msp('config', 'get', 'key.file')).stdout, [key])
})

test('a terminal is asked for the code', async (t) => {
  const { msp, key, codeFile, tell, asked } = await startSetUp(t, { terminal: true })
  rmSync(key)
  tell([readFileSync(codeFile, 'utf8')])
  assert.equal((await msp('key', 'recover')).exitCode, 0)
  assert.deepEqual(asked, ['Recovery code (it is not shown):'])
})

const wrongCode = 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'

for (const [input, argv, exitCode, sentence] of [
  [wrongCode, ['--code-stdin'], 4, 'This code does not open the vault.'],
  ['12345', ['--code-stdin'], 2, 'A code has eight groups of four characters: the letters A to Z and the digits 2 to 7.'],
  ['', ['--code-stdin'], 2, 'A code has eight groups of four characters: the letters A to Z and the digits 2 to 7.'],
  ['', [], 2, 'This needs an answer: Recovery code (it is not shown):'],
  ['', ['--code-stdin', '--code-file', 'code'], 2, 'Use --code-stdin or --code-file, not both.'],
  ['', ['--code-file', '/nowhere/code'], 5, 'There is no file /nowhere/code.'],
  ['', ['--key-file'], 2, '--key-file needs the name of a file.'],
] as const) {
  test(`msp key recover ${argv.join(' ')} with "${input}" lets nobody in`, async (t) => {
    const { msp, key, slotsShort } = await startSetUp(t)
    rmSync(key)
    const refused = await msp.withInput(input, 'key', 'recover', ...argv)
    assert.deepEqual([refused.exitCode, refused.stdout, refused.stderr[0]], [exitCode, [], sentence])
    assert.deepEqual([(await slotsShort()).length, existsSync(key)], [2, false])
  })
}

test('a recovery code in a file that others can read is not used', async (t) => {
  const { msp, codeFile } = await startSetUp(t)
  chmodSync(codeFile, 0o644)
  assert.deepEqual(await msp('key', 'recover', '--code-file', codeFile), {
    exitCode: 1,
    stdout: [],
    stderr: [`${codeFile} has mode 644; a secret needs 600.`, `chmod 600 ${codeFile}`],
  })
})

test('a machine whose slot was damaged is let in again', async (t) => {
  const { msp, home, codeFile } = await startSetUp(t)
  const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
  database.exec("update key_slots set wrapped_dek = zeroblob(102) where kind = 'keyfile'")
  database.close()
  assert.notEqual((await msp('key', 'status')).exitCode, 0)
  const recovered = await msp('key', 'recover', '--code-file', codeFile)
  assert.deepEqual(recovered.stderr, [])
  assert.equal((await msp('key', 'status')).exitCode, 0)
})

for (const [what, change] of [
  ['label', "label = 'intruder'"],
  ['mac', 'mac = zeroblob(32)'],
] as const) {
  test(`a slot of this machine whose ${what} was changed is not wrapped again; with another key the machine gets in`, async (t) => {
    const { msp, home, key, codeFile } = await startSetUp(t)
    const query = (sql: string) => {
      const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
      try {
        return database.prepare(sql).all()
      } finally {
        database.close()
      }
    }
    query(`update key_slots set ${change}, wrapped_dek = zeroblob(102) where kind = 'keyfile'`)
    const label = what === 'label' ? 'intruder' : 'laptop'
    const before = query('select * from key_slots')
    assert.deepEqual(await msp('key', 'recover', '--code-file', codeFile), {
      exitCode: 1,
      stdout: [],
      stderr: [
        `The key slot of this machine (${label}) was planted or changed: nobody who holds the data key wrote it.`,
        'Find out who wrote to the database. Then take another key: msp key recover --key-file FILE, or --passphrase',
      ],
    })
    assert.deepEqual(query('select * from key_slots'), before)
    assert.equal((await msp('key', 'recover', '--code-file', codeFile, '--key-file', `${key}-2`)).exitCode, 0)
    assert.equal((await msp('key', 'status', '--key-file', `${key}-2`)).exitCode, 0)
  })
}

test('a public key that was planted in the slot of this machine gets no data key', async (t) => {
  const { msp, home, codeFile } = await startSetUp(t)
  const planted = publicKeyOf(newMachineKey())
  const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
  t.after(() => database.close())
  database.prepare("update key_slots set pub = ? where kind = 'keyfile'").run(planted)
  const wrapped = () => database.prepare('select wrapped_dek from key_slots where pub = ?').all(planted)
  const before = wrapped()
  assert.equal((await msp('key', 'recover', '--code-file', codeFile)).exitCode, 0)
  assert.deepEqual(wrapped(), before)
  assert.equal((await msp('key', 'status')).exitCode, 0)
})

test('a database without a recovery code says so', async (t) => {
  const { msp, home, key } = await startSetUp(t)
  const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
  database.exec("delete from key_slots where kind = 'recovery'")
  database.close()
  rmSync(key)
  assert.deepEqual(await msp.withInput(wrongCode, 'key', 'recover', '--code-stdin'), {
    exitCode: 5,
    stdout: [],
    stderr: ['This database has no recovery code.', 'It opens with the keys that are there alone: msp key status'],
  })
  assert.equal(existsSync(key), false)
})
