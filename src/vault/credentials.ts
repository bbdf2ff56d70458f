import { newId } from '../db/id.ts'
import type { Db, NewRow, Row, TestStatus } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { deleteCredential, findCredentials, insertCredential, updateCredential } from './store.ts'
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

export interface NewCredential {
  /** As in the tables: `msp_backups`. */
  integration: string
  /** '' for the team, else the technician. */
  owner: string
  secret: Secret
  apiBaseUrl: string
  account: { id: string; name: string; email: string | null }
  now: Date
}

/** The key of an owner; without one that of a technician's calls: the technician's own, then the team's. Undefined when there is none. */
export async function findCredential(
  db: Db,
  integration: string,
  { owner, createdBy }: { owner?: string; createdBy: string },
): Promise<Credential | undefined> {
  const found = await findCredentials(db, { integration, owners: owner === undefined ? ['', createdBy] : [owner] })
  return found.find((credential) => credential.owner === createdBy) ?? found[0]
}

/** Seals and stores a key; one of the same owner is replaced. */
export async function saveCredential(db: Db, vault: Vault, wanted: NewCredential, tries = 5): Promise<Credential> {
  const [existing] = await findCredentials(db, { integration: wanted.integration, owners: [wanted.owner] })
  const id = existing?.id ?? newId()
  const { secret, account, integration: integrationName, owner, apiBaseUrl } = wanted
  const gen = (existing?.gen ?? 0) + 1
  const row: NewRow<'integrationCredentials'> = {
    ...{ id, integrationName, owner, apiBaseUrl, gen },
    ...withoutSecrets,
    ...toColumns(vault, { id, integrationName, owner, apiBaseUrl, gen }, secret),
    isActive: true,
    lastTestedAt: wanted.now,
    lastTestStatus: 'success',
    lastTestError: null,
    accountId: account.id,
    accountName: account.name,
    accountEmail: account.email,
    state: 'ok',
    leaseOwner: null,
    leaseUntil: null,
    updatedAt: wanted.now,
  }
  // a refresh that ended in this moment has moved the generation that the tokens are sealed with
  if (existing && !(await updateCredential(db, id, row, existing.gen)) && tries > 1) return saveCredential(db, vault, wanted, tries - 1)
  if (!existing) await insertCredential(db, row)
  const [saved] = await findCredentials(db, { integration: integrationName, owners: [owner] })
  if (saved?.gen === gen) return saved
  throw new MspError('storage', `The key of ${integrationName} was changed or taken away while it was stored.`, {
    hint: 'See: msp integrate list',
  })
}

const withoutSecrets = {
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

function toColumns(vault: Vault, at: Address, secret: Secret) {
  const sealed = (column: SecretColumn, text: string) => vault.seal(placeOf(column, at.id), toSealedText(at, at.apiBaseUrl, text))
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
        : vault.seal(placeOf('oauthClientSecretEncrypted', at.id), toSealedText(at, tokenUrl, clientSecret)),
    oauthScopes: JSON.stringify(scopes),
    oauthAuthorizeUrl: authorizeUrl,
    oauthTokenUrl: tokenUrl,
  }
}

/** The tokens as the columns of the generation `gen` hold them. */
export function sealAccess(vault: Vault, at: OAuthAddress, { accessToken, refreshToken, expiresAt }: OAuthAccess) {
  const seal = (column: SecretColumn, address: string, text: string) =>
    vault.seal({ ...placeOf(column, at.id), gen: at.gen }, toSealedText(at, address, text))
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
  const { apiBaseUrl, gen, oauthTokenUrl, oauthAuthorizeUrl, oauthClientId, oauthExpiresAt, oauthScopes } = credential
  const tokenUrl = oauthTokenUrl ?? ''
  const opened = (column: SecretColumn, address: string, at?: number) => openColumn(vault, credential, { column, address, gen: at })
  const optional = (column: SecretColumn, at?: number) => (credential[column] === null ? undefined : opened(column, tokenUrl, at))
  return {
    kind: 'oauth',
    clientId: oauthClientId ?? '',
    clientSecret: optional('oauthClientSecretEncrypted'),
    authorizeUrl: oauthAuthorizeUrl ?? '',
    tokenUrl,
    scopes: readScopes(oauthScopes),
    access: {
      accessToken: opened('oauthTokenEncrypted', apiBaseUrl, gen),
      refreshToken: optional('oauthRefreshTokenEncrypted', gen),
      expiresAt: oauthExpiresAt ?? undefined,
    },
  }
}

/** The granted scopes of a row; none of what is no list. */
export function readScopes(text: string | null): string[] {
  try {
    const scopes: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : []
  } catch {
    return []
  }
}

/** An access token and until when it lives. */
interface Access {
  token: string
  expiresAt: Date
}

/** The access token that was kept of a credential, and how a renewed one is: unless another process has kept one since. */
export function accessTokenKeeper(db: Db, vault: Vault, credential: Credential) {
  const { id, oauthTokenEncrypted, oauthExpiresAt } = credential
  let gen = credential.gen
  const stored: Access | undefined =
    oauthTokenEncrypted === null || oauthExpiresAt === null
      ? undefined
      : {
          token: openColumn(vault, credential, { column: 'oauthTokenEncrypted', address: credential.apiBaseUrl, gen }),
          expiresAt: oauthExpiresAt,
        }
  const save = async ({ token, expiresAt }: Access): Promise<void> => {
    const place = { ...placeOf('oauthTokenEncrypted', id), gen: gen + 1 }
    const change = {
      oauthTokenEncrypted: vault.seal(place, toSealedText(credential, credential.apiBaseUrl, token)),
      oauthExpiresAt: expiresAt,
      gen: gen + 1,
    }
    await updateCredential(db, id, change, gen)
    gen += 1
  }
  return { stored, save }
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
  const place = placeOf(column, credential.id)
  const text = vault.open(gen === undefined ? place : { ...place, gen }, sealed)
  const secret: unknown = JSON.parse(text).at(-1)
  if (typeof secret === 'string' && text === toSealedText(credential, address, secret)) return secret
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

/** Keeps how a test of the key ended. */
export async function noteTest(db: Db, id: string, result: { at: Date; status: TestStatus; error: string | null }): Promise<void> {
  await updateCredential(db, id, { lastTestedAt: result.at, lastTestStatus: result.status, lastTestError: result.error })
}

/** Keeps that the key was used. */
export async function noteUse(db: Db, id: string, at: Date): Promise<void> {
  await updateCredential(db, id, { lastUsedAt: at })
}

export const listCredentials = (db: Db): Promise<Credential[]> => findCredentials(db, {})
export const removeCredential = deleteCredential
