import type { App } from '../../app.ts'
import type { BackupSource, OwnCounts } from '../../backups/backup.ts'
import { byKey, type Taken, takePlans } from '../../backups/collect.ts'
import { fromPart, toVendorKey } from '../../backups/copy.ts'
import { type JudgedJob, judgePlans } from '../../backups/judge.ts'
import type { Copy } from '../../backups/past.ts'
import type { CrossCheck } from '../../backups/report.ts'
import { addSnapshot, listExpectations, listSnapshots, readCopies, renameInCopies, type SnapshotHead } from '../../backups/store.ts'
import type { Client, VendorClient } from '../../clients/client.ts'
import { findVendorClient } from '../../clients/mapping.ts'
import { listMappings, saveMapping } from '../../clients/store.ts'
import type { Db } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import type { Connected } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { toTableName } from '../../integrations/integration.ts'
import { addDays, dayOf, startOfDay } from '../../zone.ts'

/** What is known of one client's backups at one time. */
export interface Findings {
  plans: JudgedJob[]
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

/** Asks the backup vendors now, and keeps a dated copy of what they say of all their clients. */
export async function findNow(app: FindingApp, client: Client, days: number): Promise<Findings> {
  const [db, takenAt, zone] = [await app.db(), app.now(), app.zone()]
  const findings: Findings = {
    plans: [],
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
    const asked = both(takeCopy(db, at, takenAt), askAbout(app, client, at, source))
    const [taken, { names, counts, failure }] = await app.io.progress(`Asking ${label}…`, asked)
    const keys = names.map(toVendorKey)
    const now: Copy = { takenAt, isWhole: true, plans: byKey(keys.flatMap((key) => fromPart(taken.parts.get(key)))) }
    const place = { db, client, integration: toTableName(at.integration.id), zone }
    findings.plans.push(...(await judgeAgainstPast(place, now, keys, findings.days)))
    if (counts) findings.crossChecks.push(compareCounts(label, now, counts))
    findings.notes.push(...notesOf(label, source))
    if (failure) findings.notes.push(`What ${label} counts itself could not be read: ${failure.message}`)
    if (taken.unassigned > 0) findings.unassigned.push(toUnassigned(taken, label))
  }
  return findings
}

/** Reads what a vendor says of all its clients now, and keeps it as a dated copy. */
export async function takeCopy(db: Db, { integration, connection }: Connected, takenAt: Date): Promise<Taken> {
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
  if (toVendorKey(from) !== toVendorKey(to.name)) await renameInCopies(open, integration, toVendorKey(from), toVendorKey(to.name))
}

function sumCounts(counts: ReadonlyArray<OwnCounts | undefined>): OwnCounts | undefined {
  const known = counts.filter((each) => each !== undefined)
  const [first, ...others] = known
  if (first === undefined) return undefined
  const sum: OwnCounts = { ...first }
  for (const other of others)
    for (const name of Object.keys(sum) as Array<keyof OwnCounts>) sum[name] = (sum[name] ?? 0) + (other[name] ?? 0)
  return sum
}

const countWords: Record<keyof OwnCounts, string> = {
  totalJobs: 'plans',
  successful: 'successful',
  warning: 'warning',
  failed: 'failed',
  overdue: 'overdue',
  running: 'running',
  neverRan: 'never ran',
  unknown: 'unknown',
  gone: 'gone',
  noResult: 'no result',
}

/** By what the vendor says of each plan: what msp makes of it is not the vendor's business. */
function compareCounts(vendor: string, { plans }: Copy, theirs: OwnCounts): CrossCheck {
  const jobs = [...plans.values()].filter(({ kind }) => kind === 'backup')
  const differences = (Object.keys(theirs) as Array<keyof OwnCounts>).map((name) => ({
    what: countWords[name],
    ours: name === 'totalJobs' ? jobs.length : jobs.filter(({ vendorStatus }) => vendorStatus === name).length,
    theirs: theirs[name] ?? 0,
  }))
  return { vendor, differences: differences.filter(({ ours, theirs }) => ours !== theirs) }
}

const notesOf = (label: string, { zone, coverage }: BackupSource): string[] => [
  `Times that ${label} sends without a zone are read as ${zone}.`,
  coverage,
]

/** Whose past it is, and where. */
export interface PastPlace {
  db: Db
  /** Undefined for a vendor's client that is none of ours. */
  client: Client | undefined
  integration: string
  zone: string
}

const rememberedDays = 90

/** Compares a copy with those before it. */
export async function judgeAgainstPast(
  place: PastPlace,
  now: Copy,
  keys: readonly string[],
  days: readonly string[],
): Promise<JudgedJob[]> {
  const { db, client, zone } = place
  const earlier = await readCopies(db, await listPast(place, now.takenAt), await namesInCopies(place, keys))
  const expectations = client ? await listExpectations(db, client.id, now.takenAt) : []
  return judgePlans({ now, earlier, expectations, zone, days })
}

/**
 * The copies before a time that count as the past: of each day the last, of the last two days all. What was put together of a history is only for
 * its own day: it may come later, and a past day must not change.
 */
export async function listPast({ db, integration, zone }: Omit<PastPlace, 'client'>, before: Date): Promise<SnapshotHead[]> {
  const daysAgo = (days: number) => new Date(before.getTime() - days * 86_400_000)
  const heads = await listSnapshots(db, integration, { from: daysAgo(rememberedDays), to: before })
  const last = new Map<string, SnapshotHead>()
  for (const head of heads) if (head.source === 'live') last.set(head.takenAt > daysAgo(2) ? head.id : dayOf(head.takenAt, zone), head)
  return [...last.values()]
}

/** A company may have been renamed since: the name under which it was mapped counts too. */
async function namesInCopies({ db, client, integration }: PastPlace, keys: readonly string[] = []): Promise<string[]> {
  if (client === undefined) return [...keys]
  const mapped = (await listMappings(db, client.id)).filter((mapping) => mapping.integration === integration)
  const known = mapped.length > 0 ? mapped.map(({ vendorName }) => vendorName) : [client.name]
  return [...new Set([...keys, ...known.map(toVendorKey)])]
}

/** What is known of a past day: of the last copy of that day, else of the vendor's history, which is kept as a copy then. */
export async function findOn(app: FindingApp, client: Client, date: string, days: number): Promise<Findings> {
  const [db, zone] = [await app.db(), app.zone()]
  const span = { from: startOfDay(date, zone), to: startOfDay(addDays(date, 1), zone) }
  const findings: Findings = {
    plans: [],
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
    const found = (await findCopy(place, span)) ?? (await askHistory(app, place, at, span))
    if (!found) continue
    isFound = true
    findings.plans.push(...(await judgeAgainstPast(place, found.copy, [], findings.days)))
    if (found.copy.takenAt > findings.takenAt) findings.takenAt = found.copy.takenAt
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
      hint: `Each report keeps a copy of its day. For the days to come, run every day: msp backup status --check`,
    },
  )
}

