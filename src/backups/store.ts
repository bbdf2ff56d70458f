import { newId } from '../db/id.ts'
import type { Db, Row } from '../db/tables.ts'
import { byKey } from './collect.ts'
import { fromBody } from './copy.ts'
import type { Expectation } from './expectation.ts'
import type { Copy } from './past.ts'

/** A dated copy of what a backup vendor said. */
export interface NewSnapshot {
  integration: string
  takenAt: Date
  /** `history`: put together afterwards, of one client. */
  source: 'live' | 'history'
  /** What each client's plans were: by the vendor's name in lower case. */
  parts: ReadonlyMap<string, string>
}

const packetLength = 2 * 1024 ** 2 // a MariaDB takes 16 MB at once
const partsAtOnce = 200
const keptForDays = 400

/** Keeps a dated copy, so that this day can be reported later, whole or not at all. Copies older than 400 days go. */
export async function addSnapshot(db: Db, { parts, ...snapshot }: NewSnapshot): Promise<void> {
  const id = newId()
  const rows = [...parts].map(([vendorClient, body]) => ({ snapshotId: id, vendorClient, body }))
  await db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('backupSnapshots')
      .values({ id, ...snapshot, body: '{}' })
      .execute()
    for (const some of inPackets(rows)) await transaction.insertInto('backupSnapshotParts').values(some).execute()
  })
  const tooOld = new Date(snapshot.takenAt.getTime() - keptForDays * 86_400_000)
  await db.deleteFrom('backupSnapshots').where('takenAt', '<', tooOld).execute()
}

/** Rows in order, in groups that one statement can insert. */
function inPackets<T extends { body: string }>(rows: readonly T[]): T[][] {
  const packets: T[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const row of rows) {
    const last = packets.at(-1)
    if (last && last.length < partsAtOnce && length + row.body.length <= packetLength) last.push(row)
    else {
      packets.push([row])
      length = 0
    }
    length += row.body.length
  }
  return packets
}

export type SnapshotHead = Pick<Row<'backupSnapshots'>, 'id' | 'takenAt' | 'source'>

/** The copies of a vendor in a span, in order; `to` is not in it. */
export async function listSnapshots(db: Db, integration: string, { from, to }: { from: Date; to: Date }): Promise<SnapshotHead[]> {
  return db
    .selectFrom('backupSnapshots')
    .select(['id', 'takenAt', 'source'])
    .where('integration', '=', integration)
    .where('takenAt', '>=', from)
    .where('takenAt', '<', to)
    .orderBy('takenAt')
    .orderBy('id')
    .execute()
}

/** What these copies say of a client, in order. One that says nothing of it has no plans; of a history only what it says counts. */
export async function readCopies(db: Db, heads: readonly SnapshotHead[], vendorKeys: readonly string[]): Promise<Copy[]> {
  if (heads.length === 0 || vendorKeys.length === 0) return []
  const ids = heads.map(({ id }) => id)
  const parts = await db
    .selectFrom('backupSnapshotParts')
    .select(['snapshotId', 'body'])
    .where('snapshotId', 'in', ids)
    .where('vendorClient', 'in', [...vendorKeys])
    .execute()
  const bodies = Map.groupBy(parts, ({ snapshotId }) => snapshotId)
  return heads.flatMap(({ id, takenAt, source }) => {
    const found = bodies.get(id)
    if (found === undefined && source === 'history') return []
    return [{ takenAt, isWhole: source === 'live', plans: byKey((found ?? []).flatMap(({ body }) => fromBody(body))) }]
  })
}

/** Every client of whom these copies say something, by the vendor's name in lower case. */
export async function listVendorKeys(db: Db, heads: readonly SnapshotHead[]): Promise<string[]> {
  if (heads.length === 0) return []
  const ids = heads.map(({ id }) => id)
  const rows = await db.selectFrom('backupSnapshotParts').select('vendorClient').distinct().where('snapshotId', 'in', ids).execute()
  return rows.map(({ vendorClient }) => vendorClient)
}

/** A whole copy: what it says of each client, by the vendor's name in lower case. */
export async function readParts(db: Db, snapshotId: string): Promise<Map<string, string>> {
  const rows = await db.selectFrom('backupSnapshotParts').select(['vendorClient', 'body']).where('snapshotId', '=', snapshotId).execute()
  return new Map(rows.map(({ vendorClient, body }) => [vendorClient, body]))
}

export async function listExpectations(db: Db, clientId: string): Promise<Expectation[]> {
  return db
    .selectFrom('backupExpectations')
    .select(['computer', 'plan', 'everyMinutes', 'graceMinutes', 'weekdaysOnly', 'pausedUntil', 'isIgnored'])
    .where('clientId', '=', clientId)
    .orderBy('computer')
    .orderBy('plan')
    .execute()
}

/** Sets what is expected; what was expected of the same before is replaced. */
export async function saveExpectation(db: Db, clientId: string, expectation: Expectation, createdBy: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await deleteExpectation(transaction, clientId, expectation)
    await transaction
      .insertInto('backupExpectations')
      .values({ id: newId(), clientId, ...expectation, createdBy })
      .execute()
  })
}

/** True when there was one. */
export async function deleteExpectation(
  db: Db,
  clientId: string,
  { computer, plan }: Pick<Expectation, 'computer' | 'plan'>,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('backupExpectations')
    .where('clientId', '=', clientId)
    .where('computer', '=', computer)
    .where('plan', '=', plan)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function saveReport(db: Db, report: Omit<Row<'savedBackupReports'>, 'id' | 'createdAt'>): Promise<string> {
  const id = newId()
  await db
    .insertInto('savedBackupReports')
    .values({ id, ...report })
    .execute()
  return id
}

/** The reports that were saved to a session, in order. */
export async function listSavedReports(db: Db, sessionId: string): Promise<Row<'savedBackupReports'>[]> {
  return db.selectFrom('savedBackupReports').selectAll().where('sessionId', '=', sessionId).orderBy('id').execute()
}
