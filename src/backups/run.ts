import { createHash } from 'node:crypto'
import type { BackupStatus, BackupType, NewRow } from '../db/tables.ts'
import type { BackupPlan } from './backup.ts'

const hour = 3_600_000

/** To whom a run belongs, and by which report it is known. */
export interface RunPlace {
  integration: string
  clientId: string
  infrastructureId: string | null
  sessionId: string | null
  /** The record of the report. */
  externalIntegrationId: string
}

export type LoggedRun = Omit<NewRow<'backupLog'>, 'id'> & { runKey: string }

/** The last run of a plan as a row of the log; undefined of a plan without one, and of one of which nobody knows how it ended. */
export function toLoggedRun(plan: BackupPlan, place: RunPlace): LoggedRun | undefined {
  const { lastStart, computer, reason, durationSeconds, protectedBytes, key } = plan
  const backupStatus = toBackupStatus(plan)
  if (lastStart === null || backupStatus === undefined) return undefined
  const { integration, ...ids } = place
  return {
    ...ids,
    runKey: createHash('sha256')
      // the list has parts of a second that the history may not have
      .update(JSON.stringify([integration, key, lastStart.toISOString().slice(0, 19)]))
      .digest('hex'),
    backupType: toBackupType(plan),
    backupSource: integration,
    // it has no file here: the vendor names it by computer and plan
    filePath: `${computer}/${plan.plan}`.slice(0, 500),
    fileName: plan.plan.slice(0, 255),
    fileSizeBytes: backupStatus === 'completed' ? protectedBytes : null,
    storageLocation: null,
    backupStartedAt: lastStart,
    // of a run whose length the vendor does not tell, the start
    backupCompletedAt: backupStatus === 'in_progress' ? null : new Date(lastStart.getTime() + (durationSeconds ?? 0) * 1000),
    verificationStatus: 'not_verified',
    verificationMethod: null,
    verificationDetails: null,
    verificationCompletedAt: null,
    databaseHost: null,
    databaseName: null,
    backupMethod: plan.type.slice(0, 50),
    compressionType: null,
    encryptionEnabled: null,
    retentionDays: null,
    scheduledDeletionDate: null,
    deletedAt: null,
    backupStatus,
    errorMessage: reason,
    checksum: null,
  }
}

/** What the vendor says of the run itself: overdue, gone and no result are about runs that did not come. */
function toBackupStatus({ kind, vendorStatus }: BackupPlan): BackupStatus | undefined {
  if (kind !== 'backup') return undefined
  if (vendorStatus === 'successful' || vendorStatus === 'warning') return 'completed'
  if (vendorStatus === 'running') return 'in_progress'
  return vendorStatus === 'failed' ? 'failed' : undefined
}

/** By how long after it the next one comes. */
function toBackupType({ lastStart, nextStart }: BackupPlan): BackupType {
  if (lastStart === null || nextStart === null) return 'manual'
  const gap = nextStart.getTime() - lastStart.getTime()
  if (gap <= 36 * hour) return 'daily'
  return gap <= 10 * 24 * hour ? 'weekly' : 'monthly'
}
