import { type Kysely, sql } from 'kysely'
import { columnTypes, createTable, oneOf } from './types.ts'

export const what = 'the installation, its key slots and its older data keys'

export async function up(db: Kysely<any>): Promise<void> {
  const type = columnTypes(db)
  await createTable(db, 'installation')
    .addColumn('one', 'integer', (column) => column.primaryKey())
    .addColumn('id', type.id, (column) => column.notNull())
    .addColumn('dek_id', 'bigint', (column) => column.notNull())
    .addColumn('dek_check', type.bytes, (column) => column.notNull())
    .addColumn('min_dek_id', 'bigint')
    .addColumn('created_at', type.time, (column) => column.notNull().defaultTo(type.now))
    .addCheckConstraint('installation_one', sql`one = 1`)
    .execute()
  await createTable(db, 'key_slots')
    .addColumn('id', type.id, (column) => column.primaryKey())
    .addColumn('kind', 'varchar(20)', (column) => column.notNull())
    .addColumn('label', 'varchar(255)', (column) => column.notNull())
    .addColumn('pub', type.bytes)
    .addColumn('salt', type.bytes)
    .addColumn('kdf', 'varchar(255)')
    .addColumn('wrapped_dek', type.bytes, (column) => column.notNull())
    .addColumn('mac', type.bytes, (column) => column.notNull())
    .addColumn('expires_at', type.time)
    .addColumn('created_at', type.time, (column) => column.notNull().defaultTo(type.now))
    .addCheckConstraint('key_slots_kind', oneOf('kind', ['machine', 'invite', 'recovery', 'passphrase', 'keyfile']))
    .execute()
  await createTable(db, 'dek_ring')
    .addColumn('dek_id', 'bigint', (column) => column.primaryKey())
    .addColumn('sealed_under_dek_id', 'bigint', (column) => column.notNull())
    .addColumn('dek_encrypted', type.bytes, (column) => column.notNull())
    .execute()
}
