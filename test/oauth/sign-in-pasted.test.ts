import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Answer, ctrlC } from '../support/msp.ts'
import { agreeOnly, before, connectedAtSandbox, startSignIn } from './sign-in-start.ts'

const client = ['--client-id', 'sandbox-oauth-client']
const secret = 'OAuth client secret (it is not shown; empty when there is none):'
const paste = 'Waiting. If the browser is on another machine, paste the address that it ends on (an error page there is fine):'
const hint = 'Copy all that stands in the address bar after you have agreed, even when the page says that it cannot connect.'

/** msp at a terminal, with a browser that cannot reach it: what the person pastes is made of the address that it ended on. */
async function start(t: TestContext, pasted: (ended: URL) => Answer[]) {
  const started = await startSignIn(t, {
    terminal: true,
    visit: async (url) => {
      started.tell(pasted(await agreeOnly(url)))
      return ''
    },
  })
  started.tell([''])
  return started
}

for (const [what, pasted] of [
  ['the whole address', (ended) => [ended.href]],
  ['all behind the question mark', (ended) => [ended.search.slice(1)]],
  ['the same with the question mark', (ended) => [ended.search]],
  ['the address in quotes', (ended) => [`"${ended.href}"`]],
  ['the address in angle brackets, with blanks', (ended) => [`  <${ended.href}>  `]],
  ['the address broken over lines', (ended) => [`${ended.href.slice(0, 40)}\n  ${ended.href.slice(40, 70)}\r\n${ended.href.slice(70)}\n`]],
] as [string, (ended: URL) => Answer[]][]) {
  test(`${what} can be pasted`, async (t) => {
    const { signIn, asked } = await start(t, pasted)
    assert.deepEqual(await signIn(...client), connectedAtSandbox)
    assert.deepEqual(asked, [secret, paste])
  })
}

for (const [what, pasted, sentence] of [
  ['nothing', () => '  ', 'Nothing was pasted.'],
  ['a code alone', (ended) => ended.searchParams.get('code') ?? '', 'That is not the address: a code alone does not do.'],
  ['the address of another host', (ended) => ended.href.replace('127.0.0.1', 'evil.example'), 'That address leads somewhere else.'],
  ['the address of another port', (ended) => ended.href.replace(/:\d+/, ':1'), 'That address leads somewhere else.'],
  [
    'the address of another path',
    (ended) => ended.href.replace('/callback/syncro', '/callback/zapier'),
    'That address leads somewhere else.',
  ],
  [
    'the address of another sign-in',
    (ended) => ended.href.replace(/state=[^&]+/, 'state=guessed'),
    'That address belongs to another sign-in.',
  ],
  ['an address without a state', (ended) => ended.href.replace(/state=[^&]+/, ''), 'That is not the whole address: it has no state in it.'],
  ['far too much', (ended) => `${ended.href}${'a'.repeat(9000)}`, 'That is far longer than the address can be.'],
] as [string, (ended: URL) => string, string][]) {
  test(`when ${what} is pasted, that is said and asked again`, async (t) => {
    const { signIn, asked } = await start(t, (ended) => [pasted(ended), ended.href])
    const stderr = [...before, `${sentence} ${hint}`, ...connectedAtSandbox.stderr.slice(before.length)]
    assert.deepEqual(await signIn(...client), { ...connectedAtSandbox, stderr })
    assert.deepEqual(asked, [secret, paste, paste])
  })
}

test('an address that the terminal hands over line by line is put together', async (t) => {
  const { signIn, asked } = await start(t, ({ href }) => [href.slice(0, 60), href.slice(60)])
  const { exitCode, stdout, stderr } = await signIn(...client)
  assert.deepEqual([exitCode, stdout, stderr.at(-1)], [0, connectedAtSandbox.stdout, connectedAtSandbox.stderr.at(-1)])
  assert.deepEqual(asked, [secret, paste, paste])
})

