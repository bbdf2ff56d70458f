import type { NewRow, Row } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { keepSecret } from '../live-secrets.ts'
import type { Vault } from './vault.ts'

export type Credential = Row<'integrationCredentials'>
type SecretColumn =
  | 'apiKeyEncrypted'
  | 'oauthTokenEncrypted'
  | 'oauthRefreshTokenEncrypted'
  | 'oauthClientSecretEncrypted'
  | 'basicAuthPasswordEncrypted'

// constants of the format: a later rename of a column must not change them
const columns: Record<SecretColumn, string> = {
  apiKeyEncrypted: 'api_key_encrypted',
  oauthTokenEncrypted: 'oauth_token_encrypted',
  oauthRefreshTokenEncrypted: 'oauth_refresh_token_encrypted',
  oauthClientSecretEncrypted: 'oauth_client_secret_encrypted',
  basicAuthPasswordEncrypted: 'basic_auth_password_encrypted',
}

/** What a person signed in with. */
export type Secret = { kind: 'token'; token: string } | { kind: 'password'; username: string; password: string } | OAuthSecret

/** A sign-in by OAuth: what it gave, and what it takes to renew it. */
export interface OAuthSecret {
  kind: 'oauth'
  clientId: string
  clientSecret: string | undefined
  authorizeUrl: string
  tokenUrl: string
  /** Granted ones. */
  scopes: readonly string[]
  access: OAuthAccess
}

/** The tokens of one generation. */
export interface OAuthAccess {
  accessToken: string
  refreshToken: string | undefined
  /** Undefined when the vendor does not say. */
  expiresAt: Date | undefined
}

/** The columns of a key of any kind, empty. */
const emptyColumns = {
  apiKeyEncrypted: null,
  basicAuthUsername: null,
  basicAuthPasswordEncrypted: null,
  oauthTokenEncrypted: null,
  oauthRefreshTokenEncrypted: null,
  oauthClientId: null,
  oauthClientSecretEncrypted: null,
  oauthExpiresAt: null,
  oauthScopes: null,
  oauthAuthorizeUrl: null,
  oauthTokenUrl: null,
} satisfies Partial<NewRow<'integrationCredentials'>>

type Address = Pick<Credential, 'id' | 'integrationName' | 'owner' | 'apiBaseUrl' | 'gen'>
type OAuthAddress = Address & { oauthTokenUrl: string | null }

/** A secret as the columns that hold it; those of other kinds are emptied. */
export const toColumns = (vault: Vault, at: Address, secret: Secret) => ({ ...emptyColumns, ...toOwnColumns(vault, at, secret) })

function toOwnColumns(vault: Vault, at: Address, secret: Secret) {
  const sealed = (column: SecretColumn, text: string) =>
    vault.seal(placeOf(column, at.id), toSealedText(at, at.apiBaseUrl, keepSecret(text)))
  switch (secret.kind) {
    case 'token':
      return { credentialType: 'api_key' as const, apiKeyEncrypted: sealed('apiKeyEncrypted', secret.token) }
    case 'password':
      return {
        credentialType: 'basic_auth' as const,
        basicAuthUsername: secret.username,
        basicAuthPasswordEncrypted: sealed('basicAuthPasswordEncrypted', secret.password),
      }
    case 'oauth':
      return toOAuthColumns(vault, at, secret)
  }
}

function toOAuthColumns(vault: Vault, at: Address, secret: OAuthSecret) {
  const { clientId, clientSecret, authorizeUrl, tokenUrl, scopes, access } = secret
  return {
    credentialType: 'oauth' as const,
    ...sealAccess(vault, { ...at, oauthTokenUrl: tokenUrl }, access),
    oauthClientId: clientId,
    oauthClientSecretEncrypted:
      clientSecret === undefined
        ? null
        : vault.seal(placeOf('oauthClientSecretEncrypted', at.id), toSealedText(at, tokenUrl, keepSecret(clientSecret))),
    oauthScopes: JSON.stringify(scopes),
    oauthAuthorizeUrl: authorizeUrl,
    oauthTokenUrl: tokenUrl,
  }
}

