import assert from 'node:assert/strict'
import type { BackupPlan } from '../../src/backups/backup.ts'
import { addSnapshot } from '../../src/backups/store.ts'
import { eachEngine } from '../support/engines.ts'

const plan = (computer: string): BackupPlan => ({
  ...{ vendorClient: null, computer, key: computer, plan: 'Nightly', type: 'Files', kind: 'backup', status: 'failed', reason: 'Full.' },
  ...{ lastStart: new Date('2026-01-15T03:00:00.000Z'), nextStart: null, filesFailed: 1, protectedBytes: 2 ** 43, sentBytes: 0 },
})

eachEngine('every pull is kept, dated, with every plan, however many', async (db) => {
  const many = Array.from({ length: 2000 }, (_, index) => plan(`PC${index} 🙂`))
  const [first, second] = [new Date('2026-01-15T14:00:00.123Z'), new Date('2026-01-15T14:00:00.124Z')]
  await addSnapshot(db, 'msp_backups', first, many)
  await addSnapshot(db, 'msp_backups', second, [])
  const rows = await db.selectFrom('backupSnapshots').selectAll().orderBy('takenAt').execute()
  assert.deepEqual(
    rows.map(({ integration, takenAt, body }) => ({ integration, takenAt, plans: JSON.parse(body) })),
    [
      { integration: 'msp_backups', takenAt: first, plans: JSON.parse(JSON.stringify(many)) },
      { integration: 'msp_backups', takenAt: second, plans: [] },
    ],
  )
})
