import assert from 'node:assert/strict'
import { addLoggedBackup, findBackups, listBackups, listDumps, markDeleted } from '../../src/backups/store.ts'
import type { NewRow } from '../../src/db/tables.ts'
import { eachEngine } from '../support/engines.ts'

const at = new Date('2026-01-15T02:00:00.123Z')
const row: Omit<NewRow<'backupLog'>, 'id'> = {
  ...{ backupType: 'daily', backupSource: 'msp_backups', backupStatus: 'completed', filePath: '/mnt/x', fileName: 'x' },
  ...{ fileSizeBytes: 48318382080, backupStartedAt: at, backupCompletedAt: new Date(at.getTime() + 2_730_500) },
}

eachEngine('a run of a backup vendor is logged once', async (db) => {
  const first = await addLoggedBackup(db, { ...row, runKey: 'a run' })
  const second = await addLoggedBackup(db, { ...row, backupStatus: 'failed', runKey: 'a run' })
  assert.deepEqual([first.isNew, second.isNew, second.backup], [true, false, first.backup])
  const others = [await addLoggedBackup(db, row), await addLoggedBackup(db, row), await addLoggedBackup(db, { ...row, runKey: 'another' })]
  assert.deepEqual(
    others.map(({ isNew }) => isNew),
    [true, true, true],
  )
})

eachEngine('a backup is found by the beginning or end of its id, with its numbers and times as they were', async (db) => {
  const { backup } = await addLoggedBackup(db, row)
  const { fileSizeBytes, backupStartedAt, durationSeconds, encryptionEnabled } = backup
  assert.deepEqual([fileSizeBytes, backupStartedAt, durationSeconds, encryptionEnabled], [48318382080, at, 2730, false])
  for (const part of [backup.id, backup.id.slice(-8), backup.id.slice(0, 12)]) assert.deepEqual(await findBackups(db, part), [backup])
  assert.deepEqual(await findBackups(db, 'ffff'), [])
})

eachEngine('what is due for deletion is so until it is marked, and it is marked once', async (db) => {
  const { backup } = await addLoggedBackup(db, { ...row, scheduledDeletionDate: at })
  const due = (dueAt: Date) => listBackups(db, { dueAt, limit: 5 })
  assert.deepEqual([await due(new Date(at.getTime() - 1)), await due(at)], [[], [backup]])
  assert.deepEqual([await markDeleted(db, backup.id, at), await markDeleted(db, backup.id, at)], [true, false])
  assert.deepEqual(await due(at), [])
})

eachEngine('the dumps of a folder are those of this machine that lie in it', async (db) => {
  const dump = { ...row, backupSource: 'local', backupMethod: 'sqlite', storageLocation: 'laptop', fileName: 'msp-1.sqlite.gz' }
  const { backup } = await addLoggedBackup(db, { ...dump, filePath: '/a_b/msp-1.sqlite.gz' })
  await addLoggedBackup(db, { ...dump, filePath: '/axb/msp-1.sqlite.gz' })
  await addLoggedBackup(db, { ...dump, filePath: '/a_b/deeper/msp-1.sqlite.gz' })
  await addLoggedBackup(db, { ...dump, filePath: '/a_b/msp-1.sqlite.gz', storageLocation: 'desk' })
  await addLoggedBackup(db, { ...dump, filePath: '/a_b/msp-1.sqlite.gz', backupMethod: 'file_copy' })
  assert.deepEqual(await listDumps(db, 'laptop', '/a_b/'), [backup])
})
