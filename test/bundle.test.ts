import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mariaDbUrl, temporaryFolder } from './support/engines.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const isBuilt = existsSync(join(root, 'dist', 'start.cjs'))

/** Runs the bundle, as people who install the package do. */
function bundle(home: string, words: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'msp.js'), ...words], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, MSP_HOME: home, MSP_KEY_FILE: join(home, 'key'), NO_COLOR: '1', ...env },
  })
  return { exitCode: status, stdout, stderr }
}

test('the bundle is there: npm test builds it first', () => assert.equal(isBuilt, true))

// each of these loads a package that lies in a file of its own
test('the bundle does the demo: the client, the parser and both pretend vendors are in it', (t) => {
  const { exitCode, stdout } = bundle(temporaryFolder(t), ['demo'])
  assert.deepEqual([exitCode, stdout.match(/^✓ .*$/gm)?.length], [0, 6])
})

test('the bundle reads .env in the config folder', (t) => {
  const home = temporaryFolder(t)
  mkdirSync(join(home, 'config'))
  writeFileSync(join(home, 'config', '.env'), 'MSP_TECHNICIAN=env@example.com\n')
  assert.deepEqual(bundle(home, ['config', 'get', 'technician']), { exitCode: 0, stdout: 'env@example.com\n', stderr: '' })
})

test('the bundle reads days as people say them, and has colours', (t) => {
  const { exitCode, stderr } = bundle(temporaryFolder(t), ['time', 'list', '--on', 'last friday'], { CLICOLOR_FORCE: '1' })
  assert.deepEqual([exitCode, stderr.includes('No time is logged')], [0, true])
})

test('the bundle speaks with MariaDB', async (t) => {
  const url = await mariaDbUrl(t)
  if (url === undefined) return
  const home = temporaryFolder(t)
  assert.equal(bundle(home, ['db', 'migrate', '--yes'], { MSP_DATABASE_URL: url }).exitCode, 0)
  assert.deepEqual(bundle(home, ['client', 'list', '--json'], { MSP_DATABASE_URL: url }).stdout, '[]\n')
})

const full = '/dev/full'
test('a full disk and a reader that is gone do not stop a command: its work is done', {
  skip: process.platform !== 'linux' && `${full} is Linux's`,
}, (t) => {
  const home = temporaryFolder(t)
  const env = { PATH: process.env.PATH, MSP_HOME: home, MSP_KEY_FILE: join(home, 'key') }
  const add = (name: string, to: string) =>
    spawnSync('sh', ['-c', `"$0" "$1" client add ${name} ${to}`, process.execPath, join(root, 'bin', 'msp.js')], { env, encoding: 'utf8' })
      .status
  assert.deepEqual([add('Bell', `> ${full}`), add('Grabb', '| true')], [1, 0])
  assert.equal(bundle(home, ['client', 'list']).stdout, 'Bell\t\nGrabb\t\n')
})
