import { MspError } from '../errors.ts'
import { thisOwner } from '../owner.ts'
import type { CallContext } from '../records/record.ts'
import { accessTokenKeeper } from '../vault/credentials.ts'
import { type Credential, type OAuthSecret, openSecret, type Secret } from '../vault/secrets.ts'
import type { Vault } from '../vault/vault.ts'
import { type AccessToken, findSignIn, type HttpIntegration, type SignIn } from './integration.ts'
import { type CallDeps, connectAgain, openHttp, type Place, signInAgain } from './open-http.ts'
import { tokenEndpoint } from './token-endpoint.ts'
import { fixedToken, renewedTokens, type Tokens } from './tokens.ts'

/** What it takes to use a stored key. */
export interface ConnectDeps extends CallDeps {
  vault: Vault
}

/** The tokens of a stored credential; one that a password gets is kept, sealed, until it runs out. */
export function storedTokens(deps: ConnectDeps, integration: HttpIntegration, credential: Credential, place: Place): Tokens {
  const { db, vault, now } = deps
  const kind = kinds[credential.credentialType]
  if (findSignIn(integration, kind) === undefined) return () => Promise.reject(otherKind(integration))
  if (kind === 'oauth') return oauthTokens(deps, integration, credential, place.context)
  if (kind === 'token') {
    let opened: Secret | undefined
    return fixedToken(() => {
      opened ??= openSecret(vault, credential)
      if (opened.kind === 'token') return opened.token
      throw otherKind(integration)
    })
  }
  const keeper = accessTokenKeeper(db, vault, credential)
  return renewedTokens({ now, ...keeper, login: () => login(deps, integration, openSecret(vault, credential), place) })
}

/** The tokens of a secret that is not stored yet. */
export function trialTokens(deps: CallDeps, integration: HttpIntegration, secret: Secret, place: Place): Tokens {
  if (secret.kind === 'token') return fixedToken(() => secret.token)
  // fresh from the sign-in
  if (secret.kind === 'oauth') return fixedToken(() => secret.access.accessToken)
  return renewedTokens({ now: deps.now, stored: undefined, login: () => login(deps, integration, secret, place), save: async () => {} })
}

/** The tokens of a sign-in by OAuth. What renews it is loaded when one is asked for. */
function oauthTokens(deps: ConnectDeps, integration: HttpIntegration, credential: Credential, context: CallContext): Tokens {
  let made: Promise<Tokens> | undefined
  const make = async (): Promise<Tokens> => {
    const [{ renewedSignIn }, { openJournal }] = await Promise.all([import('../oauth/refresh.ts'), import('../oauth/journal.ts')])
    const renewing = {
      ...deps,
      journal: openJournal(deps.journalFolder, deps.vault.installation),
      owner: thisOwner(deps.machine),
      label: integration.label,
      signInAgain: signInAgain(integration),
      endpointOf: ({ tokenUrl, clientId, clientSecret }: OAuthSecret) =>
        tokenEndpoint({ step: deps.step, db: async () => deps.db }, integration, {
          url: tokenUrl,
          client: { id: clientId, secret: clientSecret },
          context,
        }),
    }
    return renewedSignIn(renewing, credential)
  }
  return async (refused) => {
    made ??= make()
    return (await made)(refused)
  }
}

async function login(deps: CallDeps, integration: HttpIntegration, secret: Secret, place: Place): Promise<AccessToken> {
  const signIn = findSignIn(integration, 'password')
  if (signIn === undefined || secret.kind !== 'password') throw otherKind(integration)
  const http = openHttp(deps, integration, { ...place, tokens: async () => undefined })
  return signIn.login(http, secret.username, secret.password, deps.now())
}

const kinds: Record<Credential['credentialType'], SignIn['kind']> = {
  api_key: 'token',
  bearer_token: 'token',
  basic_auth: 'password',
  oauth: 'oauth',
}

const otherKind = (integration: HttpIntegration) =>
  new MspError('sign_in', `The stored key of ${integration.label} is of another kind than it takes today.`, {
    hint: connectAgain(integration),
  })
