import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { isBusSilent } from '../../src/vault/session-bus.ts'
import { temporaryFolder } from '../support/engines.ts'
import { keyringTest } from '../support/keyring.ts'
import { scriptFile } from '../support/processes.ts'

const skip = process.platform !== 'linux' && 'only Linux has a session bus'

/** A bus that says one line for each time that something is said to it, as long as it has one. */
async function startBus(t: TestContext, lines: readonly string[], path = join(temporaryFolder(t), 'bus')): Promise<string> {
  const server = createServer((socket) => {
    const left = [...lines]
    socket.on('error', () => {})
    socket.on('data', () => void (left.length > 0 && socket.write(left.shift() ?? '')))
    t.after(() => socket.destroy())
  }).listen(path)
  await once(server, 'listening')
  t.after(() => void server.close())
  return path
}

const isSilent = (address: string) => isBusSilent(200, { DBUS_SESSION_BUS_ADDRESS: address })
const welcome = 'OK 62608f575af493503eb5ff7e6b06e81d\r\n'

for (const [name, lines, silent] of [
  ['says nothing', [], true],
  ['lets in and then says nothing', [welcome], true],
  ['lets in and answers', [welcome, 'l'], false],
  ['lets nobody in', ['REJECTED EXTERNAL\r\n'], false],
] as const) {
  test(`a bus that ${name} is ${silent ? 'silent' : 'not silent'}`, { skip }, async (t) => {
    assert.equal(await isSilent(`unix:path=${await startBus(t, lines)}`), silent)
  })
}

test('the bus is found where the package finds it', { skip }, async (t) => {
  const runtime = temporaryFolder(t)
  const [mute, odd] = [await startBus(t, []), await startBus(t, [], join(temporaryFolder(t), 'a bus'))]
  const hidden = `msp-test-${process.pid}`
  await Promise.all([startBus(t, [], join(runtime, 'bus')), startBus(t, [], `\0${hidden}`)])
  const found = [
    `unix:guid=1,path=${mute},guid=1`,
    `unix:path=/nowhere/bus;unix:path=${mute}`,
    `unix:path=${odd.replaceAll(' ', '%20')}`,
    `unix:abstract=${hidden}`,
  ]
  assert.deepEqual(await Promise.all(found.map(isSilent)), [true, true, true, true])
  assert.equal(await isBusSilent(200, { XDG_RUNTIME_DIR: runtime }), true)
})

test('what is no bus, or none that msp can look at, is for the package to say', { skip }, async () => {
  const left = ['unix:path=/nowhere/bus', 'tcp:host=127.0.0.1,port=1', 'autolaunch:', 'nonsense']
  assert.deepEqual(await Promise.all(left.map(isSilent)), [false, false, false, false])
  assert.equal(await isBusSilent(200, {}), false)
})

keyringTest('a real bus answers', async (keyring) => {
  const script = `import(${JSON.stringify(new URL('../../src/vault/session-bus.ts', import.meta.url).href)})
    .then(({ isBusSilent }) => isBusSilent(20_000)).then((silent) => console.log(silent, process.env.DBUS_SESSION_BUS_ADDRESS !== undefined))`
  assert.equal((await keyring.run('no service', [process.execPath, '-e', script])).stdout, 'false true\n')
})

test('a keychain behind a bus that says nothing is given up at the limit', { skip }, async (t) => {
  const env = { PATH: process.env.PATH, DBUS_SESSION_BUS_ADDRESS: `unix:path=${await startBus(t, [])}` }
  const calls = JSON.stringify({ calls: [['readMachineKey', 'one']], timeoutMs: 300 })
  const child = spawn(process.execPath, [scriptFile('keyring-process.ts'), calls], { env, timeout: 15_000, killSignal: 'SIGKILL' })
  const [stdout, [status, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  assert.deepEqual([status, signal], [7, null])
  assert.deepEqual(JSON.parse(stdout), [
    {
      code: 'locked',
      message: 'The keychain cannot be reached: the session bus here takes calls and answers none.',
      hint: 'Sign out of the desktop and in again, or use a key file: set MSP_KEY_FILE to its path.',
    },
  ])
})
