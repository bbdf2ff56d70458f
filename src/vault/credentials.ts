import { newId } from '../db/id.ts'
import type { Db, NewRow, Row, TestStatus } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { deleteCredential, findCredentials, insertCredential, updateCredential } from './store.ts'
import type { Vault } from './vault.ts'

export type Credential = Row<'integrationCredentials'>
type SecretColumn = 'apiKeyEncrypted' | 'oauthTokenEncrypted' | 'basicAuthPasswordEncrypted'

// constants of the format: a later rename of a column must not change them
const columns: Record<SecretColumn, string> = {
  apiKeyEncrypted: 'api_key_encrypted',
  oauthTokenEncrypted: 'oauth_token_encrypted',
  basicAuthPasswordEncrypted: 'basic_auth_password_encrypted',
}

/** What a person signed in with. */
export type Secret = { kind: 'token'; token: string } | { kind: 'password'; username: string; password: string }

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
export async function saveCredential(db: Db, vault: Vault, wanted: NewCredential): Promise<Credential> {
  const [existing] = await findCredentials(db, { integration: wanted.integration, owners: [wanted.owner] })
  const id = existing?.id ?? newId()
  const { secret, account } = wanted
  const use = { integrationName: wanted.integration, owner: wanted.owner, apiBaseUrl: wanted.apiBaseUrl }
  const sealed = (column: SecretColumn, text: string) => vault.seal(placeOf(column, id), toSealedText(use, text))
  const row: NewRow<'integrationCredentials'> = {
    id,
    integrationName: wanted.integration,
    owner: wanted.owner,
    credentialType: secret.kind === 'token' ? 'api_key' : 'basic_auth',
    apiKeyEncrypted: secret.kind === 'token' ? sealed('apiKeyEncrypted', secret.token) : null,
    basicAuthUsername: secret.kind === 'password' ? secret.username : null,
    basicAuthPasswordEncrypted: secret.kind === 'password' ? sealed('basicAuthPasswordEncrypted', secret.password) : null,
    oauthTokenEncrypted: null,
    oauthExpiresAt: null,
    apiBaseUrl: wanted.apiBaseUrl,
    isActive: true,
    lastTestedAt: wanted.now,
    lastTestStatus: 'success',
    lastTestError: null,
    accountId: account.id,
    accountName: account.name,
    accountEmail: account.email,
    state: 'ok',
    gen: (existing?.gen ?? 0) + 1,
    updatedAt: wanted.now,
  }
  if (existing) await updateCredential(db, id, row)
  else await insertCredential(db, row)
  const [saved] = await findCredentials(db, { integration: wanted.integration, owners: [wanted.owner] })
  if (saved) return saved
  throw new MspError('storage', `The key of ${wanted.integration} was taken away while it was stored.`, { hint: 'See: msp integrate list' })
}

/** The opened secret of a credential. */
export function openSecret(vault: Vault, credential: Credential): Secret {
  const opened = (column: SecretColumn) => openColumn(vault, credential, column)
  if (credential.credentialType === 'basic_auth') {
    return { kind: 'password', username: credential.basicAuthUsername ?? '', password: opened('basicAuthPasswordEncrypted') }
  }
  return { kind: 'token', token: opened('apiKeyEncrypted') }
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
      : { token: openColumn(vault, credential, 'oauthTokenEncrypted', gen), expiresAt: oauthExpiresAt }
  const save = async ({ token, expiresAt }: Access): Promise<void> => {
    const place = { ...placeOf('oauthTokenEncrypted', id), gen: gen + 1 }
    const change = { oauthTokenEncrypted: vault.seal(place, toSealedText(credential, token)), oauthExpiresAt: expiresAt, gen: gen + 1 }
    await updateCredential(db, id, change, gen)
    gen += 1
  }
  return { stored, save }
}

function openColumn(vault: Vault, credential: Credential, column: SecretColumn, gen?: number): string {
  const sealed = credential[column]
  if (sealed === null)
    throw new MspError('sign_in', `The stored key of ${credential.integrationName} is empty.`, { hint: 'Connect it again: msp integrate' })
  const place = placeOf(column, credential.id)
  const text = vault.open(gen === undefined ? place : { ...place, gen }, sealed)
  const secret: unknown = JSON.parse(text).at(-1)
  if (typeof secret === 'string' && text === toSealedText(credential, secret)) return secret
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
const toSealedText = (
  { integrationName, owner, apiBaseUrl }: Pick<Credential, 'integrationName' | 'owner' | 'apiBaseUrl'>,
  secret: string,
): string => JSON.stringify([integrationName, owner, apiBaseUrl, secret])

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
