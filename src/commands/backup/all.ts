import type { App } from '../../app.ts'
import { isWrong } from '../../backups/judge.ts'
import { toReport } from '../../backups/make-report.ts'
import { type BackupReport, toSizeWords } from '../../backups/report.ts'
import { MspError } from '../../errors.ts'
import { parseDay } from '../../time/day.ts'
import { dayOf } from '../../zone.ts'
import { findEverybody } from './everybody.ts'
import type { BackupReportOptions } from './report.ts'

/** A line for each client. */
const columns = [
  'client',
  'result',
  'totalJobs',
  'successful',
  'warning',
  'failed',
  'overdue',
  'noResult',
  'gone',
  'running',
  'neverRan',
  'unknown',
  'protected',
] as const

const onlyForOne = ['html', 'pdf', 'csv', 'open', 'attach', 'email', 'save'] as const

/** Every client of the backup vendors, and every client of ours that has no plan there. */
export async function reportAll(app: App, options: BackupReportOptions): Promise<void> {
  const given = onlyForOne.find((name) => options[name] !== undefined)
  if (given) throw new MspError('usage', `--${given} is for the report of one client.`, { hint: 'Name it with --client instead of --all.' })
  if (options.client !== undefined) throw new MspError('usage', 'Use --client or --all, not both.')
  const zone = app.zone()
  const today = dayOf(app.now(), zone)
  if (options.date !== 'latest' && (await parseDay(options.date, app.now(), zone)) !== today)
    throw new MspError('usage', '--all is of now.', { hint: 'A past day is reported client by client: --client NAME --date DAY' })
  const { clients, unassigned, looks } = await findEverybody(app)
  const failed = looks.find(({ failure }) => failure)
  if (failed?.failure) throw failed.failure
  const takenAt = app.now()
  const lines = clients.map(({ client, plans }) => {
    const about = { client, date: today, takenAt, source: 'live', zone, days: [], notes: [] } as const
    const { totals } = toReport({ ...about, days: [], notes: [], plans })
    const wrong = plans.filter((plan) => isWrong(plan, takenAt)).length
    return {
      client,
      result: toResult(totals, wrong),
      ...totals,
      protected: toSizeWords(totals.protectedBytes),
      isWrong: wrong > 0 || totals.totalJobs === 0,
    }
  })
  const sorted = lines.toSorted((one, other) => Number(other.isWrong) - Number(one.isWrong) || one.client.localeCompare(other.client))
  app.io.list(sorted, columns, options.json && columns, ({ isWrong: wrong }) => (wrong ? 'bad' : 'good'))
  for (const some of unassigned) app.io.err(`Of no company, and so in no report: ${some}.`, 'warn')
  if (options.check && (sorted.some((line) => line.isWrong) || unassigned.length > 0)) app.exitCode = 1
}

function toResult({ totalJobs, successful }: BackupReport['totals'], wrong: number): string {
  if (totalJobs === 0) return 'no plan'
  if (wrong > 0) return `${wrong} wrong`
  return successful === totalJobs ? 'all successful' : 'nothing wrong'
}
