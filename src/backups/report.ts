import { toSizeWords } from '../size.ts'
import { type BackupPlan, type PlanStatus, planStatuses } from './backup.ts'

/** How the runs of a plan that began on a day ended. `noRun`: none began, and none was missed; `noData`: nobody looked. */
export type DayResult = 'failed' | 'overdue' | 'unknown' | 'warning' | 'running' | 'successful' | 'noRun' | 'noData'

export interface ReportedPlan
  extends Pick<
    BackupPlan,
    'computer' | 'plan' | 'type' | 'status' | 'lastStart' | 'nextStart' | 'filesFailed' | 'protectedBytes' | 'sentBytes' | 'reason'
  > {
  /** Somebody must look at it: it did not succeed, and nobody has said that this may be. */
  isWrong: boolean
  /** Start of the latest run that is known to have succeeded. */
  lastSuccess: Date | null
  /** One for each of the report's days. */
  days: DayResult[]
}

/** The latest restore, or consistency check: what shows that a backup is good for something. */
export interface Evidence {
  computer: string
  plan: string
  at: Date
  status: PlanStatus
}

/** A figure that msp counts and the backup vendor counts for itself. */
export interface Difference {
  what: string
  ours: number
  theirs: number
}

/** The vendor's own totals against ours. */
export interface CrossCheck {
  vendor: string
  differences: Difference[]
}

/** What a client's backups did. The counts of `totals` add up to `totalJobs`. Sizes are bytes, sums over plans. */
export interface BackupReport {
  client: string
  /** The day that it is about, in `zone`. */
  date: string
  takenAt: Date
  /** `live`: asked now; `snapshot`: a snapshot that msp took that day; `history`: what the vendor still knows of that day. */
  source: 'live' | 'snapshot' | 'history'
  /** In which times and days are shown. */
  zone: string
  totals: { totalJobs: number } & Record<PlanStatus, number> & { protectedBytes: number; sentBytes: number }
  /** Of the plans that ever succeeded, the one whose latest success is the oldest. */
  oldestSuccess: { computer: string; plan: string; at: Date } | null
  /** The worst first. */
  plans: ReportedPlan[]
  /** The days of each plan's strip, the oldest first: `2026-01-15`. */
  days: string[]
  evidence: { restore: Evidence | null; check: Evidence | null }
  /** One for each vendor that counts for itself. */
  crossChecks: CrossCheck[]
  /** Sentences about what the figures mean, and what is not in them. */
  notes: string[]
}

export const reportFields = [
  'client',
  'date',
  'takenAt',
  'source',
  'zone',
  'totals',
  'oldestSuccess',
  'plans',
  'days',
  'evidence',
  'crossChecks',
  'notes',
] as const satisfies ReadonlyArray<keyof BackupReport>

const words: Record<PlanStatus, string> = {
  failed: 'failed',
  gone: 'gone',
  noResult: 'no result',
  overdue: 'overdue',
  neverRan: 'never ran',
  unknown: 'unknown',
  warning: 'with a warning',
  running: 'running',
  successful: 'successful',
}

/** A status as people read it. */
export const toStatusWords = (status: PlanStatus): string => (status === 'warning' ? 'warning' : words[status])

/** How worrying a status is: green, yellow, red, or plain where nothing is known to be wrong yet. */
export function toTone(status: PlanStatus | DayResult): 'good' | 'warn' | 'bad' | 'plain' {
  if (status === 'successful') return 'good'
  if (status === 'warning' || status === 'unknown') return 'warn'
  return status === 'running' || status === 'noRun' || status === 'noData' ? 'plain' : 'bad'
}

const dayWords: Record<DayResult, string> = {
  failed: 'failed',
  overdue: 'overdue',
  unknown: 'unknown',
  warning: 'warning',
  running: 'running',
  successful: 'successful',
  noRun: 'no run',
  noData: 'no data',
}

export const toDayWords = (result: DayResult): string => dayWords[result]

/** `Latest backup report: 5 jobs, all successful, 245 GB total`. */
export function toSentence({ totals, source, date }: BackupReport): string {
  const { totalJobs, successful, protectedBytes } = totals
  const jobs = totalJobs === 1 ? '1 job' : `${totalJobs} jobs`
  const parts = planStatuses.filter((status) => totals[status] > 0).map((status) => `${totals[status]} ${words[status]}`)
  const result = totalJobs > 0 && successful === totalJobs ? 'all successful' : parts.join(', ')
  const what = source === 'live' ? 'Latest backup report' : `Backup report of ${date}`
  return `${what}: ${[jobs, result, `${toSizeWords(protectedBytes)} total`].filter(Boolean).join(', ')}`
}

/** How long ago: `3 h ago`, `5 days ago`. */
export function toAgeWords(from: Date, to: Date): string {
  const minutes = Math.round((to.getTime() - from.getTime()) / 60_000)
  if (minutes < 0) return 'in the future'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`
  return `${Math.round(minutes / (24 * 60))} days ago`
}
