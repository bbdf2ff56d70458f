import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { makeFolders } from '../src/make-folders.ts'
import { temporaryFolder } from './support/engines.ts'
import { startMsp } from './support/msp.ts'

const skip = process.platform === 'win32' && 'Windows has no modes and named pipes'
const program = fileURLToPath(new URL('../bin/msp.js', import.meta.url))
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const placesOf = (home: string) => ({
  config: join(home, 'config'),
  settings: join(home, 'config', 'config.json'),
  data: join(home, 'data'),
  database: join(home, 'data', 'msp.sqlite'),
})

for (const name of ['config.json', '.env']) {
  test(`a named pipe at ${name} is refused, without waiting for a writer`, { skip }, (t) => {
    const home = temporaryFolder(t)
    const pipe = join(home, 'config', name)
    mkdirSync(dirname(pipe), { mode: 0o700 })
    execFileSync('mkfifo', ['-m', '600', pipe])
    const env = { PATH: process.env.PATH, MSP_HOME: home }
    const { status, stderr } = spawnSync(process.execPath, [program, 'client', 'list'], { env, encoding: 'utf8', timeout: 20_000 })
    assert.deepEqual([status, stderr], [1, `${pipe} is not a regular file.\nSee what it is: ls -ld ${pipe}\n`])
  })
}

test('a home where no folder can be made is refused at once', { skip: process.platform !== 'linux' && 'only Linux has /proc' }, (t) => {
  const env = { PATH: process.env.PATH, HOME: temporaryFolder(t), MSP_HOME: '/proc/x' }
  const { status, stderr } = spawnSync(process.execPath, [program, 'client', 'list'], { env, encoding: 'utf8', timeout: 20_000 })
  assert.deepEqual([status, stderr], [1, 'The folder /proc/x/data cannot be made.\nSee what is there: ls -ld /proc/x/data\n'])
})

test('of folders that are missing those are given that were made', (t) => {
  const folder = temporaryFolder(t)
  const [first, second] = [join(folder, 'first'), join(folder, 'first', 'second')]
  assert.deepEqual([makeFolders(second, 0o700), makeFolders(second, 0o700)], [[first, second], []])
})

for (const [place, mode, kept] of [
  ['config', 0o777, '700'],
  ['settings', 0o666, '600'],
  ['data', 0o770, '700'],
  ['database', 0o620, '600'],
] as const) {
  test(`what others could have changed is refused once, and is theirs no more: ${place}`, { skip }, async (t) => {
    const { msp, home } = await startMsp(t)
    await msp('config', 'set', 'time.zone', 'UTC')
    await msp('client', 'add', 'Dataforth')
    const path = placesOf(home)[place]
    chmodSync(path, mode)
    assert.deepEqual(await msp('client', 'list', '--json=name'), {
      exitCode: 1,
      stdout: [],
      stderr: [
        JSON.stringify(
          {
            error: {
              code: 'config',
              message: `Other users could change ${path} (mode ${mode.toString(8)}).`,
              hint: 'Now only you can. See whether it is as you left it, then run msp again.',
            },
          },
          null,
          2,
        ),
      ].flatMap((text) => text.split('\n')),
    })
    assert.deepEqual([(await msp('client', 'list')).exitCode, modeOf(path)], [0, kept])
  })
}

test('what others could only read is kept to its owner, and nothing is said', { skip }, async (t) => {
  const { msp, home } = await startMsp(t)
  await msp('config', 'set', 'time.zone', 'UTC')
  await msp('client', 'add', 'Dataforth')
  const { config, settings, data, database } = placesOf(home)
  for (const folder of [config, data]) chmodSync(folder, 0o755)
  for (const file of [settings, database]) chmodSync(file, 0o644)
  assert.deepEqual(await msp('client', 'list', '--json=name'), {
    exitCode: 0,
    stdout: ['[', '  {', '    "name": "Dataforth"', '  }', ']'],
    stderr: [],
  })
  assert.deepEqual([config, settings, data, database].map(modeOf), ['700', '600', '700', '600'])
})

test('a % that stands for no character is refused wherever the URL of the database comes from', async (t) => {
  const { msp, home, env } = await startMsp(t)
  const sentence = 'The URL of the database has a % that stands for no character.'
  const set = await msp.withInput('', 'config', 'set', 'database.url', 'mysql://us%er@127.0.0.1/x', '--password-stdin')
  assert.deepEqual([set.exitCode, set.stderr], [2, [sentence, 'Write a % in it as %25.']])
  for (const url of ['mysql://u:100%sure-9@127.0.0.1:3306/x', 'mysql://u@127.0.0.1/x%']) {
    env.MSP_DATABASE_URL = url
    const { exitCode, stderr } = await msp('db', 'status')
    assert.deepEqual([exitCode, stderr], [1, [`MSP_DATABASE_URL: ${sentence}`, 'Write a % in it as %25.']])
  }
  delete env.MSP_DATABASE_URL
  mkdirSync(join(home, 'config'), { mode: 0o700 })
  writeFileSync(join(home, 'config', 'config.json'), JSON.stringify({ 'database.url': 'mysql://u@127.0.0.1/%zz' }), { mode: 0o600 })
  assert.match((await msp('db', 'status')).stderr[0] ?? '', /config\.json: The URL of the database has a %/)
})

for (const end of ['?ssl=false', '?multipleStatements=true&socketPath=/run/x', '#x']) {
  test(`a URL of the database with ${end} is refused`, async (t) => {
    const { msp } = await startMsp(t, { env: { MSP_DATABASE_URL: `mysql://u@127.0.0.1/x${end}` } })
    const { exitCode, stderr } = await msp('db', 'status')
    assert.deepEqual([exitCode, stderr[0]], [1, 'MSP_DATABASE_URL: The URL of the database has options that msp does not know.'])
  })
}

test('a time zone that is none is said before anything of an answer', async (t) => {
  const { msp } = await startMsp(t, { terminal: true, env: { MSP_TIME_ZONE: 'Mars' } })
  const { exitCode, stdout, stderr } = await msp('client', 'add', 'Dataforth')
  assert.deepEqual([exitCode, stdout, stderr[0]], [1, [], 'MSP_TIME_ZONE: "Mars" is not a time zone.'])
})
