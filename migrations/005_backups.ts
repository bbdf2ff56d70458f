import { type Kysely, sql } from 'kysely'
import { columnTypes, createIndexes, createTable, oneOf } from './types.ts'

export const what = 'the log of backups, and dated copies of what the backup vendor said'

export async function up(db: Kysely<any>): Promise<void> {
  const type = columnTypes(db)
  await createTable(db, 'backup_log')
    .addColumn('id', type.id, (column) => column.primaryKey())
    .addColumn('client_id', type.id)
    .addColumn('infrastructure_id', type.id)
    .addColumn('session_id', type.id)
    .addColumn('backup_type', 'varchar(50)', (column) => column.notNull())
    .addColumn('backup_source', 'varchar(100)')
    .addColumn('file_path', 'varchar(500)', (column) => column.notNull())
    .addColumn('file_name', 'varchar(255)')
    .addColumn('file_size_bytes', 'bigint')
    .addColumn('storage_location', 'varchar(500)')
    .addColumn('backup_started_at', type.time, (column) => column.notNull())
    .addColumn('backup_completed_at', type.time)
    .addColumn('duration_seconds', 'integer', (column) =>
      column.generatedAlwaysAs(type.secondsBetween('backup_started_at', 'backup_completed_at')).stored(),
    )
    .addColumn('verification_status', 'varchar(50)')
    .addColumn('verification_method', 'varchar(100)')
    .addColumn('verification_details', 'text')
    .addColumn('verification_completed_at', type.time)
    .addColumn('database_host', 'varchar(255)')
    .addColumn('database_name', 'varchar(100)')
    .addColumn('backup_method', 'varchar(50)')
    .addColumn('compression_type', 'varchar(50)')
    .addColumn('encryption_enabled', 'boolean', (column) => column.defaultTo(false))
    .addColumn('retention_days', 'integer')
    .addColumn('scheduled_deletion_date', type.time)
    .addColumn('deleted_at', type.time)
    .addColumn('backup_status', 'varchar(50)', (column) => column.defaultTo('completed'))
    .addColumn('error_message', 'text')
    .addColumn('external_integration_id', type.id)
    .addColumn('created_at', type.time, (column) => column.defaultTo(type.now))
    .addForeignKeyConstraint('backup_log_client', ['client_id'], 'clients', ['id'], (key) => key.onDelete('set null'))
    .addForeignKeyConstraint('backup_log_infrastructure', ['infrastructure_id'], 'infrastructure', ['id'], (key) =>
      key.onDelete('set null'),
    )
    .addForeignKeyConstraint('backup_log_session', ['session_id'], 'sessions', ['id'], (key) => key.onDelete('set null'))
    .addForeignKeyConstraint('backup_log_record', ['external_integration_id'], 'external_integrations', ['id'])
    .addCheckConstraint(
      'backup_log_type',
      oneOf('backup_type', ['daily', 'weekly', 'monthly', 'manual', 'pre-migration', 'pre-upgrade', 'disaster_recovery']),
    )
    .addCheckConstraint('backup_log_verification', oneOf('verification_status', ['passed', 'failed', 'not_verified', 'in_progress']))
    .addCheckConstraint('backup_log_status', oneOf('backup_status', ['in_progress', 'completed', 'failed', 'deleted']))
    // a failed backup has no size and one in progress no end; every other has both
    .addCheckConstraint(
      'backup_log_whole',
      sql`(file_size_bytes is not null and backup_completed_at is not null) or (backup_status is not null and backup_status in ('in_progress', 'failed'))`,
    )
    .execute()
  await createIndexes(db, 'backup_log', {
    idx_backup_client: ['client_id'],
    idx_backup_infrastructure: ['infrastructure_id'],
    idx_backup_type: ['backup_type'],
    idx_backup_date: ['backup_completed_at'],
    idx_backup_verification: ['verification_status'],
    idx_backup_status: ['backup_status'],
  })
  await createTable(db, 'backup_snapshots')
    .addColumn('id', type.id, (column) => column.primaryKey())
    .addColumn('integration', 'varchar(100)', (column) => column.notNull())
    .addColumn('taken_at', type.time, (column) => column.notNull())
    .addColumn('body', type.longText, (column) => column.notNull())
    .execute()
  await createIndexes(db, 'backup_snapshots', { idx_backup_snapshots_taken: ['integration', 'taken_at'] })
}
