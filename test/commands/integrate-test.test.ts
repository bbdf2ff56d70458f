import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { registerIntegrateTest } from '../../src/commands/integrate/test.ts'
import { parsed } from '../support/recording.ts'
import { listed, startConnected } from './integrate-start.ts'

const now = new Date('2026-04-01T14:00:00.000Z')
const mike = 'Mike Swanson <mike@example.com>'
const backupsWork = {
  integration: 'msp-backups',
  owner: 'team',
  status: 'success',
  writesAs: 'MSP Backups API',
  mayNotRead: [],
  error: null,
}
const syncroWorks = { integration: 'syncro', owner: 'mike@example.com', status: 'success', writesAs: mike, mayNotRead: [], error: null }

async function start(t: TestContext, request = 5000) {
  const started = await startConnected(t, { now: () => now, sleep: async () => {}, limits: { request } })
  /** Changes the stored rows as somebody with access to the database could. */
  const meddle = (statement: string): void => {
    const database = new DatabaseSync(join(started.home, 'data', 'msp.sqlite'))
    database.exec(statement)
    database.close()
  }
  return { ...started, meddle, tested: async (...names: string[]) => started.msp('integrate', 'test', ...names, '--json') }
}

for (const [argv, expected] of [
  ['test', [undefined, {}]],
  ['test syncro', ['syncro', {}]],
  ['test msp-backups --json=status,error', ['msp-backups', { json: ['status', 'error'] }]],
] as const) {
  test(`msp integrate ${argv}`, async () => assert.deepEqual(await parsed(registerIntegrateTest, argv), expected))
}

test('keys that work are said to, with whom they write as, and it is kept', async (t) => {
  const { msp, tested } = await start(t)
  assert.deepEqual(await msp('integrate', 'test'), {
    exitCode: 0,
    stdout: ['msp-backups\tteam\tsuccess\tMSP Backups API\t\t', `syncro\tmike@example.com\tsuccess\t${mike}\t\t`],
    stderr: [],
  })
  const result = await tested()
  assert.deepEqual([result.exitCode, result.json()], [0, [backupsWork, syncroWorks]])
  const at = now.toISOString()
  const kept = (await listed(msp)).map((row: Record<string, unknown>) => [
    row.isActive,
    row.lastTestedAt,
    row.lastTestStatus,
    row.lastTestError,
    row.lastUsedAt,
  ])
  assert.deepEqual(kept, Array(2).fill([true, at, 'success', null, at]))
})

test('only the named one is tried', async (t) => {
  const { tested, sandbox } = await start(t)
  const before = sandbox.requests.length
  assert.deepEqual((await tested('syncro')).json(), [syncroWorks])
  assert.deepEqual([...new Set(sandbox.requests.slice(before).map(({ vendor }) => vendor))], ['syncro'])
})

test("both keys of one system are tried, one's own and the team's, and nobody else's", async (t) => {
  const { msp, tested, sandbox, env } = await start(t)
  sandbox.syncro.addToken('token-of-rosa', { userId: 1736 })
  const connect = (...more: string[]) =>
    msp.withInput('token-of-rosa', 'integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin', ...more)
  await connect('--owner', 'team')
  env.MSP_TECHNICIAN = 'rosa@example.com'
  await connect()
  env.MSP_TECHNICIAN = 'mike@example.com'
  sandbox.syncro.revokeToken('token-of-rosa')
  const { exitCode, json } = await tested('syncro')
  const refused = { status: 'auth_failed', writesAs: null, error: 'SyncroMSP refused the key: Not authenticated (status 401).' }
  assert.deepEqual([exitCode, json()], [1, [{ ...syncroWorks, owner: 'team', ...refused }, syncroWorks]])
})

interface Broken {
  name: string
  meddle?: string
  arm?: { on: string; kind: 'status' | 'slow' | 'html' | 'unauthorized'; times?: number; status?: number; ms?: number }
  status: 'auth_failed' | 'connection_error'
  error: string | RegExp
}

