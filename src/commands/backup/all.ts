import type { App } from '../../app.ts'
import { planStatuses } from '../../backups/backup.ts'
import { isForgotten } from '../../backups/judge.ts'
import { toReport } from '../../backups/make-report.ts'
import { type BackupReport, toStatusWords } from '../../backups/report.ts'
import { MspError } from '../../errors.ts'
import { toSizeWords } from '../../size.ts'
import { parseDay } from '../../time/day.ts'
import { dayOf } from '../../zone.ts'
import { findEverybody } from './everybody.ts'
import { type BackupReportOptions, chooseFields, clientFields, orNotChecked } from './report.ts'

const onTerminal = ['client', 'totalJobs', 'protected', 'result'] as const

const onlyForOne = ['html', 'pdf', 'csv', 'open', 'attach', 'email', 'save', 'dryRun', 'again', 'wait'] as const

/** Every client of the backup vendors, and every client of ours that has no plan there. */
export async function reportAll(app: App, options: BackupReportOptions): Promise<void> {
  const given = onlyForOne.find((name) => options[name] !== undefined)
  if (given) {
    const flag = given === 'dryRun' ? 'dry-run' : given
    throw new MspError('usage', `--${flag} is for the report of one client.`, { hint: 'Name it with --client instead of --all.' })
  }
  if (options.client !== undefined) throw new MspError('usage', 'Use --client or --all, not both.')
  const fields = options.json && chooseFields(options.json, clientFields)
  const zone = app.zone()
  const today = dayOf(app.now(), zone)
  if (options.date !== 'latest' && (await parseDay(options.date, app.now(), zone)) !== today)
    throw new MspError('usage', '--all is of now.', { hint: 'A past day is reported client by client: --client NAME --date DAY' })
  const { clients, mixedUp } = await orNotChecked(options.check, lookAtEverybody(app))
  const takenAt = app.now()
  const lines = clients.map(({ client, plans }) => {
    const about = { client, date: today, takenAt, source: 'live', zone } as const
    const { totals } = toReport({ ...about, days: [], notes: [], plans: plans.filter((plan) => !isForgotten(plan)) })
    const isBad = !plans.some(({ kind }) => kind === 'backup') || plans.some((plan) => plan.isWrong)
    return { client, result: toResult(totals), ...totals, protected: toSizeWords(totals.protectedBytes), isWrong: isBad }
  })
  const sorted = lines.toSorted(
    (one, other) => Number(other.isWrong) - Number(one.isWrong) || toWorst(one) - toWorst(other) || one.client.localeCompare(other.client),
  )
  app.io.list(sorted, app.io.isTerminal ? onTerminal : clientFields, fields, ({ isWrong }) => (isWrong ? 'bad' : 'good'))
  for (const sentence of mixedUp) app.io.err(sentence, 'bad')
  if (options.check && (mixedUp.length > 0 || sorted.some((line) => line.isWrong))) app.exitCode = 1
}

/** The lines are of now: an older snapshot does not do. */
async function lookAtEverybody(app: App) {
  const everybody = await findEverybody(app)
  const failed = everybody.looks.find(({ failure }) => failure)
  if (failed?.failure) throw failed.failure
  return everybody
}

/** The place of the worst status among all. A client without any plan is as bad as it gets. */
const toWorst = (totals: BackupReport['totals']): number => planStatuses.findIndex((status) => totals[status] > 0)

/** `1 failed, 1 overdue, 4 successful`: the worst first. */
function toResult(totals: BackupReport['totals']): string {
  if (totals.totalJobs === 0) return 'no plan'
  if (totals.successful === totals.totalJobs) return 'all successful'
  return planStatuses.flatMap((status) => (totals[status] > 0 ? [`${totals[status]} ${toStatusWords(status)}`] : [])).join(', ')
}
