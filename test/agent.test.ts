import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Agent, detectAgent, ifYouAreAPerson, withoutAgent } from '../src/agent.ts'
import { parseAnswer, startMsp } from './support/msp.ts'

const inTools = { CLAUDECODE: '1', CLAUDE_CODE_CHILD_SESSION: '1', CLAUDE_CODE_SESSION_ID: '5f0c', CLAUDE_CODE_ENTRYPOINT: 'cli' }
const named = 'claude-code_2-1-227_agent'
const child = ['CLAUDE_CODE_CHILD_SESSION']
const hosts = ['CLAUDE_CODE_ENTRYPOINT', 'CLAUDECODE']
const claude = (...because: string[]): Agent => ({ name: 'claude-code', because })

for (const [what, env, isTerminal, expected] of [
  ["a person's terminal", { TERM: 'xterm', SHELL: '/bin/bash' }, true, undefined],
  ['a script or a scheduled task', {}, false, undefined],
  ['a terminal of an IDE, where a person types', { CLAUDECODE: '1' }, true, undefined],
  ['a task that such an IDE starts', { CLAUDECODE: '1' }, false, claude('CLAUDECODE')],
  ['a terminal inside the desktop app', { CLAUDE_CODE_ENTRYPOINT: 'claude-desktop' }, true, undefined],
  ['an app that only says what it is', { CLAUDE_CODE_ENTRYPOINT: 'sdk-ts' }, false, claude('CLAUDE_CODE_ENTRYPOINT')],
  ['the Bash tool', { ...inTools, AI_AGENT: named }, false, claude(...child, 'AI_AGENT', ...hosts)],
  ['the PowerShell tool', inTools, false, claude(...child, ...hosts)],
  ['claude -p in a script', { ...inTools, CLAUDE_CODE_ENTRYPOINT: 'sdk-cli' }, false, claude(...child, ...hosts)],
  ['a tool with a terminal of its own', inTools, true, claude(...child)],
  ['tmux that was started inside a session', { ...inTools, AI_AGENT: named, TMUX: '/tmp/t' }, true, claude(...child, 'AI_AGENT')],
  ['a hook', { ...inTools, CLAUDE_PROJECT_DIR: '/src' }, false, claude(...child, ...hosts)],
  ['a status line', { CLAUDECODE: '1', CLAUDE_CODE_CHILD_SESSION: '1' }, false, claude(...child, 'CLAUDECODE')],
  [
    'a session older than the child variable',
    { CLAUDECODE: '1', AI_AGENT: 'claude-code_2-1-120_agent' },
    false,
    {
      name: 'claude-code_2-1-120_agent',
      because: ['AI_AGENT', 'CLAUDECODE'],
    },
  ],
  ['an MCP server of an IDE', { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: '5f0c' }, false, claude('CLAUDECODE')],
  ['Codex, sandboxed', { CODEX_SANDBOX: 'seatbelt' }, true, { name: 'codex', because: ['CODEX_SANDBOX'] }],
  [
    'Codex, without network',
    { CODEX_SANDBOX_NETWORK_DISABLED: '1' },
    false,
    { name: 'codex', because: ['CODEX_SANDBOX_NETWORK_DISABLED'] },
  ],
  ['Codex, a thread', { CODEX_THREAD_ID: '01' }, false, { name: 'codex', because: ['CODEX_THREAD_ID'] }],
  ['Codex, in CI', { CODEX_CI: '1' }, false, { name: 'codex', because: ['CODEX_CI'] }],
  ['Codex, hosted', { CODEX_INTERNAL_ORIGINATOR_OVERRIDE: 'x' }, false, { name: 'codex', because: ['CODEX_INTERNAL_ORIGINATOR_OVERRIDE'] }],
  ['the terminal of a hosted Codex', { CODEX_INTERNAL_ORIGINATOR_OVERRIDE: 'x' }, true, undefined],
  ['Cursor', { CURSOR_AGENT: '1' }, true, { name: 'cursor', because: ['CURSOR_AGENT'] }],
  ['Gemini', { GEMINI_CLI: '1' }, true, { name: 'gemini-cli', because: ['GEMINI_CLI'] }],
  ['Copilot', { COPILOT_CLI: '1' }, false, { name: 'copilot-cli', because: ['COPILOT_CLI'] }],
  ['OpenCode', { OPENCODE: '1' }, false, { name: 'opencode', because: ['OPENCODE'] }],
  ['Cline', { CLINE_ACTIVE: 'true' }, true, { name: 'cline', because: ['CLINE_ACTIVE'] }],
  ['Antigravity', { ANTIGRAVITY_CLI_ALIAS: 'agy' }, false, { name: 'antigravity', because: ['ANTIGRAVITY_CLI_ALIAS'] }],
  ['OpenClaw', { OPENCLAW_SHELL: 'exec' }, false, { name: 'openclaw', because: ['OPENCLAW_SHELL'] }],
  ['an agent that names itself', { AGENT: 'Goose' }, true, { name: 'goose', because: ['AGENT'] }],
  ['one that only says that it is one', { AI_AGENT: '1' }, true, { name: 'agent', because: ['AI_AGENT'] }],
  ['a name that is none', { AI_AGENT: '\u001b[2J\nme' }, true, { name: 'agent', because: ['AI_AGENT'] }],
  ['variables that say no', { CLAUDE_CODE_CHILD_SESSION: '', AI_AGENT: '0', CLAUDECODE: 'false' }, false, undefined],
] as const) {
  test(`${what}: ${expected ? `run by ${expected.name}` : 'run by a person'}`, () =>
    assert.deepEqual(
      detectAgent(env, () => isTerminal),
      expected,
    ))
}