const stored = "where integration_name = 'syncro'"
const broken: Broken[] = [
  {
    name: 'an address of another site',
    meddle: `update integration_credentials set api_base_url = 'https://evil.com/api/v1' ${stored}`,
    status: 'connection_error',
    error: 'The stored address is not used. The address for SyncroMSP leads to evil.com, which is not SyncroMSP.',
  },
  {
    name: 'an address without TLS',
    meddle: `update integration_credentials set api_base_url = 'http://acme.syncromsp.com' ${stored}`,
    status: 'connection_error',
    error: 'The stored address is not used. The address for SyncroMSP must begin with https://.',
  },
  {
    name: 'a key that was exchanged',
    meddle: `update integration_credentials set api_key_encrypted = (select oauth_token_encrypted from integration_credentials where oauth_token_encrypted is not null) ${stored}`,
    status: 'auth_failed',
    error: /^The value in integration_credentials\.api_key_encrypted, row [0-9a-f-]{36} \(the key of syncro\), /,
  },
  {
    name: 'a key that is garbage',
    meddle: `update integration_credentials set api_key_encrypted = x'0102' ${stored}`,
    status: 'auth_failed',
    error: /was not sealed by msp/,
  },
  {
    name: 'no key',
    meddle: `update integration_credentials set api_key_encrypted = null ${stored}`,
    status: 'auth_failed',
    error: 'The stored key of syncro is empty.',
  },
  {
    name: 'a key that was switched off',
    meddle: `update integration_credentials set is_active = 0 ${stored}`,
    status: 'auth_failed',
    error: 'The key of SyncroMSP is switched off.',
  },
  {
    name: 'a key that is refused',
    arm: { on: '*', kind: 'unauthorized', times: 2 },
    status: 'auth_failed',
    error: 'SyncroMSP refused the key: Not authenticated (status 401).',
  },
  {
    name: 'a system that is down',
    arm: { on: 'GET me', kind: 'status', times: 3 },
    status: 'connection_error',
    error: 'SyncroMSP refused: status 500.',
  },
  {
    name: 'a system that is down for one of its lists',
    arm: { on: 'GET rmm_alerts', kind: 'status', times: 3, status: 502 },
    status: 'connection_error',
    error: 'SyncroMSP refused: status 502.',
  },
  {
    name: 'a system that does not answer',
    arm: { on: 'GET me', kind: 'slow', times: 3, ms: 500 },
    status: 'connection_error',
    error: 'SyncroMSP did not answer within 0.3 s.',
  },
  {
    name: 'a web page',
    arm: { on: 'GET me', kind: 'html' },
    status: 'connection_error',
    error: 'SyncroMSP answered with a web page instead of data.',
  },
]

for (const { name, meddle: statement, arm, status, error } of broken) {
  test(`${name}: ${status}, kept, exit code 1, and the other is tried all the same`, async (t) => {
    const { msp, tested, meddle, sandbox } = await start(t, arm?.kind === 'slow' ? 300 : 5000)
    // so that there is a sealed value of another column
    await msp('integrate', 'test', 'msp-backups')
    if (statement) meddle(statement)
    if (arm) sandbox.arm({ vendor: 'syncro', ...arm })
    const { exitCode, json } = await tested()
    const [backups, { error: said, ...syncro }] = json()
    assert.deepEqual(
      [exitCode, backups, syncro],
      [1, backupsWork, { integration: 'syncro', owner: 'mike@example.com', status, writesAs: null, mayNotRead: [] }],
    )
    if (typeof error === 'string') assert.equal(said, error)
    else assert.match(said, error)
    const [, { lastTestedAt, lastTestStatus, lastTestError }] = await listed(msp)
    assert.deepEqual([lastTestedAt, lastTestStatus, lastTestError], [now.toISOString(), status, said])
  })
}

test('a row of a system that this msp does not know is listed, and disturbs nothing', async (t) => {
  const { msp, tested, meddle } = await start(t)
  meddle(
    "insert into integration_credentials (id, integration_name, api_base_url) values ('0190f000-0000-7000-8000-000000000001', 'zapier', 'https://hooks.zapier.com/hooks/catch')",
  )
  const names = (await listed(msp)).map(({ integration, owner, writesAs }: Record<string, unknown>) => [integration, owner, writesAs])
  assert.deepEqual(names, [
    ['msp-backups', 'team', 'MSP Backups API'],
    ['syncro', 'mike@example.com', mike],
    ['zapier', 'team', null],
  ])
  assert.deepEqual((await tested()).json(), [backupsWork, syncroWorks])
  assert.equal((await msp('ticket', 'search')).exitCode, 0)
})
