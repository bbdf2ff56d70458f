import { z } from 'zod'
import type { BackupPlan, PlanStatus } from '../../backups/backup.ts'
import { MspError } from '../../errors.ts'
import { isObject, spellAs, unreadable, word } from './fields.ts'
import { toReason } from './reason.ts'
import { toStatus, toType } from './words.ts'

const maybeText = z.string().nullish()
const digits = z.union([z.number().max(Number.MAX_SAFE_INTEGER), z.string().regex(/^\d{1,15}$/)]).nullish()

// There may be tens of thousands: it only checks, since to make new rows would take twice as long. The link to the detailed report is left out:
// whoever has it can open the report.
const rowSchema = z.object({
  PlanName: z.string(),
  CompanyName: maybeText,
  UserID: maybeText,
  ComputerName: z.string(),
  ComputerHid: maybeText,
  LastStart: maybeText,
  NextStart: maybeText,
  Duration: maybeText,
  Status: word.nullish(),
  ErrorMessage: maybeText,
  FilesFailed: digits,
  FilesScanned: digits,
  DataCopied: digits,
  TotalData: digits,
  PlanId: maybeText,
  PlanType: word.nullish(),
})
const spell = spellAs(Object.keys(rowSchema.shape))
type Row = z.output<typeof rowSchema>

/** A row with the names of its fields that could not be read. */
interface ReadRow {
  row: Row
  unread: string[]
}

const isText = (value: unknown): boolean => value === null || value === undefined || typeof value === 'string'
const isNumber = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'number' && value <= Number.MAX_SAFE_INTEGER)

/** True of a row as nearly all are: a look at it takes a tenth of what the schema takes, which says of any other what is wrong with it. */
function isUsual(row: unknown): row is Row {
  return (
    isObject(row) &&
    typeof row.PlanName === 'string' &&
    typeof row.ComputerName === 'string' &&
    isNumber(row.Status) &&
    isNumber(row.PlanType) &&
    isText(row.CompanyName) &&
    isText(row.UserID) &&
    isText(row.ComputerHid) &&
    isText(row.Duration) &&
    isText(row.ErrorMessage) &&
    isText(row.PlanId) &&
    isNumber(row.FilesFailed) &&
    isNumber(row.FilesScanned) &&
    isNumber(row.DataCopied) &&
    isNumber(row.TotalData) &&
    isText(row.LastStart) &&
    isText(row.NextStart)
  )
}

/** One row that the vendor garbled must not hide all others: it is read without the fields in question. What names no plan is refused. */
function readRow(given: unknown, index: number): ReadRow {
  const result = rowSchema.safeParse(given)
  if (result.success) return { row: result.data, unread: [] }
  const unread = [...new Set(result.error.issues.map(({ path }) => String(path[0] ?? '')))]
  if (!isObject(given) || !['PlanName', 'ComputerName', 'PlanId'].some((name) => typeof given[name] === 'string'))
    throw unreadable(
      'plans',
      unread.map((name) => `${index}.${name.toLowerCase()}`.replace(/\.$/, '')),
    )
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !unread.includes(name)))
  return { row: rowSchema.parse({ PlanName: '', ComputerName: '', ...rest }), unread }
}

/** Gives the instant of a time without an offset. */
type ToInstant = (local: string) => Date

export const toPlans = (answer: unknown, toInstant: ToInstant): BackupPlan[] => planReader(toInstant)(answer)

/** Reads a list of plans that comes in pieces. `unsaid`: what a number of files or a size is taken for that is not there, before a run is called empty. */
export function planReader(toInstant: ToInstant, unsaid = 0): (rows: unknown) => BackupPlan[] {
  const secondsOf = remembering(toSeconds)
  let from = 0
  return (rows) => {
    if (!Array.isArray(rows)) throw unreadable('plans', ['the whole answer'])
    const plans = rows.map((given, index) => {
      const spelled = spell(given)
      const read = isUsual(spelled) ? { row: spelled, unread: [] } : readRow(spelled, from + index)
      return toPlan(read, { toInstant, secondsOf, unsaid })
    })
    from += plans.length
    return plans
  }
}

interface Reading {
  toInstant: ToInstant
  secondsOf: (duration: string) => number | null
  unsaid: number
}

