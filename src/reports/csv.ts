import { type BackupReport, type ReportedPlan, toDayWords, toStatusWords } from '../backups/report.ts'
import { toInertLine } from '../inert.ts'

const headings = [
  ...['client', 'date', 'computer', 'plan', 'type', 'status', 'last start', 'last success', 'next start'],
  ...['files failed', 'protected bytes', 'sent bytes', 'reason'],
]

// Excel takes a file without it for the machine's old code page and spoils every ü. Programs have --json.
const byteOrderMark = '\ufeff'

/** A report for a spreadsheet (RFC 4180): a row for each plan, times in UTC, sizes in bytes, and a column for each day. */
export function toCsv(report: BackupReport): string {
  const rows = [[...headings, ...report.days], ...report.plans.map((plan) => toCells(report, plan))]
  return `${byteOrderMark}${rows.map(toLine).join('')}`
}

const toCells = ({ client, date, days }: BackupReport, plan: ReportedPlan): string[] => [
  ...[client, date, plan.computer, plan.plan, plan.type, toStatusWords(plan.status)],
  ...[plan.lastStart, plan.lastSuccess, plan.nextStart].map((time) => time?.toISOString() ?? ''),
  ...[plan.filesFailed, plan.protectedBytes, plan.sentBytes].map(String),
  plan.reason ?? '',
  ...days.map((_, index) => toDayWords(plan.days[index] ?? 'noData')),
]

const toLine = (cells: readonly string[]): string => `${cells.map((cell) => `"${toHarmless(cell).replaceAll('"', '""')}"`).join(',')}\r\n`

// What makes a formula of a cell. A spreadsheet that expects semicolons may begin a cell after each of them, quoted or not.
const formula = /(^|;)(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/g

/** Text from anybody as one line that no spreadsheet runs: a TAB or CR at its start is a space by now. */
const toHarmless = (cell: string): string => toInertLine(cell).replace(formula, "$1'")
