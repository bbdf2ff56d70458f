import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { startMsp } from '../support/msp.ts'

const minute = 60_000

/** Both vendors connected, on a clock that is moved by hand; every command is a process of its own as far as tokens go. */
async function start(t: TestContext) {
  let time = Date.parse('2026-04-01T14:00:00.000Z')
  const now = () => new Date(time)
  const { msp, home, sandbox } = await startMsp(t, { sandbox: { seed: 'demo' }, now, sleep: async () => {} })
  sandbox.mspBackups.logins = 0
  sandbox.mspBackups.tokenSeconds = 3600
  const row = () => {
    const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
    const found = database
      .prepare(
        "select gen, oauth_token_encrypted as token, oauth_expires_at as ends from integration_credentials where integration_name = 'msp_backups'",
      )
      .get()
    database.close()
    return found as { gen: number; token: Uint8Array | null; ends: string }
  }
  const read = async () => (await msp('integrate', 'test', 'msp-backups')).exitCode
  const pass = (ms: number): void => {
    time += ms
  }
  return { msp, sandbox, pass, read, row, logins: () => sandbox.mspBackups.logins }
}

test('a token is stored sealed, and the next process uses it until five minutes before it ends', async (t) => {
  const { read, row, pass, logins } = await start(t)
  assert.deepEqual([await read(), logins()], [0, 1])
  const { token, ends } = row()
  assert.deepEqual(
    [
      Buffer.from(token ?? [])
        .subarray(0, 4)
        .toString('latin1'),
      ends.slice(0, 19),
    ],
    ['MSP1', '2026-04-01T15:00:00'],
  )
  assert.deepEqual([await read(), logins()], [0, 1])
  pass(55 * minute - 1)
  assert.deepEqual([await read(), logins()], [0, 1])
  pass(1)
  assert.deepEqual([await read(), logins()], [0, 2])
  assert.deepEqual([await read(), logins(), row().ends.slice(0, 19)], [0, 2, '2026-04-01T15:55:00'])
})

test('a token that the vendor took back is renewed once, and the new one is stored', async (t) => {
  const { read, row, logins, sandbox } = await start(t)
  await read()
  const { gen } = row()
  sandbox.mspBackups.revokeTokens()
  assert.deepEqual([await read(), logins(), row().gen], [0, 2, gen + 1])
  assert.deepEqual([await read(), logins()], [0, 2])
})

test('when the new token is refused too it stops, and says how to connect again', async (t) => {
  const { msp, read, logins, sandbox } = await start(t)
  await read()
  sandbox.arm({ vendor: 'msp-backups', on: 'GET Companies', kind: 'unauthorized', times: 9 })
  const result = await msp('integrate', 'test', 'msp-backups', '--json')
  const error = 'MSP Backups refused the key: Authorization has been denied for this request (status 401).'
  assert.deepEqual([result.exitCode, result.json()[0].error, logins()], [1, error, 2])
})

test('a password that was changed there is refused, whatever token is left, and nothing is lost', async (t) => {
  const { msp, read, sandbox, row } = await start(t)
  await read()
  const { gen } = row()
  sandbox.mspBackups.revokeTokens()
  sandbox.arm({ vendor: 'msp-backups', on: 'POST Provider/Login', kind: 'status', status: 403 })
  const [result] = (await msp('integrate', 'test', 'msp-backups', '--json')).json()
  assert.deepEqual([result.status, result.error], ['auth_failed', 'MSP Backups refused the API credentials of "sandbox-api-user".'])
  assert.deepEqual([row().gen, await read()], [gen, 0])
})

test('a sign-in whose answer is lost is made again, as a read is', async (t) => {
  const { read, logins, sandbox } = await start(t)
  sandbox.arm({ vendor: 'msp-backups', on: 'POST Provider/Login', kind: 'cut-after' })
  assert.deepEqual([await read(), logins()], [0, 2])
})

test('a sign-in that is down is tried as often in a command as a read, and no more', async (t) => {
  const { read, sandbox } = await start(t)
  sandbox.arm({ vendor: 'msp-backups', on: 'POST Provider/Login', kind: 'status', status: 503, times: 9 })
  const before = sandbox.requests.length
  assert.equal(await read(), 1)
  assert.deepEqual(
    sandbox.requests.slice(before).map(({ path }) => path),
    ['Provider/Login', 'Provider/Login', 'Provider/Login'],
  )
})
