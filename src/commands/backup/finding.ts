import type { App } from '../../app.ts'
import {
  daysUntil,
  type FoundSnapshot,
  findSnapshot,
  judgeAgainstPast,
  namesInSnapshots,
  type PastPlace,
} from '../../backups/against-past.ts'
import type { BackupPlan, BackupSource } from '../../backups/backup.ts'
import { byKey, findAlike, type Taken, takePlans } from '../../backups/collect.ts'
import { compareCounts, sumCounts, toJudgedOtherwise } from '../../backups/counts.ts'
import type { JudgedPlan } from '../../backups/judge.ts'
import type { Snapshot } from '../../backups/past.ts'
import type { CrossCheck } from '../../backups/report.ts'
import { fromPieces, toVendorKey } from '../../backups/snapshot.ts'
import { addSnapshot, renameInSnapshots } from '../../backups/store.ts'
import type { Client, VendorClient } from '../../clients/client.ts'
import { findVendorClient } from '../../clients/mapping.ts'
import { listMappings, saveMapping } from '../../clients/store.ts'
import type { Db } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import type { Connected } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { toTableName } from '../../integrations/integration.ts'
import { addDays, startOfDay } from '../../zone.ts'

/** What is known of one client's backups at one time. */
export interface Findings {
  plans: JudgedPlan[]
  /** The same as the vendors have them, by integration. */
  listed: Map<string, BackupPlan[]>
  takenAt: Date
  source: 'live' | 'snapshot' | 'history'
  /** The days of each plan's strip. */
  days: string[]
  crossChecks: CrossCheck[]
  notes: string[]
  /** Of plans that belong to no client, how many at which vendor. */
  unassigned: string[]
}

export type FindingApp = Pick<App, 'db' | 'io' | 'now' | 'zone' | 'connectedWith'>

/** Asks the backup vendors now, and keeps a dated snapshot of what they say of all their clients. */
export async function findNow(app: FindingApp, client: Client, days: number): Promise<Findings> {
  const [db, takenAt, zone] = [await app.db(), app.now(), app.zone()]
  const findings: Findings = {
    plans: [],
    listed: new Map(),
    takenAt,
    source: 'live',
    days: daysUntil(takenAt, days, zone),
    crossChecks: [],
    notes: [],
    unassigned: [],
  }
  for (const at of await app.connectedWith('backups')) {
    const { label } = at.integration
    const source = need(at.integration, at.connection, 'backups')
    const asked = both(takeSnapshot(db, at, takenAt), askAbout(app, client, at, source))
    const [taken, { names, counts, failure }] = await app.io.progress(`Asking ${label}…`, asked)
    const keys = names.map(toVendorKey)
    const now: Snapshot = { takenAt, isWhole: true, plans: byKey(keys.flatMap((key) => fromPieces(taken.parts.get(key)))) }
    requireOneClient(label, now)
    const place = { db, client, integration: toTableName(at.integration.id), zone }
    findings.listed.set(place.integration, [...now.plans.values()])
    const plans = await judgeAgainstPast(place, now, { keys, days: findings.days })
    findings.plans.push(...plans)
    if (counts) findings.crossChecks.push(compareCounts(label, plans, counts))
    findings.notes.push(...notesOf(label, source), ...(counts ? toJudgedOtherwise(label, plans) : []))
    if (failure) findings.notes.push(`What ${label} counts itself could not be read: ${failure.message}`)
    if (taken.unassigned > 0) findings.unassigned.push(toUnassigned(taken, label))
  }
  return findings
}

/** Reads what a vendor says of all its clients now, and keeps it as a dated snapshot. */
export async function takeSnapshot(db: Db, { integration, connection }: Connected, takenAt: Date): Promise<Taken> {
  const taken = await takePlans(need(integration, connection, 'backups'))
  await addSnapshot(db, { integration: toTableName(integration.id), takenAt, source: 'live', parts: taken.parts })
  return taken
}

/** The results of both, and when one fails only after the other has ended too: a call that is under way must come into the record. */
export async function both<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other])
  return Promise.all([one, other])
}

const toUnassigned = ({ unassigned }: Taken, label: string): string => `${unassigned === 1 ? '1 plan' : `${unassigned} plans`} at ${label}`

/** The client's names at the vendor, and what the vendor counts for itself there. */
async function askAbout(app: FindingApp, client: Client, at: Connected, source: BackupSource) {
  const vendorClients = await findVendorClients(app, client, at)
  const asked = await Promise.allSettled(vendorClients.map((each) => source.ownCounts(each)))
  // a report is good without the vendor's own figures
  const [failed] = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  if (failed !== undefined && !(failed instanceof MspError)) throw failed
  const counts = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  return { names: vendorClients.map(({ name }) => name), counts: failed ? undefined : sumCounts(counts), failure: failed }
}

