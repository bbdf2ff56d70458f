import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { agreeAtProvider, confidentialClient, nativeClient, type OidcProvider, startOidcProvider } from '../support/oidc-provider.ts'
import { connectedWith, search, startSignIn } from './sign-in-start.ts'

const scope = 'tickets:read tickets:write'
export const hour = 3_600_000

/** msp beside a provider, with the person who agrees there; `redirects` are those that the browser followed to msp. */
export async function startAtProvider(
  t: TestContext,
  { ahead = 0, change = (to: URL) => to, decision = 'agree' as 'agree' | 'leave' } = {},
) {
  const redirects: URL[] = []
  const follow = (to: URL): URL => {
    if (!to.pathname.startsWith('/callback/')) return to
    redirects.push(to)
    return change(new URL(to))
  }
  const clock = { ahead }
  const started = await startSignIn(t, {
    visit: (url) => agreeAtProvider(openBrowser(follow), url, decision),
    now: () => new Date(Date.now() + clock.ahead),
    limits: { refresh: 30_000 },
  })
  const { sandbox, msp, signIn, signInWithSecret } = started
  const api = {
    isClosed: false,
    addToken: (token: string) => (api.isClosed ? undefined : sandbox.syncro.addToken(token)),
    revokeToken: sandbox.syncro.revokeToken,
  }
  const provider = await startOidcProvider(t, api)
  const addresses = ['--authorize-url', provider.authorizeUrl, '--token-url', provider.tokenUrl, '--scope', scope]
  return {
    ...{ ...started, api, provider, redirects, clock },
    search: () => search(msp),
    signIn: (...more: string[]) => signIn('--client-id', nativeClient.id, ...addresses, ...more),
    signInWithSecret: (secret: string) => signInWithSecret(secret, '--client-id', confidentialClient.id, ...addresses),
    count: () => countOf(provider),
    requireNoBug: () => assert.deepEqual(bugsOf(provider), []),
  }
}

const countOf = ({ events }: OidcProvider) => ({
  refreshed: events.filter((event) => event === 'refresh_token.consumed').length,
  revoked: events.filter((event) => event === 'grant.revoked').length,
  refused: events.filter((event) => event.startsWith('grant.error')),
})
const bugsOf = ({ events }: OidcProvider) => events.filter((event) => event.startsWith('server_error'))

export const connected = connectedWith(['tickets:read', 'tickets:write'])

/** What the record keeps of the calls to the token endpoint, oldest first. */
export async function tokenCalls({ msp, provider }: Awaited<ReturnType<typeof startAtProvider>>) {
  const calls = (await msp('record', 'list', '--json')).json() as Record<string, unknown>[]
  return calls
    .filter(({ externalUrl }) => externalUrl === provider.tokenUrl)
    .map(({ integrationType, action, requestData, responseData, responseStatus, errorMessage }) => ({
      ...{ integrationType, action, requestData, responseData, responseStatus, errorMessage },
    }))
    .toReversed()
}

/** One of them that gave tokens. */
export const tokenCall = (action: string, requestData: object) => ({
  ...{ integrationType: 'syncro_account', action, requestData, responseStatus: 'success', errorMessage: null },
  responseData: { expiresIn: 60, scopes: ['tickets:read', 'tickets:write'], hasRefreshToken: true },
})
