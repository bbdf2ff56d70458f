import type { BackupStatus, BackupType, Row, VerificationStatus } from '../db/tables.ts'

/** A row of the backup log, with the names of what it belongs to. */
export type LoggedBackup = Row<'backupLog'> & { client: string | null; asset: string | null }

/** A row as it is shown: the evidence as an object. */
export type ShownBackup = Omit<LoggedBackup, 'verificationDetails'> & { verificationDetails: unknown }

export const backupTypes = [
  'daily',
  'weekly',
  'monthly',
  'manual',
  'pre-migration',
  'pre-upgrade',
  'disaster_recovery',
] as const satisfies readonly BackupType[]
export const backupStatuses = ['completed', 'failed', 'in_progress', 'deleted'] as const satisfies readonly BackupStatus[]
export const verificationStatuses = ['passed', 'failed', 'not_verified', 'in_progress'] as const satisfies readonly VerificationStatus[]
export const verificationMethods = ['checksum', 'test_restore', 'file_count', 'manual'] as const
export type VerificationMethod = (typeof verificationMethods)[number]

export const loggedFields = [
  'id',
  'client',
  'asset',
  'backupType',
  'backupSource',
  'backupStatus',
  'filePath',
  'fileName',
  'fileSizeBytes',
  'storageLocation',
  'backupStartedAt',
  'backupCompletedAt',
  'durationSeconds',
  'verificationStatus',
  'verificationMethod',
  'verificationDetails',
  'verificationCompletedAt',
  'databaseHost',
  'databaseName',
  'backupMethod',
  'compressionType',
  'encryptionEnabled',
  'retentionDays',
  'scheduledDeletionDate',
  'deletedAt',
  'errorMessage',
  'checksum',
  'sessionId',
  'clientId',
  'infrastructureId',
  'externalIntegrationId',
  'createdAt',
] as const satisfies ReadonlyArray<keyof ShownBackup>

export const toShownBackup = (backup: LoggedBackup): ShownBackup => ({ ...backup, verificationDetails: toEvidence(backup) })

/** The evidence of the last verification; what another program wrote may be no JSON. */
export function toEvidence({ verificationDetails }: Pick<LoggedBackup, 'verificationDetails'>): unknown {
  if (verificationDetails === null) return null
  try {
    return JSON.parse(verificationDetails)
  } catch {
    return verificationDetails
  }
}

/** What a part of an id is looked for as. */
export const soughtBackup = { name: 'backup', list: 'msp backup list' }
