import type { PlanStatus } from '../../src/backups/backup.ts'
import type { BackupReport, DayResult, ReportedPlan } from '../../src/backups/report.ts'

const gigabyte = 1024 ** 3
const takenAt = new Date('2026-01-15T21:32:00.000Z')
const hoursAgo = (hours: number) => new Date(takenAt.getTime() - hours * 3_600_000)
const days = Array.from({ length: 28 }, (_, index) => new Date(Date.UTC(2025, 11, 19 + index)).toISOString().slice(0, 10))

export function samplePlan(change: Partial<ReportedPlan> = {}): ReportedPlan {
  return {
    computer: 'AD1',
    plan: 'Nightly image',
    type: 'Image',
    status: 'successful',
    lastStart: hoursAgo(11),
    lastSuccess: hoursAgo(11),
    nextStart: hoursAgo(-13),
    filesFailed: 0,
    protectedBytes: 60 * gigabyte,
    sentBytes: 4.5 * gigabyte,
    reason: null,
    days: days.map((): DayResult => 'successful'),
    isWrong: change.status !== undefined && change.status !== 'running' && change.status !== 'successful',
    ...change,
  }
}

const count = (plans: readonly ReportedPlan[], status: PlanStatus) => plans.filter((plan) => plan.status === status).length

/** A report of plans with every status, among them names that must be escaped and letters beyond Latin-1. */
export function sampleReport(change: Partial<BackupReport> = {}): BackupReport {
  const mixed: DayResult[] = ['noData', 'noRun', 'failed', 'overdue', 'unknown', 'warning', 'running', 'successful']
  const plans = change.plans ?? [
    samplePlan({
      ...{ computer: 'GD-FS01', plan: 'Nightly files', type: 'Files', status: 'failed', filesFailed: 118, lastSuccess: hoursAgo(33.5) },
      ...{
        reason: 'The storage is full: The storage limit of the user is reached.',
        days: days.map((_, index) => mixed[index % 8] ?? 'noData'),
      },
    }),
    samplePlan({
      computer: 'GD-OLD',
      plan: 'Archive',
      status: 'gone',
      nextStart: null,
      reason: 'It is not in the list any more. It was last seen on 2026-01-10.',
    }),
    samplePlan({
      computer: '<b>"NAS" & Söhne</b>',
      plan: 'Täglich €',
      status: 'noResult',
      lastStart: hoursAgo(60),
      reason: 'A run was expected by 2026-01-14 08:00.',
    }),
    samplePlan({ computer: 'GD-WS07', plan: 'Nightly files', status: 'overdue', lastStart: hoursAgo(130) }),
    samplePlan({
      computer: 'GD-WS09',
      plan: 'Nightly files',
      status: 'neverRan',
      lastStart: null,
      lastSuccess: null,
      protectedBytes: 0,
      sentBytes: 0,
    }),
    samplePlan({ computer: 'GD-WS11', plan: 'Nightly files', status: 'unknown', lastStart: hoursAgo(34) }),
    samplePlan({
      computer: 'GD-WS02',
      plan: 'Nightly files',
      status: 'warning',
      filesFailed: 2,
      reason: 'Some files were skipped: Two files were in use.',
    }),
    samplePlan({ computer: 'GD-SQL01', plan: 'SQL databases', type: 'SQL', status: 'running', lastStart: hoursAgo(0.5) }),
    samplePlan(),
  ]
  const sum = (size: 'protectedBytes' | 'sentBytes') => plans.reduce((total, plan) => total + plan[size], 0)
  return {
    client: 'Grabb & Durando',
    date: '2026-01-15',
    takenAt,
    source: 'live',
    zone: 'America/Phoenix',
    totals: {
      totalJobs: plans.length,
      successful: count(plans, 'successful'),
      warning: count(plans, 'warning'),
      failed: count(plans, 'failed'),
      overdue: count(plans, 'overdue'),
      running: count(plans, 'running'),
      neverRan: count(plans, 'neverRan'),
      unknown: count(plans, 'unknown'),
      noResult: count(plans, 'noResult'),
      gone: count(plans, 'gone'),
      protectedBytes: sum('protectedBytes'),
      sentBytes: sum('sentBytes'),
    },
    oldestSuccess: { computer: 'GD-WS07', plan: 'Nightly files', at: hoursAgo(154) },
    plans,
    days,
    evidence: { restore: { computer: 'GD-FS01', plan: 'Test restore', at: hoursAgo(200), status: 'successful' }, check: null },
    crossChecks: [{ vendor: 'MSP Backups', differences: [{ what: 'successful', ours: 1, theirs: 2 }] }],
    notes: [
      'Sizes are sums over plans.',
      'Times that MSP Backups sends without a zone are read as UTC.',
      'Microsoft 365 and Google backups are not covered.',
    ],
    ...change,
  }
}
