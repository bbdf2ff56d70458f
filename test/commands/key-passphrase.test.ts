import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { registerKeyPassphrase } from '../../src/commands/key/passphrase.ts'
import { ctrlC, initialise, type Msp, type StartOptions, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'
import { template } from '../support/template.ts'

const passphrase = 'correct horse battery'
const other = 'five large brown eggs'
const questions = {
  new: 'New passphrase, at least 12 characters (it is not shown):',
  again: 'The same again:',
  open: 'Passphrase of the vault (it is not shown):',
  code: 'Recovery code (it is not shown):',
}
const nobody = [
  'The vault opens with a passphrase, and nobody can be asked for it here.',
  'Name a file with the passphrase (MSP_PASSPHRASE_FILE), or let this machine in with the recovery code: msp key recover',
]
const code = /^([A-Z2-7]{4}-){7}[A-Z2-7]{4}\n$/

/** A machine without a key file. No vault here has a key in a keychain, so the one of the person who runs the tests is never asked. */
async function startBare(t: TestContext, options: Omit<StartOptions, 'sandbox' | 'engine'> & { engine?: 'sqlite' | 'mariadb' } = {}) {
  const running = await startMsp(t, options as StartOptions)
  if (running === undefined) return undefined as never
  const { home, env } = running
  env.MSP_KEY_FILE = undefined
  const secretFile = (name: string, content: string, mode = 0o600) => {
    writeFileSync(join(home, name), content, { mode })
    chmodSync(join(home, name), mode)
    return join(home, name)
  }
  return { ...running, secretFile, codeFile: join(home, 'state', 'recovery-code') }
}

/** The same, set up with a passphrase that the environment names a file for. */
async function startWithPassphrase(t: TestContext, options: Omit<StartOptions, 'sandbox' | 'engine'> = {}) {
  const running = await startBare(t, options)
  running.env.MSP_PASSPHRASE_FILE = running.secretFile('passphrase', `${passphrase}\n`)
  cpSync(await template('home-with-passphrase', setUpWithPassphrase), running.home, { recursive: true })
  return running
}

async function setUpWithPassphrase(home: string): Promise<void> {
  mkdirSync(home)
  writeFileSync(join(home, 'passphrase'), passphrase, { mode: 0o600 })
  const env = { MSP_KEY_FILE: undefined, MSP_PASSPHRASE_FILE: join(home, 'passphrase') }
  await initialise(home, env, '--passphrase', '--recovery-file', join(home, 'state', 'recovery-code'))
}

const slotsOf = async (msp: Msp) =>
  (await msp('key', 'status', '--json=slots'))
    .json()
    .slots.map(({ kind, label, thisMachine }: Record<string, unknown>) => [kind, label, thisMachine])

const opens = async (msp: Msp) => (await msp('key', 'status', '--json=key,opens')).json()

for (const [argv, expected] of [
  ['passphrase', [{}]],
  ['passphrase --file new', [{ file: 'new' }]],
  ['passphrase --remove --json=passphrase', [{ remove: true, json: ['passphrase'] }]],
] as const) {
  test(`msp key ${argv}`, async () => assert.deepEqual(await parsed(registerKeyPassphrase, argv), expected))
}

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`a machine without a keychain is set up with a passphrase out of a file, and seals and opens with it (${engine})`, async (t) => {
    const running = await startBare(t, { engine })
    if (running === undefined) return
    const { msp, env, home, codeFile, secretFile } = running
    env.MSP_PASSPHRASE_FILE = secretFile('passphrase', `${passphrase}\n`)
    const database = env.MSP_DATABASE_URL?.replace(/^.*@/, '') ?? join(home, 'data', 'msp.sqlite')
    assert.deepEqual(await msp('init', '--passphrase'), {
      exitCode: 0,
      stdout: [['mike@example.com', database, 'the passphrase', codeFile].join('\t')],
      stderr: [
        `The recovery code is in ${codeFile}. Print it, keep it away from this machine, then delete the file.`,
        'msp is set up. Connect your ticket system next: msp integrate syncro',
      ],
    })
    assert.match(readFileSync(codeFile, 'utf8'), code)
    assert.deepEqual(await opens(msp), { key: 'the passphrase', opens: true })
    assert.deepEqual(await slotsOf(msp), [
      ['passphrase', 'laptop', true],
      ['recovery', 'recovery code', false],
    ])
    assert.deepEqual(await msp('init'), {
      exitCode: 0,
      stdout: [['mike@example.com', database, 'the passphrase', codeFile].join('\t')],
      stderr: ['All is set up already.'],
    })
    env.MSP_PASSPHRASE_FILE = undefined
    assert.deepEqual(await msp('init'), { exitCode: 4, stdout: [], stderr: nobody })
    assert.deepEqual(await slotsOf(msp), [
      ['passphrase', 'laptop', true],
      ['recovery', 'recovery code', false],
    ])
  })
}

