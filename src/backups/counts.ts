import type { OwnCounts } from './backup.ts'
import type { Snapshot } from './past.ts'
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

/** By what the vendor says of each plan: what msp makes of it is not the vendor's business. */
export function compareCounts(vendor: string, { plans }: Snapshot, theirs: OwnCounts): CrossCheck {
  const jobs = [...plans.values()].filter(({ kind }) => kind === 'backup')
  const differences = (Object.keys(theirs) as Array<keyof OwnCounts>).map((name) => ({
    what: countWords[name],
    ours: name === 'totalJobs' ? jobs.length : jobs.filter(({ vendorStatus }) => vendorStatus === name).length,
    theirs: theirs[name] ?? 0,
  }))
  return { vendor, differences: differences.filter(({ ours, theirs }) => ours !== theirs) }
}
