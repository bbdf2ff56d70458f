import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMsp } from '../support/msp.ts'

const now = new Date('2026-04-01T14:00:00.000Z')
const fields = [
  'integration',
  'owner',
  'type',
  'writesAs',
  'apiUrl',
  'isActive',
  'state',
  'scopes',
  'expiresAt',
  'lastUsedAt',
  'lastTestedAt',
  'lastTestStatus',
  'lastTestError',
]
const listed = [...fields, 'limit', 'rateLimitRequests', 'rateLimitPeriodSeconds', 'rateLimitRemaining', 'pausedUntil']

test('with nothing connected the list is empty and says how to start', async (t) => {
  const { msp } = await startMsp(t)
  const stderr = ['Nothing is connected yet. Start with: msp integrate syncro']
  assert.deepEqual(await msp('integrate', 'list'), { exitCode: 0, stdout: [], stderr })
  assert.deepEqual(await msp('integrate', 'list', '--json'), { exitCode: 0, stdout: ['[]'], stderr })
})

test('the list has whom each key writes as and when it was used, in a pipe and as JSON', async (t) => {
  const { msp, sandbox } = await startMsp(t, { sandbox: true, now: () => now })
  assert.equal((await msp('ticket', 'search')).exitCode, 0)
  const { apiUrl } = sandbox.syncro
  assert.deepEqual((await msp('integrate', 'list')).stdout, [
    `msp-backups\tteam\tMSP Backups API\tyes\t\tsuccess\t70 of 70 in 60 s\t${sandbox.mspBackups.apiUrl}`,
    `syncro\tmike@example.com\tMike Swanson <mike@example.com>\tyes\t${now.toISOString()}\tsuccess\t180 of 180 in 60 s\t${apiUrl}`,
  ])
  const [, syncro] = (await msp('integrate', 'list', '--json')).json()
  const common = {
    isActive: true,
    state: 'ok',
    scopes: null,
    expiresAt: null,
    lastUsedAt: now.toISOString(),
    lastTestedAt: now.toISOString(),
    lastTestStatus: 'success',
    lastTestError: null,
  }
  assert.deepEqual(syncro, {
    integration: 'syncro',
    owner: 'mike@example.com',
    type: 'api_key',
    writesAs: 'Mike Swanson <mike@example.com>',
    apiUrl,
    ...common,
    ...{ limit: '180 of 180 in 60 s', rateLimitRequests: 180, rateLimitPeriodSeconds: 60, rateLimitRemaining: 180, pausedUntil: null },
  })
  assert.deepEqual((await msp('integrate', 'list', '--json=type,owner')).json(), [
    { type: 'basic_auth', owner: 'team' },
    { type: 'api_key', owner: 'mike@example.com' },
  ])
})

test('on a terminal it is a table with the time in the own zone', async (t) => {
  const { msp } = await startMsp(t, { sandbox: { seed: 'demo' }, terminal: true, now: () => now })
  assert.equal((await msp('ticket', 'search')).exitCode, 0)
  const { stdout } = await msp('integrate', 'list')
  assert.match(stdout[0] ?? '', /^INTEGRATION {2}OWNER +WRITES AS +IS ACTIVE {2}LAST USED AT +LAST TEST STATUS {2}LIMIT +API URL$/)
  assert.match(
    stdout[2] ?? '',
    /^syncro +mike@example\.com {2}Mike Swanson <mike@example\.com> {2}yes +2026-04-01 07:00 {2}success +180 of 180 in 60 s {2}http:/,
  )
})

for (const command of [['list'], ['syncro'], ['msp-backups'], ['remove', 'syncro']]) {
  test(`--json=help of msp integrate ${command.join(' ')} lists the fields and does nothing`, async (t) => {
    const { msp } = await startMsp(t)
    assert.deepEqual(await msp('integrate', ...command, '--json=help'), {
      exitCode: 0,
      stdout: command[0] === 'list' ? listed : fields,
      stderr: [],
    })
  })
}

test('--json=help of msp integrate test lists its own', async (t) => {
  const { msp } = await startMsp(t)
  const stdout = ['integration', 'owner', 'status', 'writesAs', 'mayNotRead', 'error']
  assert.deepEqual(await msp('integrate', 'test', '--json=help'), { exitCode: 0, stdout, stderr: [] })
})

test('a field that there is not is wrong usage, and the ones there are stand in the hint', async (t) => {
  const { msp } = await startMsp(t)
  const error = { code: 'usage', message: 'There is no field "token", "apiKeyEncrypted".', hint: `The fields are: ${listed.join(', ')}` }
  const { exitCode, stdout, stderr } = await msp('integrate', 'list', '--json=owner,token,apiKeyEncrypted')
  assert.deepEqual([exitCode, stdout, JSON.parse(stderr.join('\n'))], [2, [], { error }])
})

test('on MariaDB keys are connected, tried, listed, replaced and removed the same way', async (t) => {
  const started = await startMsp(t, { engine: 'mariadb', sandbox: true, now: () => now })
  if (!started) return
  const { msp, sandbox } = started
  const { apiUrl, token } = sandbox.syncro
  const { exitCode, json } = await msp('integrate', 'test', '--json=integration,status')
  assert.deepEqual(
    [exitCode, json()],
    [
      0,
      [
        { integration: 'msp-backups', status: 'success' },
        { integration: 'syncro', status: 'success' },
      ],
    ],
  )
  assert.equal((await msp('integrate', 'test')).exitCode, 0)
  assert.equal(sandbox.mspBackups.logins, 2)
  await msp.withInput(token, 'integrate', 'syncro', '--api-url', apiUrl, '--token-stdin')
  const rows = (await msp('integrate', 'list', '--json=integration,owner,isActive,lastTestedAt')).json()
  const common = { isActive: true, lastTestedAt: now.toISOString() }
  assert.deepEqual(rows, [
    { integration: 'msp-backups', owner: 'team', ...common },
    { integration: 'syncro', owner: 'mike@example.com', ...common },
  ])
  assert.equal((await msp('integrate', 'remove', 'syncro', '--yes')).exitCode, 0)
  assert.deepEqual((await msp('integrate', 'list', '--json=integration')).json(), [{ integration: 'msp-backups' }])
})
