import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { temporaryFolder } from './support/engines.ts'
import { startMsp } from './support/msp.ts'

const program = fileURLToPath(new URL('../bin/msp.js', import.meta.url))
const skip = process.platform === 'win32' && 'Windows has neither these signals nor /proc'
const secret = 'a-password-that-nobody-may-see'

for (const [variable, value, message] of [
  ['NODE_TLS_REJECT_UNAUTHORIZED', '0', 'NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node accept any certificate; msp does not run like that.'],
  ['NODE_DEBUG', 'http', 'NODE_DEBUG prints access keys; msp does not run with it.'],
] as const) {
  test(`with ${variable}=${value} msp refuses to run`, async (t) => {
    const { msp } = await startMsp(t, { env: { [variable]: value } })
    const { exitCode, stdout, stderr } = await msp('client', 'list')
    assert.deepEqual([exitCode, stdout, stderr[0]], [1, [], message])
  })
}

const openMessage = 'Node was given an option that msp does not know to be harmless; some open its memory, where keys are.'
for (const [options, named] of [
  ['--inspect=0.0.0.0:9229', '--inspect'],
  ['--no-warnings --heapsnapshot-signal=SIGUSR2', '--heapsnapshot-signal'],
  ['--"heapsnapshot-signal"=SIGUSR2', '--"heapsnapshot-signal"'],
  ['"--he\\apsnapshot-signal=SIGUSR2"', '"--he\\apsnapshot-signal'],
  ['--heap_prof', '--heap_prof'],
  ['--no-warnings --tls-keylog=keys.txt', '--tls-keylog'],
  ['--require ./some.js', '--require'],
  ['--tls-min-v1.0', '--tls-min-v1.0'],
  ['--max-old-space-size=512\t--inspect', '--max-old-space-size'],
] as const) {
  test(`with NODE_OPTIONS=${options} msp refuses to run`, async (t) => {
    const { msp } = await startMsp(t, { env: { NODE_OPTIONS: options } })
    const { exitCode, stdout, stderr } = await msp('client', 'list')
    const hint = `Take ${named} out of NODE_OPTIONS, or of the line that starts msp.`
    assert.deepEqual([exitCode, stdout, stderr], [1, [], [openMessage, hint]])
  })
}

test('an option on the line that starts Node counts as one in NODE_OPTIONS does', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, ['--heapsnapshot-signal=SIGUSR2', program, 'client', 'list'], {
    env: { PATH: process.env.PATH, MSP_HOME: temporaryFolder(t) },
    encoding: 'utf8',
  })
  assert.deepEqual([status, stderr.split('\n')[0]], [1, openMessage])
})

test('NODE_OPTIONS that open nothing are let through', async (t) => {
  const { msp } = await startMsp(t, {
    env: { NODE_OPTIONS: '--no-warnings --max_old_space_size=512  --use-system-ca --dns-result-order=ipv4first' },
  })
  assert.equal((await msp('client', 'list')).exitCode, 0)
})

/** The real program, with a password in its environment. */
function start(home: string, words: readonly string[], script = program): ChildProcess {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    MSP_HOME: home,
    MSP_DATABASE_URL: `mysql://msp:${secret}@127.0.0.1:1/msp`,
  }
  return spawn(process.execPath, [script, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

test('once msp has read its variables, no program that it starts and no report on it can', async (t) => {
  const home = temporaryFolder(t)
  const looking = join(home, 'looking.mjs')
  const look = `process.on('exit', () => process._rawDebug(JSON.stringify([
    Object.keys(process.env).filter((name) => name.startsWith('MSP_')), 'environmentVariables' in process.report.getReport()])))`
  writeFileSync(looking, `${look}\nawait import(${JSON.stringify(pathToFileURL(program).href)})`)
  const child = start(home, ['db', 'status'], looking)
  const [said, answer] = await Promise.all([text(child.stderr as never), text(child.stdout as never)])
  assert.equal(said.trimEnd().split('\n').at(-1), '[[],false]')
  assert.ok(!`${said}${answer}`.includes(secret))
})

test('a signal does not open the inspector, and no secret stands on the command line', { skip }, async (t) => {
  const child = start(temporaryFolder(t), ['sandbox'])
  const said = text(child.stderr as never)
  await once(child.stdout as never, 'data')
  child.kill('SIGUSR1')
  const line = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
  // the inspector says so on a thread of its own
  await new Promise((resolve) => setTimeout(resolve, 300))
  child.kill('SIGTERM')
  const exit = once(child, 'exit')
  assert.deepEqual([(await said).includes('Debugger'), line.includes(secret)], [false, false])
  await exit
})