/** The tokens as the columns of the generation `gen` hold them. */
export function sealAccess(vault: Vault, at: OAuthAddress, { accessToken, refreshToken, expiresAt }: OAuthAccess) {
  const seal = (column: SecretColumn, address: string, text: string) =>
    vault.seal({ ...placeOf(column, at.id), gen: at.gen }, toSealedText(at, address, keepSecret(text)))
  return {
    oauthTokenEncrypted: seal('oauthTokenEncrypted', at.apiBaseUrl, accessToken),
    oauthRefreshTokenEncrypted:
      refreshToken === undefined ? null : seal('oauthRefreshTokenEncrypted', at.oauthTokenUrl ?? '', refreshToken),
    oauthExpiresAt: expiresAt ?? null,
  }
}

/** The opened secret of a credential. */
export function openSecret(vault: Vault, credential: Credential): Secret {
  const { credentialType, basicAuthUsername, apiBaseUrl } = credential
  const opened = (column: SecretColumn) => openColumn(vault, credential, { column, address: apiBaseUrl })
  if (credentialType === 'oauth') return openOAuth(vault, credential)
  if (credentialType === 'basic_auth')
    return { kind: 'password', username: basicAuthUsername ?? '', password: opened('basicAuthPasswordEncrypted') }
  return { kind: 'token', token: opened('apiKeyEncrypted') }
}

/** The opened sign-in of a credential that is one. */
export function openOAuth(vault: Vault, credential: Credential): OAuthSecret {
  const { gen, oauthTokenUrl, oauthAuthorizeUrl, oauthClientId, oauthExpiresAt, oauthScopes } = credential
  const tokenUrl = oauthTokenUrl ?? ''
  const optional = (column: SecretColumn, at?: number) =>
    credential[column] === null ? undefined : openColumn(vault, credential, { column, address: tokenUrl, gen: at })
  return {
    kind: 'oauth',
    clientId: oauthClientId ?? '',
    clientSecret: optional('oauthClientSecretEncrypted'),
    authorizeUrl: oauthAuthorizeUrl ?? '',
    tokenUrl,
    scopes: readScopes(oauthScopes),
    access: {
      accessToken: openAccessToken(vault, credential),
      refreshToken: optional('oauthRefreshTokenEncrypted', gen),
      expiresAt: oauthExpiresAt ?? undefined,
    },
  }
}

/** The access token of a credential, by the generation that it has. */
export const openAccessToken = (vault: Vault, credential: Credential): string =>
  openColumn(vault, credential, { column: 'oauthTokenEncrypted', address: credential.apiBaseUrl, gen: credential.gen })

/** The granted scopes of a row; none of what is no list. */
export function readScopes(text: string | null): string[] {
  try {
    const scopes: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : []
  } catch {
    return []
  }
}

interface Opening {
  column: SecretColumn
  /** Where the secret may go. */
  address: string
  gen?: number | undefined
}

function openColumn(vault: Vault, credential: Credential, { column, address, gen }: Opening): string {
  const sealed = credential[column]
  if (sealed === null)
    throw new MspError('sign_in', `The stored key of ${credential.integrationName} is empty.`, { hint: 'Connect it again: msp integrate' })
  const place = { ...placeOf(column, credential.id), what: `the key of ${credential.integrationName}` }
  const text = vault.open(gen === undefined ? place : { ...place, gen }, sealed)
  const secret: unknown = JSON.parse(text).at(-1)
  if (typeof secret === 'string' && text === toSealedText(credential, address, secret)) return keepSecret(secret)
  throw new MspError(
    'storage',
    `The address or the owner of the key of ${credential.integrationName} was changed in the database. It is not used.`,
    {
      hint: 'Find out who did that, then connect it again: msp integrate',
    },
  )
}

const placeOf = (column: SecretColumn, row: string) => ({ table: 'integration_credentials', column: columns[column], row })

/** What is sealed says whose key it is and where it may go: who can write to the database could else send it to a place of his own. */
const toSealedText = ({ integrationName, owner }: Pick<Credential, 'integrationName' | 'owner'>, address: string, secret: string): string =>
  JSON.stringify([integrationName, owner, address, secret])
