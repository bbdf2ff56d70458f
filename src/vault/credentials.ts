import { newId } from '../db/id.ts'
import type { Db, NewRow, TestStatus } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { hideSecrets } from '../live-secrets.ts'
import { type Credential, openAccessToken, type Secret, sealAccess, toColumns } from './secrets.ts'
import { findCredentials, insertCredential, updateCredential } from './store.ts'
import type { Vault } from './vault.ts'

/** A key as it is to be stored. */
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
  const isStored = existing ? await updateCredential(db, id, row, existing.gen) : await insertCredential(db, row)
  // a renewal or another sign-in that ended in this moment has moved the generation that the tokens are sealed with
  if (!isStored && tries > 1) return saveCredential(db, vault, wanted, tries - 1)
  const [saved] = await findCredentials(db, { integration: integrationName, owners: [owner] })
  if (isStored && saved?.gen === gen) return saved
  throw new MspError('storage', `The key of ${integrationName} was changed or taken away while it was stored.`, {
    hint: 'See: msp integrate list',
  })
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
      : { token: openAccessToken(vault, credential), expiresAt: oauthExpiresAt }
  const save = async ({ token, expiresAt }: Access): Promise<void> => {
    const next = { ...credential, gen: gen + 1 }
    const sealed = sealAccess(vault, next, { accessToken: token, refreshToken: undefined, expiresAt })
    await updateCredential(db, id, { ...sealed, gen: next.gen }, gen)
    gen = next.gen
  }
  return { stored, save }
}

/** Keeps how a test of the key ended. */
export async function noteTest(db: Db, id: string, result: { at: Date; status: TestStatus; error: string | null }): Promise<void> {
  await updateCredential(db, id, {
    lastTestedAt: result.at,
    lastTestStatus: result.status,
    lastTestError: result.error === null ? null : hideSecrets(result.error),
  })
}

/** Keeps that the key was used. */
export async function noteUse(db: Db, id: string, at: Date): Promise<void> {
  await updateCredential(db, id, { lastUsedAt: at })
}
