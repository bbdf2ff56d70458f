import { newId } from '../db/id.ts'
import type { Db } from '../db/tables.ts'
import type { BackupPlan } from './backup.ts'

/** Keeps a dated copy of what the vendor said of every client, so that this day can be reported later. */
export async function addSnapshot(db: Db, integration: string, takenAt: Date, plans: readonly BackupPlan[]): Promise<void> {
  await db
    .insertInto('backupSnapshots')
    .values({ id: newId(), integration, takenAt, body: JSON.stringify(plans) })
    .execute()
}
