import type { BackupPlan, BackupSource, OwnCounts, PlanTaker } from '../../backups/backup.ts'
import type { VendorClient } from '../../clients/client.ts'
import { HttpFailure } from '../../http/failure.ts'
import type { VendorHttp } from '../../http/http.ts'
import { localReader, monthsOf } from '../../zone.ts'
import { isSameName, unreadable } from './fields.ts'
import { toHistoryRows, toRuns } from './history.ts'
import { toComputers, toOwnCounts } from './map.ts'
import { planReader } from './plan.ts'

/** `zone`: of the vendor's times, which come without one. */
export const backupSource = (http: VendorHttp, zone: string): BackupSource => ({
  zone,
  coverage: 'Microsoft 365 and Google backups are not covered.',
  plans: (taker) => readPlans(http, zone, taker),
  ownCounts: (client) => readOwnCounts(http, client),
  history: (client, span) => readHistory(http, zone, client, span),
})

const listOfPlans = {
  method: 'GET',
  path: 'api/Monitoring',
  record: { type: 'msp_backups_status', action: 'retrieved', received: (answer: unknown) => answer },
} as const

/** The whole list comes in one answer. There is one of each client too, but it may leave out computers that are offline. */
async function readPlans(http: VendorHttp, zone: string, taker: PlanTaker): Promise<void> {
  let read = planReader(localReader(zone))
  const list = {
    begin: () => {
      read = planReader(localReader(zone))
      taker.begin()
    },
    take: (rows: unknown[]) => taker.take(read(rows)),
  }
  await http.send({ ...listOfPlans, list })
}

/** What is in the list does not matter for whether the key may read it. */
export async function mayReadPlans(http: VendorHttp): Promise<void> {
  const list = { begin: () => {}, take: () => {} }
  await http.send({ ...listOfPlans, list })
}

const pageLength = 1000
const mostComputers = 100 * pageLength // no client has so many: a list that grows on has no end

async function readOwnCounts(http: VendorHttp, client: VendorClient): Promise<OwnCounts | undefined> {
  // that the vendor takes `companyId` here is not documented: what comes besides is left out
  const own = (await readComputers(http, client)).filter(({ company }) => isSameName(company, client.name))
  const stats = own.flatMap(({ backupstats }) => backupstats ?? [])
  return stats.length === 0 ? undefined : toOwnCounts(stats)
}

type Computer = ReturnType<typeof toComputers>['computers'][number]

async function readComputers(http: VendorHttp, client: VendorClient): Promise<Computer[]> {
  const seen = new Map<string, Computer>()
  for (let offset = 0; offset < mostComputers; offset += pageLength) {
    const record = { type: 'msp_backups_status', action: 'searched', received: () => undefined } as const
    const path = `api/Computers/${offset}/${pageLength}`
    const page = toComputers(await http.send({ method: 'GET', path, query: { companyId: client.id }, record }))
    const known = seen.size
    for (const computer of page.computers) if (!seen.has(computer.key)) seen.set(computer.key, computer)
    const hasNew = seen.size > known
    const isWhole = page.count === undefined ? !hasNew || page.computers.length < pageLength : seen.size >= page.count
    if (isWhole) return [...seen.values()]
    // whether the offset counts rows or pages is not documented: some of the computers must not look like all of them
    if (!hasNew) throw unreadable('computers', [`${seen.size} of ${page.count}`])
  }
  throw unreadable('computers', [`more than ${mostComputers}`])
}

const longestHistory = 10_000

async function readHistory(http: VendorHttp, zone: string, client: VendorClient, span: { from: Date; to: Date }): Promise<BackupPlan[]> {
  const latest = new Map<string, BackupPlan>()
  for (const { year, month } of monthsOf(span, zone)) {
    for (const run of toRuns(await readMonth(http, client, year, month), client.name, localReader(zone))) {
      if (run.lastStart === null || run.lastStart < span.from || run.lastStart >= span.to) continue
      const other = latest.get(run.key)
      if (!other?.lastStart || other.lastStart < run.lastStart) latest.set(run.key, run)
    }
  }
  return [...latest.values()]
}

async function readMonth(http: VendorHttp, client: VendorClient, year: number, month: number): Promise<unknown[]> {
  try {
    const rows = toHistoryRows(
      await http.send({
        method: 'GET',
        path: `api/Computers/Plans/history/0/${longestHistory}`,
        query: { companyId: client.id, year, month },
        record: { type: 'msp_backups_report', action: 'searched' },
      }),
    )
    if (rows.length < longestHistory) return rows
  } catch (error) {
    if (error instanceof HttpFailure && error.status === 404) return []
    throw error
  }
  // a short list must not look complete
  throw unreadable('a history', [`more than ${longestHistory} runs in a month`])
}
