import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { registerIntegrateMspBackups } from '../../src/commands/integrate/msp-backups.ts'
import type { Fault } from '../../src/sandbox/index.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { parsed } from '../support/recording.ts'
import { connectMspBackups, filesIn, listed, startUnconnected } from './integrate-start.ts'

for (const [argv, expected] of [
  ['msp-backups', { owner: 'team' }],
  ['msp-backups --username api --password-stdin --owner me', { owner: 'me', username: 'api', passwordStdin: true }],
  ['msp-backups --api-url http://127.0.0.1:1 --password-file f', { owner: 'team', apiUrl: 'http://127.0.0.1:1', passwordFile: 'f' }],
] as const) {
  test(`msp integrate ${argv}`, async () => assert.deepEqual(await parsed(registerIntegrateMspBackups, argv), [expected]))
}

const connected = {
  exitCode: 0,
  stdout: ['MSP Backups connected successfully as MSP Backups API.'],
  stderr: ['MSP Backups knows this key as MSP Backups API.', 'It may read: clients, backups.'],
}
const check =
  'Check that they are API credentials (Settings > General) and not your portal login, that no IP restriction keeps this machine out, and that API access is switched on.'

test('API credentials are tried, said and stored for the team', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  assert.deepEqual(await connectMspBackups(msp, sandbox, `${sandbox.mspBackups.password}\n`), connected)
  const [{ lastTestedAt, ...stored }, ...others] = await listed(msp)
  assert.deepEqual([typeof lastTestedAt, others], ['string', []])
  assert.deepEqual(stored, {
    integration: 'msp-backups',
    owner: 'team',
    type: 'basic_auth',
    writesAs: 'MSP Backups API',
    apiUrl: sandbox.mspBackups.apiUrl,
    isActive: true,
    state: 'ok',
    scopes: null,
    expiresAt: null,
    lastUsedAt: null,
    lastTestStatus: 'success',
    lastTestError: null,
    ...{ limit: '70 of 70 in 60 s', rateLimitRequests: 70, rateLimitPeriodSeconds: 60, rateLimitRemaining: 70, pausedUntil: null },
  })
})

test('on a terminal user name and password are asked for', async (t) => {
  const { msp, sandbox, tell, asked } = await startUnconnected(t, { terminal: true })
  tell([sandbox.mspBackups.username, sandbox.mspBackups.password])
  assert.deepEqual(await msp('integrate', 'msp-backups', '--api-url', sandbox.mspBackups.apiUrl), connected)
  assert.deepEqual(asked, ['API user name:', 'API password (it is not shown):'])
})

test('a password comes out of a file that only its owner can read', async (t) => {
  const { msp, sandbox, home } = await startUnconnected(t)
  const { apiUrl, username, password } = sandbox.mspBackups
  const file = join(home, 'password')
  writeFileSync(file, `${password}\n`, { mode: 0o600 })
  assert.deepEqual(await msp('integrate', 'msp-backups', '--api-url', apiUrl, '--username', username, '--password-file', file), connected)
})

for (const [name, argv, message] of [
  ['without a user name and a terminal', ['--password-stdin'], 'This needs an answer: API user name:'],
  ['with an empty user name', ['--username', ' ', '--password-stdin'], 'The API user name is empty, or no name.'],
  ['with a user name of two lines', ['--username', 'a\nb', '--password-stdin'], 'The API user name is empty, or no name.'],
  [
    'with two passwords',
    ['--username', 'a', '--password-stdin', '--password-file', 'f'],
    'Use --password-stdin or --password-file, not both.',
  ],
  [
    'at another site',
    ['--username', 'a', '--password-stdin', '--api-url', 'https://mspbackups.com.evil.com'],
    'The address for MSP Backups leads to mspbackups.com.evil.com, which is not MSP Backups.',
  ],
] as const) {
  test(`${name} it is refused before anything is sent`, async (t) => {
    const { msp, sandbox } = await startUnconnected(t)
    const { exitCode, stdout, stderr } = await msp.withInput('password', 'integrate', 'msp-backups', ...argv)
    assert.deepEqual([exitCode, stdout, stderr[0], sandbox.requests], [2, [], message, []])
  })
}

test('a wrong password stores nothing and says what to check', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  const stderr = ['MSP Backups refused the API credentials of "sandbox-api-user".', check]
  assert.deepEqual(await connectMspBackups(msp, sandbox, 'a wrong one, with spaces '), { exitCode: 4, stdout: [], stderr })
  assert.deepEqual(await listed(msp), [])
  assert.deepEqual(sandbox.requests[0]?.body, { UserName: 'sandbox-api-user', Password: 'a wrong one, with spaces ' })
})

