import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { MspError } from '../../src/errors.ts'
import type { Fault } from '../../src/sandbox/index.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { startMsp } from '../support/msp.ts'
import { connectSyncro, listed, startUnconnected } from './integrate-start.ts'

const repair = 'See Admin > API > API Tokens > New Token > Custom Permissions, then: msp integrate syncro'
const again = 'Try again later, or see what is on its way: msp outbox list'
const network = 'Check your network, then try again.'

test('a wrong token stores nothing and says where tokens are made', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  assert.deepEqual(await connectSyncro(msp, sandbox, 'wrong-token'), {
    exitCode: 4,
    stdout: [],
    stderr: ['SyncroMSP refused the key: Not authenticated (status 401).', repair],
  })
  assert.deepEqual(await listed(msp), [])
})

test('a wrong token with --json is one object on stderr', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  const { exitCode, stdout, stderr } = await connectSyncro(msp, sandbox, 'wrong-token', '--json')
  const error = { code: 'sign_in', message: 'SyncroMSP refused the key: Not authenticated (status 401).', hint: repair }
  assert.deepEqual([exitCode, stdout, JSON.parse(stderr.join('\n'))], [4, [], { error }])
})

test('a token that may read nothing is said to be so, and is not stored', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  sandbox.syncro.addToken('poor-token', { permissions: [] })
  assert.deepEqual(await connectSyncro(msp, sandbox, 'poor-token'), {
    exitCode: 1,
    stdout: [],
    stderr: [
      'SyncroMSP knows this key as Mike Swanson <mike@example.com> at sandbox. Everything that msp writes there carries that name.',
      'This key may read nothing at SyncroMSP; it was not stored.',
      'Give it permissions there, then connect again.',
    ],
  })
  assert.deepEqual(await listed(msp), [])
})

test('a token that lacks some permissions is stored, and they are named', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  sandbox.syncro.addToken('narrow-token', { permissions: ['Tickets - List/Search', 'Assets - List/Search'] })
  const { exitCode, stderr } = await connectSyncro(msp, sandbox, 'narrow-token')
  const may = 'It may read: tickets, assets. It may not read: clients, time, alerts. Whether it may write shows when it does.'
  assert.deepEqual([exitCode, stderr[1]], [0, may])
  const [tested] = (await msp('integrate', 'test', '--json')).json()
  assert.deepEqual([tested.status, tested.mayNotRead], ['success', ['clients', 'time', 'alerts']])
})

test('five refusals at once cost one question whether the key is good', async (t) => {
  const { msp, sandbox } = await startUnconnected(t)
  sandbox.syncro.addToken('poor-token', { permissions: [] })
  await connectSyncro(msp, sandbox, 'poor-token')
  assert.equal(sandbox.requests.filter(({ path }) => path === 'me').length, 2)
})

interface Failing {
  kind: Fault['kind']
  on?: string
  times?: number
  status?: number
  retryAfter?: string
  message: string
  hint?: RegExp
  exitCode?: number
}

const failing: Failing[] = [
  {
    kind: 'html',
    message: 'SyncroMSP answered with a web page instead of data.',
    hint: /^If it happens again, check that 127\.0\.0\.1:\d+ is the right address/,
  },
  { kind: 'half-json', message: 'SyncroMSP answered with broken JSON instead of data.', hint: /^If it happens again/ },
  { kind: 'empty', message: 'SyncroMSP answered with nothing instead of data.', hint: /^If it happens again/ },
  { kind: 'status', times: 3, message: 'SyncroMSP refused: status 500.', hint: /^The trouble is at SyncroMSP/ },
  { kind: 'status', times: 3, status: 503, message: 'SyncroMSP refused: status 503.', hint: /^The trouble is at SyncroMSP/ },
  {
    kind: 'status',
    times: 1,
    status: 404,
    message: 'SyncroMSP has no such thing: status 404.',
    hint: /^It may have been deleted/,
    exitCode: 5,
  },
  {
    kind: 'status',
    times: 1,
    status: 302,
    message: 'SyncroMSP answered with a redirect to another address, which msp does not follow.',
    hint: /^Check the address/,
  },
  { kind: 'slow', times: 3, message: 'SyncroMSP did not answer within 0.2 s.', hint: new RegExp(again) },
  { kind: 'cut-before', times: 3, message: 'SyncroMSP cut the line (ECONNRESET).', hint: new RegExp(network) },
  { kind: 'rate-limit', times: 3, message: 'SyncroMSP asks for a pause: too many calls.', hint: /^Try again in a moment\.$/ },
  { kind: 'rate-limit', retryAfter: '600', message: 'SyncroMSP asks for a pause: too many calls.', hint: /^Try again in 10 minutes\.$/ },
  // its answer about the person is good, what follows is not
  { kind: 'html', on: 'GET customers', message: 'SyncroMSP answered with a web page instead of data.', hint: /^If it happens again/ },
  { kind: 'status', on: 'GET tickets', times: 3, message: 'SyncroMSP refused: status 500.', hint: /^The trouble is at SyncroMSP/ },
]