/** The vendor's clients that a client of ours stands for: its mappings, else the one of the same name. */
async function findVendorClients(app: FindingApp, client: Client, { integration, connection }: Connected): Promise<VendorClient[]> {
  const place = { integration: toTableName(integration.id), label: integration.label, directory: need(integration, connection, 'clients') }
  const mappings = (await listMappings(await app.db(), client.id)).filter((mapping) => mapping.integration === place.integration)
  if (mappings.length === 0) return [await findVendorClient(client.name, place)]
  const found: VendorClient[] = []
  for (const mapping of mappings) {
    const { vendorClientId: id, vendorName: name } = mapping
    const now = (await place.directory.get(id)) ?? { id, name }
    if (now.name !== name) await follow(app, client, place.integration, { from: name, to: now })
    found.push(now)
  }
  return found
}

/** The vendor calls a client otherwise now. */
async function follow(
  { db }: FindingApp,
  client: Client,
  integration: string,
  { from, to }: { from: string; to: VendorClient },
): Promise<void> {
  const open = await db()
  await saveMapping(open, client.id, integration, to)
  if (toVendorKey(from) !== toVendorKey(to.name)) await renameInSnapshots(open, integration, toVendorKey(from), toVendorKey(to.name))
}

/** No client may see another's backups. */
function requireOneClient(label: string, { plans }: Snapshot): void {
  const alike = findAlike([...plans.values()])
  if (alike.length > 0)
    throw new MspError('ambiguous', toAlikeWords(label, alike), { hint: `Rename one of them at ${label}: plans are known by that name.` })
}

export const toAlikeWords = (label: string, alike: readonly string[]): string =>
  `Clients of ${label} have names that differ only in their case: ${alike.join(', ')}.`

const notesOf = (label: string, { zone, coverage }: BackupSource): string[] => [
  `Times that ${label} sends without a zone are read as ${zone}.`,
  coverage,
]

/** What is known of a past day: of the last snapshot of that day, else of the vendor's history, which is kept as a snapshot then. */
export async function findOn(app: FindingApp, client: Client, date: string, days: number): Promise<Findings> {
  const [db, zone] = [await app.db(), app.zone()]
  const span = { from: startOfDay(date, zone), to: startOfDay(addDays(date, 1), zone) }
  const findings: Findings = {
    plans: [],
    listed: new Map(),
    takenAt: span.from,
    source: 'snapshot',
    days: daysUntil(span.from, days, zone),
    crossChecks: [],
    notes: [],
    unassigned: [],
  }
  let isFound = false
  for (const at of await app.connectedWith('backups')) {
    const place = { db, client, integration: toTableName(at.integration.id), zone }
    const source = need(at.integration, at.connection, 'backups')
    const found = (await findSnapshot(place, span)) ?? (await askHistory(app, place, at, span))
    if (!found) continue
    isFound = true
    requireOneClient(at.integration.label, found.snapshot)
    findings.listed.set(place.integration, [...found.snapshot.plans.values()])
    findings.plans.push(...(await judgeAgainstPast(place, found.snapshot, { keys: [], days: findings.days })))
    if (found.snapshot.takenAt > findings.takenAt) findings.takenAt = found.snapshot.takenAt
    if (found.source === 'history') findings.source = 'history'
    findings.notes.push(...notesOf(at.integration.label, source))
    if (found.source === 'history')
      findings.notes.push(`Put together of the history of ${at.integration.label}: plans of which no run began that day are not in it.`)
  }
  if (isFound) return findings
  throw new MspError(
    'not_found',
    `Nothing is known of the backups of ${client.name} on ${date}: msp did not look that day, and the vendor has no runs of it.`,
    {
      hint: `Each report keeps a snapshot of its day. For the days to come, run every day: msp backup status --check`,
    },
  )
}

/** Runs of a day that has just ended may still go on, or not be at the vendor yet: such a day is asked for again. */
const isSettled = (runs: readonly BackupPlan[], end: Date, now: Date): boolean =>
  now.getTime() - end.getTime() > 26 * 3_600_000 && runs.every(({ status }) => status !== 'running')

async function askHistory(
  app: FindingApp,
  place: PastPlace & { client: Client },
  at: Connected,
  span: { from: Date; to: Date },
): Promise<FoundSnapshot | undefined> {
  const source = need(at.integration, at.connection, 'backups')
  const vendorClients = await findVendorClients(app, place.client, at)
  const asked = Promise.all(vendorClients.map((each) => source.history(each, span)))
  const runs = (await app.io.progress(`Asking ${at.integration.label}…`, asked)).flat()
  if (runs.length === 0) return undefined
  const takenAt = new Date(span.to.getTime() - 1)
  const [name = ''] = await namesInSnapshots(place)
  const taken = await takePlans({
    ...source,
    plans: async ({ begin, take }) => {
      begin()
      take(runs.map((run) => ({ ...run, vendorClient: name })))
    },
  })
  if (isSettled(runs, span.to, app.now()))
    await addSnapshot(place.db, { integration: place.integration, takenAt, source: 'history', parts: taken.parts })
  return { snapshot: { takenAt, isWhole: false, plans: byKey(runs) }, source: 'history' }
}
