/** In order of worry, the worst first. */
export const planStatuses = ['failed', 'gone', 'noResult', 'overdue', 'neverRan', 'unknown', 'warning', 'running', 'successful'] as const
/** `gone`: it was there before. `noResult`: a run was expected, and the vendor says nothing of one. */
export type PlanStatus = (typeof planStatuses)[number]

/** A backup plan with its last run. Sizes are bytes. */
export interface BackupPlan {
  /** The vendor's name of the client; null when the plan belongs to none. */
  vendorClient: string | null
  computer: string
  /** What identifies the plan over renames. */
  key: string
  plan: string
  /** In plain words: Files, Image, SQL … */
  type: string
  /** Only backups are jobs; a restore or a consistency check is evidence. */
  kind: 'backup' | 'restore' | 'check'
  status: PlanStatus
  lastStart: Date | null
  nextStart: Date | null
  filesFailed: number
  protectedBytes: number
  sentBytes: number
  /** Why the status is what it is, in the vendor's words. */
  reason: string | null
}

/** What msp needs of a vendor that makes backups. */
export interface BackupSource {
  /** Every plan of every client with its latest run; finishes or throws. */
  plans(): Promise<BackupPlan[]>
}
