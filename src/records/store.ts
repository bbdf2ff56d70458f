import type { Db, NewRow, Row } from '../db/tables.ts'
import { hideSecrets } from '../live-secrets.ts'

export async function addRecord(db: Db, record: NewRow<'externalIntegrations'>): Promise<void> {
  await db.insertInto('externalIntegrations').values(withoutLive(record)).execute()
}

/** Of what comes from outside, whatever filters it has passed before. */
function withoutLive(record: NewRow<'externalIntegrations'>): NewRow<'externalIntegrations'> {
  const hide = (text: string | null | undefined) => (typeof text === 'string' ? hideSecrets(text) : text)
  const { externalId, externalUrl, externalReference, requestData, responseData, errorMessage } = record
  return {
    ...record,
    ...{ externalId: hide(externalId), externalUrl: hide(externalUrl), externalReference: hide(externalReference) },
    ...{ requestData: hide(requestData), responseData: hide(responseData), errorMessage: hide(errorMessage) },
  }
}

export interface RecordQuery {
  integrationType?: string
  status?: string
  sessionId?: string
  externalId?: string
  externalReference?: string
  limit: number
}

/** The latest records that fit, the newest first. */
export async function listRecords(db: Db, wanted: RecordQuery): Promise<Row<'externalIntegrations'>[]> {
  let query = db.selectFrom('externalIntegrations').selectAll()
  if (wanted.integrationType !== undefined) query = query.where('integrationType', '=', wanted.integrationType)
  if (wanted.status !== undefined) query = query.where('responseStatus', '=', wanted.status as 'success' | 'error' | 'timeout')
  if (wanted.sessionId !== undefined) query = query.where('sessionId', '=', wanted.sessionId)
  if (wanted.externalId !== undefined) query = query.where('externalId', '=', wanted.externalId)
  if (wanted.externalReference !== undefined) query = query.where('externalReference', '=', wanted.externalReference)
  return query.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(wanted.limit).execute()
}

/** The records whose id begins or ends like that, two at most: enough to know whether it is one. */
export async function findRecords(db: Db, part: string): Promise<Row<'externalIntegrations'>[]> {
  return db
    .selectFrom('externalIntegrations')
    .selectAll()
    .where((where) => where.or([where('id', 'like', `${part}%`), where('id', 'like', `%${part}`)]))
    .limit(2)
    .execute()
}
