import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { findIntegration } from '../../integrations/index.ts'
import { findSignIn, type HttpIntegration } from '../../integrations/integration.ts'
import { withJson } from '../options.ts'
import { baseUrlOf } from './base-url.ts'
import type { ConnectOptions, NewKey } from './connect.ts'
import { type OAuthOptions, requireOAuthOptions, signInWithBrowser, withOAuth, wordsOfOAuth } from './oauth.ts'
import { withOwner } from './owner.ts'
import { given, readSecret, requireTypist } from './secret.ts'
import { shownFields } from './shown.ts'

export interface SyncroOptions extends ConnectOptions, OAuthOptions {
  subdomain?: string
  tokenStdin?: boolean
  tokenFile?: string
}

export function registerIntegrateSyncro(integrate: Command, app: App, run = runIntegrateSyncro): void {
  const command = integrate
    .command('syncro')
    .description('Connect SyncroMSP with an API token (Admin > API > API Tokens), or by OAuth in the browser')
    .option('--subdomain <name>', 'acme of acme.syncromsp.com: that word alone')
    .option('--token-stdin', 'read the token from standard input')
    .option('--token-file <file>', 'read the token from a file that only you can read')
    .option('--api-url <url>', 'another base URL (https, or http on this machine: the sandbox)')
    .addHelpText(
      'after',
      `
Syncro has no public OAuth today: a token is what works, unless Syncro gave you an OAuth client.

Examples: msp integrate syncro --subdomain acme --token-file ~/syncro-token
          msp integrate syncro --subdomain acme --oauth --client-id <id>`,
    )
  withJson(withOAuth(withOwner(command, 'me')), app, shownFields).action((options: SyncroOptions) => run(app, options))
}

export async function runIntegrateSyncro(app: App, options: SyncroOptions): Promise<void> {
  const syncro = await findIntegration('syncro')
  const { apiUrl, subdomain, tokenFile: file, tokenStdin: stdin } = options
  const sources = { what: 'API token', kind: 'token', file, stdin } as const
  const words = [...given('--subdomain', subdomain), ...given('--api-url', apiUrl), '--owner', options.owner]
  requireOAuthOptions(options)
  if (!options.oauth) requireTypist(app.agent, sources, ['syncro', ...words])
  if (subdomain !== undefined && apiUrl !== undefined && !options.oauth)
    throw new MspError('usage', 'Use --subdomain or --api-url, not both.')
  const ask = async () => subdomain ?? app.prompt.text('Your Syncro subdomain (acme of acme.syncromsp.com):', '--subdomain')
  const typed = apiUrl === undefined ? await ask() : undefined
  const baseUrl = baseUrlOf(syncro, { apiUrl, tenant: typed })
  if (typed !== undefined) refuseAddress(syncro, typed, baseUrl)
  if (await isByBrowser(app, syncro, options)) {
    const { secret, asked } = await signInWithBrowser(app, syncro, { baseUrl, options, words: [...words, ...wordsOfOAuth(options)] })
    return store(app, syncro, { baseUrl, secret, asked, tenant: subdomain }, options)
  }
  const token = await readSecret(app.prompt, app.stdin, sources)
  await store(app, syncro, { baseUrl, secret: { kind: 'token', token } }, options)
}

/** Loaded late: what stores a key takes longer to load than a person waits for the address of a sign-in. */
async function store(app: App, syncro: HttpIntegration, key: NewKey, options: SyncroOptions): Promise<void> {
  const { connect } = await import('./connect.ts')
  await connect(app, syncro, key, options)
}

/** As the options say; where they do not, a person at a terminal chooses. */
async function isByBrowser(
  { prompt }: App,
  integration: HttpIntegration,
  { oauth, tokenFile, tokenStdin }: SyncroOptions,
): Promise<boolean> {
  if (oauth || tokenStdin || tokenFile !== undefined || !prompt.canAsk) return oauth ?? false
  const notice = findSignIn(integration, 'oauth')?.profile.notice
  const choices = [
    { value: 'token', name: 'With an API token' },
    { value: 'oauth', name: `In the browser, by OAuth (${notice})` },
  ] as const
  return (await prompt.choose(`How do you sign in to ${integration.label}?`, choices, '--token-file or --oauth')) === 'oauth'
}

/** A pasted address is refused, although its account is known: `baseUrl` reads those too, for pasted tickets. */
function refuseAddress({ hosts }: HttpIntegration, typed: string, baseUrl: string): void {
  const [label = '', ...rest] = new URL(baseUrl).hostname.split('.')
  if (typed.trim().toLowerCase() === label) return
  const host = rest.join('.')
  const use = host === hosts[0] ? `--subdomain ${label}` : `--api-url https://${label}.${host}`
  throw new MspError('usage', `"${typed}" is an address, not a subdomain.`, { hint: `Use: ${use}` })
}
