import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAnswer } from '../support/msp.ts'
import { connectSyncro, listed, startUnconnected } from './integrate-start.ts'

const agentEnv = { CLAUDE_CODE_CHILD_SESSION: '1' }

for (const [argv, what, command] of [
  [['syncro'], 'API token', 'integrate syncro --owner me'],
  [['syncro', '--owner', 'team', '--subdomain', 'acme', '--yes'], 'API token', 'integrate syncro --subdomain acme --owner team'],
  [['msp-backups', '--username', 'api user'], 'API password', "integrate msp-backups --username 'api user' --owner team"],
  [
    ['files', '--endpoint', 'https://s3.example.com', '--bucket', 'acme', '--owner', 'me'],
    'secret access key',
    'integrate files --endpoint https://s3.example.com --bucket acme --region auto --prefix msp/ --owner me',
  ],
  [
    ['smtp', '--host', 'mail.msp.example', '--username', 'a', '--owner', 'me'],
    'mail password',
    'integrate smtp --host mail.msp.example --username a --owner me',
  ],
] as const) {
  test(`an agent that runs msp integrate ${argv.join(' ')} learns what a person types where`, async (t) => {
    const { msp, sandbox } = await startUnconnected(t, { terminal: true, env: agentEnv })
    const { exitCode, stdout, stderr } = await msp('integrate', ...argv)
    const message = `A person types the ${what} in a terminal; it has no place in a conversation with an agent.`
    const hint = [
      `Ask a person to run this in a terminal: msp ${command}`,
      `If you are a person, CLAUDE_CODE_CHILD_SESSION made msp take you for an agent: env -u CLAUDE_CODE_CHILD_SESSION msp ${command}`,
    ].join('\n')
    assert.deepEqual([exitCode, stdout, parseAnswer(stderr)], [4, [], { error: { code: 'sign_in', message, hint } }])
    assert.deepEqual([await listed(msp), sandbox.requests], [[], []])
  })
}

test('an agent sends a person to a browser only where one can be opened, for the same as it would itself', async (t) => {
  const { msp, sandbox } = await startUnconnected(t, { env: agentEnv })
  const given = ['--api-url', sandbox.syncro.apiUrl, '--owner', 'team', '--oauth', '--client-id', 'x', '--scope', 'tickets:read time:read']
  const { exitCode, stdout, stderr } = await msp('integrate', 'syncro', ...given, '--no-browser')
  const message = 'A person signs in in a browser, and none can be opened here.'
  const command = `integrate syncro ${given.slice(0, -1).join(' ')} 'tickets:read time:read'`
  const hint = [
    `Ask a person to run this in a terminal: msp ${command}`,
    `If you are a person, CLAUDE_CODE_CHILD_SESSION made msp take you for an agent: env -u CLAUDE_CODE_CHILD_SESSION msp ${command}`,
  ].join('\n')
  assert.deepEqual([exitCode, stdout, parseAnswer(stderr)], [4, [], { error: { code: 'sign_in', message, hint } }])
})

test('an agent may connect with a token that it does not see', async (t) => {
  const { msp, sandbox } = await startUnconnected(t, { env: agentEnv })
  const { exitCode } = await connectSyncro(msp, sandbox)
  assert.deepEqual([exitCode, (await listed(msp)).length], [0, 1])
})
