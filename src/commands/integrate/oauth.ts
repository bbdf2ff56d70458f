import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { askAPerson, shellPatienceMs } from '../../agent.ts'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { quoted } from '../../files.ts'
import { checkUrl } from '../../http/base-url.ts'
import { findSignIn, type HttpIntegration } from '../../integrations/integration.ts'
import { tokenEndpoint } from '../../integrations/token-endpoint.ts'
import { hasBrowser } from '../../oauth/browser.ts'
import { type OAuthClient, type OAuthProfile, toScopes } from '../../oauth/profile.ts'
import { type SignInDesk, signIn } from '../../oauth/sign-in.ts'
import type { OAuthSecret } from '../../vault/secrets.ts'
import { openInBrowser } from '../browsing.ts'
import { toWholeNumber } from '../options.ts'
import { given, readSecret, toSecret } from './secret.ts'

/** The options of a sign-in in the browser. */
export interface OAuthOptions {
  oauth?: boolean
  clientId?: string
  clientSecretStdin?: boolean
  authorizeUrl?: string
  tokenUrl?: string
  scope?: string
  redirectPort?: number
  /** False with --no-browser. */
  browser?: boolean
}

/** Adds them. */
export const withOAuth = (command: Command): Command =>
  command
    .option('--oauth', 'sign in in the browser')
    .option('--client-id <id>', "the vendor's name for the OAuth client")
    .option('--client-secret-stdin', "read the OAuth client's secret from standard input, where it has one")
    .option('--authorize-url <url>', 'where you agree')
    .option('--token-url <url>', 'where msp gets the tokens')
    .option('--scope <scopes>', 'what to ask for, such as "tickets:read tickets:write"; "" for what the vendor grants by itself')
    .option('--redirect-port <n>', 'where the vendor knows one redirect address only: http://127.0.0.1:<n>/callback/…', toPort)
    .option('--no-browser', 'only print the address, for a browser elsewhere')

function toPort(typed: string): number {
  const port = toWholeNumber(typed)
  if (port === 80) throw new InvalidArgumentError('Take another port: browsers leave 80 out of an address.')
  if (port <= 65_535) return port
  throw new InvalidArgumentError('Use a port up to 65535.')
}

/** Refuses what only means something in the browser, and what does not go with it. */
export function requireOAuthOptions({ oauth, ...options }: OAuthOptions & { tokenStdin?: boolean; tokenFile?: string }): void {
  const { clientId, clientSecretStdin, authorizeUrl, tokenUrl, scope, redirectPort, browser } = options
  if (oauth && (options.tokenStdin || options.tokenFile !== undefined))
    throw new MspError('usage', 'Use --oauth or a token, not both.', { hint: 'An API token is what works: leave --oauth out.' })
  if (oauth) return
  const given = { clientId, clientSecretStdin, authorizeUrl, tokenUrl, scope, redirectPort, browser: browser === false || undefined }
  if (Object.values(given).every((value) => value === undefined)) return
  throw new MspError('usage', 'The client, its addresses, scopes, port and browser are for --oauth.', { hint: 'Add --oauth.' })
}

/** What was typed of them, for a person to type again. */
export const wordsOfOAuth = ({ clientId, authorizeUrl, tokenUrl, scope, redirectPort }: OAuthOptions): string[] => [
  '--oauth',
  ...given('--client-id', clientId),
  ...given('--authorize-url', authorizeUrl),
  ...given('--token-url', tokenUrl),
  ...given('--scope', scope),
  ...given('--redirect-port', redirectPort?.toString()),
]

type OAuthApp = Pick<
  App,
  'agent' | 'io' | 'prompt' | 'stdin' | 'env' | 'browse' | 'limits' | 'now' | 'technician' | 'db' | 'step' | 'vault'
>