test('whether there is a terminal is asked only when it decides', () => {
  const ask = () => assert.fail('asked')
  assert.equal(detectAgent({}, ask), undefined)
})

test('the way on names every variable, and without them nobody is taken for an agent', { skip: process.platform === 'win32' }, () => {
  const env = { ...inTools, AI_AGENT: named, PATH: '/bin' }
  const agent = detectAgent(env, () => true)
  assert.equal(
    agent && ifYouAreAPerson(agent, 'outbox approve 7F3K'),
    'If you are a person, CLAUDE_CODE_CHILD_SESSION, AI_AGENT made msp take you for an agent: ' +
      'env -u CLAUDE_CODE_CHILD_SESSION -u AI_AGENT msp outbox approve 7F3K',
  )
  assert.deepEqual(withoutAgent(env), { CLAUDE_CODE_SESSION_ID: '5f0c', PATH: '/bin' })
})

const agentEnv = { CLAUDE_CODE_CHILD_SESSION: '1' }

test('an agent gets every field as JSON without asking, and the errors as one object; --no-json gives it text', async (t) => {
  const { msp } = await startMsp(t, { env: agentEnv })
  await msp('client', 'add', 'Dataforth')
  const [{ name, ...more }, ...others] = (await msp('client', 'list')).json()
  assert.deepEqual([name, Object.keys(more).length > 1, others], ['Dataforth', true, []])
  assert.deepEqual((await msp('client', 'list', '--json=name')).json(), [{ name: 'Dataforth' }])
  assert.deepEqual((await msp('client', 'list', '--json')).json(), (await msp('client', 'list')).json())
  const text = await msp('client', 'list', '--no-json')
  assert.deepEqual([text.exitCode, text.stdout.length, text.stdout[0]?.split('\t')[0]], [0, 1, 'Dataforth'])
  const error = {
    code: 'not_found',
    message: 'There is no client "acme".',
    hint: 'See them: msp client list · add it: msp client add acme',
  }
  const { exitCode, stdout, stderr } = await msp('client', 'show', 'acme')
  assert.deepEqual([exitCode, stdout, parseAnswer(stderr)], [5, [], { error }])
  assert.deepEqual(await msp('client', 'show', 'acme', '--no-json'), { exitCode: 5, stdout: [], stderr: [error.message, error.hint] })
  assert.equal(JSON.parse((await msp('nonsense')).stderr.join('\n')).error.code, 'usage')
})

test('what has no JSON stays as it is for an agent, and help stays text', async (t) => {
  const { msp } = await startMsp(t, { env: agentEnv })
  assert.deepEqual(await msp('config', 'set', 'time.zone', 'UTC'), {
    exitCode: 0,
    stdout: ['time.zone is set.'],
    stderr: ['MSP_TIME_ZONE is set in the environment and wins over this.'],
  })
  const help = await msp('ticket', 'sync', '--help')
  assert.deepEqual(
    [help.exitCode, help.stdout[0], help.stdout.join(' ').includes('(default: every field)')],
    [0, 'Usage: msp ticket sync [options] [ticket]', true],
  )
  assert.deepEqual((await msp('client', 'list', '--json=help')).stdout[0], 'id')
})

test('an agent is never asked and gets no colour, although it has a terminal', async (t) => {
  const { msp, asked } = await startMsp(t, { terminal: true, env: { ...agentEnv, NO_COLOR: undefined, CLICOLOR_FORCE: '1' } })
  assert.deepEqual(await msp('config', 'set', 'database.url', 'mysql://msp@db.example.com/msp', '--no-json'), {
    exitCode: 2,
    stdout: [],
    stderr: [
      'This needs an answer: Password of msp at db.example.com (it is not shown; empty: it needs none):',
      'Without a terminal, give it with --password-stdin.',
    ],
  })
  assert.deepEqual(asked, [])
  await msp('client', 'add', 'Dataforth')
  assert.deepEqual(
    (await msp('client', 'list', '--no-json')).stdout.map((line) => line.split('\t')[0]),
    ['Dataforth'],
  )
})

test('for a person --no-json is what is there anyway, and with --json it is refused', async (t) => {
  const { msp } = await startMsp(t)
  await msp('client', 'add', 'Dataforth')
  assert.deepEqual(await msp('client', 'list', '--no-json'), await msp('client', 'list'))
  assert.deepEqual((await msp('client', 'list', '--json', '--no-json')).json(), {
    error: { code: 'usage', message: 'Use --json or --no-json, not both.', hint: null },
  })
})
