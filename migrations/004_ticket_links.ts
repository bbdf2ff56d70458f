import type { Kysely } from 'kysely'
import { columnTypes, createIndexes, createTable, oneOf } from './types.ts'

export const what = 'the links between sessions and tickets'

export async function up(db: Kysely<any>): Promise<void> {
  const type = columnTypes(db)
  await createTable(db, 'ticket_links')
    .addColumn('id', type.id, (column) => column.primaryKey())
    .addColumn('session_id', type.id)
    .addColumn('client_id', type.id)
    .addColumn('work_item_id', type.id)
    .addColumn('integration_type', 'varchar(100)', (column) => column.notNull())
    .addColumn('ticket_id', 'varchar(255)', (column) => column.notNull())
    .addColumn('ticket_number', 'varchar(100)')
    .addColumn('ticket_subject', 'varchar(500)')
    .addColumn('ticket_url', 'varchar(500)')
    .addColumn('ticket_status', 'varchar(100)')
    .addColumn('ticket_priority', 'varchar(50)')
    .addColumn('vendor_status', 'varchar(255)')
    .addColumn('vendor_priority', 'varchar(255)')
    .addColumn('link_type', 'varchar(50)')
    .addColumn('link_direction', 'varchar(20)')
    .addColumn('linked_by', 'varchar(255)')
    .addColumn('auto_sync_enabled', 'boolean', (column) => column.defaultTo(false))
    .addColumn('last_synced_at', type.time)
    .addColumn('sync_errors', 'text')
    .addColumn('created_at', type.time, (column) => column.defaultTo(type.now))
    .addColumn('updated_at', type.time, (column) => column.defaultTo(type.now))
    .addUniqueConstraint('ticket_links_once', ['session_id', 'integration_type', 'ticket_id'])
    .addForeignKeyConstraint('ticket_links_session', ['session_id'], 'sessions', ['id'], (key) => key.onDelete('cascade'))
    .addForeignKeyConstraint('ticket_links_client', ['client_id'], 'clients', ['id'], (key) => key.onDelete('cascade'))
    .addForeignKeyConstraint('ticket_links_work_item', ['work_item_id'], 'work_items', ['id'], (key) => key.onDelete('set null'))
    .addCheckConstraint(
      'ticket_links_integration',
      oneOf('integration_type', ['syncro', 'autotask', 'connectwise', 'zendesk', 'freshdesk']),
    )
    .addCheckConstraint('ticket_links_type', oneOf('link_type', ['related', 'resolves', 'documents', 'caused_by']))
    .addCheckConstraint('ticket_links_direction', oneOf('link_direction', ['manual', 'automatic']))
    .execute()
  await createIndexes(db, 'ticket_links', {
    idx_ticket_session: ['session_id'],
    idx_ticket_client: ['client_id'],
    idx_ticket_work_item: ['work_item_id'],
    idx_ticket_external: ['integration_type', 'ticket_id'],
    idx_ticket_status: ['ticket_status'],
  })
}
