import { type BackupPlan, type PlanStatus, planStatuses } from './backup.ts'
import type { BackupReport, CrossCheck, DayResult, Evidence, ReportedPlan } from './report.ts'

/** A plan as it stands after it was compared with what was expected of it. */
export interface JudgedPlan extends BackupPlan {
  lastSuccess: Date | null
  days: DayResult[]
}

/** What a report is made of. */
export interface Findings extends Pick<BackupReport, 'client' | 'date' | 'takenAt' | 'source' | 'zone' | 'days' | 'notes'> {
  plans: readonly JudgedPlan[]
  crossChecks?: CrossCheck[]
}

/** The report of one client's backup plans, the worst first. */
export function toReport({ plans, crossChecks = [], ...about }: Findings): BackupReport {
  const jobs = plans.filter(({ kind }) => kind === 'backup').toSorted(worstFirst)
  return {
    ...about,
    totals: toTotals(jobs),
    oldestSuccess: toOldestSuccess(jobs),
    plans: jobs.map(toReportedPlan),
    evidence: { restore: toEvidence(plans, 'restore'), check: toEvidence(plans, 'check') },
    crossChecks,
  }
}

function toTotals(jobs: readonly JudgedPlan[]): BackupReport['totals'] {
  const counts = Object.fromEntries(planStatuses.map((status) => [status, 0])) as Record<PlanStatus, number>
  const totals = { totalJobs: jobs.length, ...counts, protectedBytes: 0, sentBytes: 0 }
  for (const { status, protectedBytes, sentBytes } of jobs) {
    totals[status]++
    totals.protectedBytes += protectedBytes
    totals.sentBytes += sentBytes
  }
  return totals
}

const toReportedPlan = (job: JudgedPlan): ReportedPlan => {
  const { computer, plan, type, status, lastStart, lastSuccess, nextStart, filesFailed, protectedBytes, sentBytes, reason, days } = job
  const isWrong = status !== 'successful' && status !== 'running'
  return { computer, plan, type, status, isWrong, lastStart, lastSuccess, nextStart, filesFailed, protectedBytes, sentBytes, reason, days }
}

function toOldestSuccess(jobs: readonly JudgedPlan[]): BackupReport['oldestSuccess'] {
  let oldest: BackupReport['oldestSuccess'] = null
  for (const { computer, plan, lastSuccess } of jobs)
    if (lastSuccess !== null && (oldest === null || lastSuccess < oldest.at)) oldest = { computer, plan, at: lastSuccess }
  return oldest
}

function toEvidence(plans: readonly JudgedPlan[], kind: 'restore' | 'check'): Evidence | null {
  let latest: Evidence | null = null
  for (const { computer, plan, status, lastStart, kind: own } of plans)
    if (own === kind && lastStart !== null && (latest === null || lastStart > latest.at)) latest = { computer, plan, at: lastStart, status }
  return latest
}

function worstFirst(a: BackupPlan, b: BackupPlan): number {
  const worry = planStatuses.indexOf(a.status) - planStatuses.indexOf(b.status)
  return (
    worry ||
    (a.lastStart?.getTime() ?? 0) - (b.lastStart?.getTime() ?? 0) ||
    a.computer.localeCompare(b.computer) ||
    a.plan.localeCompare(b.plan)
  )
}
