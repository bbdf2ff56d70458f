import type { Db } from '../db/tables.ts'
import type { OAuthClient } from '../oauth/profile.ts'
import type { TokenEndpoint } from '../oauth/token-endpoint.ts'
import { type CallContext, recordAttempt } from '../records/record.ts'
import { type HttpIntegration, toTableName } from './integration.ts'
import type { CallDeps } from './open-http.ts'

interface EndpointWish {
  url: string
  client: OAuthClient
  context: CallContext
}

/** The vendor's token endpoint; each call to it is a record. */
export const tokenEndpoint = (
  { db, step }: Pick<CallDeps, 'step'> & { db: () => Promise<Db> },
  { id, label }: HttpIntegration,
  { url, client, context }: EndpointWish,
): TokenEndpoint => ({
  ...{ label, url, client, step, recordType: `${toTableName(id)}_account` },
  record: async (attempt) => {
    const opened = await db()
    await step('record.add', () => recordAttempt(opened, label, attempt, context))
  },
})