test('at a terminal the new passphrase is typed twice until it is long enough and the same', async (t) => {
  const { msp, tell, asked, codeFile } = await startBare(t, { terminal: true })
  tell(['short', 'tab\tin the middle', passphrase, 'another one', passphrase, passphrase, passphrase])
  const { exitCode, stderr } = await msp('init', '--passphrase', '--recovery-file', codeFile)
  assert.deepEqual(
    [exitCode, stderr.slice(0, 3)],
    [
      0,
      [
        'A passphrase needs at least 12 characters.',
        'That is no passphrase: it has a control character in it, or it is empty.',
        'The two are not the same.',
      ],
    ],
  )
  assert.equal((await msp('key', 'status')).exitCode, 0)
  const { new: fresh, again, open } = questions
  assert.deepEqual(asked, [fresh, fresh, fresh, again, fresh, again, open])
})

test('a passphrase that is given up leaves nothing behind', async (t) => {
  const { msp, tell, home, codeFile } = await startBare(t, { terminal: true })
  tell([passphrase, ctrlC])
  assert.deepEqual(await msp('init', '--passphrase', '--recovery-file', codeFile), { exitCode: 130, stdout: [], stderr: ['Cancelled.'] })
  assert.deepEqual([existsSync(codeFile), (await msp('key', 'status')).exitCode, existsSync(join(home, 'state'))], [false, 5, false])
})

test('at a terminal the passphrase is asked for, three times while it is wrong', async (t) => {
  const { msp, env, tell, asked } = await startWithPassphrase(t, { terminal: true })
  env.MSP_PASSPHRASE_FILE = undefined
  const wrong = 'This passphrase does not open the vault.'
  tell(['wrong', 'wrong again', passphrase.normalize('NFD')])
  const { exitCode, stderr } = await msp('init')
  assert.deepEqual([exitCode, stderr], [0, [wrong, wrong, 'All is set up already.']])
  tell(['wrong', 'wrong again', 'and again'])
  assert.deepEqual(await msp('init'), {
    exitCode: 4,
    stdout: [],
    stderr: [wrong, wrong, wrong, 'Try again, or run `msp key recover` with the recovery code.'],
  })
  assert.deepEqual(asked, Array(6).fill(questions.open))
})

for (const words of [['--no-input'], ['--json=key']]) {
  test(`with ${words[0]} nobody is asked for the passphrase`, async (t) => {
    const { msp, env } = await startWithPassphrase(t, { terminal: true })
    env.MSP_PASSPHRASE_FILE = undefined
    const { exitCode, stdout, stderr } = await msp('init', ...words)
    const [message, hint] = nobody
    assert.deepEqual([exitCode, stdout], [4, []])
    if (words[0] === '--no-input') assert.deepEqual(stderr, nobody)
    else assert.deepEqual(JSON.parse(stderr.join('\n')), { error: { code: 'locked', message, hint } })
  })
}

