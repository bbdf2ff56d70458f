import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { registerIntegrateSmtp } from '../../src/commands/integrate/smtp.ts'
import { withDatabase } from '../outbox/start.ts'
import { startMailServer } from '../support/mail-server.ts'
import { parsed } from '../support/recording.ts'
import { filesIn, listed, startUnconnected } from './integrate-start.ts'
import { connectMail, from, startMailing } from './mail-start.ts'

for (const [argv, expected] of [
  ['smtp', { owner: 'team', port: 587 }],
  [
    'smtp --host mail.msp.example --port 465 --username a --password-stdin --from b@msp.example --owner me',
    { owner: 'me', port: 465, host: 'mail.msp.example', username: 'a', passwordStdin: true, from: 'b@msp.example' },
  ],
] as const) {
  test(`msp integrate ${argv}`, async () => assert.deepEqual(await parsed(registerIntegrateSmtp, argv), [expected]))
}

const connected = {
  exitCode: 0,
  stdout: [`Mail connected successfully as ${from}.`],
  stderr: [`Mail let msp in. What is sent comes from ${from}.`],
}

describe('msp integrate smtp', { concurrency: true }, () => {
  test('tries the sign-in without sending anything, and stores it for the team', async (t) => {
    const [server, { msp, home }] = [await startMailServer(t), await startUnconnected(t)]
    assert.deepEqual(await connectMail(msp, server), connected)
    const [{ lastTestedAt, ...stored }, ...others] = await listed(msp)
    assert.deepEqual([typeof lastTestedAt, others, await server.messages()], ['string', [], []])
    assert.deepEqual(stored, {
      integration: 'smtp',
      owner: 'team',
      type: 'basic_auth',
      writesAs: from,
      apiUrl: `smtp://127.0.0.1:${server.port}`,
      isActive: true,
      state: 'ok',
      scopes: null,
      expiresAt: null,
      lastUsedAt: null,
      lastTestStatus: 'success',
      lastTestError: null,
      ...{ limit: null, rateLimitRequests: null, rateLimitPeriodSeconds: null, rateLimitRemaining: null, pausedUntil: null },
    })
    const records = (await msp('record', 'list', '--json=integrationType,action,responseStatus,responseData')).json()
    assert.deepEqual(records, [{ integrationType: 'smtp_account', action: 'retrieved', responseStatus: 'success', responseData: { from } }])
    assert.ok(!filesIn(home).includes(server.password))
  })

  test('asks on a terminal; without a user name for no password', async (t) => {
    const server = await startMailServer(t)
    const open = await startMailServer(t, { authOptional: true })
    const { msp, tell, asked } = await startUnconnected(t, { terminal: true })
    tell(['127.0.0.1', from, server.username, server.password])
    assert.deepEqual(await msp('integrate', 'smtp', '--port', String(server.port)), connected)
    assert.deepEqual(asked.splice(0), [
      'Mail server (mail.example.com):',
      'From (MSP Backups <backups@example.com>):',
      'User name (empty where the server wants none):',
      'mail password (it is not shown):',
    ])
    tell([''])
    const argv = ['--port', String(open.port), '--host', '127.0.0.1', '--from', 'backups@msp.example']
    const { exitCode, stdout } = await msp('integrate', 'smtp', ...argv)
    assert.deepEqual([exitCode, stdout], [0, ['Mail connected successfully as backups@msp.example.']])
  })

  test('a password comes out of a file; integrate test, list and remove know it', async (t) => {
    const [server, { msp, home }] = [await startMailServer(t), await startUnconnected(t)]
    const file = join(home, 'password')
    writeFileSync(file, `${server.password}\n`, { mode: 0o600 })
    const argv = ['--host', '127.0.0.1', '--port', String(server.port), '--username', server.username, '--password-file', file]
    assert.deepEqual(await msp('integrate', 'smtp', ...argv, '--from', from), connected)
    assert.deepEqual((await msp('integrate', 'test', 'smtp')).stdout, [`smtp\tteam\tsuccess\t${from}\t\t`])
    server.password = 'a newer one'
    const said = '127.0.0.1 refused the password of "backups": 535 5.7.8 Authentication credentials invalid.'
    assert.deepEqual(await msp('integrate', 'test'), { exitCode: 1, stdout: [`smtp\tteam\tauth_failed\t\t\t${said}`], stderr: [] })
    assert.equal((await msp('integrate', 'remove', 'smtp', '--yes')).exitCode, 0)
    assert.deepEqual(await listed(msp), [])
  })

  test('a wrong password stores nothing', async (t) => {
    const [server, { msp }] = [await startMailServer(t), await startUnconnected(t)]
    const said = '127.0.0.1 refused the password of "backups": 535 5.7.8 Authentication credentials invalid.'
    const wrong = { ...server, password: 'a wrong one' }
    assert.deepEqual(await connectMail(msp, wrong), { exitCode: 4, stdout: [], stderr: [said, 'Connect it again: msp integrate smtp'] })
    assert.deepEqual(await listed(msp), [])
  })

  test('what cannot be a mail server, a sender or a sign-in is refused before anything is sent', async (t) => {
    const { msp } = await startUnconnected(t)
    const good = ['--host', 'mail.msp.example', '--from', from]
    for (const [argv, message] of [
      [[], 'This needs an answer: Mail server (mail.example.com):'],
      [['--host', 'mail.msp.example'], 'This needs an answer: From (MSP Backups <backups@example.com>):'],
      [['--host', 'https://mail.msp.example'], 'That is no address of a mail server.'],
      [['--host', '10.0.0.1'], '"10.0.0.1" is no name of a mail server.'],
      [['--host', 'user@mail.msp.example'], 'That is no address of a mail server.'],
      [[...good, '--port', '70000'], 'That is no address of a mail server.'],
      [['--host', 'mail.msp.example', '--from', 'MSP'], '"MSP" is no e-mail address.'],
      [
        ['--host', 'mail.msp.example', '--from', 'A <a@msp.example>, B <b@msp.example>'],
        '"A <a@msp.example>, B <b@msp.example>" is no e-mail address.',
      ],
      [['--host', 'mail.msp.example', '--from', 'A\r\nBcc: b@evil.example <a@msp.example>'], '"A'],
      [[...good, '--password-stdin'], 'A password goes with a user name.'],
      [[...good, '--username', ' ', '--password-stdin'], 'The user name is empty, or no name.'],
    ] as const) {
      const { exitCode, stdout, stderr } = await msp.withInput('password', 'integrate', 'smtp', ...argv)
      assert.deepEqual([exitCode, stdout, stderr[0]], [2, [], message])
    }
  })

  test('a sender that was changed in the database to no address is not used', async (t) => {
    const { msp, home } = await startMailing(t)
    await withDatabase(home, (db) =>
      db.updateTable('integrationCredentials').set({ accountEmail: 'a@b.example>\r\nBcc: c@d.example' }).execute(),
    )
    const { exitCode, stdout } = await msp('integrate', 'test', 'smtp')
    assert.deepEqual([exitCode, stdout[0]?.split('\t')[2]], [1, 'connection_error'])
  })
})
