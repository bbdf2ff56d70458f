import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '../src/db/open.ts'
import { placeOf } from './support/mariadb.ts'
import { startMsp } from './support/msp.ts'

const more = (command: string) => `See: msp help ${command}. Text that begins with - goes behind --.`
for (const [argv, stderr] of [
  [
    ['help', 'foo'],
    ["Unknown command 'foo'.", 'See: msp help'],
  ],
  [['constructor'], ["Unknown command 'constructor'.", 'See: msp help']],
  [
    ['ticket', 'toString'],
    ["Unknown command 'toString'.", 'See: msp help ticket'],
  ],
  [
    ['integrate', 'syncro', 'a-token'],
    ["Too many arguments for 'syncro'. Expected 0 arguments.", 'See: msp help integrate syncro'],
  ],
  [
    ['integrate', 'syncro', '--token=a-token'],
    ["Unknown option '--token'.", more('integrate syncro')],
  ],
  [
    ['outbox', 'resolve'],
    ["Missing required argument 'id'.", 'See: msp help outbox resolve'],
  ],
  [
    ['time', 'log', '-1h'],
    ['"-1h" is not above zero.', 'Write a duration as 2.5h, 150m or 1h30.'],
  ],
] as const) {
  test(`msp ${argv.join(' ')} is wrong usage, and shows no value that was typed`, async (t) => {
    const { msp } = await startMsp(t)
    assert.deepEqual(await msp(...argv), { exitCode: 2, stdout: [], stderr: [...stderr] })
  })
}

for (const argv of [
  ['help', 'ticket', 'sync'],
  ['ticket', 'sync', '--help'],
]) {
  test(`msp ${argv.join(' ')} is the help of that verb`, async (t) => {
    const { msp } = await startMsp(t)
    const { exitCode, stdout } = await msp(...argv)
    assert.deepEqual([exitCode, stdout[0]], [0, 'Usage: msp ticket sync [options] [ticket]'])
  })
}

test('text that begins with a dash goes behind --', async (t) => {
  const { msp } = await startMsp(t)
  assert.equal((await msp('client', 'add', '--', '--help me')).exitCode, 0)
  assert.deepEqual((await msp('client', 'list', '--json=name')).json(), [{ name: '--help me' }])
})

for (const change of [{ apiBaseUrl: 'http://127.0.0.1:1/api/v1' }, { owner: '' }]) {
  test(`a key whose ${Object.keys(change)} was changed in the database is not used`, async (t) => {
    const { msp, home, sandbox } = await startMsp(t, { sandbox: true })
    const db = await openDatabase(placeOf(join(home, 'data', 'msp.sqlite')))
    await db.updateTable('integrationCredentials').set(change).where('integrationName', '=', 'syncro').execute()
    await db.destroy()
    const before = sandbox.requests.length
    const { exitCode, stderr } = await msp('ticket', 'search', 'nas')
    assert.deepEqual(
      [exitCode, stderr[0], sandbox.requests.length],
      [1, 'The address or the owner of the key of syncro was changed in the database. It is not used.', before],
    )
  })
}