test('a wrong passphrase in the file is one sentence, and nothing is made anew', async (t) => {
  const { msp, env, secretFile } = await startWithPassphrase(t)
  env.MSP_PASSPHRASE_FILE = secretFile('wrong', other)
  const refused = {
    exitCode: 4,
    stdout: [],
    stderr: [
      `The passphrase in ${env.MSP_PASSPHRASE_FILE} does not open the vault.`,
      'Put the right one there, or set a new one with the recovery code: msp key recover --passphrase',
    ],
  }
  assert.deepEqual(await msp('init'), refused)
  assert.deepEqual(await msp.withInput('token', 'integrate', 'syncro', '--api-url', 'http://127.0.0.1:1', '--token-stdin'), refused)
  env.MSP_PASSPHRASE_FILE = secretFile('passphrase', `${passphrase}\n`)
  assert.deepEqual(await slotsOf(msp), [
    ['passphrase', 'laptop', true],
    ['recovery', 'recovery code', false],
  ])
})

for (const [what, content, mode, sentence, hint] of [
  [
    'others can read',
    passphrase,
    0o644,
    'The file with the passphrase cannot be used. FILE has mode 644; a secret needs 600.',
    'chmod 600 FILE',
  ],
  ['is empty', '', 0o600, 'FILE holds no passphrase: it must stand there alone, on one line.', 'See what is there: wc FILE'],
  [
    'has two lines',
    `${passphrase}\n\n`,
    0o600,
    'FILE holds no passphrase: it must stand there alone, on one line.',
    'See what is there: wc FILE',
  ],
] as const) {
  test(`a passphrase file that ${what} is refused, at the set-up and later`, async (t) => {
    const { msp, env, secretFile } = await startBare(t)
    const file = secretFile('passphrase', content, mode)
    env.MSP_PASSPHRASE_FILE = file
    const refused = { exitCode: 4, stdout: [], stderr: [sentence, hint].map((text) => text.replace('FILE', file)) }
    assert.deepEqual(await msp('init', '--passphrase'), refused)
    assert.equal((await msp('key', 'status')).exitCode, 5)
    env.MSP_PASSPHRASE_FILE = secretFile('right', passphrase)
    assert.equal((await msp('init', '--passphrase')).exitCode, 0)
    env.MSP_PASSPHRASE_FILE = file
    assert.deepEqual(await msp('init'), refused)
  })
}

for (const [what, make, sentence, hint] of [
  [
    'a link',
    (file: string, real: string) => symlinkSync(real, file),
    'FILE is a link, and msp reads a secret from a regular file only.',
    'Name the file itself: readlink -f FILE',
  ],
  [
    'a named pipe',
    (file: string) => assert.equal(spawnSync('mkfifo', ['-m', '600', file]).status, 0),
    'FILE is not a regular file.',
    'See what it is: ls -ld FILE',
  ],
] as const) {
  test(`${what} is no passphrase file`, { skip: process.platform === 'win32' }, async (t) => {
    const { msp, env, home } = await startWithPassphrase(t)
    const file = join(home, 'odd')
    make(file, env.MSP_PASSPHRASE_FILE ?? '')
    env.MSP_PASSPHRASE_FILE = file
    const stderr = [`The file with the passphrase cannot be used. ${sentence}`, hint].map((text) => text.replace('FILE', file))
    assert.deepEqual(await msp('init'), { exitCode: 4, stdout: [], stderr })
  })
}

test('a passphrase in a file that is too short is refused, and nothing is made', async (t) => {
  const { msp, env, secretFile, codeFile } = await startBare(t)
  env.MSP_PASSPHRASE_FILE = secretFile('passphrase', 'elevenchars')
  assert.deepEqual(await msp('init', '--passphrase'), {
    exitCode: 2,
    stdout: [],
    stderr: ['A passphrase needs at least 12 characters.', 'Take four or five words.'],
  })
  assert.deepEqual([existsSync(codeFile), (await msp('key', 'status')).exitCode], [false, 5])
})

