import type { CallRow } from '../../records/record.ts'

/** The columns of external_integrations. */
export const recordFields = [
  'id',
  'sessionId',
  'workItemId',
  'clientId',
  'integrationType',
  'integrationName',
  'externalId',
  'externalUrl',
  'externalReference',
  'action',
  'direction',
  'requestData',
  'responseData',
  'responseStatus',
  'errorMessage',
  'requestDurationMs',
  'retryCount',
  'createdAt',
  'createdBy',
] as const satisfies ReadonlyArray<keyof CallRow>
