import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { registerConfigGet } from '../../src/commands/config/get.ts'
import { registerConfigSet } from '../../src/commands/config/set.ts'
import { settings } from '../../src/config.ts'
import { type StartOptions, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

/** Without what the tests' environment sets, so that file and defaults show. */
function startPlain<const Options extends StartOptions>(t: TestContext, options?: Options) {
  return startMsp(t, { ...options, env: { MSP_TECHNICIAN: undefined, MSP_TIME_ZONE: undefined, ...options?.env } })
}

const configOf = (home: string) => join(home, 'config', 'config.json')
const stored = (home: string) => (existsSync(configOf(home)) ? JSON.parse(readFileSync(configOf(home), 'utf8')) : {})
const url = 'mysql://msp@db.example.com:3306/msp'

for (const [argv, expected] of [
  ['set time.zone America/Phoenix', ['time.zone', 'America/Phoenix', {}]],
  [`set database.url ${url} --password-stdin`, ['database.url', url, { passwordStdin: true }]],
] as const) {
  test(`msp config ${argv}`, async () => assert.deepEqual(await parsed(registerConfigSet, argv), expected))
}

test('msp config get technician --json=value', async () => {
  assert.deepEqual(await parsed(registerConfigGet, 'get technician --json=value'), ['technician', { json: ['value'] }])
})

test('a setting is kept in the file, printed alone, and taken out again', async (t) => {
  const { msp, home } = await startPlain(t)
  assert.deepEqual(await msp('config', 'set', 'technician', 'mike@example.com'), {
    exitCode: 0,
    stdout: ['technician is set.'],
    stderr: [],
  })
  assert.deepEqual(await msp('config', 'set', 'time.zone', 'europe/berlin'), { exitCode: 0, stdout: ['time.zone is set.'], stderr: [] })
  assert.deepEqual(stored(home), { technician: 'mike@example.com', 'time.zone': 'Europe/Berlin' })
  assert.equal(statSync(configOf(home)).mode & 0o777, 0o600)
  assert.deepEqual(await msp('config', 'get', 'time.zone'), { exitCode: 0, stdout: ['Europe/Berlin'], stderr: [] })
  assert.deepEqual((await msp('config', 'get', 'time.zone', '--json')).json(), {
    ...{ name: 'time.zone', value: 'Europe/Berlin', from: 'file', what: settings['time.zone'].what },
  })
  const fallback = `${userInfo().username}@${hostname()}`
  const taken = [`technician is now ${fallback} (default).`]
  assert.deepEqual(await msp('config', 'unset', 'technician'), { exitCode: 0, stdout: taken, stderr: [] })
  assert.deepEqual(await msp('config', 'unset', 'technician'), { exitCode: 0, stdout: taken, stderr: [] })
  assert.deepEqual(stored(home), { 'time.zone': 'Europe/Berlin' })
})

test('the list says what every setting is and where it comes from; the environment wins', async (t) => {
  const { msp, home } = await startPlain(t, { env: { MSP_TIME_ZONE: 'America/Phoenix' } })
  await msp('config', 'set', 'comment.visibility', 'public')
  const said = ['MSP_TIME_ZONE is set in the environment and wins over this.']
  assert.deepEqual(await msp('config', 'set', 'time.zone', 'UTC'), { exitCode: 0, stdout: ['time.zone is set.'], stderr: said })
  const values = {
    technician: [`${userInfo().username}@${hostname()}`, 'default'],
    'time.zone': ['America/Phoenix', 'environment'],
    'database.url': ['', ''],
    'key.file': [join(home, 'key'), 'environment'],
    'comment.visibility': ['public', 'file'],
    'files.public-url': ['', ''],
    'files.listen': ['127.0.0.1:8765', 'default'],
    'undo.window': ['', ''],
    'backups.keywords': ['none', 'environment'],
    'syncro.billing': ['timer+charge', 'default'],
    'syncro.rounding': ['', ''],
    'msp-backups.zone': ['UTC', 'default'],
  }
  assert.deepEqual(await msp('config', 'list'), {
    exitCode: 0,
    stdout: Object.entries(values).map(([name, [value, from]]) =>
      [name, value, from, settings[name as keyof typeof settings].what].join('\t'),
    ),
    stderr: [],
  })
  const asJson = Object.entries(values).map(([name, [value, from]]) => ({ name, value: value || null, from: from || null }))
  assert.deepEqual((await msp('config', 'list', '--json=name,value,from')).json(), asJson)
})

test('what is not set prints nothing', async (t) => {
  const { msp } = await startPlain(t)
  assert.deepEqual(await msp('config', 'get', 'database.url'), { exitCode: 0, stdout: [], stderr: ['database.url is not set.'] })
  assert.deepEqual((await msp('config', 'get', 'database.url', '--json=value,from')).json(), { value: null, from: null })
  assert.deepEqual(await msp('config', 'unset', 'database.url'), { exitCode: 0, stdout: ['database.url is not set any more.'], stderr: [] })
})

for (const [argv, stderr] of [
  [
    ['get', 'timezone'],
    ['There is no setting "timezone".', 'Did you mean time.zone? All of them: msp config list'],
  ],
  [
    ['set', 'zone', 'UTC'],
    ['There is no setting "zone".', 'Did you mean time.zone or msp-backups.zone? All of them: msp config list'],
  ],
  [
    ['unset', 'colour'],
    [
      'There is no setting "colour".',
      'The settings are: technician, time.zone, database.url, key.file, comment.visibility, files.public-url, files.listen, undo.window, backups.keywords, syncro.billing, syncro.rounding, msp-backups.zone',
    ],
  ],
  [
    ['set', 'technician', 'mike'],
    ['"mike" is not an e-mail address.', 'Use the address that your systems know you by.'],
  ],
  [['set', 'syncro.billing', 'timer'], ['"timer" is not a billing path: use timer+charge, line-item.']],
  ...['quarter', '0m', '90m', '15m,0m', '15m,30m,60m'].map((value): [string[], string[]] => [
    ['set', 'syncro.rounding', value],
    [
      `"${value}" does not say how time is rounded.`,
      'Write the minutes that it is rounded up to, 15m; with the least that is billed: 15m,30m.',
    ],
  ]),
  [
    ['set', 'time.zone', 'Mars'],
    ['"Mars" is not a time zone.', 'Use a name such as America/Phoenix or UTC.'],
  ],
  [['set', 'comment.visibility', 'all'], ['"all" is not a visibility: use internal, public, email.']],
  [
    ['set', 'technician', ''],
    ['The value of technician is empty.', 'To take it out: msp config unset technician'],
  ],
  [['set', 'time.zone', 'UTC', '--password-stdin'], ['--password-stdin belongs to database.url.']],
  [
    ['set', 'database.url', 'postgres://x@y/z', '--password-stdin'],
    ['That is not the URL of a MariaDB.', 'Use mysql://user@host:3306/database.'],
  ],
  [
    ['set', 'database.url', 'mysql://x@y', '--password-stdin'],
    ['The URL of the database names no database.', 'Use mysql://user@host:3306/database.'],
  ],
  [
    ['set', 'database.url', 'mysql://msp:s3cret@db.example.com/msp', '--password-stdin'],
    [
      'A password on the command line can be read by every user of this machine.',
      'Leave it out of the URL; msp asks for it, or give --password-stdin.',
    ],
  ],
  [
    ['set', 'database.url', url],
    [
      'This needs an answer: Password of msp at db.example.com:3306 (it is not shown; empty: it needs none):',
      'Without a terminal, give it with --password-stdin.',
    ],
  ],
] as const) {
  test(`msp config ${argv.join(' ')} is refused, and nothing is stored`, async (t) => {
    const { msp, home } = await startPlain(t)
    assert.deepEqual(await msp('config', ...argv), { exitCode: 2, stdout: [], stderr })
    assert.deepEqual([stored(home), existsSync(join(home, 'key'))], [{}, false])
  })
}

test('the password of a database is sealed beside the key, and the URL stored after it', async (t) => {
  const { msp, home } = await startPlain(t)
  assert.deepEqual(await msp.withInput('s3 cret\n', 'config', 'set', 'database.url', url, '--password-stdin'), {
    exitCode: 0,
    stdout: ['database.url is set.'],
    stderr: [`The password is kept in a file, sealed with the key in ${join(home, 'key')}.`, 'See whether it answers: msp db status'],
  })
  assert.deepEqual(stored(home), { 'database.url': url })
  const sealed = readFileSync(join(home, 'state', 'database-passwords.json'), 'utf8')
  assert.equal(sealed.includes('s3 cret') || sealed.includes(Buffer.from('s3 cret').toString('base64')), false)
})

test('a terminal is asked for the password', async (t) => {
  const { msp, home, tell, asked } = await startPlain(t, { terminal: true })
  tell(['s3cret'])
  assert.equal((await msp('config', 'set', 'database.url', url)).exitCode, 0)
  assert.deepEqual(
    [asked, stored(home)],
    [['Password of msp at db.example.com:3306 (it is not shown; empty: it needs none):'], { 'database.url': url }],
  )
})

test('a password with a line break in it is refused', async (t) => {
  const { msp, home } = await startPlain(t)
  assert.deepEqual(await msp.withInput('one\ntwo\n', 'config', 'set', 'database.url', url, '--password-stdin'), {
    exitCode: 2,
    stdout: [],
    stderr: ['That is no password: it has a line break or another control character in it.'],
  })
  assert.deepEqual(stored(home), {})
})

test('where the password cannot be kept the URL is not stored', async (t) => {
  const { msp, home } = await startPlain(t)
  const key = join(home, 'key')
  writeFileSync(key, '')
  chmodSync(key, 0o644)
  const { exitCode, stdout, stderr } = await msp.withInput('s3cret', 'config', 'set', 'database.url', url, '--password-stdin')
  assert.deepEqual([exitCode, stdout, stderr[0]], [4, [], `The key file cannot be used. ${key} has mode 644; a secret needs 600.`])
  assert.deepEqual(stored(home), {})
})

test('msp works with the MariaDB, user and password that were set', async (t) => {
  const running = await startPlain(t, { engine: 'mariadb', migrated: false })
  if (running === undefined) return
  const { msp, env } = running
  const [place, empty] = [env.MSP_DATABASE_URL ?? '', '']
  env.MSP_DATABASE_URL = undefined
  assert.equal((await msp.withInput(empty, 'config', 'set', 'database.url', place, '--password-stdin')).exitCode, 0)
  assert.equal((await msp('db', 'migrate', '--yes')).exitCode, 0)
  assert.deepEqual(await msp('record', 'list'), { exitCode: 0, stdout: [], stderr: ['No such call was made yet.'] })
  assert.equal((await msp.withInput('wrong', 'config', 'set', 'database.url', place, '--password-stdin')).exitCode, 0)
  assert.deepEqual(await msp('record', 'list'), {
    exitCode: 1,
    stdout: [],
    stderr: [
      `The database at ${place.replace(/^.*@/, '')} refused the user or the password.`,
      'Store the password again: msp config set database.url <url> · or mend it in MSP_DATABASE_URL, which wins where it is set.',
    ],
  })
})

test('a password in the environment is not printed', async (t) => {
  const { msp } = await startPlain(t, { env: { MSP_DATABASE_URL: 'mysql://msp:s3cret@127.0.0.1:1/msp' } })
  assert.deepEqual(await msp('config', 'get', 'database.url'), { exitCode: 0, stdout: ['mysql://msp@127.0.0.1:1/msp'], stderr: [] })
  assert.equal((await msp('config', 'list', '--json')).stdout.join('\n').includes('s3cret'), false)
})

for (const [what, content] of [
  ['broken JSON', '{"technician": '],
  ['a list', '["technician"]'],
  ['a number', '{"technician": 7}'],
] as const) {
  test(`${what} in the config file is said, and the file left alone`, async (t) => {
    const { msp, home } = await startPlain(t)
    mkdirSync(join(home, 'config'))
    writeFileSync(configOf(home), content)
    const stderr = [
      `${configOf(home)} is not a list of settings in JSON.`,
      'Mend it, or move it away and set your settings again: msp config list',
    ]
    for (const argv of [
      ['config', 'list'],
      ['config', 'set', 'time.zone', 'UTC'],
      ['config', 'unset', 'time.zone'],
      ['db', 'status'],
    ]) {
      assert.deepEqual(await msp(...argv), { exitCode: 1, stdout: [], stderr }, argv.join(' '))
    }
    assert.equal(readFileSync(configOf(home), 'utf8'), content)
  })
}

test('a wrong value in the file or the environment is said with its place, and can be set anew', async (t) => {
  const { msp, home, env } = await startPlain(t)
  mkdirSync(join(home, 'config'))
  writeFileSync(configOf(home), '{"time.zone": "Mars", "database.url": "nonsense"}')
  assert.deepEqual(await msp('config', 'list'), {
    exitCode: 1,
    stdout: [],
    stderr: [`time.zone in ${configOf(home)}: "Mars" is not a time zone.`, 'Use a name such as America/Phoenix or UTC.'],
  })
  assert.deepEqual(await msp('db', 'status'), {
    exitCode: 1,
    stdout: [],
    stderr: [`database.url in ${configOf(home)}: That is not the URL of a MariaDB.`, 'Use mysql://user@host:3306/database.'],
  })
  for (const argv of [
    ['unset', 'database.url'],
    ['set', 'time.zone', 'UTC'],
  ])
    assert.equal((await msp('config', ...argv)).exitCode, 0)
  assert.equal((await msp('config', 'list')).exitCode, 0)
  env.MSP_TECHNICIAN = 'mike'
  assert.deepEqual((await msp('config', 'get', 'technician')).stderr, [
    'MSP_TECHNICIAN: "mike" is not an e-mail address.',
    'Use the address that your systems know you by.',
  ])
})