test('without a terminal a missing passphrase names the variable, and its file that is gone is said', async (t) => {
  const { msp, env, home } = await startBare(t)
  assert.deepEqual(await msp('init', '--passphrase'), {
    exitCode: 2,
    stdout: [],
    stderr: [`This needs an answer: ${questions.new}`, 'Without a terminal, give it with a file that MSP_PASSPHRASE_FILE names.'],
  })
  env.MSP_PASSPHRASE_FILE = join(home, 'nothing')
  assert.deepEqual(await msp('init', '--passphrase'), {
    exitCode: 4,
    stdout: [],
    stderr: [`The file with the passphrase cannot be used. There is no file ${join(home, 'nothing')}.`, `See what is there: ls -l ${home}`],
  })
})

test('--passphrase is no place for a passphrase, goes with no key file, and with no vault that is there', async (t) => {
  const { msp, env, home, secretFile } = await startBare(t)
  const typed = await msp('init', '--passphrase=correct-horse-battery')
  assert.deepEqual([typed.exitCode, [...typed.stdout, ...typed.stderr].join().includes('horse')], [2, false])
  const key = join(home, 'key')
  for (const argv of [['init'], ['key', 'recover']]) {
    env.MSP_KEY_FILE = undefined
    env.MSP_PASSPHRASE_FILE = secretFile('passphrase', passphrase)
    if (argv[0] === 'key') assert.equal((await msp('init', '--passphrase')).exitCode, 0)
    env.MSP_KEY_FILE = key
    assert.deepEqual(await msp(...argv, '--passphrase'), {
      exitCode: 2,
      stdout: [],
      stderr: [
        `--passphrase does not go with a key file: where one is named (${key}), nothing else is asked.`,
        'Leave out --passphrase, or the key file: --key-file, MSP_KEY_FILE, or msp config unset key.file',
      ],
    })
  }
  env.MSP_KEY_FILE = undefined
  assert.deepEqual(await msp('init', '--passphrase'), {
    exitCode: 2,
    stdout: [],
    stderr: [
      'This database is set up already.',
      'Give this machine a passphrase: msp key passphrase. Where it does not open the vault yet: msp key recover --passphrase',
    ],
  })
})

test('a key file is the only source: a passphrase is not asked for where the file is gone', async (t) => {
  const { msp, env, home, secretFile } = await startBare(t)
  const key = join(home, 'key')
  env.MSP_KEY_FILE = key
  assert.equal((await msp('init')).exitCode, 0)
  env.MSP_PASSPHRASE_FILE = secretFile('passphrase', passphrase)
  assert.deepEqual(await msp('key', 'passphrase'), {
    exitCode: 0,
    stdout: ['The passphrase of this machine (laptop) is added.'],
    stderr: [`This machine goes on with its key file (${key}). The passphrase counts where no key file is named.`],
  })
  rmSync(key)
  const gone = [
    `The key of this machine is gone from ${key}.`,
    'Put it back, or let this machine in with the recovery code: msp key recover',
  ]
  assert.deepEqual(await msp('init'), { exitCode: 4, stdout: [], stderr: gone })
  env.MSP_KEY_FILE = undefined
  assert.deepEqual(await opens(msp), { key: 'the passphrase', opens: true })
})

test('a passphrase is changed: the new one opens the vault, the old one does not', async (t) => {
  const { msp, env, secretFile } = await startWithPassphrase(t)
  const old = env.MSP_PASSPHRASE_FILE
  const file = secretFile('new', `${other}\r\n`)
  assert.deepEqual(await msp('key', 'passphrase', '--file', file), {
    exitCode: 0,
    stdout: ['The passphrase of this machine (laptop) is changed.'],
    stderr: [`Put the new passphrase into ${old} too: MSP_PASSPHRASE_FILE names it.`],
  })
  assert.equal((await msp('init')).exitCode, 4)
  env.MSP_PASSPHRASE_FILE = file
  assert.equal((await msp('init')).exitCode, 0)
  assert.equal((await slotsOf(msp)).length, 2)
})

