import type { App } from '../../app.ts'
import type { PlanStatus } from '../../backups/backup.ts'
import {
  type BackupReport,
  type DayResult,
  type Evidence,
  type ReportedPlan,
  toAgeWords,
  toDayWords,
  toSentence,
  toStatusWords,
  toTone,
} from '../../backups/report.ts'
import { type Tone, toLocalTime } from '../../io.ts'
import { toSizeWords } from '../../size.ts'

/** The report for people: the sentence, the figures, a line for each plan, and what should be known about them. */
export function printReport({ io }: Pick<App, 'io'>, report: BackupReport): void {
  const { plans, totals } = report
  const worries = totals.totalJobs - totals.successful - totals.running
  io.out(toSentence(report), totals.totalJobs === 0 ? 'bad' : worries > 0 ? 'warn' : 'good')
  if (io.isTerminal) printTotals(io, report)
  printPlans(io, report)
  if (plans.length === 0)
    io.err(`No backup plan of ${report.client} is there: nothing protects it, or its name there is another one.`, 'bad')
  // behind a table in a pipe they would be taken for rows of it
  const say = io.isTerminal ? io.out : io.err
  for (const [line, tone] of toLines(report)) say(line, tone)
}

/** What a status is painted in. */
export const toIoTone = (status: PlanStatus | DayResult): Tone | undefined => {
  const tone = toTone(status)
  return tone === 'plain' ? undefined : tone
}

const always: readonly PlanStatus[] = ['successful', 'warning', 'failed', 'overdue', 'running', 'neverRan']
const besides: readonly PlanStatus[] = ['noResult', 'gone', 'unknown']

function printTotals(io: App['io'], { totals }: BackupReport): void {
  const shown = [...always, ...besides.filter((status) => totals[status] > 0)]
  const tiles: Array<[string, string]> = [
    [String(totals.totalJobs), 'total'],
    ...shown.map((status): [string, string] => [String(totals[status]), toStatusWords(status)]),
    [toSizeWords(totals.protectedBytes), 'protected'],
    [toSizeWords(totals.sentBytes), 'sent'],
  ]
  const line = (part: 0 | 1) =>
    tiles
      .map((tile) => tile[part].padEnd(Math.max(...tile.map(({ length }) => length))))
      .join('  ')
      .trimEnd()
  io.out('')
  io.out(line(0), 'bold')
  io.out(line(1), 'dim')
  io.out('')
}

const marks: Record<DayResult, string> = {
  successful: '+',
  warning: '!',
  failed: 'x',
  overdue: 'o',
  unknown: '?',
  running: '>',
  noRun: '·',
  noData: ' ',
}

/** A character for each day, the latest last. */
export const toStrip = (days: readonly DayResult[]): string => days.map((day) => marks[day]).join('')

function printPlans(io: App['io'], { plans, days, date, takenAt, zone, source }: BackupReport): void {
  const rows = plans.map((plan) => ({
    ...plan,
    status: toStatusWords(plan.status),
    state: plan.status,
    protected: toSizeWords(plan.protectedBytes),
    sent: toSizeWords(plan.sentBytes),
    days: io.isTerminal ? toStrip(plan.days) : plan.days.join(','),
    lastRun: plan.lastStart && `${toLocalTime(plan.lastStart, zone)} (${toAgeWords(plan.lastStart, takenAt)})`,
  }))
  const inPipe = [
    'status',
    'computer',
    'plan',
    'type',
    'lastStart',
    'filesFailed',
    'protected',
    'sent',
    'nextStart',
    'reason',
    'lastSuccess',
    'days',
  ] as const
  // what has no room at the end of a line is cut
  const sent = days.length > 14 ? [] : (['sent'] as const)
  const onTerminal = ['status', 'computer', 'lastRun', 'protected', ...sent, 'days', 'plan'] as const
  io.list(rows, io.isTerminal ? onTerminal : inPipe, undefined, ({ state }) => toIoTone(state))
  if (!io.isTerminal) return
  const seen = (Object.keys(marks) as DayResult[]).filter(
    (result) => result !== 'noData' && plans.some((plan) => plan.days.includes(result)),
  )
  if (seen.length > 0)
    io.out(
      `The last ${days.length} days, ${source === 'live' ? 'today' : date} last: ${seen.map((result) => `${marks[result]} ${toDayWords(result)}`).join(', ')}, blank no data`,
      'dim',
    )
  // on a terminal a reason has no room in the table
  for (const plan of plans) {
    const reason = toReason(plan)
    if (reason) io.out(`${nameOf(plan)}: ${reason}`, toIoTone(plan.status))
  }
}

function toReason({ reason, status, filesFailed }: ReportedPlan): string {
  const files = filesFailed === 1 ? '1 file failed' : `${filesFailed} files failed`
  const without = status === 'failed' || status === 'warning' ? 'no reason was given' : null
  return [filesFailed > 0 ? files : null, reason ?? without].filter((part) => part !== null).join('; ')
}

const nameOf = ({ computer, plan }: Pick<ReportedPlan, 'computer' | 'plan'>): string => `${computer}, ${plan}`

const sources: Record<BackupReport['source'], string> = {
  live: 'Taken',
  snapshot: 'As it was when msp looked,',
  history: "Out of the vendor's history, until",
}

/** What stands below the plans. */
function toLines(report: BackupReport): Array<[line: string, tone: Tone | undefined]> {
  const { oldestSuccess: oldest, evidence, crossChecks, takenAt, source, zone, notes, plans } = report
  const neverSucceeded = plans.filter(({ lastSuccess }) => lastSuccess === null).length
  const without = neverSucceeded === 0 ? '' : ` Of ${neverSucceeded === 1 ? '1 plan' : `${neverSucceeded} plans`} no success is known.`
  const success = oldest
    ? `Oldest latest success: ${nameOf(oldest)}, ${toLocalTime(oldest.at, zone)} (${toAgeWords(oldest.at, takenAt)}).`
    : ''
  return [
    [`${success}${without}`.trim(), undefined] as [string, Tone | undefined],
    [
      `Restore test: ${toEvidenceWords(evidence.restore, report)}. Consistency check: ${toEvidenceWords(evidence.check, report)}.`,
      undefined,
    ] as [string, Tone | undefined],
    ...crossChecks.map(({ vendor, differences }): [string, Tone | undefined] =>
      differences.length === 0
        ? [`${vendor} counts the same.`, 'dim']
        : [
            `${vendor} counts otherwise: ${differences.map(({ what, ours, theirs }) => `${what} ${theirs}, here ${ours}`).join('; ')}.`,
            'warn',
          ],
    ),
    [`${sources[source]} ${toLocalTime(takenAt, zone)} (${zone}). ${notes.join(' ')}`, 'dim'] as [string, Tone | undefined],
  ].filter(([line]) => line !== '')
}

const toEvidenceWords = (evidence: Evidence | null, { takenAt, zone }: BackupReport): string =>
  evidence === null
    ? 'not recorded'
    : `${nameOf(evidence)}, ${toLocalTime(evidence.at, zone)} (${toAgeWords(evidence.at, takenAt)}), ${toStatusWords(evidence.status)}`