interface Failing {
  on: string
  kind: Fault['kind']
  status?: number
  times?: number
  exitCode: number
  message: string
}
const failing: Failing[] = [
  {
    on: 'POST Provider/Login',
    kind: 'status',
    status: 403,
    exitCode: 4,
    message: 'MSP Backups refused the API credentials of "sandbox-api-user".',
  },
  { on: 'POST Provider/Login', kind: 'status', times: 3, exitCode: 1, message: 'MSP Backups refused: status 500.' },
  { on: 'POST Provider/Login', kind: 'html', exitCode: 1, message: 'MSP Backups answered with a web page instead of data.' },
  { on: 'POST Provider/Login', kind: 'half-json', exitCode: 1, message: 'MSP Backups answered with broken JSON instead of data.' },
  { on: 'POST Provider/Login', kind: 'empty', exitCode: 1, message: 'MSP Backups answered with nothing instead of data.' },
  { on: 'POST Provider/Login', kind: 'slow', times: 3, exitCode: 1, message: 'MSP Backups did not answer within 0.2 s.' },
  { on: 'POST Provider/Login', kind: 'cut-before', times: 3, exitCode: 1, message: 'MSP Backups cut the line (ECONNRESET).' },
  { on: 'GET Companies', kind: 'status', status: 403, exitCode: 1, message: 'MSP Backups does not allow this: status 403.' },
  {
    on: 'GET Companies',
    kind: 'unauthorized',
    times: 3,
    exitCode: 4,
    message: 'MSP Backups refused the key: Authorization has been denied for this request (status 401).',
  },
  { on: 'GET Monitoring', kind: 'html', exitCode: 1, message: 'MSP Backups answered with a web page instead of data.' },
]

for (const { exitCode, message, ...fault } of failing) {
  test(`${fault.kind} ${fault.status ?? ''} for ${fault.on}: its sentence, exit code ${exitCode}, nothing stored`, async (t) => {
    const { msp, sandbox } = await startUnconnected(t, { limits: { request: fault.kind === 'slow' ? 200 : 5000 }, sleep: async () => {} })
    sandbox.arm({ vendor: 'msp-backups', ms: 400, ...fault })
    const result = await connectMspBackups(msp, sandbox)
    assert.deepEqual([result.exitCode, result.stdout, result.stderr[0]], [exitCode, [], message])
    assert.deepEqual(await listed(msp), [])
  })
}

test('credentials that may not read the backups are stored, and that is said', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind: 'status', status: 403 })
  const { exitCode, stderr } = await connectMspBackups(msp, sandbox)
  assert.deepEqual([exitCode, stderr[1]], [0, 'It may read: clients. It may not read: backups.'])
})

test('a vendor that repeats the password does not get it shown, kept or recorded', async (t) => {
  const { msp, home } = await startUnconnected(t)
  const password = 'a-password-that-nobody-may-see'
  const body = JSON.stringify({ error_description: `User api with ${password} is locked out`, access_token: password })
  const { port } = await startFaultProxy(t, { kind: 'say', text: `HTTP/1.1 423 Locked\r\ncontent-length: ${body.length}\r\n\r\n${body}` })
  const argv = ['--api-url', `http://127.0.0.1:${port}`, '--username', 'api', '--password-stdin']
  const said = [await msp.withInput(password, 'integrate', 'msp-backups', ...argv), await msp('record', 'list', '--json')]
  assert.equal(said[0]?.stderr[0], 'MSP Backups refused: User api with [hidden] is locked out (status 423).')
  assert.ok(!`${JSON.stringify(said)}\n${filesIn(home)}`.includes(password))
})

for (const [status, exitCode, message] of [
  ['200 OK', 1, 'MSP Backups sent an access token that msp cannot read: the whole answer.'],
  ['500 Oops', 1, 'MSP Backups refused: status 500.'],
] as const) {
  test(`${status} with a list in a list in a list and so on is a sentence, not a crash`, async (t) => {
    const { msp } = await startUnconnected(t)
    const body = '['.repeat(100_000) + ']'.repeat(100_000)
    const { port } = await startFaultProxy(t, { kind: 'say', text: `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}` })
    const argv = ['--api-url', `http://127.0.0.1:${port}`, '--username', 'api', '--password-stdin']
    const result = await msp.withInput('a-password', 'integrate', 'msp-backups', ...argv)
    assert.deepEqual([result.exitCode, result.stderr[0]], [exitCode, message])
  })
}

test('neither the password nor a token is in a file or in any output', async (t) => {
  const { msp, sandbox, home } = await startUnconnected(t)
  const said = [await connectMspBackups(msp, sandbox)]
  for (const command of ['integrate test', 'integrate test', 'integrate list --json', 'record list --json'])
    said.push(await msp(...command.split(' ')))
  const all = `${JSON.stringify(said)}\n${filesIn(home)}`
  assert.deepEqual([all.includes(sandbox.mspBackups.password), /access_token/.test(all)], [false, false])
})
