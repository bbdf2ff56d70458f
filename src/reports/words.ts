import type { PlanStatus } from '../backups/backup.ts'
import { type BackupReport, type Evidence, type ReportedPlan, toAgeWords, toStatusWords } from '../backups/report.ts'
import { toLocalTime } from '../io.ts'

/** How a report shows its times, which is the same in each of its forms. */
export interface Times {
  /** `2026-01-15 03:32`. */
  show(time: Date): string
  /** `11 h ago`, counted from when the data was taken. */
  age(time: Date): string
}

export const createTimes = ({ zone, takenAt }: Pick<BackupReport, 'zone' | 'takenAt'>): Times => ({
  show: (time) => toLocalTime(time, zone),
  age: (time) => toAgeWords(time, takenAt),
})

/** `Thursday, 15 January 2026`, whose order of day and month nobody can mistake. */
export const toLongDay = (date: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(date))

export const sources: Record<BackupReport['source'], string> = {
  live: 'The backup vendor, asked when this report was made',
  snapshot: "A copy of the backup vendor's answer, kept since that day",
  history: 'What the backup vendor still knows of that day',
}

/** In which order the counts stand. */
export const shown: readonly PlanStatus[] = [
  ...(['successful', 'warning', 'failed', 'overdue', 'noResult', 'gone', 'running', 'neverRan', 'unknown'] as const),
]

export const noPlans = 'There is no backup plan for this client. Nothing protects its data.'
export const noCounts = 'The backup vendor gives no counts of its own to compare with.'
export const noSuccess = 'No success is known.'
export const notKnown = 'not known'

/** What stands in place of a last start that there is not. */
export const toNoStart = ({ status }: ReportedPlan): string => (status === 'neverRan' ? toStatusWords(status) : notKnown)

/** The evidence of a report under what it is called. */
export const toProofs = ({ evidence: { restore, check } }: BackupReport): Array<{ what: string; proof: Evidence | null }> => [
  { what: 'Latest restore test', proof: restore },
  { what: 'Latest consistency check', proof: check },
]
export const notRecorded = 'not recorded'
