import { fromTableName } from '../../integrations/integration.ts'
import { type Credential, readScopes } from '../../vault/secrets.ts'

/** A person as a vendor knows them. */
export const inWords = ({ name, email }: { name: string; email: string | null }): string => (email ? `${name} <${email}>` : name)

/** A stored key as it is shown: never the key itself. */
export function toShown(credential: Credential) {
  const { integrationName, owner, credentialType, accountName, accountEmail, apiBaseUrl, isActive, state } = credential
  return {
    integration: fromTableName(integrationName) ?? integrationName,
    owner: owner || 'team',
    type: credentialType,
    writesAs: accountName && inWords({ name: accountName, email: accountEmail }),
    apiUrl: apiBaseUrl,
    isActive,
    state,
    scopes: credential.oauthScopes === null ? null : readScopes(credential.oauthScopes),
    expiresAt: credential.credentialType === 'oauth' ? credential.oauthExpiresAt : null,
    lastUsedAt: credential.lastUsedAt,
    lastTestedAt: credential.lastTestedAt,
    lastTestStatus: credential.lastTestStatus,
    lastTestError: credential.lastTestError,
  }
}

export const shownFields = [
  'integration',
  'owner',
  'type',
  'writesAs',
  'apiUrl',
  'isActive',
  'state',
  'scopes',
  'expiresAt',
  'lastUsedAt',
  'lastTestedAt',
  'lastTestStatus',
  'lastTestError',
] as const satisfies ReadonlyArray<keyof ReturnType<typeof toShown>>
