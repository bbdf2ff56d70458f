import assert from 'node:assert/strict'
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { readSecret } from '../../src/commands/integrate/secret.ts'
import { registerIntegrateSyncro } from '../../src/commands/integrate/syncro.ts'
import type { Prompt } from '../../src/prompt.ts'
import { ctrlC } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'
import { connectSyncro, filesIn, listed, startUnconnected } from './integrate-start.ts'

for (const [argv, expected] of [
  ['syncro', { owner: 'me', browser: true }],
  ['syncro --subdomain acme --token-stdin', { owner: 'me', browser: true, subdomain: 'acme', tokenStdin: true }],
  [
    'syncro --api-url http://127.0.0.1:1 --token-file t --owner team',
    { owner: 'team', browser: true, apiUrl: 'http://127.0.0.1:1', tokenFile: 't' },
  ],
  ['syncro --json=owner,apiUrl', { owner: 'me', browser: true, json: ['owner', 'apiUrl'] }],
  [
    'syncro --oauth --client-id abc --client-secret-stdin --authorize-url https://a.example --token-url https://b.example --scope a,b --redirect-port 8400 --no-browser',
    {
      ...{ owner: 'me', browser: false, oauth: true, clientId: 'abc', clientSecretStdin: true, scope: 'a,b', redirectPort: 8400 },
      ...{ authorizeUrl: 'https://a.example', tokenUrl: 'https://b.example' },
    },
  ],
] as const) {
  test(`msp integrate ${argv}`, async () => assert.deepEqual(await parsed(registerIntegrateSyncro, argv), [expected]))
}

test('port 80 is refused, which browsers leave out of an address', async () => {
  await assert.rejects(parsed(registerIntegrateSyncro, 'syncro --oauth --redirect-port 80'), /Take another port/)
})

test('an owner that is nobody is refused', async () => {
  await assert.rejects(parsed(registerIntegrateSyncro, 'syncro --owner you'), /Use one of: me, team\./)
})

const whose = 'SyncroMSP knows this key as Mike Swanson <mike@example.com> at sandbox. Everything that msp writes there carries that name.'
const may = 'It may read: tickets, clients, time, assets, alerts. Whether it may write shows when it does.'
const connected = { exitCode: 0, stdout: ['SyncroMSP connected successfully as Mike Swanson <mike@example.com>.'], stderr: [whose, may] }

test('a token on standard input is tried, said and stored', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  assert.deepEqual(await connectSyncro(msp, sandbox, `\ufeff ${sandbox.syncro.token}\r\n`), connected)
  const [{ lastTestedAt, ...credential }, ...others] = await listed(msp)
  assert.deepEqual(others, [])
  assert.match(lastTestedAt, /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(credential, {
    integration: 'syncro',
    owner: 'mike@example.com',
    type: 'api_key',
    writesAs: 'Mike Swanson <mike@example.com>',
    apiUrl: sandbox.syncro.apiUrl,
    isActive: true,
    state: 'ok',
    scopes: null,
    expiresAt: null,
    lastUsedAt: null,
    lastTestStatus: 'success',
    lastTestError: null,
    ...{ limit: '180 of 180 in 60 s', rateLimitRequests: 180, rateLimitPeriodSeconds: 60, rateLimitRemaining: 180, pausedUntil: null },
  })
})

async function withTokenFile(t: TestContext) {
  const started = await startUnconnected(t)
  const file = join(started.home, 'the token')
  writeFileSync(file, `${started.sandbox.syncro.token}\n`, { mode: 0o600 })
  const run = (name = file) => started.msp('integrate', 'syncro', '--api-url', started.sandbox.syncro.apiUrl, '--token-file', name)
  return { ...started, file, run }
}

test('a token comes out of a file that only its owner can read', async (t) => {
  const { run } = await withTokenFile(t)
  assert.deepEqual(await run(), connected)
})

