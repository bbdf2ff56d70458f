import type { VendorClient } from '../clients/client.ts'

/** In order of worry, the worst first. */
export const planStatuses = ['failed', 'gone', 'noResult', 'overdue', 'neverRan', 'unknown', 'warning', 'running', 'successful'] as const
/** `gone`: it was there before. `noResult`: a run was expected, and the vendor says nothing of one. */
export type PlanStatus = (typeof planStatuses)[number]

/** A backup plan with its last run. Sizes are bytes. */
export interface BackupPlan {
  /** The vendor's name of the client; null when the plan belongs to none. */
  vendorClient: string | null
  computer: string
  /** What identifies the computer over renames; two computers may have one name. */
  computerKey: string
  /** What identifies the plan over renames: begins with the computer's, then a slash. */
  key: string
  plan: string
  /** In plain words: Files, Image, SQL … */
  type: string
  /** Only backups are jobs; a restore or a consistency check is evidence. */
  kind: 'backup' | 'restore' | 'check'
  status: PlanStatus
  /** What the vendor itself says; `status` is what msp makes of it. */
  vendorStatus: PlanStatus
  lastStart: Date | null
  nextStart: Date | null
  /** Of the last run; null when the vendor does not tell, or only in words that cannot be read. */
  durationSeconds: number | null
  filesFailed: number
  protectedBytes: number
  sentBytes: number
  /** Why the status is what it is, in the vendor's words. */
  reason: string | null
}

/** Takes plans while they come in. */
export interface PlanTaker {
  /** What was taken before does not count: the list is read anew. */
  begin(): void
  take(plans: readonly BackupPlan[]): void
}

/** How many plans of a client are in which state, as the vendor counts them itself. A state that it does not count is left out. */
export type OwnCounts = Partial<Record<PlanStatus | 'totalJobs', number>>

/** What msp needs of a vendor that makes backups. */
export interface BackupSource {
  /** In which the vendor's times without one are read. */
  readonly zone: string
  /** What the vendor makes that is not in its list, as a sentence. */
  readonly coverage: string
  /** Hands over every plan of every client with its latest run; finishes or throws. */
  plans(taker: PlanTaker): Promise<void>
  /** The vendor's own counts of one client's plans; undefined when it has none. */
  ownCounts(client: VendorClient): Promise<OwnCounts | undefined>
  /** The plans of a client with the last of their runs that began in the span, as far as the vendor still knows them. */
  history(client: VendorClient, span: { from: Date; to: Date }): Promise<BackupPlan[]>
}
