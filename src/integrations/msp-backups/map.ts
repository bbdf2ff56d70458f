import { z } from 'zod'
import type { BackupPlan, OwnCounts, PlanStatus } from '../../backups/backup.ts'
import type { VendorClient } from '../../clients/client.ts'
import { MspError } from '../../errors.ts'
import type { AccessToken } from '../integration.ts'
import { count, inLowerCase, isTime, parse, spellAs, text, time, unreadable, word } from './fields.ts'
import { shorten, toReason } from './reason.ts'
import { toStatus, toType } from './words.ts'

const maybeText = z.string().nullish()
const digits = z.union([z.number(), z.string().regex(/^\d+$/)]).nullish()

// There may be tens of thousands: it only checks, since to make new rows would take twice as long. The link to the detailed report is left out:
// whoever has it can open the report.
const rowSchema = z.object({
  PlanName: z.string(),
  CompanyName: maybeText,
  UserID: maybeText,
  ComputerName: z.string(),
  ComputerHid: maybeText,
  LastStart: time,
  NextStart: time,
  Duration: maybeText,
  Status: word,
  ErrorMessage: maybeText,
  FilesFailed: digits,
  FilesScanned: digits,
  DataCopied: digits,
  TotalData: digits,
  PlanId: maybeText,
  PlanType: word.nullish(),
})
const rowsSchema = z.array(rowSchema)
const spell = spellAs(Object.keys(rowSchema.shape))
type Row = z.output<typeof rowSchema>

const isText = (value: unknown): boolean => value === null || value === undefined || typeof value === 'string'
const isNumber = (value: unknown): boolean => value === null || value === undefined || typeof value === 'number'

/** True of a row as nearly all are: a look at it takes a tenth of what the schema takes, which says of any other what is wrong with it. */
function isUsual(row: Row): boolean {
  return (
    typeof row === 'object' &&
    row !== null &&
    typeof row.PlanName === 'string' &&
    typeof row.ComputerName === 'string' &&
    typeof row.Status === 'number' &&
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
    isTime(row.LastStart) &&
    isTime(row.NextStart)
  )
}

/** Gives the instant of a time without an offset. */
type ToInstant = (local: string) => Date

export const toPlans = (answer: unknown, toInstant: ToInstant): BackupPlan[] => planReader(toInstant)(answer)

/** Reads a list of plans that comes in pieces. `unsaid`: what a number of files or a size is taken for that is not there, before a run is called empty. */
export function planReader(toInstant: ToInstant, unsaid = 0): (rows: unknown) => BackupPlan[] {
  const secondsOf = remembering(toSeconds)
  let from = 0
  return (rows) => {
    const fields = Array.isArray(rows) ? rows.map(spell) : rows
    const checked = Array.isArray(fields) && fields.every(isUsual) ? fields : parse('plans', rowsSchema, fields, from)
    const plans = checked.map((row, index) => {
      const toTime = (name: 'LastStart' | 'NextStart') => readTime(row[name], `${from + index}.${name.toLowerCase()}`, toInstant)
      const durationSeconds = secondsOf(row.Duration ?? '')
      return toPlan(row, { lastStart: toTime('LastStart'), nextStart: toTime('NextStart'), durationSeconds, unsaid })
    })
    from += plans.length
    return plans
  }
}

const companySchema = z.object({ id: z.string().min(1), name: z.string().trim() })

export const toClients = (answer: unknown): VendorClient[] => parse('companies', z.array(companySchema), inLowerCase(answer))

const loginSchema = z.object({ access_token: z.string().min(1), expires_in: count })

/** Without `expires_in` an hour. */
export function toAccessToken(answer: unknown, now: Date): AccessToken {
  const { access_token, expires_in } = parse('an access token', loginSchema, answer)
  return { token: access_token, expiresAt: new Date(now.getTime() + (expires_in || 3600) * 1000) }
}

const refusalSchema = z.object({ error_description: text, message: text, error: text })

/** The reason in the body of a refusal. */
export function reasonOf(answer: unknown): string | undefined {
  const { error_description, message, error } = refusalSchema.safeParse(inLowerCase(answer)).data ?? {}
  return shorten(error_description || message || error || '') || undefined
}

