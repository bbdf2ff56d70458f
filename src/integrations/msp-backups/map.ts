import { z } from 'zod'
import type { OwnCounts } from '../../backups/backup.ts'
import type { VendorClient } from '../../clients/client.ts'
import { MspError } from '../../errors.ts'
import { shorten } from '../../shorten.ts'
import type { AccessToken } from '../integration.ts'
import { count, inLowerCase, parse, spellAs, text, unreadable } from './fields.ts'
import { toHid } from './plan.ts'

const companySchema = z.object({ Id: z.string().min(1), Name: z.string().trim() })
const spellCompany = spellAs(Object.keys(companySchema.shape))

export function toClients(answer: unknown): VendorClient[] {
  const companies = parse('companies', z.array(companySchema), Array.isArray(answer) ? answer.map(spellCompany) : answer)
  return companies.map(({ Id, Name }) => ({ id: Id, name: Name }))
}

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
    { hint: 'See whether its key still works: msp integrate test msp-backups' },
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
