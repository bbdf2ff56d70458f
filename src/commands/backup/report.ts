import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { isForgotten } from '../../backups/judge.ts'
import { toReport } from '../../backups/make-report.ts'
import { type BackupReport, reportFields } from '../../backups/report.ts'
import type { Client } from '../../clients/client.ts'
import { findClient } from '../../clients/find.ts'
import { MspError } from '../../errors.ts'
import { toFields } from '../../io.ts'
import { parseDay } from '../../time/day.ts'
import { dayOf } from '../../zone.ts'
import { toWholeNumber, withJson } from '../options.ts'
import { type Findings, findNow, findOn } from './finding.ts'
import { deliverReport, type OutputOptions, requireOutputs, withOutputs } from './output.ts'
import { printReport } from './print.ts'

export interface BackupReportOptions extends OutputOptions {
  client?: string
  all?: boolean
  date: string
  days: number
  check?: boolean
}

/** What --all says of each client. */
export const clientFields = [
  ...(['client', 'result', 'totalJobs', 'successful', 'warning', 'failed', 'overdue', 'noResult', 'gone', 'running'] as const),
  ...(['neverRan', 'unknown', 'protected', 'protectedBytes', 'sentBytes', 'isWrong'] as const),
]

/** What --json says of one client. `writes`: what became of --attach and --email. */
const oneFields = [...reportFields, 'writes'] as const
const allFields: readonly string[] = [...new Set<string>([...oneFields, ...clientFields])]

/** The fields that were asked for, of those of one report or of --all; every one when none was named. */
export const chooseFields = (typed: readonly string[], fields: readonly string[]): readonly string[] =>
  typed.length === allFields.length ? fields : toFields(typed.join(','), fields)

const mostDays = 90

export function registerBackupReport(backup: Command, app: App, run = runBackupReport): void {
  const report = backup
    .command('report')
    .description("What a client's backups did, the worst first: here, as a page, a PDF, a table, on the ticket, by mail")
    .option('--client <name>', 'any part of the name that only one has; else the client of the open session')
    .option('--all', 'every client, a line each')
    .option('--date <day>', 'latest, or a past day: yesterday, friday, 2026-01-15', 'latest')
    .option('--days <n>', 'how many days the strip of each plan shows', toDays, 7)
    .option('--check', 'exit 1 when something is wrong')
  withJson(withOutputs(report), app, allFields).action((options: BackupReportOptions) => run(app, options))
}

export async function runBackupReport(app: App, options: BackupReportOptions): Promise<void> {
  if (options.all) {
    const { reportAll } = await import('./all.ts')
    return reportAll(app, options)
  }
  const fields = options.json && chooseFields(options.json, oneFields)
  const client = await whose(app, options)
  // before anybody is asked
  const outputs = await requireOutputs(app, client, options)
  const began = performance.now()
  const { report, findings } = await orNotChecked(options.check, makeReport(app, client, options))
  if (!fields) printReport(app, report)
  for (const some of findings.unassigned) app.io.err(`Of no client, and so in no report: ${some}.`, 'warn')
  const writes: object[] = []
  try {
    await deliverReport(app, { client, report, outputs, began, writes }, options)
  } finally {
    // one document, also when one of the writes fails
    if (fields) app.io.show({ ...report, writes }, oneFields, fields)
  }
  if (options.check && (report.plans.length === 0 || report.plans.some((plan) => plan.isWrong))) app.exitCode = 1
}

/** With `--check` a vendor that cannot be asked is neither good nor bad news: nothing was checked. */
export async function orNotChecked<T>(isCheck: boolean | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isCheck || !(error instanceof MspError) || !['network', 'vendor', 'rate_limited', 'forbidden'].includes(error.code)) throw error
    throw new MspError('not_checked', error.message, { hint: error.hint, cause: error })
  }
}

/** The client that was named, else that of the session. */
export async function whose(app: App, { client, session }: { client?: string | undefined; session?: string | undefined }): Promise<Client> {
  const db = await app.db()
  if (client !== undefined) return findClient(db, client)
  const known = await app.currentSession(session)
  if (known) return findClient(db, known.client)
  throw new MspError('usage', 'Whose backups?', { hint: 'Name the client with --client, start a session for it, or use --all.' })
}

/** The report of a client at a day. */
export async function makeReport(
  app: Pick<App, 'db' | 'io' | 'now' | 'zone' | 'connectedWith'>,
  client: Client,
  { date: typed, days }: Pick<BackupReportOptions, 'date' | 'days'>,
): Promise<{ report: BackupReport; findings: Findings }> {
  const zone = app.zone()
  const today = dayOf(app.now(), zone)
  const date = typed === 'latest' ? today : await parseDay(typed, app.now(), zone)
  const findings = date === today ? await findNow(app, client, days) : await findOn(app, client, date, days)
  const { takenAt, source, crossChecks, notes } = findings
  const sums = 'Sizes are sums over plans: what two plans cover counts twice.'
  const about = { client: client.name, date, takenAt, source, zone, days: findings.days, notes: [sums, ...notes] }
  const plans = findings.plans.filter((plan) => !isForgotten(plan))
  return { report: toReport({ ...about, plans, crossChecks }), findings }
}

function toDays(typed: string): number {
  const days = toWholeNumber(typed)
  if (days > mostDays) throw new MspError('usage', `A strip shows ${mostDays} days at most.`, { hint: `Use --days ${mostDays} or less.` })
  return days
}
