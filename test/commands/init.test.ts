import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { registerInit } from '../../src/commands/init.ts'
import { ctrlC, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const said = {
  isSetUp: 'msp is set up. Connect your ticket system next: msp integrate syncro',
  already: 'All is set up already.',
  code: (path: string) => `The recovery code is in ${path}. Print it, keep it away from this machine, then delete the file.`,
}
const placesIn = (home: string) => ({
  database: join(home, 'data', 'msp.sqlite'),
  key: join(home, 'key'),
  code: join(home, 'recovery-code'),
})

for (const [argv, expected] of [
  ['', [{}]],
  ['--passphrase', [{ passphrase: true }]],
  ['--recovery-file code --json=key', [{ recoveryFile: 'code', json: ['key'] }]],
] as const) {
  test(`msp init ${argv}`, async () => assert.deepEqual(await parsed(registerInit, argv), expected))
}

test('msp is set up once; the second time it names the same and makes nothing', async (t) => {
  const { msp, home } = await startMsp(t)
  const { database, key, code } = placesIn(home)
  const stdout = [['mike@example.com', database, key, code].join('\t')]
  assert.deepEqual(await msp('init'), { exitCode: 0, stdout, stderr: [said.code(code), said.isSetUp] })
  const made = [key, code].map((path) => [readFileSync(path, 'utf8'), statSync(path).mode & 0o777])
  assert.deepEqual(await msp('init'), { exitCode: 0, stdout, stderr: [said.already] })
  assert.deepEqual(
    [key, code].map((path) => [readFileSync(path, 'utf8'), statSync(path).mode & 0o777]),
    made,
  )
  assert.match(made[1]?.[0] as string, /^([A-Z2-7]{4}-){7}[A-Z2-7]{4}\n$/)
  assert.deepEqual([made[0]?.[1], made[1]?.[1]], [0o600, 0o600])
})

test('beside the key slots of a vault whose installation is gone no other vault is made', async (t) => {
  const { msp, home } = await startMsp(t)
  const { database, code } = placesIn(home)
  await msp('init')
  rmSync(code)
  const db = new DatabaseSync(database)
  db.exec('delete from installation')
  const slots = () => db.prepare('select * from key_slots order by id').all()
  const before = slots()
  const stderr = [
    'This database has key slots, but the row of its installation is gone. No new vault is made beside them.',
    'Put the table installation back from a backup; the keys open it again.',
  ]
  for (const command of ['init', 'key status', 'integrate syncro --subdomain acme --token-file code']) {
    if (command.endsWith('code')) writeFileSync(code, 'token', { mode: 0o600 })
    const words = command.replace('--token-file code', `--token-file ${code}`).split(' ')
    assert.deepEqual(await msp(...words), { exitCode: 1, stdout: [], stderr })
  }
  assert.deepEqual([slots(), db.prepare('select * from installation').all()], [before, []])
  db.close()
})

test('once the recovery code is put away, its file is not named', async (t) => {
  const { msp, home } = await startMsp(t)
  const { database, key, code } = placesIn(home)
  await msp('init')
  rmSync(code)
  assert.deepEqual((await msp('init', '--json')).json(), {
    ...{ technician: 'mike@example.com', database, key, recoveryCode: 'handed over when this database was set up', isNew: false },
  })
})

test('--key-file makes the key and is remembered; --recovery-file takes the code', async (t) => {
  const { msp, home, env } = await startMsp(t)
  env.MSP_KEY_FILE = undefined
  const [key, code] = [join(home, 'keys', 'mine'), join(home, 'safe', 'code')]
  assert.deepEqual(await msp('init', '--key-file', key, '--recovery-file', code), {
    exitCode: 0,
    stdout: [['mike@example.com', placesIn(home).database, key, code].join('\t')],
    stderr: [said.code(code), said.isSetUp],
  })
  assert.deepEqual((await msp('config', 'get', 'key.file')).stdout, [key])
  assert.equal((await msp('key', 'status', '--json=opens')).json().opens, true)
})

test('at a terminal the technician is asked until it is an address, and the code is shown and typed back', async (t) => {
  const { msp, home, env, tell, asked } = await startMsp(t, { terminal: true })
  env.MSP_TECHNICIAN = undefined
  tell(['mike', 'mike@example.com', 'WRONG', ctrlC])
  const { exitCode, stdout, stderr } = await msp('init')
  const code = stderr.find((line) => /^ {4}([A-Z2-7]{4}-){7}[A-Z2-7]{4}$/.test(line))?.trim() ?? ''
  const [, second, , , , sixth] = code.split('-')
  const typeBack = 'Type its groups 2 and 6 to show that you have it:'
  const address = 'Your e-mail address, as your systems know you:'
  assert.deepEqual([exitCode, stdout, asked], [130, [], [address, address, typeBack, typeBack]])
  assert.deepEqual(stderr, [
    '"mike" is not an e-mail address.',
    'This is the recovery code. With it a machine gets in that has lost its key; nothing else does. Print it or write it down.',
    ...['', `    ${code}`, ''],
    `That is not what stands there: the groups are ${second} and ${sixth}.`,
    'Cancelled.',
  ])
  // a code that is not confirmed was for nothing: there is no vault yet, and no key
  const { key, code: codeFile } = placesIn(home)
  assert.deepEqual([existsSync(key), existsSync(codeFile), (await msp('key', 'status')).exitCode], [false, false, 5])
  assert.equal((await msp('init', '--recovery-file', codeFile)).exitCode, 0)
  assert.deepEqual([existsSync(key), existsSync(codeFile)], [true, true])
})

test('without a terminal nobody is asked: the default is used and said', async (t) => {
  const { msp, env } = await startMsp(t)
  env.MSP_TECHNICIAN = undefined
  const fallback = `${userInfo().username}@${hostname()}`
  const { exitCode, stdout, stderr } = await msp('init')
  assert.deepEqual([exitCode, stdout[0]?.split('\t')[0]], [0, fallback])
  assert.equal(stderr[0], `You are ${fallback}. Your e-mail address is better: msp config set technician you@example.com`)
})

test('a recovery code of another installation is not overwritten, and then no vault is made', async (t) => {
  const { msp, home } = await startMsp(t)
  const { code, key } = placesIn(home)
  writeFileSync(code, 'an older code\n')
  assert.deepEqual(await msp('init'), {
    exitCode: 1,
    stdout: [],
    stderr: [
      `${code} exists, and msp does not overwrite it: it may hold another recovery code.`,
      'Move it away, or name another file: msp init --recovery-file FILE',
    ],
  })
  assert.deepEqual([readFileSync(code, 'utf8'), existsSync(key)], ['an older code\n', false])
  assert.equal((await msp('key', 'status')).exitCode, 5)
  assert.equal((await msp('init', '--recovery-file', join(home, 'newer-code'))).exitCode, 0)
})

test('a key file that others can read is refused, and nothing is made or remembered', async (t) => {
  const { msp, home, env } = await startMsp(t)
  env.MSP_KEY_FILE = undefined
  const path = join(home, 'loose')
  writeFileSync(path, `${Buffer.alloc(32, 7).toString('base64url')}\n`)
  chmodSync(path, 0o640)
  assert.deepEqual(await msp('init', '--key-file', path), {
    exitCode: 4,
    stdout: [],
    stderr: [`The key file cannot be used. ${path} has mode 640; a secret needs 600.`, `chmod 600 ${path}`],
  })
  assert.deepEqual((await msp('config', 'get', 'key.file')).stdout, [])
  assert.equal((await msp('key', 'status', '--key-file', path)).exitCode, 5)
  chmodSync(path, 0o600)
  assert.equal((await msp('init', '--key-file', path)).exitCode, 0)
  assert.equal(readFileSync(path, 'utf8'), `${Buffer.alloc(32, 7).toString('base64url')}\n`)
})

test('after the set-up a key file that is not there is said, and none is made', async (t) => {
  const { msp, home } = await startMsp(t)
  const { key } = placesIn(home)
  await msp('init')
  renameSync(key, `${key}.away`)
  const other = join(home, 'other')
  for (const argv of [['init'], ['init', '--key-file', other]]) {
    const { exitCode, stdout, stderr } = await msp(...argv)
    assert.deepEqual([exitCode, stdout], [4, []])
    assert.deepEqual(stderr, [
      `The key of this machine is gone from ${argv[2] ?? key}.`,
      'Put it back, or let this machine in with the recovery code: msp key recover',
    ])
  }
  assert.deepEqual([existsSync(key), existsSync(other)], [false, false])
  assert.deepEqual((await msp('config', 'get', 'key.file')).stdout, [key])
})

test('a place that cannot be written is a sentence', async (t) => {
  const { msp, home } = await startMsp(t)
  writeFileSync(join(home, 'data'), '')
  const { exitCode, stdout, stderr } = await msp('init')
  const folder = join(home, 'data')
  assert.deepEqual([exitCode, stdout, stderr], [1, [], [`The folder ${folder} cannot be made.`, `See what is there: ls -ld ${folder}`]])
})

test('a team sets up its MariaDB once; the second machine is told to recover', async (t) => {
  const running = await startMsp(t, { engine: 'mariadb' })
  if (running === undefined) return
  const { msp, home, env } = running
  const { key, code } = placesIn(home)
  const place = env.MSP_DATABASE_URL?.replace(/^.*@/, '') ?? ''
  const first = await msp('init')
  assert.deepEqual(first, { exitCode: 0, stdout: [`mike@example.com\t${place}\t${key}\t${code}`], stderr: [said.code(code), said.isSetUp] })
  Object.assign(env, { MSP_MACHINE: 'desk', MSP_KEY_FILE: join(home, 'desk-key') })
  const second = await msp('init')
  assert.deepEqual(second, {
    exitCode: 4,
    stdout: [],
    stderr: [
      `This machine (desk) holds no key of this database: there is none in ${join(home, 'desk-key')}.`,
      'Put it back, or let this machine in with the recovery code: msp key recover',
    ],
  })
  assert.equal((await msp('key', 'recover', '--code-file', code)).exitCode, 0)
  assert.equal((await msp('init')).exitCode, 0)
})