/** What is read of a row with the help of what is around it. */
interface Around extends Pick<BackupPlan, 'lastStart' | 'nextStart' | 'durationSeconds'> {
  unsaid: number
}

function toPlan(row: Row, { lastStart, nextStart, durationSeconds, unsaid }: Around): BackupPlan {
  const { type, kind, isKnown } = toType(String(row.PlanType ?? ''))
  const ran = lastStart === null ? 'neverRan' : toStatus(String(row.Status).trim())
  const computerKey = toComputerKey(row)
  const empty = kind === 'backup' && ran === 'successful' ? emptiness(row, type, unsaid) : undefined
  return {
    vendorClient: row.CompanyName?.trim() || null,
    computer: row.ComputerName,
    computerKey,
    key: `${computerKey}/${row.PlanId && row.ComputerHid ? row.PlanId.toLowerCase() : row.PlanName}`,
    plan: row.PlanName,
    type,
    kind,
    status: empty ? 'warning' : isKnown ? ran : atLeastUnknown(ran),
    vendorStatus: ran,
    lastStart,
    nextStart,
    durationSeconds,
    filesFailed: toCount(row.FilesFailed, 0),
    protectedBytes: toCount(row.TotalData, 0),
    sentBytes: toCount(row.DataCopied, 0),
    reason: empty ?? toReason(row.ErrorMessage ?? ''),
  }
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
export const toHid = (given: string): string => given.replace(/[{}]/g, '').trim().toLowerCase()

/** Null also for the zero of a date, as in `0001-01-01T00:00:00`. */
export function readTime(given: string | null | undefined, field: string, toInstant: ToInstant): Date | null {
  if (!given || given < '1970') return null
  try {
    const time = /(Z|[+-]\d\d:\d\d)$/.test(given) ? new Date(given) : toInstant(given)
    if (!Number.isNaN(time.getTime())) return time
  } catch (error) {
    if (!(error instanceof MspError) || error.code !== 'usage') throw error
  }
  throw unreadable('plans', [field])
}

const statsSchema = z.object({
  planscount: count,
  totaloverduecount: count,
  totalfailedcount: count,
  totalsuccesscount: count,
  totalwarningcount: count,
  totalnotruncount: count,
  totalrunningcount: count,
  totalinterruptedcount: count,
})
const computersSchema = z.object({
  count: z.number().nullish(),
  computers: z.array(z.object({ companyname: text, computername: text, computerhid: text, backupstats: statsSchema.nullish() })).nullish(),
})

/** A page of computers, each with how many of its plans are in which state. */
export function toComputers(answer: unknown) {
  const given = inLowerCase(answer)
  refuseRefusal(given)
  const { computers, count: all } = parse('computers', computersSchema, given)
  if (!computers) throw unreadable('computers', ['computers'])
  const rows = computers.map(({ companyname, computername, computerhid, backupstats }) => ({
    company: companyname,
    // of a computer without a hardware id its name has to do
    key: toHid(computerhid) || `${companyname}/${computername}`,
    backupstats,
  }))
  return { count: all ?? undefined, computers: rows }
}

const refusedSchema = z.object({ statuscode: z.number(), message: text })

/** Throws the refusal that comes with status 200: the paths of computers say in their body how it went. */
export function refuseRefusal(given: unknown): void {
  const { statuscode = 0, message = '' } = refusedSchema.safeParse(given).data ?? {}
  if (statuscode < 400) return
  throw new MspError(
    'vendor',
    `MSP Backups refused: ${shorten(message).replace(/\.$/, '') || 'no reason was given'} (status ${statuscode}).`,
  )
}

/** The sum of what the vendor counts on computers. */
export function toOwnCounts(stats: ReadonlyArray<z.output<typeof statsSchema>>): OwnCounts {
  const sum = (...fields: Array<keyof z.output<typeof statsSchema>>) =>
    stats.reduce((total, each) => total + fields.reduce((inner, field) => inner + each[field], 0), 0)
  return {
    totalJobs: sum('planscount'),
    successful: sum('totalsuccesscount'),
    warning: sum('totalwarningcount'),
    failed: sum('totalfailedcount', 'totalinterruptedcount'),
    overdue: sum('totaloverduecount'),
    running: sum('totalrunningcount'),
    neverRan: sum('totalnotruncount'),
  }
}
