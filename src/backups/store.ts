import { sql } from 'kysely'
import { isDuplicate, isMariaDb, transact } from '../db/dialect.ts'
import { newId } from '../db/id.ts'
import type { BackupStatus, BackupType, Db, NewRow, Row, VerificationStatus } from '../db/tables.ts'
import type { BackupPlan } from './backup.ts'
import { byKey } from './collect.ts'
import type { Expectation } from './expectation.ts'
import type { LoggedBackup } from './logged-backup.ts'
import type { Snapshot } from './past.ts'
import { fromBodies, type Piece, toBody, toHash } from './snapshot.ts'

/** A dated snapshot of what a backup vendor said. */
export interface NewSnapshot {
  integration: string
  takenAt: Date
  /** `history`: put together afterwards, of one client. */
  source: 'live' | 'history'
  /** What each client's plans were: by the vendor's name in lower case. */
  parts: ReadonlyMap<string, readonly Piece[]>
}

const packetLength = 2 * 1024 ** 2 // a MariaDB takes 16 MB at once
const rowsAtOnce = 500
const keptForDays = 400

/** Keeps a dated snapshot, so that this day can be reported later, whole or not at all. Snapshots older than 400 days go. */
export async function addSnapshot(db: Db, { parts, ...snapshot }: NewSnapshot): Promise<void> {
  const id = newId()
  const bodies = new Map<string, Buffer[]>()
  const rows = [...parts].map(([vendorClient, pieces]) => {
    const [plans, runs] = [pieces.map((piece) => piece.plans), pieces.map((piece) => piece.runs)]
    const [plansHash, runsHash] = [toHash(plans), toHash(runs)]
    bodies.set(plansHash, plans).set(runsHash, runs)
    return { snapshotId: id, vendorClient, plansHash, runsHash }
  })
  await transact(db, async (transaction) => {
    await transaction
      .insertInto('backupSnapshots')
      .values({ id, ...snapshot, body: '{}' })
      .execute()
    for (const hash of await listKnown(transaction, [...bodies.keys()])) bodies.delete(hash)
    for (const some of inPackets(bodies)) await insertBodies(transaction, some)
    for (const some of inGroups(rows)) await transaction.insertInto('backupSnapshotParts').values(some).execute()
  })
  await forgetOldSnapshots(db, new Date(snapshot.takenAt.getTime() - keptForDays * 86_400_000))
}

async function listKnown(db: Db, hashes: readonly string[]): Promise<string[]> {
  const known: string[] = []
  for (const some of inGroups(hashes))
    for (const { hash } of await db.selectFrom('backupSnapshotBodies').select('hash').where('hash', 'in', some).execute()) known.push(hash)
  return known
}

/** One that another process has stored meanwhile is the same. */
async function insertBodies(db: Db, bodies: readonly Body[]): Promise<void> {
  const values = bodies.map(([hash, pieces]) => ({ hash, body: toBody(pieces) }))
  const insert = db.insertInto('backupSnapshotBodies').values(values)
  await (isMariaDb(db) ? insert.ignore() : insert.orIgnore()).execute()
}

async function forgetOldSnapshots(db: Db, before: Date): Promise<void> {
  const { numDeletedRows } = await db.deleteFrom('backupSnapshots').where('takenAt', '<', before).executeTakeFirst()
  if (numDeletedRows === 0n) return
  await db
    .deleteFrom('backupSnapshotBodies')
    .where('hash', 'not in', db.selectFrom('backupSnapshotParts').select('plansHash'))
    .where('hash', 'not in', db.selectFrom('backupSnapshotParts').select('runsHash'))
    .execute()
}

type Body = [hash: string, pieces: readonly Buffer[]]

/** Bodies in order, in groups that one statement can insert. */
function inPackets(bodies: Iterable<Body>): Body[][] {
  const packets: Body[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const body of bodies) {
    const own = body[1].reduce((sum, piece) => sum + piece.length, 0)
    const last = packets.at(-1)
    if (last && last.length < rowsAtOnce && length + own <= packetLength) last.push(body)
    else {
      packets.push([body])
      length = 0
    }
    length += own
  }
  return packets
}

const inGroups = <T>(rows: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, index) => rows.slice(index * rowsAtOnce, (index + 1) * rowsAtOnce))

export type SnapshotHead = Pick<Row<'backupSnapshots'>, 'id' | 'takenAt' | 'source'>

/** The snapshots of a vendor in a span, in order; `to` is not in it. */
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

/** What these snapshots say of a client, in order. One that says nothing of it has no plans; of a history only what it says counts. */
export async function readSnapshots(db: Db, heads: readonly SnapshotHead[], vendorKeys: readonly string[]): Promise<Snapshot[]> {
  if (heads.length === 0 || vendorKeys.length === 0) return []
  const parts = []
  for (const ids of inGroups(heads.map(({ id }) => id))) {
    const some = db
      .selectFrom('backupSnapshotParts')
      .select(['snapshotId', 'plansHash', 'runsHash'])
      .where('snapshotId', 'in', ids)
      .where('vendorClient', 'in', [...vendorKeys])
      .orderBy('vendorClient')
    parts.push(...(await some.execute()))
  }
  const bodies = await readBodies(db, [...new Set(parts.flatMap(({ plansHash, runsHash }) => [plansHash, runsHash]))])
  const plansOf = remembering(bodies)
  const bySnapshot = Map.groupBy(parts, ({ snapshotId }) => snapshotId)
  return heads.flatMap(({ id, takenAt, source }) => {
    const found = bySnapshot.get(id)
    if (found === undefined && source === 'history') return []
    return [{ takenAt, isWhole: source === 'live', plans: byKey((found ?? []).flatMap(plansOf)) }]
  })
}

