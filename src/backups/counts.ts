import type { BackupPlan, OwnCounts } from './backup.ts'
import type { CrossCheck } from './report.ts'

/** The counts of several clients of the vendor as those of one; undefined when there are none. */
export function sumCounts(counts: ReadonlyArray<OwnCounts | undefined>): OwnCounts | undefined {
  const known = counts.filter((each) => each !== undefined)
  const [first, ...others] = known
  if (first === undefined) return undefined
  const sum: OwnCounts = { ...first }
  for (const other of others)
    for (const name of Object.keys(sum) as Array<keyof OwnCounts>) sum[name] = (sum[name] ?? 0) + (other[name] ?? 0)
  return sum
}

const countWords: Record<keyof OwnCounts, string> = {
  totalJobs: 'plans',
  successful: 'successful',
  warning: 'warning',
  failed: 'failed',
  overdue: 'overdue',
  running: 'running',
  neverRan: 'never ran',
  unknown: 'unknown',
  gone: 'gone',
  noResult: 'no result',
}

/** The counts as the report has them against the vendor's. What is gone is not there to be counted. */
export function compareCounts(vendor: string, plans: readonly BackupPlan[], theirs: OwnCounts): CrossCheck {
  const jobs = plans.filter(isCounted)
  const differences = (Object.keys(theirs) as Array<keyof OwnCounts>).map((name) => ({
    what: countWords[name],
    ours: name === 'totalJobs' ? jobs.length : jobs.filter(({ status }) => status === name).length,
    theirs: theirs[name] ?? 0,
  }))
  return { vendor, differences: differences.filter(({ ours, theirs }) => ours !== theirs) }
}

/** Why msp may count otherwise, as a note; none where it judges every plan as the vendor does. */
export function toJudgedOtherwise(vendor: string, plans: readonly BackupPlan[]): string[] {
  const count = plans.filter((plan) => isCounted(plan) && plan.status !== plan.vendorStatus).length
  if (count === 0) return []
  return [`msp judges ${count === 1 ? '1 plan' : `${count} plans`} otherwise than ${vendor}: the reasons beside them say why.`]
}

const isCounted = ({ kind, status }: BackupPlan): boolean => kind === 'backup' && status !== 'gone'
