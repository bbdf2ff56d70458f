import type { App } from '../../app.ts'
import { type BackupReport, toSentence, toSizeWords, toStatusWords } from '../../backups/report.ts'
import { toLocalTime } from '../../io.ts'

type ReportedPlan = BackupReport['plans'][number]

/** The report for people: the sentence, a line for each plan, and what should be known about them. */
export function printReport({ io, config, zone }: Pick<App, 'io' | 'config' | 'zone'>, report: BackupReport): void {
  const { client, plans, takenAt, totals } = report
  const worries = totals.totalJobs - totals.successful - totals.running
  io.out(toSentence(report), totals.totalJobs === 0 ? 'bad' : worries > 0 ? 'warn' : 'good')
  printPlans(io, plans)
  if (plans.length === 0) io.err(`No backup plan of ${client} is there: nothing protects it, or its name there is another one.`, 'bad')
  io.err(
    `Taken ${toLocalTime(takenAt, zone())}. Sizes are sums over plans. Times without a zone are read as ${config.get('msp-backups.zone')}. Microsoft 365 and Google backups are not in it.`,
    'dim',
  )
}

function printPlans(io: App['io'], plans: readonly ReportedPlan[]): void {
  const rows = plans.map(({ status, protectedBytes, sentBytes, ...plan }) => ({
    ...plan,
    status: toStatusWords(status),
    protected: toSizeWords(protectedBytes),
    sent: toSizeWords(sentBytes),
  }))
  const inPipe = ['status', 'computer', 'plan', 'type', 'lastStart', 'filesFailed', 'protected', 'sent', 'nextStart', 'reason'] as const
  const onTerminal = ['status', 'computer', 'plan', 'lastStart', 'protected', 'sent'] as const
  io.list(rows, io.isTerminal ? onTerminal : inPipe)
  // on a terminal a reason has no room in the table
  const reasons = io.isTerminal ? plans.map((plan) => [nameOf(plan), toReason(plan)]) : []
  for (const [name, reason] of reasons) if (reason) io.out(`${name}: ${reason}`)
}

function toReason({ reason, status, filesFailed }: ReportedPlan): string {
  const files = filesFailed === 1 ? '1 file failed' : `${filesFailed} files failed`
  const without = status === 'failed' || status === 'warning' ? 'no reason was given' : null
  return [filesFailed > 0 ? files : null, reason ?? without].filter((part) => part !== null).join('; ')
}

const nameOf = ({ computer, plan }: ReportedPlan): string => `${computer}, ${plan}`