interface Hashes {
  plansHash: string
  runsHash: string
}

/** Gives the plans of a part. Many snapshots say the same, and it is read once. */
function remembering(bodies: ReadonlyMap<string, Buffer>): (part: Hashes) => BackupPlan[] {
  const known = new Map<string, BackupPlan[]>()
  return ({ plansHash, runsHash }) => {
    const both = `${plansHash} ${runsHash}`
    const [plans, runs] = [bodies.get(plansHash), bodies.get(runsHash)]
    const read = known.get(both) ?? (plans && runs ? fromBodies(plans, runs) : [])
    known.set(both, read)
    return read
  }
}

async function readBodies(db: Db, hashes: readonly string[]): Promise<Map<string, Buffer>> {
  const bodies = new Map<string, Buffer>()
  for (const some of inGroups(hashes)) {
    const rows = await db.selectFrom('backupSnapshotBodies').selectAll().where('hash', 'in', some).execute()
    for (const { hash, body } of rows) bodies.set(hash, body)
  }
  return bodies
}

/** Every client of whom these snapshots say something, by the vendor's name in lower case. */
export async function listVendorKeys(db: Db, heads: readonly SnapshotHead[]): Promise<string[]> {
  const keys = new Set<string>()
  for (const ids of inGroups(heads.map(({ id }) => id))) {
    const some = db.selectFrom('backupSnapshotParts').select('vendorClient').distinct().where('snapshotId', 'in', ids)
    for (const { vendorClient } of await some.execute()) keys.add(vendorClient)
  }
  return [...keys]
}

/** A whole snapshot: the plans of each client, by the vendor's name in lower case. */
export async function readParts(db: Db, snapshotId: string): Promise<Map<string, BackupPlan[]>> {
  const rows = await db
    .selectFrom('backupSnapshotParts')
    .innerJoin('backupSnapshotBodies as plans', 'plans.hash', 'backupSnapshotParts.plansHash')
    .innerJoin('backupSnapshotBodies as runs', 'runs.hash', 'backupSnapshotParts.runsHash')
    .select(['vendorClient', 'plans.body as plans', 'runs.body as runs'])
    .where('snapshotId', '=', snapshotId)
    .execute()
  return new Map(rows.map(({ vendorClient, plans, runs }) => [vendorClient, fromBodies(plans, runs)]))
}

/** What held at that time. */
export async function listExpectations(db: Db, clientId: string, at: Date): Promise<Expectation[]> {
  return db
    .selectFrom('backupExpectations')
    .select(['computer', 'plan', 'everyMinutes', 'graceMinutes', 'weekdaysOnly', 'pausedUntil', 'isIgnored'])
    .where('clientId', '=', clientId)
    .where('createdAt', '<=', at)
    .where((where) => where.or([where('endedAt', 'is', null), where('endedAt', '>', at)]))
    .orderBy('computer')
    .orderBy('plan')
    .execute()
}

/** Sets what is expected from that time on; what was expected of the same until then has ended. */
export async function saveExpectation(
  db: Db,
  clientId: string,
  expectation: Expectation,
  { at, createdBy }: { at: Date; createdBy: string },
): Promise<void> {
  await transact(db, async (transaction) => {
    await endExpectation(transaction, clientId, expectation, at)
    await transaction
      .insertInto('backupExpectations')
      .values({ id: newId(), clientId, ...expectation, createdBy, createdAt: at, endedAt: null })
      .execute()
  })
}