interface FoundCopy {
  copy: Copy
  source: 'snapshot' | 'history'
}

async function findCopy(place: PastPlace, span: { from: Date; to: Date }): Promise<FoundCopy | undefined> {
  const heads = await listSnapshots(place.db, place.integration, span)
  const names = await namesInCopies(place)
  const live = heads.findLast(({ source }) => source === 'live')
  if (live) {
    const [copy] = await readCopies(place.db, [live], names)
    return copy && { copy, source: 'snapshot' }
  }
  const [copy] = await readCopies(place.db, heads, names)
  return copy && { copy, source: 'history' }
}

async function askHistory(
  app: FindingApp,
  place: PastPlace & { client: Client },
  at: Connected,
  span: { from: Date; to: Date },
): Promise<FoundCopy | undefined> {
  const source = need(at.integration, at.connection, 'backups')
  const vendorClients = await findVendorClients(app, place.client, at)
  const asked = Promise.all(vendorClients.map((each) => source.history(each, span)))
  const runs = (await app.io.progress(`Asking ${at.integration.label}…`, asked)).flat()
  if (runs.length === 0) return undefined
  const takenAt = new Date(span.to.getTime() - 1)
  const [name = ''] = await namesInCopies(place)
  const taken = await takePlans({
    ...source,
    plans: async ({ begin, take }) => {
      begin()
      take(runs.map((run) => ({ ...run, vendorClient: name })))
    },
  })
  await addSnapshot(place.db, { integration: place.integration, takenAt, source: 'history', parts: taken.parts })
  return { copy: { takenAt, isWhole: false, plans: byKey(runs) }, source: 'history' }
}

/** The last days until that time, the oldest first. */
function daysUntil(time: Date, count: number, zone: string): string[] {
  const last = dayOf(time, zone)
  return Array.from({ length: count }, (_, index) => addDays(last, index + 1 - count))
}