for (const { on = 'GET me', kind, message, hint, exitCode = 1, ...fault } of failing) {
  test(`${kind} ${fault.status ?? ''} for ${on}: its sentence, exit code ${exitCode}, nothing stored`, async (t) => {
    const { msp, sandbox } = await startUnconnected(t, { limits: { request: kind === 'slow' ? 200 : 5000 }, sleep: async () => {} })
    sandbox.arm({ vendor: 'syncro', on, kind, ms: 400, ...fault })
    const result = await connectSyncro(msp, sandbox)
    assert.deepEqual([result.exitCode, result.stdout, result.stderr[0]], [exitCode, [], message])
    if (hint) assert.match(result.stderr[1] ?? '', hint)
    assert.deepEqual([result.stderr.length, await listed(msp)], [hint ? 2 : 1, []])
  })
}

for (const [name, body, message] of [
  ['a number', '17', 'SyncroMSP sent your account that msp cannot read: the whole answer.'],
  ['null', 'null', 'SyncroMSP sent your account that msp cannot read: the whole answer.'],
  ['a list', '[]', 'SyncroMSP sent your account that msp cannot read: the whole answer.'],
  ['somebody else', '{"user_id":{"$ne":1},"user_name":["x"]}', 'SyncroMSP sent your account that msp cannot read: user_id, user_name.'],
  [
    'a list in a list in a list and so on',
    '['.repeat(100_000) + ']'.repeat(100_000),
    'SyncroMSP sent your account that msp cannot read: the whole answer.',
  ],
] as const) {
  test(`an answer about the key that is ${name} is refused without a value of it, and nothing is stored`, async (t) => {
    const { msp } = await startUnconnected(t)
    const { port } = await startFaultProxy(t, { kind: 'say', text: `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}` })
    const result = await msp.withInput('a-token', 'integrate', 'syncro', '--api-url', `http://127.0.0.1:${port}`, '--token-stdin')
    assert.deepEqual([result.exitCode, result.stdout, result.stderr[0]], [1, [], message])
    assert.deepEqual(await listed(msp), [])
  })
}

test('no network: its sentence, nothing stored', async (t) => {
  const { msp } = await startUnconnected(t, { sleep: async () => {} })
  const { port } = await startFaultProxy(t, { kind: 'refuse' })
  const result = await msp.withInput('a-token', 'integrate', 'syncro', '--api-url', `http://127.0.0.1:${port}`, '--token-stdin')
  assert.deepEqual(result, { exitCode: 1, stdout: [], stderr: ['SyncroMSP could not be reached (ECONNREFUSED).', network] })
  assert.deepEqual(await listed(msp), [])
})

for (const typed of ['acme', 'ACME', ' acme-2 ']) {
  test(`--subdomain "${typed}" is taken, and the next thing is the vendor`, async (t) => {
    const refuse = async () => {
      throw new MspError('network', 'The test lets nothing out.')
    }
    const { msp } = await startUnconnected(t, { step: (name, effect) => (name === 'vendor.send' ? refuse() : effect()) })
    const result = await msp.withInput('a-token', 'integrate', 'syncro', '--subdomain', typed, '--token-stdin')
    assert.deepEqual(result, { exitCode: 1, stdout: [], stderr: ['The test lets nothing out.'] })
  })
}

test('a vault that cannot be opened is said before anything is sent', async (t) => {
  const { sandbox, home } = await startUnconnected(t)
  const { msp } = await startMsp(t, { env: { MSP_HOME: home, MSP_KEY_FILE: join(home, 'another-key') } })
  const { exitCode, stderr } = await connectSyncro(msp, sandbox)
  assert.deepEqual([exitCode, stderr[0]?.startsWith('The key of this machine is gone from'), sandbox.requests], [4, true, []])
})