test('a file that others can read is refused with the command that repairs it', async (t) => {
  const { run, file, sandbox } = await withTokenFile(t)
  chmodSync(file, 0o644)
  assert.deepEqual(await run(), { exitCode: 1, stdout: [], stderr: [`${file} has mode 644; a secret needs 600.`, `chmod 600 '${file}'`] })
  assert.deepEqual(sandbox.requests, [])
})

test('a link to a file is refused with the command that finds it', async (t) => {
  const { run, file } = await withTokenFile(t)
  symlinkSync(file, `${file}.link`)
  const stderr = [
    `${file}.link is a link, and msp reads a secret from a regular file only.`,
    `Name the file itself: readlink -f '${file}.link'`,
  ]
  assert.deepEqual(await run(`${file}.link`), { exitCode: 1, stdout: [], stderr })
})

test('a file that is not there is said', async (t) => {
  const { run, file } = await withTokenFile(t)
  const { exitCode, stderr } = await run(`${file}.txt`)
  assert.deepEqual([exitCode, stderr[0]], [5, `There is no file ${file}.txt.`])
})

test('on a terminal subdomain and token are asked for, the token without echo', async (t) => {
  const { msp, sandbox, tell, asked } = await startUnconnected(t, { terminal: true })
  tell(['token', sandbox.syncro.token])
  assert.deepEqual(await msp('integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl), connected)
  tell(['acme.example.com'])
  assert.deepEqual((await msp('integrate', 'syncro')).stderr[0], '"acme.example.com" is the address of another site.')
  tell(['acme', 'token', ctrlC])
  assert.deepEqual(await msp('integrate', 'syncro'), { exitCode: 130, stdout: [], stderr: ['Cancelled.'] })
  const [subdomain, how, token] = [
    'Your Syncro subdomain (acme of acme.syncromsp.com):',
    'How do you sign in to SyncroMSP?',
    'API token (it is not shown):',
  ]
  tell(['acme.syncromsp.com'])
  const stderr = ['"acme.syncromsp.com" is an address, not a subdomain.', 'Use: --subdomain acme']
  assert.deepEqual(await msp('integrate', 'syncro'), { exitCode: 2, stdout: [], stderr })
  assert.deepEqual(asked, [how, token, subdomain, subdomain, how, token, subdomain])
})

for (const [typed, use] of [
  ['https://acme.syncromsp.com/x', '--subdomain acme'],
  ['https://ACME.syncromsp.com', '--subdomain acme'],
  ['acme.syncromsp.com', '--subdomain acme'],
  ['acme.syncromsp.com/tickets/1?view=1#x', '--subdomain acme'],
  ['acme.shield.syncromsp.com', '--subdomain acme'],
  ['acme.repairshopr.com', '--api-url https://acme.repairshopr.com'],
] as const) {
  test(`--subdomain ${typed} is an address, and what to type is said`, async (t) => {
    const { msp } = await startUnconnected(t)
    const result = await msp.withInput('a-token', 'integrate', 'syncro', '--subdomain', typed, '--token-stdin')
    const stderr = [`"${typed}" is an address, not a subdomain.`, `Use: ${use}`]
    assert.deepEqual(result, { exitCode: 2, stdout: [], stderr })
  })
}

test('standard input without an end is read up to the limit', { timeout: 20_000 }, async () => {
  let sent = 0
  const endless = Readable.from(
    (function* () {
      for (;;) {
        sent += 1024
        yield Buffer.alloc(1024, 'a')
      }
    })(),
  )
  const reading = readSecret({} as Prompt, endless, { what: 'API token', kind: 'token', stdin: true })
  await assert.rejects(reading, { code: 'usage', hint: 'Give the token alone, on one line.' })
  assert.ok(sent < 200_000, `${sent} bytes`)
})

test('without a terminal the flags are named', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  assert.deepEqual(await msp('integrate', 'syncro'), {
    exitCode: 2,
    stdout: [],
    stderr: ['This needs an answer: Your Syncro subdomain (acme of acme.syncromsp.com):', 'Without a terminal, give it with --subdomain.'],
  })
  assert.deepEqual(await msp('integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl), {
    exitCode: 2,
    stdout: [],
    stderr: ['This needs an answer: API token (it is not shown):', 'Without a terminal, give it with --token-stdin or --token-file.'],
  })
})

for (const [name, text, message] of [
  ['nothing', '', 'The API token is empty.'],
  ['white space', ' \n\t\n', 'The API token is empty.'],
  ['two words', 'a b', 'That is no API token: it has white space or other characters in it that no token has, or it is too long.'],
  ['two lines', 'a\nb', 'That is no API token: it has white space or other characters in it that no token has, or it is too long.'],
  [
    'letters that no header carries',
    'tökén',
    'That is no API token: it has white space or other characters in it that no token has, or it is too long.',
  ],
  [
    'a header of its own',
    'a\r\nx-evil: 1',
    'That is no API token: it has white space or other characters in it that no token has, or it is too long.',
  ],
  [
    'a megabyte',
    'a'.repeat(1_000_000),
    'That is no API token: it has white space or other characters in it that no token has, or it is too long.',
  ],
] as const) {
  test(`a token that is ${name} is refused before anything is sent`, async (t) => {
    const { msp, sandbox } = await startUnconnected(t)
    const { exitCode, stdout, stderr } = await connectSyncro(msp, sandbox, text)
    assert.deepEqual([exitCode, stdout, stderr[0], sandbox.requests], [2, [], message, []])
  })
}

for (const [argv, message] of [
  [['--subdomain', 'acme', '--api-url', 'http://127.0.0.1:1'], 'Use --subdomain or --api-url, not both.'],
  [['--subdomain', 'acme', '--token-stdin', '--token-file', 'f'], 'Use --token-stdin or --token-file, not both.'],
  [['--subdomain', 'https://acme.example.com', '--token-stdin'], '"https://acme.example.com" is the address of another site.'],
  [['--subdomain', 'acme/x', '--token-stdin'], '"acme/x" is not a subdomain: those are letters, digits and hyphens.'],
  [['--subdomain', 'acme_x', '--token-stdin'], '"acme_x" is not a subdomain: those are letters, digits and hyphens.'],
  [['--subdomain', '', '--token-stdin'], 'SyncroMSP needs your subdomain.'],
  [['--api-url', 'https://mike:secret@acme.syncromsp.com', '--token-stdin'], 'The address for SyncroMSP has user information in it.'],
  [['--api-url', 'ftp://acme.syncromsp.com', '--token-stdin'], 'The address for SyncroMSP must begin with https://.'],
  [['--api-url', 'http://acme.syncromsp.com', '--token-stdin'], 'The address for SyncroMSP must begin with https://.'],
  [
    ['--api-url', 'https://evilsyncromsp.com', '--token-stdin'],
    'The address for SyncroMSP leads to evilsyncromsp.com, which is not SyncroMSP.',
  ],
] as const) {
  test(`${argv.join(' ')} is refused before the token is read`, async (t) => {
    const { msp } = await startUnconnected(t)
    const { exitCode, stdout, stderr } = await msp.withInput('no token at all', 'integrate', 'syncro', ...argv)
    assert.deepEqual([exitCode, stdout, stderr[0]], [2, [], message])
  })
}

test('neither the token, nor the secret in the answer about it, is in a file or in any output', async (t) => {
  const { msp, sandbox, home } = await startUnconnected(t)
  const said = [await connectSyncro(msp, sandbox)]
  for (const command of [
    'integrate list',
    'integrate list --json',
    'integrate test --json',
    'record list --json',
    'integrate remove syncro --yes --json',
  ]) {
    said.push(await msp(...command.split(' ')))
  }
  assert.deepEqual(
    said.map(({ exitCode }) => exitCode),
    [0, 0, 0, 0, 0, 0],
  )
  const all = `${JSON.stringify(said)}\n${filesIn(home)}`
  assert.deepEqual([all.includes(sandbox.syncro.token), all.includes(sandbox.syncro.userToken)], [false, false])
})
