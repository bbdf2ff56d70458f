import type { BackupPlan } from '../../src/backups/backup.ts'
import { byKey } from '../../src/backups/collect.ts'
import { type Evidence, judgePlans } from '../../src/backups/judge.ts'
import type { Copy } from '../../src/backups/past.ts'

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
export const copy = (takenAt: string, plans: readonly BackupPlan[], isWhole = true): Copy => ({
  takenAt: at(takenAt),
  isWhole,
  plans: byKey(plans),
})

/** What is made of the last of these copies. */
export function judge(copies: readonly Copy[], rest: Partial<Omit<Evidence, 'now' | 'earlier'>> = {}) {
  const now = copies.at(-1)
  if (!now) throw new Error('There is no copy.')
  return judgePlans({ now, earlier: copies.slice(0, -1), expectations: [], zone: 'UTC', days: [], ...rest })
}
