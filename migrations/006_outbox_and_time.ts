import type { Kysely } from 'kysely'
import { columnTypes, createIndexes, createTable, oneOf } from './types.ts'

export const what = 'the outbox of writes, what it has posted of the work, and time entries'

export async function up(db: Kysely<any>): Promise<void> {
  const type = columnTypes(db)
  await createTable(db, 'outbox')
    // the engine counts: writes to one ticket go out in the order in which they were asked for
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', type.id, (column) => column.notNull().unique())
    .addColumn('short_id', 'varchar(10)', (column) => column.notNull().unique())
    .addColumn('integration', 'varchar(100)', (column) => column.notNull())
    .addColumn('owner', 'varchar(255)', (column) => column.notNull())
    .addColumn('kind', 'varchar(50)', (column) => column.notNull())
    .addColumn('session_id', type.id)
    .addColumn('client_id', type.id)
    .addColumn('ticket_id', 'varchar(255)')
    .addColumn('ticket_number', 'varchar(100)')
    .addColumn('visibility', 'varchar(20)')
    .addColumn('payload_encrypted', type.bytes)
    // of a write that was cancelled it is cleared: asking again is then a new write; one that failed is replaced
    .addColumn('dedupe_key', 'varchar(64)', (column) => column.unique())
    .addColumn('reference', 'varchar(50)', (column) => column.notNull())
    .addColumn('state', 'varchar(20)', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    // how often in a row the vendor was looked at and the write was not found there
    .addColumn('missed', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('not_before', type.time)
    .addColumn('first_sent_at', type.time)
    .addColumn('lease_owner', 'varchar(255)')
    .addColumn('lease_until', type.time)
    .addColumn('vendor_id', 'varchar(255)')
    .addColumn('last_error', 'text')
    .addColumn('created_by', 'varchar(255)', (column) => column.notNull())
    .addColumn('agent', 'varchar(100)')
    .addColumn('approved_by', 'varchar(255)')
    .addColumn('created_at', type.time, (column) => column.notNull().defaultTo(type.now))
    .addForeignKeyConstraint('outbox_session', ['session_id'], 'sessions', ['id'], (key) => key.onDelete('set null'))
    .addForeignKeyConstraint('outbox_client', ['client_id'], 'clients', ['id'], (key) => key.onDelete('set null'))
    .addCheckConstraint('outbox_visibility', oneOf('visibility', ['internal', 'public', 'email']))
    .addCheckConstraint(
      'outbox_state',
      oneOf('state', ['draft', 'ready', 'sending', 'done', 'unknown', 'failed', 'cancelled', 'needs_human']),
    )
    .execute()
  await createIndexes(db, 'outbox', {
    idx_outbox_due: ['state', 'not_before'],
    idx_outbox_ticket: ['integration', 'ticket_id', 'seq'],
    idx_outbox_session: ['session_id'],
  })
  await createTable(db, 'work_item_posts')
    .addColumn('work_item_id', type.id, (column) => column.notNull())
    .addColumn('integration', 'varchar(100)', (column) => column.notNull())
    .addColumn('ticket_id', 'varchar(255)', (column) => column.notNull())
    .addColumn('outbox_id', type.id, (column) => column.notNull())
    .addPrimaryKeyConstraint('work_item_posts_pk', ['work_item_id', 'integration', 'ticket_id'])
    .addForeignKeyConstraint('work_item_posts_work_item', ['work_item_id'], 'work_items', ['id'], (key) => key.onDelete('cascade'))
    .addForeignKeyConstraint('work_item_posts_outbox', ['outbox_id'], 'outbox', ['id'], (key) => key.onDelete('cascade'))
    .execute()
  await createTable(db, 'time_entries')
    .addColumn('id', type.id, (column) => column.primaryKey())
    .addColumn('session_id', type.id)
    .addColumn('client_id', type.id, (column) => column.notNull())
    .addColumn('integration', 'varchar(100)', (column) => column.notNull())
    .addColumn('ticket_id', 'varchar(255)', (column) => column.notNull())
    .addColumn('ticket_number', 'varchar(100)')
    .addColumn('technician', 'varchar(255)', (column) => column.notNull())
    .addColumn('started_at', type.time, (column) => column.notNull())
    .addColumn('ended_at', type.time, (column) => column.notNull())
    .addColumn('minutes', 'integer', (column) => column.notNull())
    .addColumn('billable', 'boolean', (column) => column.notNull())
    .addColumn('labor_id', 'varchar(255)')
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('outbox_id', type.id, (column) => column.notNull())
    .addColumn('vendor_id', 'varchar(255)')
    .addColumn('charged_at', type.time)
    .addColumn('created_at', type.time, (column) => column.notNull().defaultTo(type.now))
    .addForeignKeyConstraint('time_entries_session', ['session_id'], 'sessions', ['id'], (key) => key.onDelete('set null'))
    .addForeignKeyConstraint('time_entries_client', ['client_id'], 'clients', ['id'], (key) => key.onDelete('cascade'))
    .addForeignKeyConstraint('time_entries_outbox', ['outbox_id'], 'outbox', ['id'])
    .execute()
  await createIndexes(db, 'work_item_posts', { idx_work_item_posts_outbox: ['outbox_id'] })
  await createIndexes(db, 'time_entries', {
    idx_time_entries_technician: ['technician', 'started_at'],
    idx_time_entries_session: ['session_id'],
    idx_time_entries_outbox: ['outbox_id'],
  })
}