test('at a terminal a passphrase is changed by typing the old one and the new one twice', async (t) => {
  const { msp, env, tell, asked } = await startWithPassphrase(t, { terminal: true })
  env.MSP_PASSPHRASE_FILE = undefined
  tell([passphrase, other, other, other])
  assert.equal((await msp('key', 'passphrase')).exitCode, 0)
  assert.equal((await msp('init')).exitCode, 0)
  assert.deepEqual(asked, [questions.open, questions.new, questions.again, questions.open])
})

test('a change that cannot be made leaves the old passphrase', async (t) => {
  const { msp, secretFile, env } = await startWithPassphrase(t)
  const short = secretFile('short', 'too short')
  for (const [argv, exitCode, stderr] of [
    [['--file', short], 2, ['A passphrase needs at least 12 characters.', 'Take four or five words.']],
    [[], 2, [`This needs an answer: ${questions.new}`, 'Without a terminal, give it with --file.']],
    [['--file', short, '--remove'], 2, ['Use --file or --remove, not both.']],
  ] as const) {
    assert.deepEqual(await msp('key', 'passphrase', ...argv), { exitCode, stdout: [], stderr })
  }
  const wrong = secretFile('wrong', other)
  assert.equal((await msp('key', 'passphrase', '--file', wrong)).exitCode, 0)
  assert.equal((await msp('key', 'passphrase', '--file', wrong)).exitCode, 4)
  env.MSP_PASSPHRASE_FILE = wrong
  assert.equal((await msp('init')).exitCode, 0)
})

test('a passphrase is taken away only where a key opens the vault too', async (t) => {
  const { msp, env, home, codeFile } = await startWithPassphrase(t)
  assert.deepEqual(await msp('key', 'passphrase', '--remove', '--yes'), {
    exitCode: 4,
    stdout: [],
    stderr: [
      'The passphrase stays: nothing else opens the vault on this machine now.',
      'See why: msp key status. Give it a key first: msp key recover, with --key-file FILE where there is no keychain',
    ],
  })
  const key = join(home, 'key')
  assert.equal((await msp('key', 'recover', '--key-file', key, '--code-file', codeFile)).exitCode, 0)
  assert.deepEqual(await msp('key', 'passphrase', '--remove'), {
    exitCode: 2,
    stdout: [],
    stderr: ['This needs an answer: Take away the passphrase of this machine (laptop)? (y/n)', 'Without a terminal, give it with --yes.'],
  })
  assert.deepEqual((await msp('key', 'passphrase', '--remove', '--yes', '--json')).json(), { machine: 'laptop', passphrase: 'removed' })
  assert.deepEqual(await msp('key', 'passphrase', '--remove', '--yes'), {
    exitCode: 5,
    stdout: [],
    stderr: ['This machine (laptop) has no passphrase.', 'Give it one: msp key passphrase'],
  })
  assert.deepEqual(await slotsOf(msp), [
    ['recovery', 'recovery code', false],
    ['keyfile', 'laptop', true],
  ])
  await msp('config', 'unset', 'key.file')
  env.MSP_PASSPHRASE_FILE = undefined
  assert.deepEqual((await msp('init')).stderr[0], 'This machine (laptop) opens the vault with a key file, and none is named here.')
})

test('a passphrase stays when its owner says no', async (t) => {
  const { msp, env, home, codeFile, tell } = await startWithPassphrase(t, { terminal: true })
  const key = join(home, 'key')
  assert.equal((await msp('key', 'recover', '--key-file', key, '--code-file', codeFile)).exitCode, 0)
  tell([false])
  assert.deepEqual(await msp('key', 'passphrase', '--remove'), { exitCode: 130, stdout: [], stderr: ['Nothing was changed.'] })
  await msp('config', 'unset', 'key.file')
  assert.ok(env.MSP_PASSPHRASE_FILE)
  assert.deepEqual(await opens(msp), { key: 'the passphrase', opens: true })
})

