import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { pressButton, type Sandbox } from '../../src/sandbox/index.ts'
import { filesIn, listed, startUnconnected } from '../commands/integrate-start.ts'
import type { Answered, Msp, Result, StartOptions } from '../support/msp.ts'

/** What the person does with the address in the browser; gives the text of the page that comes last. */
export type Visit = (url: string) => Promise<string>

export interface SignInOptions extends Omit<StartOptions, 'browse' | 'sandbox'> {
  /** Without it the person agrees at the sandbox. */
  visit?: Visit
  /** The browser does not open; the person opens the address elsewhere. */
  isBroken?: boolean
}

/** A sign-in as it ended. */
export interface SignedIn extends Answered {
  /** The address that the person was sent to. */
  address: URL
  /** The text of the page that came last in the browser. */
  page: string | undefined
}

/** msp with nothing connected, on a machine with a browser, beside the pretend vendors. */
export async function startSignIn(t: TestContext, { visit = pressButton, isBroken = false, ...options }: SignInOptions = {}) {
  const visits: Promise<string>[] = []
  const browse = async (url: string): Promise<boolean> => {
    const visited = visit(url)
    visits.push(visited)
    if (isBroken) return false
    await visited
    return true
  }
  const started = await startUnconnected(t, { ...options, browse })
  const { msp, home, sandbox } = started
  const words = ['integrate', 'syncro', '--oauth', '--api-url', sandbox.syncro.apiUrl]
  const signIn = async (...more: string[]) => readSignIn(await msp(...words, ...more), visits)
  const signInWithSecret = async (secret: string, ...more: string[]) =>
    readSignIn(await msp.withInput(secret, ...words, '--client-secret-stdin', ...more), visits)
  return { ...started, signIn, signInWithSecret, requireNothing: () => requireNothing(home) }
}

/** Where the address stands in the output, which is another one each time. */
export const anAddress = '<address>'

async function readSignIn(result: Answered, visits: Promise<string>[]): Promise<SignedIn> {
  const printed = result.stderr.find((line) => URL.canParse(line)) ?? ''
  const stderr = result.stderr.map((line) => (line === printed && printed !== '' ? anAddress : line))
  const address = URL.parse(printed) ?? new URL('none:')
  const [page] = await Promise.all(visits.splice(0))
  if (address.protocol !== 'none:') assert.equal(await isOpen(redirectOf(address)), false, 'the port is still open')
  return Object.defineProperties(
    { exitCode: result.exitCode, stdout: result.stdout, stderr },
    { address: { value: address }, page: { value: page }, json: { value: result.json } },
  ) as SignedIn
}

/** Agrees at the sandbox's page, or another with such a form, and gives where the browser is sent to, without going there. */
export async function agreeOnly(url: URL | string): Promise<URL> {
  const { origin, pathname, searchParams } = new URL(url)
  const form = new URLSearchParams([...searchParams, ['decision', 'allow']])
  const response = await fetch(`${origin}${pathname}`, { method: 'POST', body: form, redirect: 'manual' })
  return new URL(response.headers.get('location') ?? '')
}

/** Where the vendor sends the browser back to. */
export const redirectOf = (address: URL | string): URL => new URL(new URL(address).searchParams.get('redirect_uri') ?? '')

/** True when somebody listens there. */
export function isOpen({ port, hostname }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** Fails when anything is left of a sign-in: a key, or tokens on their way into the database. */
function requireNothing(home: string): void {
  const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
  const keys = database.prepare('select * from integration_credentials').all()
  database.close()
  assert.deepEqual([keys, journalOf(home)], [[], []])
}

/** The names of the files in which renewed tokens wait for the database. */
export function journalOf(home: string): string[] {
  const folder = join(home, 'state', 'sign-ins')
  return existsSync(folder) ? readdirSync(folder) : []
}

/** What a sign-in says before the person is sent to the browser. */
export const before = [
  'Syncro has no public OAuth today: an API token is what works, unless Syncro gave you an OAuth client.',
  'Agree in the browser that opens now at SyncroMSP, or open this address yourself:',
  '',
  anAddress,
  '',
]

/** What it says when msp knows whose it is. */
export const known = [
  'SyncroMSP knows this sign-in as Mike Swanson <mike@example.com> at sandbox. Everything that msp writes there carries that name.',
]

/** The whole result of a sign-in that worked. */
export const connectedWith = (scopes: string[]) => ({
  exitCode: 0,
  stdout: [`SyncroMSP connected successfully. Scopes: ${scopes.join(', ')}`],
  stderr: [...before, ...known, `Granted: ${scopes.join(', ')}.`],
})

/** Of a sign-in at the sandbox itself, with the scopes that are asked for by default. */
export const connectedAtSandbox = connectedWith(['tickets:read', 'tickets:write', 'time_entries:write'])

/** Fails unless this is all that is stored, with an access token that ends within a minute. */
export async function requireStored({ msp, sandbox }: { msp: Msp; sandbox: Sandbox }, ...scopes: string[]): Promise<void> {
  const [{ lastTestedAt, expiresAt, ...credential }, ...others] = await listed(msp)
  assert.ok(Date.parse(expiresAt) - Date.parse(lastTestedAt) <= 60_000)
  const stored = {
    integration: 'syncro',
    owner: 'mike@example.com',
    type: 'oauth',
    writesAs: 'Mike Swanson <mike@example.com>',
    apiUrl: sandbox.syncro.apiUrl,
    isActive: true,
    state: 'ok',
    scopes,
    lastUsedAt: null,
    lastTestStatus: 'success',
    lastTestError: null,
    ...{ limit: '180 of 180 in 60 s', rateLimitRequests: 180, rateLimitPeriodSeconds: 60, rateLimitRemaining: 180, pausedUntil: null },
  }
  assert.deepEqual([credential, others], [stored, []])
}

/** A search that needs the sign-in, with a result that does not change. */
export async function search(msp: Msp) {
  const { exitCode, stdout, stderr } = await msp('ticket', 'search', 'NAS')
  return toFound({ exitCode, stdout, stderr })
}

export const toFound = ({ exitCode, stdout, stderr }: Result) => ({
  exitCode,
  tickets: stdout.map((line) => line.split('\t')[0]),
  stderr: stderr.map((line) => line.replace(/seen [\d :-]+ UTC/, 'seen <time>')),
})
export const found = { exitCode: 0, tickets: ['12345'], stderr: [] }

/** Fails when one of these is in what was said, in what msp shows of it, or in a file. */
export async function requireHidden({ msp, home }: { msp: Msp; home: string }, said: unknown[], secrets: string[]): Promise<void> {
  const shown: Answered[] = []
  for (const words of ['integrate list --json', 'integrate test --json', 'record list --json']) shown.push(await msp(...words.split(' ')))
  const all = `${JSON.stringify([said, shown])}\n${filesIn(home)}`
  for (const secret of secrets) {
    assert.ok(secret.length > 10, 'too short to be found by chance')
    const [json, form] = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]
    assert.deepEqual([all.includes(secret), all.includes(json), all.includes(form)], [false, false, false])
  }
}
