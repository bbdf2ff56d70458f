import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { columnTypes, createIndexes, createTable, isMariaDb } from './types.ts'

export const what =
  'the backups of each client in the dated snapshots, what is expected of them, saved reports, checksums of logged backups'

export async function up(db: Kysely<any>): Promise<void> {
  await makeSnapshotParts(db)
  await makeExpectations(db)
  await makeSavedReports(db)
  await extendLog(db)
}

/** A snapshot by client, so that one client's past is read without everybody's. */
async function makeSnapshotParts(db: Kysely<any>): Promise<void> {
  const type = columnTypes(db)
  // what snapshots say of a client, each once: between two nights they say the same, and for months the same of what plans there are
  await createTable(db, 'backup_snapshot_bodies')
    // SHA-256 in hex
    .addColumn('hash', 'varchar(64)', (column) => column.primaryKey())
    // JSON
    .addColumn('body', type.bytes, (column) => column.notNull())
    .execute()
  await createTable(db, 'backup_snapshot_parts')
    .addColumn('snapshot_id', type.id, (column) => column.notNull())
    // the vendor's name of the client in lower case; '' for plans of none
    .addColumn('vendor_client', 'varchar(255)', (column) => column.notNull())
    // what plans there are, and how their last runs went
    .addColumn('plans_hash', 'varchar(64)', (column) => column.notNull())
    .addColumn('runs_hash', 'varchar(64)', (column) => column.notNull())
    .addPrimaryKeyConstraint('backup_snapshot_parts_pk', ['snapshot_id', 'vendor_client'])
    .addForeignKeyConstraint('backup_snapshot_parts_plans', ['plans_hash'], 'backup_snapshot_bodies', ['hash'])
    .addForeignKeyConstraint('backup_snapshot_parts_runs', ['runs_hash'], 'backup_snapshot_bodies', ['hash'])
    .addForeignKeyConstraint('backup_snapshot_parts_snapshot', ['snapshot_id'], 'backup_snapshots', ['id'], (key) =>
      key.onDelete('cascade'),
    )
    .execute()
  // live: taken while the vendor showed it; history: put together afterwards of the vendor's history, for one client and day.
  await addColumn(db, 'backup_snapshots', 'source', sql`varchar(20) not null default 'live'`)
  await takeApart(db)
}

/** A plan as snapshots of before have it. */
interface OldPlan {
  [name: string]: unknown
  vendorClient: string | null
  key: string
  plan: string
  status: string
  lastStart: string | null
  nextStart: string | null
}

/** Snapshots of before hold the plans of all clients in one body. One that is done holds none any more, so this can begin again. */
async function takeApart(db: Kysely<any>): Promise<void> {
  const old = await db.selectFrom('backup_snapshots').select('id').where('body', '<>', '{}').execute()
  for (const { id } of old) {
    const { body } = await db.selectFrom('backup_snapshots').select('body').where('id', '=', id).executeTakeFirstOrThrow()
    const plans: OldPlan[] = JSON.parse(typeof body === 'string' ? body : JSON.stringify(body))
    for (const [client, ofClient] of Map.groupBy(plans, ({ vendorClient }) => (vendorClient ?? '').trim().toLowerCase().slice(0, 255))) {
      const hashes = { plans_hash: await keep(db, ofClient.map(toKeptPlan)), runs_hash: await keep(db, ofClient.map(toKeptRun)) }
      const part = { snapshot_id: id, vendor_client: client }
      const known = db
        .selectFrom('backup_snapshot_parts')
        .select('snapshot_id')
        .where('snapshot_id', '=', id)
        .where('vendor_client', '=', client)
      if (!(await known.executeTakeFirst()))
        await db
          .insertInto('backup_snapshot_parts')
          .values({ ...part, ...hashes })
          .execute()
    }
    await db.updateTable('backup_snapshots').set({ body: '{}' }).where('id', '=', id).execute()
  }
}

async function keep(db: Kysely<any>, rows: readonly unknown[]): Promise<string> {
  const body = Buffer.from(JSON.stringify(rows))
  const hash = createHash('sha256').update(body).digest('hex')
  const known = await db.selectFrom('backup_snapshot_bodies').select('hash').where('hash', '=', hash).executeTakeFirst()
  if (!known) await db.insertInto('backup_snapshot_bodies').values({ hash, body }).execute()
  return hash
}

// both as src/backups/snapshot.ts reads them