test('a redirect that comes while the question waits answers it', async (t) => {
  const { signIn, asked, tell } = await startSignIn(t, { terminal: true })
  tell([''])
  assert.deepEqual([await signIn(...client), asked], [connectedAtSandbox, [secret]])
})

test('Ctrl-C at the question ends the sign-in', async (t) => {
  const { signIn, requireNothing } = await start(t, () => [ctrlC])
  assert.deepEqual(await signIn(...client), { exitCode: 130, stdout: [], stderr: [...before, 'Cancelled.'] })
  requireNothing()
})

test('a refusal that is pasted ends it too', async (t) => {
  const refused = ({ origin, pathname, searchParams }: URL) => `${origin}${pathname}?error=access_denied&state=${searchParams.get('state')}`
  const { signIn, requireNothing } = await start(t, (ended) => [refused(ended)])
  const said = ['The sign-in was refused at SyncroMSP (access_denied). Nothing was stored.', 'Start it again and agree there.']
  assert.deepEqual(await signIn(...client), { exitCode: 4, stdout: [], stderr: [...before, ...said] })
  requireNothing()
})

test('where the port is taken, what is pasted does all the same', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const { signIn } = await start(t, ({ href }) => {
    // a sign-in must leave nobody on its port
    taken.close()
    return [href]
  })
  const { exitCode, stdout, stderr } = await signIn(...client, '--redirect-port', String(port))
  const warned = `Port ${port} of this machine cannot be used (EADDRINUSE). See who has it: ss -ltnp 'sport = :${port}' (macOS: lsof -i :${port}). Perhaps another sign-in that still waits.`
  assert.deepEqual([exitCode, stdout, stderr.includes(warned)], [0, connectedAtSandbox.stdout, true])
})

const keep = 'Keep this sign-in all the same?'
const [less, said] = [
  ['Granted: tickets:read, time_entries:write.'],
  'SyncroMSP did not grant tickets:write; what needs it will be refused.',
]

test('when less was granted than asked for, the person decides, and may keep it', async (t) => {
  const { signIn, asked, sandbox } = await start(t, ({ href }) => [href, true])
  sandbox.syncro.oauth.grants = ['tickets:read', 'time_entries:write']
  assert.deepEqual(await signIn(...client), {
    exitCode: 0,
    stdout: ['SyncroMSP connected successfully. Scopes: tickets:read, time_entries:write'],
    stderr: [...connectedAtSandbox.stderr.slice(0, -1), ...less, said],
  })
  assert.deepEqual(asked, [secret, paste, keep])
})

test('when the person does not keep it, nothing is stored', async (t) => {
  const { signIn, sandbox, requireNothing } = await start(t, ({ href }) => [href, false])
  sandbox.syncro.oauth.grants = ['tickets:read', 'time_entries:write']
  const stderr = [...connectedAtSandbox.stderr.slice(0, -1), ...less, said, 'Nothing was stored.']
  assert.deepEqual(await signIn(...client), { exitCode: 130, stdout: [], stderr })
  requireNothing()
})

test('without a terminal less than was asked for is refused, and kept with --yes', async (t) => {
  const { signIn, sandbox, requireNothing } = await startSignIn(t)
  sandbox.syncro.oauth.grants = ['tickets:read', 'time_entries:write']
  const told = [...connectedAtSandbox.stderr.slice(0, -1), ...less]
  const refused = [`${said} Nothing was stored.`, 'Ask for less with --scope, or keep what was granted with --yes.']
  assert.deepEqual(await signIn(...client), { exitCode: 1, stdout: [], stderr: [...told, ...refused] })
  requireNothing()
  assert.deepEqual(await signIn(...client, '--yes'), {
    exitCode: 0,
    stdout: ['SyncroMSP connected successfully. Scopes: tickets:read, time_entries:write'],
    stderr: [...told, said],
  })
})

test('asked for nothing, the vendor grants what it likes, and that is said', async (t) => {
  const { signIn } = await startSignIn(t)
  assert.deepEqual(await signIn(...client, '--scope', ''), connectedAtSandbox)
})
