import { z } from 'zod'
import type { BackupPlan, PlanStatus } from '../../backups/backup.ts'
import type { VendorClient } from '../../clients/client.ts'
import { MspError } from '../../errors.ts'
import type { AccessToken } from '../integration.ts'
import { shorten, toReason } from './reason.ts'
import { toStatus, toType } from './words.ts'

const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '')
const word = z.union([z.number(), z.string()])
const count = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .nullish()
  .transform((given) => Math.max(0, given ?? 0))
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/)
  .nullish()

// The names in lower case, because the vendor is not constant in them. The link to the detailed report is left out:
// whoever has it can open the report.
const rowSchema = z.object({
  planname: z.string(),
  companyname: text,
  userid: text,
  computername: z.string(),
  computerhid: text,
  laststart: time,
  nextstart: time,
  status: word,
  errormessage: text,
  filesfailed: count,
  filesscanned: count,
  datacopied: count,
  totaldata: count,
  planid: text,
  plantype: word.nullish(),
})
type Row = z.output<typeof rowSchema>

/** Gives the instant of a time without an offset. */
type ToInstant = (local: string) => Date

export function toPlans(answer: unknown, toInstant: ToInstant): BackupPlan[] {
  return parse('plans', z.array(rowSchema), inLowerCase(answer)).map((row, index) => {
    const toTime = (name: 'laststart' | 'nextstart') => readTime(row[name], `${index}.${name}`, toInstant)
    return toPlan(row, toTime('laststart'), toTime('nextstart'))
  })
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

function toPlan(row: Row, lastStart: Date | null, nextStart: Date | null): BackupPlan {
  const { type, kind, isKnown } = toType(String(row.plantype ?? ''))
  const ran = lastStart === null ? 'neverRan' : toStatus(String(row.status).trim())
  const empty = kind === 'backup' && ran === 'successful' ? emptiness(row, type) : undefined
  return {
    vendorClient: row.companyname.trim() || null,
    computer: row.computername,
    key: toKey(row),
    plan: row.planname,
    type,
    kind,
    status: empty ? 'warning' : isKnown ? ran : atLeastUnknown(ran),
    lastStart,
    nextStart,
    filesFailed: row.filesfailed,
    protectedBytes: row.totaldata,
    sentBytes: row.datacopied,
    reason: empty ?? toReason(row.errormessage),
  }
}

/** The silent one: a job that reports success day after day and holds nothing. Only plans for files count files (the sheet leaves the others open). */
function emptiness({ totaldata, filesscanned }: Row, type: string): string | undefined {
  if (totaldata > 0 && (filesscanned > 0 || type !== 'Files')) return undefined
  return `The last run was successful, but it protected nothing: ${totaldata > 0 ? 'no files' : filesscanned > 0 ? 'no data' : 'no files and no data'}.`
}

/** What success means for a type of plan that nobody knows is unknown too; what is worse stays. */
const atLeastUnknown = (status: PlanStatus): PlanStatus => (['failed', 'overdue', 'neverRan'].includes(status) ? status : 'unknown')

/** Names of computers repeat and names of plans change; older answers have no ids. */
function toKey({ computerhid, planid, userid, computername, planname }: Row): string {
  const hid = computerhid.replace(/[{}]/g, '').trim().toLowerCase()
  return hid && planid ? `${hid}/${planid.toLowerCase()}` : `${userid}/${computername}/${planname}`
}

/** Null also for the zero of a date, as in `0001-01-01T00:00:00`. */
function readTime(given: string | null | undefined, field: string, toInstant: ToInstant): Date | null {
  if (!given || given < '1970') return null
  try {
    const time = /(Z|[+-]\d\d:\d\d)$/.test(given) ? new Date(given) : toInstant(given)
    if (!Number.isNaN(time.getTime())) return time
  } catch (error) {
    if (!(error instanceof MspError) || error.code !== 'usage') throw error
  }
  throw unreadable('plans', [field])
}

/** The fields of an object, or of each in a list. */
function inLowerCase(value: unknown): unknown {
  return Array.isArray(value) ? value.map(fieldsInLowerCase) : fieldsInLowerCase(value)
}

function fieldsInLowerCase(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toLowerCase(), inner]))
}

/** Zod's refusal as a sentence that names fields and never a value. */
function parse<T extends z.ZodType>(what: string, schema: T, answer: unknown): z.output<T> {
  const result = schema.safeParse(answer)
  if (result.success) return result.data
  throw unreadable(what, [...new Set(result.error.issues.map(({ path }) => path.join('.') || 'the whole answer'))])
}

function unreadable(what: string, fields: readonly string[]): MspError {
  const more = fields.length > 3 ? ` and ${fields.length - 3} more` : ''
  return new MspError('vendor', `MSP Backups sent ${what} that msp cannot read: ${fields.slice(0, 3).join(', ')}${more}.`)
}
