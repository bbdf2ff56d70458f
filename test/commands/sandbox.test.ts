import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { registerSandbox } from '../../src/commands/sandbox.ts'
import type { MspError } from '../../src/errors.ts'
import { parsed } from '../support/recording.ts'
import { copyCheckout, outcomeOf } from './unbuilt.ts'

const fault = 'syncro:POST tickets/:id/comment=cut-after'

for (const [words, options] of [
  [[], {}],
  [
    ['--port', '4700', '--shell', '--fault', fault, '--fault', 'msp-backups:*=status:2'],
    {
      port: 4700,
      shell: true,
      fault: [
        { vendor: 'syncro', on: 'POST tickets/:id/comment', kind: 'cut-after' },
        { vendor: 'msp-backups', on: '*', kind: 'status', times: 2 },
      ],
    },
  ],
] as const) {
  test(`msp sandbox ${words.join(' ')}`, async () => assert.deepEqual(await parsed(registerSandbox, words), [options]))
}

for (const port of ['65535', '70000', '0', '-1', '80.5', 'http']) {
  test(`--port ${port} is refused`, async () =>
    assert.rejects(parsed(registerSandbox, [`--port=${port}`]), /Use a port up to 65534|Use a whole number above 0/))
}

test('--port 65534 leaves a port for the second vendor', async () =>
  assert.deepEqual(await parsed(registerSandbox, ['--port', '65534']), [{ port: 65_534 }]))

for (const text of ['', 'broken', 'acme:GET me=slow', 'syncro:GET me', 'syncro:GET me=explode', 'syncro:FETCH me=slow', `${fault}:0`]) {
  test(`--fault "${text}" is refused`, async () =>
    assert.rejects(parsed(registerSandbox, ['--fault', text]), ({ code, message }: MspError) => {
      assert.ok(code === 'usage' && message.startsWith(`"${text}" is not a fault: `))
      return true
    }))
}

test('a fault on a path that the vendor has not got is refused before the sandbox serves', async (t) => {
  const { start } = copyCheckout(t)
  const { exitCode, stdout, stderr } = await outcomeOf(start('sandbox', '--fault', 'syncro:GET teapots=slow'))
  assert.deepEqual([exitCode, stdout, stderr.split('\n')[0]], [2, '', `The sandbox's syncro has no "GET teapots".`])
})

test('msp sandbox serves until SIGTERM, then its ports are closed', async (t) => {
  const { start } = copyCheckout(t)
  const child = start('sandbox')
  const outcome = outcomeOf(child)
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (more) => {
      printed += more
    })
  while (!printed.includes('Ctrl-C'))
    await Promise.race([once(child.stderr ?? child, 'data'), once(child, 'exit').then(() => assert.fail(printed))])
  const [, syncro = ''] = /^sandbox SyncroMSP +(http:\S+)$/m.exec(printed) ?? []
  const [, backups = ''] = /^sandbox MSP Backups +(http:\S+)$/m.exec(printed) ?? []
  const urls = [`${syncro}/me`, `${backups}/api/Companies`]
  const ask = (url: string) =>
    fetch(url).then(
      ({ status }) => status,
      () => 'closed',
    )
  assert.deepEqual(await Promise.all(urls.map(ask)), [401, 401])
  child.kill('SIGTERM')
  const { exitCode, stdout, stderr } = await outcome
  assert.deepEqual([exitCode, stdout], [0, `sandbox SyncroMSP     ${syncro}\nsandbox MSP Backups   ${backups}\n`])
  assert.deepEqual(
    stderr.split('\n').filter((line) => line.startsWith('  echo')),
    [
      `  echo sandbox-demo-api-token | msp integrate syncro --api-url ${syncro} --token-stdin`,
      `  echo sandbox-api-password | msp integrate msp-backups --username sandbox-api-user --password-stdin --api-url ${backups}`,
    ],
  )
  assert.deepEqual(await Promise.all(urls.map(ask)), ['closed', 'closed'])
})

test('msp sandbox --shell opens a shell in which msp is connected and knows the clients', {
  skip: process.platform === 'win32',
}, async (t) => {
  const { start } = copyCheckout(t)
  const child = start('sandbox', '--shell')
  child.stdin?.end('msp client list | cut -f 1; msp backup report --client data | head -1; msp ticket show T12345 | cut -f 2; exit 3\n')
  const { exitCode, stdout, stderr } = await outcomeOf(child)
  assert.deepEqual(
    [exitCode, stdout.split('\n').slice(0, 5)],
    [
      0,
      [
        'Bell & Sons',
        'Dataforth',
        'Grabb & Durando',
        'Latest backup report: 5 jobs, all successful, 245 GB total',
        'Backup configuration for NAS',
      ],
    ],
  )
  assert.match(stderr, /Nothing reaches anybody\./)
})
