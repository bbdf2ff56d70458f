import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { planStatuses } from '../../backups/backup.ts'
import { toGapWords } from '../../backups/expectation.ts'
import { isForgotten, isPaused, type JudgedPlan } from '../../backups/judge.ts'
import { toStatusWords } from '../../backups/report.ts'
import { findClient } from '../../clients/find.ts'
import { toLocalTime } from '../../io.ts'
import { type JsonOption, withJson } from '../options.ts'
import { findEverybody, type Look } from './everybody.ts'
import { toIoTone } from './print.ts'
import { orNotChecked } from './report.ts'

export interface BackupStatusOptions extends JsonOption {
  client?: string
  wrong?: boolean
  stored?: boolean
  check?: boolean
}

const fields = [
  'client',
  'computer',
  'plan',
  'status',
  'isWrong',
  'lastStart',
  'lastSuccess',
  'expectedBy',
  'expectation',
  'reason',
  'takenAt',
] as const

/** The same with the status in words. */
const inPipe = fields.map((field) => (field === 'status' ? 'state' : field))

export function registerBackupStatus(backup: Command, app: App, run = runBackupStatus): void {
  const status = backup
    .command('status')
    .description('Every backup plan that is expected to run, the worst first, also what has stopped to report')
    .option('--client <name>', 'of one client')
    .option('--wrong', 'only what somebody must look at')
    .option('--stored', 'of the latest snapshot, without asking anybody')
    .option('--check', 'exit 1 when something is wrong, 3 when a vendor could not be asked')
    .addHelpText('after', '\nWhat is expected of a plan says its own schedule, else its history; set it with: msp backup expect')
  withJson(status, app, fields).action((options: BackupStatusOptions) => run(app, options))
}

export async function runBackupStatus(app: App, options: BackupStatusOptions): Promise<void> {
  const client = options.client === undefined ? undefined : await findClient(await app.db(), options.client)
  const { clients, looks, mixedUp } = await orNotChecked(options.check, findEverybody(app, { client, stored: options.stored }))
  const takenAt = looks.reduce((latest, look) => (look.takenAt > latest ? look.takenAt : latest), new Date(0))
  const isShown = (job: JudgedPlan) => job.kind === 'backup' && !isForgotten(job)
  const jobs = clients.flatMap((each) => each.plans.filter(isShown).map((job) => toRow(each.client, job, takenAt)))
  const rows = jobs.toSorted(worstFirst)
  const shown = options.wrong ? rows.filter((row) => row.isWrong) : rows
  printRows(app, shown, options)
  const findings = [...mixedUp, ...toLookFindings(app, looks, options), ...toNothingFindings(clients, client?.name)]
  for (const finding of findings) app.io.err(finding, 'bad')
  const wrong = rows.filter((row) => row.isWrong).length
  sayCount(app, rows.length, wrong, findings.length)
  if (!options.check) return
  if (looks.some(({ failure }) => failure)) app.exitCode = 3
  else if (wrong > 0 || findings.length > 0) app.exitCode = 1
}

function printRows({ io }: Pick<App, 'io'>, rows: readonly StatusRow[], { json }: BackupStatusOptions): void {
  const onTerminal = ['state', 'client', 'lastStart', 'expectedBy', 'computer', 'plan'] as const
  io.list(rows, io.isTerminal ? onTerminal : inPipe, json, ({ status }) => toIoTone(status))
  if (!io.isTerminal || json) return
  // on a terminal a reason has no room in the table
  for (const { isWrong, reason, status, client, computer, plan } of rows)
    if (isWrong && reason) io.out(`${client}, ${computer}, ${plan}: ${reason}`, toIoTone(status))
}

function sayCount({ io }: Pick<App, 'io'>, all: number, wrong: number, findings: number): void {
  // that there is none was said
  if (all === 0 && findings > 0) return
  const plans = all === 1 ? '1 plan' : `${all} plans`
  if (wrong > 0) io.err(`${plans}, ${wrong} wrong.`, 'bad')
  else if (findings > 0) io.err(`${plans}, none of which is wrong, but see what is said above.`, 'bad')
  else io.err(`${plans}, nothing is wrong.`, 'good')
}

function toRow(client: string, job: JudgedPlan, takenAt: Date) {
  const { computer, plan, status, lastStart, lastSuccess, reason, deadline } = job
  const state = toStatusWords(status)
  const expectation = toExpectationWords(job, takenAt)
  return {
    client,
    computer,
    plan,
    status,
    state,
    isWrong: job.isWrong,
    lastStart,
    lastSuccess,
    expectedBy: deadline?.at ?? null,
    expectation,
    reason,
    takenAt,
  }
}

type StatusRow = ReturnType<typeof toRow>

const worstFirst = (one: StatusRow, other: StatusRow): number =>
  Number(other.isWrong) - Number(one.isWrong) ||
  planStatuses.indexOf(one.status) - planStatuses.indexOf(other.status) ||
  one.client.localeCompare(other.client) ||
  one.computer.localeCompare(other.computer) ||
  one.plan.localeCompare(other.plan)

function toExpectationWords({ expectation, deadline }: JudgedPlan, at: Date): string {
  if (expectation?.isIgnored) return 'nothing'
  if (expectation && isPaused(expectation, at)) return `paused until ${expectation.pausedUntil?.toISOString().slice(0, 10)}`
  const weekdays = expectation?.weekdaysOnly ? ', on weekdays' : ''
  return deadline ? `${deadline.by}${weekdays}` : ''
}

const longestGap = 26 * 3_600_000

/** That nobody looked is a finding too: what stopped meanwhile was seen by nobody. */
function toLookFindings({ zone, now }: Pick<App, 'zone' | 'now'>, looks: readonly Look[], { stored }: BackupStatusOptions): string[] {
  return looks.flatMap(({ vendor, takenAt, previous, failure }) => {
    const found: string[] = []
    if (failure) found.push(`${vendor} could not be asked: ${failure.message}`)
    const age = now().getTime() - takenAt.getTime()
    if (failure || (stored && age > longestGap))
      found.push(`What is shown of ${vendor} is of ${toLocalTime(takenAt, zone())}, ${toGapWords(age)} old.`)
    const gap = previous && takenAt.getTime() - previous.getTime()
    if (gap !== null && gap > longestGap)
      found.push(
        `Nobody looked at ${vendor} for ${toGapWords(gap)}, since ${toLocalTime(previous ?? takenAt, zone())}: run msp backup status --check every day.`,
      )
    return found
  })
}

/** A client of whom no plan is there any more, or never was. */
function toNothingFindings(clients: ReadonlyArray<{ client: string; plans: readonly JudgedPlan[] }>, asked: string | undefined): string[] {
  const without = clients.filter(({ plans }) => !plans.some(({ kind }) => kind === 'backup')).map(({ client }) => client)
  if (asked !== undefined && clients.length === 0) without.push(asked)
  return without.map((client) => `No backup plan of ${client} is there.`)
}
