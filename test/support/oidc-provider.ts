import type { TestContext } from 'node:test'
import Provider, { type AccessToken, type KoaContextWithOIDC, type RefreshToken } from 'oidc-provider'
import { asForm, type Browser, postForm } from './browser.ts'
import { serveOnLoopback } from './loopback.ts'

/** An authorization server that is certified by the OpenID Foundation, on loopback. */
export interface OidcProvider {
  readonly issuer: string
  readonly authorizeUrl: string
  readonly tokenUrl: string
  /** What it did, in order: tokens that it gave, refresh tokens that were used, agreements that it took back, refusals. */
  readonly events: string[]
  /** The tokens that it gave, oldest first. */
  readonly accessTokens: string[]
  readonly refreshTokens: string[]
  /** Sends a form to it as any program can; gives the status and the answer. */
  post(path: string, fields: Record<string, string>): Promise<{ status: number; answer: unknown }>
}

/** What tells the API that a token works, and that it does not any more. */
interface Api {
  addToken(token: string): void
  revokeToken(token: string): void
}

export const nativeClient = { id: 'msp-native' }
export const confidentialClient = { id: 'msp-confidential', secret: 'a+b/c%d&e f 100%25' }

const scopes = ['tickets:read', 'tickets:write', 'time_entries:write']
const client = {
  application_type: 'native' as const,
  redirect_uris: ['http://127.0.0.1/callback/syncro'],
  response_types: ['code' as const],
  grant_types: ['authorization_code', 'refresh_token'],
}

export interface OidcOptions {
  /** How long an access token lives. */
  seconds?: number
}

/** Starts it; refresh tokens rotate, and one that comes twice takes the whole agreement back. */
export async function startOidcProvider(t: TestContext, api: Api, { seconds = 60 }: OidcOptions = {}): Promise<OidcProvider> {
  const made = Promise.withResolvers<Provider>()
  const issuer = await serveOnLoopback(t, (url) => {
    const provider = quietly(() => openProvider(url, seconds))
    made.resolve(provider)
    return provider.callback()
  })
  const peer: OidcProvider = {
    ...{ issuer, authorizeUrl: `${issuer}/auth`, tokenUrl: `${issuer}/token`, events: [], accessTokens: [], refreshTokens: [] },
    post: (path, fields) => postForm(`${issuer}${path}`, fields),
  }
  listen(await made.promise, api, peer)
  return peer
}

function openProvider(issuer: string, seconds: number): Provider {
  return new Provider(issuer, {
    clients: [
      { ...client, client_id: nativeClient.id, token_endpoint_auth_method: 'none' },
      {
        ...client,
        client_id: confidentialClient.id,
        client_secret: confidentialClient.secret,
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    scopes: ['openid', 'offline_access', ...scopes],
    findAccount: (_: KoaContextWithOIDC, id: string) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    features: { devInteractions: { enabled: true }, revocation: { enabled: true, allowedPolicy: async () => true } },
    pkce: { required: () => true },
    renderError: (context, { error }) => {
      context.body = error
    },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: { AccessToken: seconds, AuthorizationCode: 60, IdToken: 60, RefreshToken: 3600, Grant: 3600, Interaction: 60, Session: 60 },
    cookies: { keys: ['of no worth'] },
  })
}

/** Without its warnings that this is no configuration for the world. */
function quietly<T>(make: () => T): T {
  const { warn, info } = console
  Object.assign(console, { warn: () => {}, info: () => {} })
  try {
    return make()
  } finally {
    Object.assign(console, { warn, info })
  }
}

function listen(provider: Provider, api: Api, { events, accessTokens, refreshTokens }: OidcProvider): void {
  const tokensOf = new Map<string | undefined, string[]>()
  provider.on('access_token.saved', (token: AccessToken) => {
    events.push('access_token.saved')
    accessTokens.push(token.jti)
    tokensOf.set(token.grantId, [...(tokensOf.get(token.grantId) ?? []), token.jti])
    api.addToken(token.jti)
  })
  provider.on('refresh_token.saved', (token: RefreshToken) => {
    // it is saved again when it is used
    if (!refreshTokens.includes(token.jti)) refreshTokens.push(token.jti)
  })
  provider.on('refresh_token.consumed', () => events.push('refresh_token.consumed'))
  provider.on('grant.revoked', (_: KoaContextWithOIDC, grantId: string) => {
    events.push('grant.revoked')
    for (const token of tokensOf.get(grantId) ?? []) api.revokeToken(token)
  })
  provider.on('grant.error', (_: KoaContextWithOIDC, { error }: { error: string }) => events.push(`grant.error ${error}`))
  provider.on('server_error', (_: KoaContextWithOIDC, error: Error) => events.push(`server_error ${error.stack}`))
}

/** Signs in and agrees on its pages, or leaves them at the second one; gives the text of the page that comes last. */
export async function agreeAtProvider(browser: Browser, url: string, decision: 'agree' | 'leave' = 'agree'): Promise<string> {
  const login = await browser.open(url)
  const consent = await browser.submit(login, asForm({ prompt: 'login', login: 'mike', password: 'any' }))
  if (decision === 'agree') return (await browser.submit(consent, asForm({ prompt: 'consent' }))).text
  const [, leave = ''] = /href="([^"]+\/abort)"/.exec(consent.text) ?? []
  return (await browser.open(leave)).text
}