/** True when there was one. */
export async function endExpectation(
  db: Db,
  clientId: string,
  { computer, plan }: Pick<Expectation, 'computer' | 'plan'>,
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('backupExpectations')
    .set({ endedAt: at })
    .where('clientId', '=', clientId)
    .where('computer', '=', computer)
    .where('plan', '=', plan)
    .where('endedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** What a vendor calls a client otherwise now: its snapshots go with it. Where both names are in one snapshot, that one stays as it is. */
export async function renameInSnapshots(db: Db, integration: string, from: string, to: string): Promise<void> {
  const snapshots = db.selectFrom('backupSnapshots').select('id').where('integration', '=', integration)
  const taken = db.selectFrom('backupSnapshotParts as other').select('other.snapshotId').where('other.vendorClient', '=', to)
  await db
    .updateTable('backupSnapshotParts')
    .set({ vendorClient: to })
    .where('vendorClient', '=', from)
    .where('snapshotId', 'in', snapshots)
    // MariaDB changes no table that it reads in the same statement, but by way of a table of its own
    .where('snapshotId', 'not in', db.selectFrom(taken.as('taken')).select('taken.snapshotId'))
    .execute()
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

// the log of backups

const selectBackups = (db: Db) =>
  db
    .selectFrom('backupLog')
    .leftJoin('clients', 'clients.id', 'backupLog.clientId')
    .leftJoin('infrastructure', 'infrastructure.id', 'backupLog.infrastructureId')
    .selectAll('backupLog')
    .select(['clients.name as client', 'infrastructure.name as asset'])

/** Adds a backup to the log. One whose `runKey` is there already is not added again: then `isNew` is false, and it is the earlier one. */
export async function addLoggedBackup(db: Db, backup: Omit<NewRow<'backupLog'>, 'id'>): Promise<{ backup: LoggedBackup; isNew: boolean }> {
  const id = newId()
  try {
    await db
      .insertInto('backupLog')
      .values({ id, ...backup })
      .execute()
  } catch (error) {
    if (!isDuplicate(error) || !backup.runKey) throw error
    const earlier = await selectBackups(db).where('backupLog.runKey', '=', backup.runKey).executeTakeFirstOrThrow()
    return { backup: earlier, isNew: false }
  }
  return { backup: await readBackup(db, id), isNew: true }
}

/** Completes the row of a run that was under way when it was logged; false when it was not. */
export async function finishRun(db: Db, runKey: string, set: Partial<NewRow<'backupLog'>>): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('backupLog')
    .set(set)
    .where('runKey', '=', runKey)
    .where('backupStatus', '=', 'in_progress')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function readBackup(db: Db, id: string): Promise<LoggedBackup> {
  return selectBackups(db).where('backupLog.id', '=', id).executeTakeFirstOrThrow()
}

/** The backups whose id begins or ends like that, two at most: enough to know whether it is one. */
export async function findBackups(db: Db, part: string): Promise<LoggedBackup[]> {
  // MariaDB compares an id with a pattern only as text
  const id = sql<string>`cast(backup_log.id as char)`
  return selectBackups(db)
    .where((where) => where.or([where(id, 'like', `${part}%`), where(id, 'like', `%${part}`)]))
    .limit(2)
    .execute()
}

export interface BackupQuery {
  clientId?: string
  type?: BackupType
  status?: BackupStatus
  verification?: VerificationStatus
  source?: string
  /** Started then or later. */
  since?: Date
  /** Started before. */
  before?: Date
  assetIds?: readonly string[]
  /** To be deleted by then, and not deleted. */
  dueAt?: Date
  limit: number
}

/** The latest backups that fit, the newest first. */
export async function listBackups(db: Db, wanted: BackupQuery): Promise<LoggedBackup[]> {
  let query = selectBackups(db)
  if (wanted.clientId !== undefined) query = query.where('backupLog.clientId', '=', wanted.clientId)
  if (wanted.type !== undefined) query = query.where('backupType', '=', wanted.type)
  if (wanted.status !== undefined) query = query.where('backupStatus', '=', wanted.status)
  if (wanted.verification !== undefined) query = query.where('verificationStatus', '=', wanted.verification)
  if (wanted.source !== undefined) query = query.where('backupSource', '=', wanted.source)
  if (wanted.since !== undefined) query = query.where('backupStartedAt', '>=', wanted.since)
  if (wanted.before !== undefined) query = query.where('backupStartedAt', '<', wanted.before)
  if (wanted.assetIds !== undefined) query = query.where('infrastructureId', 'in', wanted.assetIds)
  if (wanted.dueAt !== undefined) {
    query = query.where('scheduledDeletionDate', '<=', wanted.dueAt).where('deletedAt', 'is', null).where('backupStatus', '=', 'completed')
  }
  return query.orderBy('backupStartedAt', 'desc').orderBy('backupLog.id', 'desc').limit(wanted.limit).execute()
}

/** False when it was marked before. */
export async function markDeleted(db: Db, id: string, deletedAt: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('backupLog')
    .set({ backupStatus: 'deleted', deletedAt })
    .where('id', '=', id)
    .where('backupStatus', '!=', 'deleted')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** What a verification leaves in the row. */
export interface Verification {
  verificationStatus: VerificationStatus | null
  verificationMethod: string
  verificationDetails: string
  verificationCompletedAt: Date
}

export async function setVerification(db: Db, id: string, set: Partial<Verification>): Promise<void> {
  await db.updateTable('backupLog').set(set).where('id', '=', id).execute()
}

/** The dumps of msp's own database that a machine has put into a folder and not deleted, the newest first. */
export async function listDumps(db: Db, machine: string, folderPrefix: string): Promise<LoggedBackup[]> {
  const rows = await selectBackups(db)
    .where('backupSource', '=', 'local')
    .where('backupMethod', 'in', ['mariadb-dump', 'sqlite'])
    .where('backupStatus', '=', 'completed')
    .where('storageLocation', '=', machine)
    .orderBy('backupStartedAt', 'desc')
    .orderBy('backupLog.id', 'desc')
    .execute()
  // compared here: in a pattern the characters of a path would have other meanings
  return rows.filter(({ filePath, fileName }) => filePath === folderPrefix + fileName)
}
