import { z } from 'zod'
import type { BackupPlan, PlanStatus } from '../../backups/backup.ts'
import { MspError } from '../../errors.ts'
import { isObject } from '../../object.ts'
import { spellAs, unreadable, word } from './fields.ts'
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

const isText = (value: unknown): boolean => value === null || typeof value === 'string'
const isNumber = (value: unknown): boolean => value === null || (typeof value === 'number' && value <= Number.MAX_SAFE_INTEGER)

/**
 * True of a row as nearly all are, with every field, spelled as documented: a look at it takes a tenth of what the schema takes, which says of any
 * other what is wrong with it.
 */
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
function readRow(read: unknown, index: number): ReadRow {
  const given = spell(read)
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

/** Reads a list of plans that comes in pieces. `unsaid`: what a number of files or a size is taken for that is not there, before a run is called empty. */
export function planReader(toInstant: ToInstant, unsaid = 0): (rows: unknown) => BackupPlan[] {
  const reading = { toInstant, unsaid, secondsOf: remembering(toSeconds), outcomeOf: remembering(toStatus), typeOf: remembering(toType) }
  let from = 0
  return (rows) => {
    if (!Array.isArray(rows)) throw unreadable('plans', ['the whole answer'])
    const plans = rows.map((given, index) => toPlan(isUsual(given) ? { row: given, unread: [] } : readRow(given, from + index), reading))
    from += plans.length
    return plans
  }
}

interface Reading {
  toInstant: ToInstant
  unsaid: number
  // the same few words come again and again
  secondsOf: typeof toSeconds
  outcomeOf: typeof toStatus
  typeOf: typeof toType
}

function toPlan({ row, unread }: ReadRow, { toInstant, unsaid, secondsOf, outcomeOf, typeOf }: Reading): BackupPlan {
  const { type, kind, isKnown } = typeOf(String(row.PlanType ?? ''))
  const { computerKey, planKey } = toKeys(row)
  const lastStart = readTime(row, 'LastStart', toInstant, unread)
  const nextStart = readTime(row, 'NextStart', toInstant, unread)
  const { vendorStatus, reason } = toOutcome(row, outcomeOf(String(row.Status ?? '').trim()), lastStart === null, unread)
  const empty = kind === 'backup' && vendorStatus === 'successful' ? emptiness(row, type, unsaid) : undefined
  return {
    vendorClient: row.CompanyName?.trim() || null,
    computer: row.ComputerName,
    computerKey,
    key: `${computerKey}/${planKey}`,
    plan: row.PlanName,
    type,
    kind,
    status: empty ? 'warning' : isKnown ? vendorStatus : atLeastUnknown(vendorStatus),
    vendorStatus,
    lastStart,
    nextStart,
    durationSeconds: secondsOf(row.Duration ?? ''),
    filesFailed: toCount(row.FilesFailed, 0),
    protectedBytes: toCount(row.TotalData, 0),
    sentBytes: toCount(row.DataCopied, 0),
    reason: empty ?? reason,
  }
}

/** How the last run went, and why. `unread`: fields that could not be read. */
function toOutcome(
  row: Row,
  said: ReturnType<typeof toStatus>,
  hasNoStart: boolean,
  unread: readonly string[],
): { vendorStatus: PlanStatus; reason: string | null } {
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
function toKeys({ ComputerHid, PlanId, UserID, ComputerName, PlanName }: Row): { computerKey: string; planKey: string } {
  const hid = toHid(ComputerHid ?? '')
  if (hid && PlanId) return { computerKey: hid, planKey: PlanId.toLowerCase() }
  return { computerKey: `${UserID ?? ''}/${ComputerName}`, planKey: PlanName }
}

/** Of Windows machines it may come in braces. */
export const toHid = (given: string): string => (given.includes('{') ? given.replace(/[{}]/g, '') : given).trim().toLowerCase()

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/

/** Null also for the zero of a date, as in `0001-01-01T00:00:00`; what is no time is noted in `unread`. */
function readTime(row: Row, name: 'LastStart' | 'NextStart', toInstant: ToInstant, unread: string[]): Date | null {
  const given = row[name]
  if (!given) return null
  const time = timePattern.test(given) ? toTime(given, toInstant) : undefined
  if (time === undefined) unread.push(name)
  return time === undefined || given < '1970' ? null : time
}

/** Undefined of a time that does not exist. */
function toTime(given: string, toInstant: ToInstant): Date | undefined {
  const hasZone = given.endsWith('Z') || /[+-]/.test(given.at(-6) ?? '')
  try {
    const time = hasZone ? new Date(given) : toInstant(given)
    return Number.isNaN(time.getTime()) ? undefined : time
  } catch (error) {
    if (error instanceof MspError && error.code === 'usage') return undefined
    throw error
  }
}
