import type { Kysely } from 'kysely'
import { createTable } from './types.ts'

export const what = 'what the vendors allow, as one budget for all machines'

export async function up(db: Kysely<any>): Promise<void> {
  await createTable(db, 'rate_limits')
    // a vendor and its host: `syncro acme.syncromsp.com`
    .addColumn('scope', 'varchar(300)', (column) => column.primaryKey())
    // both in microseconds of this database's clock: when the calls so far are paid for, and until when nobody calls
    .addColumn('tat_us', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('pause_us', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
}
