import type { Kysely } from 'kysely'
import { columnTypes, createIndexes, createTable, oneOf } from './types.ts'

export const what = 'the record of every call to a vendor'

// The owner's nine types, then every integration's by the same pattern, so that no vendor needs a migration of its own.
const types = [
  ...['syncro_ticket', 'syncro_time', 'syncro_asset', 'msp_backups_report', 'msp_backups_status', 'zapier_webhook', 'zapier_trigger'],
  ...['email_notification', 'custom_integration'],
  ...['syncro', 'autotask', 'connectwise', 'zendesk', 'freshdesk'].flatMap((vendor) =>
    ['ticket', 'time', 'asset', 'account', 'client', 'attachment', 'alert', 'webhook'].map((thing) => `${vendor}_${thing}`),
  ),
  ...['msp_backups_account', 'msp_backups_client', 'zapier_account', 'smtp_account', 'smtp_message'],
  ...['itglue_account', 'itglue_client', 'itglue_document', 'itglue_asset'],
]

export async function up(db: Kysely<any>): Promise<void> {
  const type = columnTypes(db)
  await createTable(db, 'external_integrations')
    .addColumn('id', type.id, (column) => column.primaryKey())
    .addColumn('session_id', type.id)
    .addColumn('work_item_id', type.id)
    .addColumn('client_id', type.id)
    .addColumn('integration_type', 'varchar(100)', (column) => column.notNull())
    .addColumn('integration_name', 'varchar(255)')
    .addColumn('external_id', 'varchar(255)')
    .addColumn('external_url', 'varchar(500)')
    .addColumn('external_reference', 'varchar(255)')
    .addColumn('action', 'varchar(50)')
    .addColumn('direction', 'varchar(20)')
    .addColumn('request_data', 'text')
    .addColumn('response_data', 'text')
    .addColumn('response_status', 'varchar(50)')
    .addColumn('error_message', 'text')
    .addColumn('request_duration_ms', 'integer')
    .addColumn('retry_count', 'integer', (column) => column.defaultTo(0))
    .addColumn('created_at', type.time, (column) => column.defaultTo(type.now))
    .addColumn('created_by', 'varchar(255)')
    .addForeignKeyConstraint('ext_int_session', ['session_id'], 'sessions', ['id'], (key) => key.onDelete('cascade'))
    .addForeignKeyConstraint('ext_int_work_item', ['work_item_id'], 'work_items', ['id'], (key) => key.onDelete('cascade'))
    .addForeignKeyConstraint('ext_int_client', ['client_id'], 'clients', ['id'], (key) => key.onDelete('set null'))
    .addCheckConstraint('ext_int_type', oneOf('integration_type', [...new Set(types)]))
    .addCheckConstraint(
      'ext_int_action',
      oneOf('action', ['created', 'updated', 'linked', 'attached', 'retrieved', 'searched', 'deleted', 'triggered']),
    )
    .addCheckConstraint('ext_int_direction', oneOf('direction', ['outbound', 'inbound']))
    .execute()
  await createIndexes(db, 'external_integrations', {
    idx_ext_int_session: ['session_id'],
    idx_ext_int_work_item: ['work_item_id'],
    idx_ext_int_client: ['client_id'],
    idx_ext_int_type: ['integration_type'],
    idx_ext_int_external: ['external_id'],
    idx_ext_int_status: ['response_status'],
    idx_ext_int_created: ['created_at'],
  })
}