function toKeptPlan({ computer, key, plan, type, kind, vendorClient }: OldPlan): unknown[] {
  // of a plan without an id its name is the end of the key, and may have a slash itself
  const end = key.endsWith(`/${plan}`) ? key.length - plan.length - 1 : key.lastIndexOf('/')
  return [computer, key.slice(0, end), key.slice(end + 1), plan, type, kind, vendorClient]
}

const statuses = ['successful', 'warning', 'failed', 'overdue', 'running', 'neverRan', 'unknown']

function toKeptRun({ status, lastStart, nextStart, filesFailed, protectedBytes, sentBytes, reason }: OldPlan): unknown[] {
  const [last, next] = [lastStart, nextStart].map((time) => (time === null ? null : Date.parse(time)))
  const place = statuses.indexOf(status)
  return [place, place, last, next, filesFailed, protectedBytes, sentBytes, null, reason]
}

async function makeExpectations(db: Kysely<any>): Promise<void> {
  const type = columnTypes(db)
  await createTable(db, 'backup_expectations')
    .addColumn('id', type.id, (column) => column.primaryKey())
    // a client with all its plans, one computer of it, or one plan: what is not named is ''
    .addColumn('client_id', type.id, (column) => column.notNull())
    .addColumn('computer', 'varchar(255)', (column) => column.notNull().defaultTo(''))
    .addColumn('plan', 'varchar(255)', (column) => column.notNull().defaultTo(''))
    // null: as the plan's own schedule and history say
    .addColumn('every_minutes', 'integer')
    .addColumn('grace_minutes', 'integer')
    .addColumn('weekdays_only', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('paused_until', type.time)
    // nothing is expected any more
    .addColumn('is_ignored', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('created_by', 'varchar(255)', (column) => column.notNull())
    .addColumn('created_at', type.time, (column) => column.notNull().defaultTo(type.now))
    // null while it holds; what held before stays, so that a past day is judged as it was
    .addColumn('ended_at', type.time)
    .addForeignKeyConstraint('backup_expectations_client', ['client_id'], 'clients', ['id'], (key) => key.onDelete('cascade'))
    .execute()
  await createIndexes(db, 'backup_expectations', { idx_backup_expectations_client: ['client_id'] })
}

async function makeSavedReports(db: Kysely<any>): Promise<void> {
  const type = columnTypes(db)
  await createTable(db, 'saved_backup_reports')
    .addColumn('id', type.id, (column) => column.primaryKey())
    .addColumn('session_id', type.id, (column) => column.notNull())
    .addColumn('client_id', type.id, (column) => column.notNull())
    .addColumn('report_date', 'varchar(10)', (column) => column.notNull())
    .addColumn('taken_at', type.time, (column) => column.notNull())
    // JSON: the report as --json prints it
    .addColumn('body', type.longText, (column) => column.notNull())
    .addColumn('created_by', 'varchar(255)', (column) => column.notNull())
    .addColumn('created_at', type.time, (column) => column.notNull().defaultTo(type.now))
    .addForeignKeyConstraint('saved_backup_reports_session', ['session_id'], 'sessions', ['id'], (key) => key.onDelete('cascade'))
    .addForeignKeyConstraint('saved_backup_reports_client', ['client_id'], 'clients', ['id'], (key) => key.onDelete('cascade'))
    .execute()
  await createIndexes(db, 'saved_backup_reports', { idx_saved_backup_reports_session: ['session_id'] })
}

async function extendLog(db: Kysely<any>): Promise<void> {
  // a table that was there before msp may have another default
  const byBytes = isMariaDb(db) ? sql`varchar(64) character set utf8mb4 collate utf8mb4_nopad_bin` : sql`varchar(64)`
  // SHA-256 in hex, of the file when it was logged
  await addColumn(db, 'backup_log', 'checksum', byBytes)
  // what identifies a run at a backup vendor, so that it is logged once
  await addColumn(db, 'backup_log', 'run_key', byBytes)
  const taken = isMariaDb(db) ? sql`show index from backup_log where key_name = 'idx_backup_run'` : undefined
  if (taken && (await taken.execute(db)).rows.length > 0) return
  await db.schema.createIndex('idx_backup_run').ifNotExists().unique().on('backup_log').column('run_key').execute()
}

/** SQLite has no ADD COLUMN IF NOT EXISTS, and a migration may have stopped half-way. */
async function addColumn(db: Kysely<any>, table: string, name: string, type: ReturnType<typeof sql>): Promise<void> {
  const tables = await db.introspection.getTables()
  if (tables.find((each) => each.name === table)?.columns.some((column) => column.name === name)) return
  await db.schema.alterTable(table).addColumn(name, type).execute()
}
