import type { Client } from '../clients/client.ts'
import { listMappings } from '../clients/store.ts'
import type { Db } from '../db/tables.ts'
import { addDays, dayOf, startOfDay } from '../zone.ts'
import { type JudgedPlan, judgePlans } from './judge.ts'
import type { Snapshot } from './past.ts'
import { toVendorKey } from './snapshot.ts'
import { listExpectations, listSnapshots, readSnapshots, type SnapshotHead } from './store.ts'

/** Whose past it is, and where. */
export interface PastPlace {
  db: Db
  /** Undefined for a vendor's client that is none of ours. */
  client: Client | undefined
  integration: string
  zone: string
}

/** With what a snapshot is compared. */
interface Against {
  /** The vendor's names of the client, as snapshots are found by. */
  keys: readonly string[]
  /** The days of the strip. */
  days: readonly string[]
  /** Of `listPast`, when it was asked already. */
  heads?: readonly SnapshotHead[]
}

/** Compares a snapshot with those before it. */
export async function judgeAgainstPast(place: PastPlace, now: Snapshot, { keys, days, heads }: Against): Promise<JudgedPlan[]> {
  const { db, client, zone } = place
  const past = heads ?? (await listPast(place, now.takenAt, days))
  const earlier = await readSnapshots(db, past, await namesInSnapshots(place, keys))
  const expectations = client ? await listExpectations(db, client.id, now.takenAt) : []
  return judgePlans({ now, earlier, expectations, zone, days })
}

const rememberedDays = 90

/**
 * The snapshots before a time that count as the past: of each day the last, of the last two days and those of the strip all. What was put together
 * of a history is only for its own day: it may come later, and a past day must not change.
 */
export async function listPast(
  { db, integration, zone }: Omit<PastPlace, 'client'>,
  before: Date,
  [firstDay]: readonly string[] = [],
): Promise<SnapshotHead[]> {
  const daysAgo = (days: number) => new Date(before.getTime() - days * 86_400_000)
  const heads = await listSnapshots(db, integration, { from: daysAgo(rememberedDays), to: before })
  const wholeFrom = Math.min(daysAgo(2).getTime(), firstDay === undefined ? Number.POSITIVE_INFINITY : startOfDay(firstDay, zone).getTime())
  const last = new Map<string, SnapshotHead>()
  for (const head of heads)
    if (head.source === 'live') last.set(head.takenAt.getTime() > wholeFrom ? head.id : dayOf(head.takenAt, zone), head)
  return [...last.values()]
}

/** A company may have been renamed since: the name under which it was mapped counts too. */
export async function namesInSnapshots({ db, client, integration }: PastPlace, keys: readonly string[] = []): Promise<string[]> {
  if (client === undefined) return [...keys]
  const mapped = (await listMappings(db, client.id)).filter((mapping) => mapping.integration === integration)
  const known = mapped.length > 0 ? mapped.map(({ vendorName }) => vendorName) : [client.name]
  return [...new Set([...keys, ...known.map(toVendorKey)])]
}

/** A snapshot of a past day, and what it was made of. */
export interface FoundSnapshot {
  snapshot: Snapshot
  source: 'snapshot' | 'history'
}

/** What is kept of a client on a past day: the last snapshot of that day, else what was put together of the history. */
export async function findSnapshot(place: PastPlace, span: { from: Date; to: Date }): Promise<FoundSnapshot | undefined> {
  const heads = await listSnapshots(place.db, place.integration, span)
  const names = await namesInSnapshots(place)
  const live = heads.findLast(({ source }) => source === 'live')
  if (live) {
    const [snapshot] = await readSnapshots(place.db, [live], names)
    return snapshot && { snapshot, source: 'snapshot' }
  }
  const [snapshot] = await readSnapshots(place.db, heads, names)
  return snapshot && { snapshot, source: 'history' }
}

/** The last days until that time, the oldest first. */
export function daysUntil(time: Date, count: number, zone: string): string[] {
  const last = dayOf(time, zone)
  return Array.from({ length: count }, (_, index) => addDays(last, index + 1 - count))
}