function toPlan({ row, unread }: ReadRow, { toInstant, secondsOf, unsaid }: Reading): BackupPlan {
  const { type, kind, isKnown } = toType(String(row.PlanType ?? ''))
  const computerKey = toComputerKey(row)
  const lastStart = readTime(row.LastStart, toInstant)
  const nextStart = readTime(row.NextStart, toInstant)
  const { vendorStatus, reason } = toOutcome(row, lastStart === null, [
    ...unread,
    ...(lastStart === undefined ? ['LastStart'] : []),
    ...(nextStart === undefined ? ['NextStart'] : []),
  ])
  const empty = kind === 'backup' && vendorStatus === 'successful' ? emptiness(row, type, unsaid) : undefined
  return {
    vendorClient: row.CompanyName?.trim() || null,
    computer: row.ComputerName,
    computerKey,
    key: `${computerKey}/${row.PlanId && row.ComputerHid ? row.PlanId.toLowerCase() : row.PlanName}`,
    plan: row.PlanName,
    type,
    kind,
    status: empty ? 'warning' : isKnown ? vendorStatus : atLeastUnknown(vendorStatus),
    vendorStatus,
    lastStart: lastStart ?? null,
    nextStart: nextStart ?? null,
    durationSeconds: secondsOf(row.Duration ?? ''),
    filesFailed: toCount(row.FilesFailed, 0),
    protectedBytes: toCount(row.TotalData, 0),
    sentBytes: toCount(row.DataCopied, 0),
    reason: empty ?? reason,
  }
}

/** How the last run went, and why. `unread`: fields that could not be read. */
function toOutcome(row: Row, hasNoStart: boolean, unread: readonly string[]): { vendorStatus: PlanStatus; reason: string | null } {
  const said = toStatus(String(row.Status ?? '').trim())
  if (unread.length > 0)
    return { vendorStatus: atLeastUnknown(said.status), reason: `MSP Backups sent of it what msp cannot read: ${unread.join(', ')}.` }
  const reason = toReason(row.ErrorMessage ?? '')
  return hasNoStart ? { vendorStatus: 'neverRan', reason } : { vendorStatus: said.status, reason: reason ?? said.reason }
}

/** The silent one: a job that reports success day after day and holds nothing. Only plans for files count files (the sheet leaves the others open). */
function emptiness({ TotalData, FilesScanned }: Row, type: string, unsaid: number): string | undefined {
  const [data, files] = [toCount(TotalData, unsaid), toCount(FilesScanned, unsaid)]
  if (data > 0 && (files > 0 || type !== 'Files')) return undefined
  return `The last run was successful, but it protected nothing: ${data > 0 ? 'no files' : files > 0 ? 'no data' : 'no files and no data'}.`
}

/** A number as the vendor writes it; nothing is counted below zero. */
const toCount = (given: z.output<typeof digits>, unsaid: number): number => (given == null ? unsaid : Math.max(0, Number(given)))

/** The same few words come again and again. */
function remembering<Result>(read: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>()
  return (text) => {
    const result = known.has(text) ? (known.get(text) as Result) : read(text)
    known.set(text, result)
    return result
  }
}

const unitSeconds: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 }

/** Of words for people, as `42 min.` and `1 hour(s) 5 min.`; null of what is none. */
function toSeconds(duration: string): number | null {
  const parts = [...duration.matchAll(/(\d+)\s*([dhms])[a-z]*(?:\(s\))?[.,]?/gi)]
  const rest = parts.reduce((left, [part]) => left.replace(part, ''), duration)
  if (parts.length === 0 || rest.trim() !== '') return null
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (unitSeconds[unit.toLowerCase()] ?? 0), 0)
}

/** What success means for a type of plan that nobody knows is unknown too; what is worse stays. */
const atLeastUnknown = (status: PlanStatus): PlanStatus => (['failed', 'overdue', 'neverRan'].includes(status) ? status : 'unknown')

/** Names of computers repeat and change; older answers have no ids. */
function toComputerKey({ ComputerHid, PlanId, UserID, ComputerName }: Row): string {
  const hid = toHid(ComputerHid ?? '')
  return hid && PlanId ? hid : `${UserID ?? ''}/${ComputerName}`
}

/** Of Windows machines it may come in braces. */
export const toHid = (given: string): string => (given.includes('{') ? given.replace(/[{}]/g, '') : given).trim().toLowerCase()

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/

/** Null also for the zero of a date, as in `0001-01-01T00:00:00`; undefined of what is no time. */
function readTime(given: string | null | undefined, toInstant: ToInstant): Date | null | undefined {
  if (!given || given < '1970') return null
  const [isTime, zone] = timePattern.exec(given) ?? []
  if (isTime === undefined) return undefined
  try {
    const time = zone ? new Date(given) : toInstant(given)
    return Number.isNaN(time.getTime()) ? undefined : time
  } catch (error) {
    if (error instanceof MspError && error.code === 'usage') return undefined
    throw error
  }
}