test('a forgotten passphrase is replaced with the recovery code', async (t) => {
  const { msp, env, codeFile, secretFile } = await startWithPassphrase(t)
  env.MSP_PASSPHRASE_FILE = secretFile('new', other)
  const typed = readFileSync(codeFile, 'utf8').toLowerCase().replaceAll('-', ' ')
  assert.equal((await msp('init')).exitCode, 4)
  assert.deepEqual(await msp.withInput(typed, 'key', 'recover', '--passphrase', '--code-stdin'), {
    exitCode: 0,
    stdout: ['This machine (laptop) opens the vault again, with its new passphrase.'],
    stderr: [],
  })
  assert.equal((await msp('init')).exitCode, 0)
  assert.deepEqual(await slotsOf(msp), [
    ['recovery', 'recovery code', false],
    ['passphrase', 'laptop', true],
  ])
})

test('at a terminal the code is asked for and tried before the new passphrase is', async (t) => {
  const { msp, env, codeFile, tell, asked } = await startWithPassphrase(t, { terminal: true })
  env.MSP_PASSPHRASE_FILE = undefined
  tell(['AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'])
  assert.deepEqual(await msp('key', 'recover', '--passphrase'), {
    exitCode: 4,
    stdout: [],
    stderr: ['This code does not open the vault.', 'Compare each group with what was printed; a new code has replaced those from before.'],
  })
  tell([readFileSync(codeFile, 'utf8'), other, other, other])
  assert.equal((await msp('key', 'recover', '--passphrase')).exitCode, 0)
  assert.equal((await msp('init')).exitCode, 0)
  assert.deepEqual(asked, [questions.code, questions.code, questions.new, questions.again, questions.open])
})

test('each machine has a passphrase of its own; one without may use another', async (t) => {
  const { msp, env, codeFile, secretFile } = await startWithPassphrase(t)
  const laptops = env.MSP_PASSPHRASE_FILE
  Object.assign(env, { MSP_MACHINE: 'desk', MSP_PASSPHRASE_FILE: laptops })
  assert.deepEqual(await slotsOf(msp), [
    ['passphrase', 'laptop', true],
    ['recovery', 'recovery code', false],
  ])
  env.MSP_PASSPHRASE_FILE = secretFile('desk', other)
  assert.equal((await msp('key', 'recover', '--passphrase', '--code-file', codeFile)).exitCode, 0)
  assert.deepEqual(await slotsOf(msp), [
    ['passphrase', 'laptop', false],
    ['recovery', 'recovery code', false],
    ['passphrase', 'desk', true],
  ])
  env.MSP_PASSPHRASE_FILE = laptops
  assert.equal((await msp('init')).exitCode, 4)
  env.MSP_MACHINE = 'laptop'
  assert.equal((await msp('init')).exitCode, 0)
})

for (const [what, change] of [
  ['no salt', 'salt = null'],
  ['a salt that is cut', 'salt = substr(salt, 1, 4)'],
  ['parameters that argon2 does not take', "kdf = '$argon2id$v=19$m=1,t=1,p=4'"],
  ['unknown parameters', "kdf = 'scrypt'"],
] as const) {
  test(`a passphrase slot with ${what} is a sentence`, async (t) => {
    const { msp, home } = await startWithPassphrase(t)
    const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
    database.exec(`update key_slots set ${change} where kind = 'passphrase'`)
    database.close()
    const { exitCode, stdout, stderr } = await msp('init')
    const sentences: Record<string, string> = {
      'no salt': 'The passphrase slot of this database is damaged: it has no salt or no parameters.',
      'unknown parameters': 'This key slot is made with "scrypt", which this msp does not know.',
    }
    const damaged = 'This key slot is damaged: its salt or its parameters are none that argon2 takes.'
    assert.deepEqual([exitCode, stdout, stderr[0], stderr.length], [1, [], sentences[what] ?? damaged, 2])
  })
}
