import { sql } from 'kysely'
import { isDuplicate } from '../db/dialect.ts'
import { newId } from '../db/id.ts'
import type { BackupStatus, BackupType, Db, NewRow, VerificationStatus } from '../db/tables.ts'
import type { BackupPlan } from './backup.ts'
import type { LoggedBackup } from './logged-backup.ts'

/** Keeps a dated copy of what the vendor said of every client, so that this day can be reported later. */
export async function addSnapshot(db: Db, integration: string, takenAt: Date, plans: readonly BackupPlan[]): Promise<void> {
  await db
    .insertInto('backupSnapshots')
    .values({ id: newId(), integration, takenAt, body: JSON.stringify(plans) })
    .execute()
}

// the log of backups

const selectBackups = (db: Db) =>
  db
    .selectFrom('backupLog')
    .leftJoin('clients', 'clients.id', 'backupLog.clientId')
    .leftJoin('infrastructure', 'infrastructure.id', 'backupLog.infrastructureId')
    .selectAll('backupLog')
    .select(['clients.name as client', 'infrastructure.name as asset'])

/** Adds a backup to the log. One whose `runKey` is there already is not added again: then `isNew` is false, and it is the earlier one. */
export async function addLoggedBackup(db: Db, backup: Omit<NewRow<'backupLog'>, 'id'>): Promise<{ backup: LoggedBackup; isNew: boolean }> {
  const id = newId()
  try {
    await db
      .insertInto('backupLog')
      .values({ id, ...backup })
      .execute()
  } catch (error) {
    if (!isDuplicate(error) || !backup.runKey) throw error
    const earlier = await selectBackups(db).where('backupLog.runKey', '=', backup.runKey).executeTakeFirstOrThrow()
    return { backup: earlier, isNew: false }
  }
  return { backup: await readBackup(db, id), isNew: true }
}

export async function readBackup(db: Db, id: string): Promise<LoggedBackup> {
  return selectBackups(db).where('backupLog.id', '=', id).executeTakeFirstOrThrow()
}

/** The backups whose id begins or ends like that, two at most: enough to know whether it is one. */
export async function findBackups(db: Db, part: string): Promise<LoggedBackup[]> {
  // MariaDB compares an id with a pattern only as text
  const id = sql<string>`cast(backup_log.id as char)`
  return selectBackups(db)
    .where((where) => where.or([where(id, 'like', `${part}%`), where(id, 'like', `%${part}`)]))
    .limit(2)
    .execute()
}

export interface BackupQuery {
  clientId?: string
  type?: BackupType
  status?: BackupStatus
  verification?: VerificationStatus
  source?: string
  /** Started then or later. */
  since?: Date
  /** Started before. */
  before?: Date
  assetIds?: readonly string[]
  /** To be deleted by then, and not deleted. */
  dueAt?: Date
  limit: number
}

/** The latest backups that fit, the newest first. */
export async function listBackups(db: Db, wanted: BackupQuery): Promise<LoggedBackup[]> {
  let query = selectBackups(db)
  if (wanted.clientId !== undefined) query = query.where('backupLog.clientId', '=', wanted.clientId)
  if (wanted.type !== undefined) query = query.where('backupType', '=', wanted.type)
  if (wanted.status !== undefined) query = query.where('backupStatus', '=', wanted.status)
  if (wanted.verification !== undefined) query = query.where('verificationStatus', '=', wanted.verification)
  if (wanted.source !== undefined) query = query.where('backupSource', '=', wanted.source)
  if (wanted.since !== undefined) query = query.where('backupStartedAt', '>=', wanted.since)
  if (wanted.before !== undefined) query = query.where('backupStartedAt', '<', wanted.before)
  if (wanted.assetIds !== undefined) query = query.where('infrastructureId', 'in', wanted.assetIds)
  if (wanted.dueAt !== undefined) {
    query = query.where('scheduledDeletionDate', '<=', wanted.dueAt).where('deletedAt', 'is', null).where('backupStatus', '=', 'completed')
  }
  return query.orderBy('backupStartedAt', 'desc').orderBy('backupLog.id', 'desc').limit(wanted.limit).execute()
}

/** False when it was marked before. */
export async function markDeleted(db: Db, id: string, deletedAt: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('backupLog')
    .set({ backupStatus: 'deleted', deletedAt })
    .where('id', '=', id)
    .where('backupStatus', '!=', 'deleted')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** What a verification leaves in the row. */
export interface Verification {
  verificationStatus: VerificationStatus | null
  verificationMethod: string
  verificationDetails: string
  verificationCompletedAt: Date
}

export async function setVerification(db: Db, id: string, set: Partial<Verification>): Promise<void> {
  await db.updateTable('backupLog').set(set).where('id', '=', id).execute()
}

/** The dumps of msp's own database that a machine has put into a folder and not deleted, the newest first. */
export async function listDumps(db: Db, machine: string, folderPrefix: string): Promise<LoggedBackup[]> {
  const rows = await selectBackups(db)
    .where('backupSource', '=', 'local')
    .where('backupMethod', 'in', ['mariadb-dump', 'sqlite'])
    .where('backupStatus', '=', 'completed')
    .where('storageLocation', '=', machine)
    .orderBy('backupStartedAt', 'desc')
    .orderBy('backupLog.id', 'desc')
    .execute()
  // compared here: in a pattern the characters of a path would have other meanings
  return rows.filter(({ filePath, fileName }) => filePath === folderPrefix + fileName)
}
