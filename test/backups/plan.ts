import type { BackupPlan } from '../../src/backups/backup.ts'
import { byKey } from '../../src/backups/collect.ts'
import { judgePlans, type ToJudge } from '../../src/backups/judge.ts'
import type { Snapshot } from '../../src/backups/past.ts'

const gigabyte = 1024 ** 3

export const at = (text: string): Date => new Date(text)

/** A plan of Dataforth that ran well in the night to Thursday 2026-01-15; its key is that of its computer and its name. */
export function plan(given: Partial<BackupPlan> = {}): BackupPlan {
  const { computerKey = 'ad1', plan = 'Nightly', status = 'successful' } = given
  return {
    ...{ vendorClient: 'Dataforth', computer: computerKey.toUpperCase(), computerKey, key: `${computerKey}/${plan}`, plan, type: 'Files' },
    ...{ kind: 'backup', status, vendorStatus: status, lastStart: at('2026-01-15T03:00:00.000Z'), nextStart: null },
    ...{ durationSeconds: 2520, filesFailed: 0, protectedBytes: gigabyte, sentBytes: 1, reason: null },
    ...given,
  }
}

/** What a vendor said at one time. */
export const snapshot = (takenAt: string, plans: readonly BackupPlan[], isWhole = true): Snapshot => ({
  takenAt: at(takenAt),
  isWhole,
  plans: byKey(plans),
})

/** What is made of the last of these snapshots. */
export function judge(snapshots: readonly Snapshot[], rest: Partial<Omit<ToJudge, 'now' | 'earlier'>> = {}) {
  const now = snapshots.at(-1)
  if (!now) throw new Error('There is no snapshot.')
  return judgePlans({ now, earlier: snapshots.slice(0, -1), expectations: [], zone: 'UTC', days: [], ...rest })
}