/** Sends the person to the browser and gives what came of it; nothing is stored yet. `words` is what was typed; `asked` are the scopes that were asked for. */
export async function signInWithBrowser(
  app: OAuthApp,
  integration: HttpIntegration,
  { baseUrl, options, words }: { baseUrl: string; options: OAuthOptions; words: readonly string[] },
): Promise<{ secret: OAuthSecret; asked: string[] }> {
  const profile = findSignIn(integration, 'oauth')?.profile
  if (profile === undefined) throw new MspError('unsupported', `${integration.label} has no sign-in in the browser.`)
  const { authorizeUrl, tokenUrl } = addressesOf(integration, profile, baseUrl, options)
  const asked = options.scope === undefined ? [...profile.scopes] : toScopes(options.scope)
  // before the questions; who has just chosen it has read it
  if (options.oauth && app.prompt.canAsk) app.io.err(profile.notice, 'warn')
  requireBrowserOf(app, options, ['integrate', integration.id, ...words])
  const client = await readClient(app, options)
  const context = { sessionId: null, clientId: null, createdBy: app.technician() }
  const endpoint = tokenEndpoint(app, integration, { url: tokenUrl, client, context })
  // a vault that cannot be opened could not keep what comes back; its questions come before the person is sent away
  if (app.prompt.canAsk) await app.vault()
  const request = {
    ...{ authorizeUrl, endpoint, scopes: asked, redirectPath: profile.redirectPath, port: options.redirectPort ?? 0 },
    prepare: async () => {
      // the connection is not used: it loads what reads the vendor's answers
      await Promise.all([app.vault(), import('./connect.ts')])
      await integration.connect({ baseUrl, send: async () => undefined }, { zone: 'UTC' })
    },
  }
  const { accessToken, refreshToken, expiresIn, scopes } = await signIn(
    request,
    deskOf(app, integration, { ...options, notice: app.prompt.canAsk ? '' : `${profile.notice}\n` }),
    limitsOf(app),
  )
  const expiresAt = expiresIn === undefined ? undefined : new Date(app.now().getTime() + expiresIn * 1000)
  const access = { accessToken, refreshToken, expiresAt }
  const addresses = { clientId: client.id, clientSecret: client.secret, authorizeUrl, tokenUrl }
  return { secret: { kind: 'oauth', ...addresses, scopes: scopes ?? asked, access }, asked }
}

/** An agent has no browser of its own, and shows no address before the command has ended. */
function requireBrowserOf({ agent, env }: OAuthApp, { browser }: OAuthOptions, words: readonly string[]): void {
  if (!agent || (browser !== false && hasBrowser(env))) return
  throw new MspError('sign_in', 'A person signs in in a browser, and none can be opened here.', {
    hint: askAPerson(agent, words.map(quoted).join(' ')),
  })
}

const limitsOf = ({ agent, limits }: OAuthApp): OAuthApp['limits'] =>
  agent ? { ...limits, signIn: Math.min(limits.signIn, shellPatienceMs) } : limits

/** Without others the profile's, at the root of the tenant's address. */
function addressesOf({ label }: HttpIntegration, { authorizePath, tokenPath }: OAuthProfile, baseUrl: string, options: OAuthOptions) {
  const url = (typed: string | undefined, path: string, what: string) =>
    typed === undefined ? new URL(path, baseUrl).href : checkUrl(typed, `${what} ${label}`).href
  return {
    authorizeUrl: url(options.authorizeUrl, authorizePath, 'the sign-in at'),
    tokenUrl: url(options.tokenUrl, tokenPath, 'the tokens of'),
  }
}

const longestClientId = 255

async function readClient({ prompt, stdin }: OAuthApp, { clientId, clientSecretStdin }: OAuthOptions): Promise<OAuthClient> {
  const id = (clientId ?? (await prompt.text('OAuth client ID:', '--client-id'))).trim()
  if (id === '' || id.length > longestClientId || !/^[ -~]+$/.test(id))
    throw new MspError('usage', 'The OAuth client ID is empty, or no client ID.', { hint: 'The vendor gave it together with the client.' })
  const secret = { what: 'OAuth client secret', kind: 'client-secret' } as const
  if (clientSecretStdin) return { id, secret: await readSecret(prompt, stdin, { ...secret, stdin: true }) }
  // a program on a technician's machine is a public client, which has none
  const question = `${secret.what} (it is not shown; empty when there is none):`
  const typed = prompt.canAsk ? await prompt.secret(question, '--client-secret-stdin') : ''
  return { id, secret: typed === '' ? undefined : toSecret(typed, secret) }
}

function deskOf(app: OAuthApp, { label }: HttpIntegration, { browser, notice }: OAuthOptions & { notice: string }): SignInDesk {
  const { io, prompt, env } = app
  const opens = browser !== false && hasBrowser(env)
  const open = async (url: string) => {
    if ((await openInBrowser(app, url)) !== 'open') io.err('The browser could not be opened. Open the address yourself.', 'warn')
  }
  const question = 'Waiting. If the browser is on another machine, paste the address that it ends on (an error page there is fine):'
  return {
    show: (url) => {
      const lead = opens
        ? `Agree in the browser that opens now at ${label}, or open this address yourself:`
        : 'Open this address in a browser:'
      // at once: whoever reads it is woken up once
      io.err(`${notice}${lead}\n\n${url}\n`)
    },
    browse: opens ? open : undefined,
    paste: prompt.canAsk ? (signal) => prompt.textUntil(question, signal) : undefined,
    unreachable: ({ message }) =>
      io.err(`A browser may not get through to msp here (${message}) If it does not, paste the address that it ends on.`, 'warn'),
    say: ({ message, hint }) => io.err(`${message} ${hint}`, 'warn'),
  }
}
