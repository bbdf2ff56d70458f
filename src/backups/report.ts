import { type BackupPlan, type PlanStatus, planStatuses } from './backup.ts'

/** What a client's backups did last. The parts of `totals` add up to `totalJobs`. */
export interface BackupReport {
  client: string
  /** The day of `takenAt` in the technician's zone. */
  date: string
  takenAt: Date
  totals: { totalJobs: number } & Record<PlanStatus, number> & { protectedBytes: number; sentBytes: number }
  plans: Array<
    Pick<
      BackupPlan,
      'computer' | 'plan' | 'type' | 'lastStart' | 'nextStart' | 'status' | 'filesFailed' | 'protectedBytes' | 'sentBytes' | 'reason'
    >
  >
}

export const reportFields = ['client', 'date', 'takenAt', 'totals', 'plans'] as const

/** The report of one client's backup plans, the worst first. */
export function toReport(client: string, plans: readonly BackupPlan[], taken: { at: Date; date: string }): BackupReport {
  const jobs = plans.filter(({ kind }) => kind === 'backup')
  const counts = Object.fromEntries(planStatuses.map((status) => [status, jobs.filter((job) => job.status === status).length])) as Record<
    PlanStatus,
    number
  >
  const sum = (size: 'protectedBytes' | 'sentBytes') => jobs.reduce((total, job) => total + job[size], 0)
  const { successful, warning, failed, overdue, running, neverRan, unknown } = counts
  return {
    client,
    date: taken.date,
    takenAt: taken.at,
    totals: {
      totalJobs: jobs.length,
      successful,
      warning,
      failed,
      overdue,
      running,
      neverRan,
      unknown,
      protectedBytes: sum('protectedBytes'),
      sentBytes: sum('sentBytes'),
    },
    plans: jobs
      .toSorted(worstFirst)
      .map(({ computer, plan, type, lastStart, nextStart, status, filesFailed, protectedBytes, sentBytes, reason }) => ({
        ...{ computer, plan, type, lastStart, nextStart, status, filesFailed, protectedBytes, sentBytes, reason },
      })),
  }
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

const words: Record<PlanStatus, string> = {
  failed: 'failed',
  overdue: 'overdue',
  neverRan: 'never ran',
  unknown: 'unknown',
  warning: 'with a warning',
  running: 'running',
  successful: 'successful',
}

const hour = 3_600_000
// a day, and two hours for a zone that is read wrong
const staleAfter = 26 * hour

/** Plans that count as well but have not run for more than a day: perhaps nobody starts them any more. */
export function listStale({ plans, takenAt }: BackupReport): Array<BackupReport['plans'][number] & { lastStart: Date }> {
  return plans.flatMap((plan) => {
    const { lastStart, status } = plan
    if (lastStart === null || (status !== 'successful' && status !== 'running')) return []
    // a weekly plan whose next start is still to come is not late
    const isDue = plan.nextStart === null || plan.nextStart < takenAt
    return isDue && takenAt.getTime() - lastStart.getTime() > staleAfter ? [{ ...plan, lastStart }] : []
  })
}

/** A status as people read it. */
export const toStatusWords = (status: PlanStatus): string => (status === 'warning' ? 'warning' : words[status])

/** `Latest backup report: 5 jobs, all successful, 245 GB total`. */
export function toSentence(report: BackupReport): string {
  const { totals } = report
  const { totalJobs, successful, protectedBytes } = totals
  const stale = listStale(report).length
  const jobs = totalJobs === 1 ? '1 job' : `${totalJobs} jobs`
  const parts = planStatuses.filter((status) => totals[status] > 0).map((status) => `${totals[status]} ${words[status]}`)
  const isGood = totalJobs > 0 && successful === totalJobs && stale === 0
  const result = isGood ? 'all successful' : [...parts, ...(stale > 0 ? [`${stale} silent for more than a day`] : [])].join(', ')
  return `Latest backup report: ${[jobs, result, `${toSizeWords(protectedBytes)} total`].filter(Boolean).join(', ')}`
}

const units = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB']

/** Bytes in units of 1024, as the vendor's console shows them: `245 GB`, `4.5 GB`. */
export function toSizeWords(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (unit < units.length - 1 && rounded(size) >= 1024) {
    size /= 1024
    unit++
  }
  return bytes === 1 ? '1 byte' : `${rounded(size)} ${units[unit]}`
}

const rounded = (size: number): number => (size < 99.95 ? Math.round(size * 10) / 10 : Math.round(size))
