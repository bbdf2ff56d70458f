import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type KyselyPlugin, sql } from 'kysely'
import { readShapes } from '../../migrations/adoption/found.ts'
import { toComparable } from '../../migrations/adoption/shape.ts'
import { migrations } from '../../migrations/index.ts'
import { isDuplicate } from '../../src/db/dialect.ts'
import { migrate, readDatabaseStatus } from '../../src/db/migrate.ts'
import type { Db } from '../../src/db/tables.ts'
import { eachPlace, mariaDbUrl, temporaryFolder } from '../support/engines.ts'
import { together } from '../support/processes.ts'
import { seed, some } from '../support/some.ts'
import { examples, makeOwnerDatabase, type OwnerDb, openOwnerDb, parentId, type Row, toCells } from './owner-database.ts'
import { lists, ownerTables } from './owner-tables.ts'

const names = Object.keys(migrations)
const tables = ['clients', 'infrastructure', 'sessions', 'work_items', ...ownerTables]
const isMariaDb = (place: string): boolean => place.startsWith('mysql:')
const asDb = (db: OwnerDb) => db as unknown as Db

async function opened<T>(place: string, use: (db: OwnerDb) => Promise<T>): Promise<T> {
  const db = await openOwnerDb(place)
  try {
    return await use(db)
  } finally {
    await db.destroy()
  }
}

/** The rows of every table, with times as moments: an adopted database writes the same moment in another way. */
async function readRows(db: OwnerDb): Promise<Record<string, Row[]>> {
  const rows = await Promise.all(
    tables.map(async (table) => [table, await db.selectFrom(table).selectAll().orderBy('id').execute()] as const),
  )
  const moment = (column: string, value: unknown) =>
    column.endsWith('_at') && typeof value === 'string' ? new Date(`${value.replace(' ', 'T').replace('Z', '')}Z`) : value
  return Object.fromEntries(
    rows.map(([table, list]) => [
      table,
      list.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, moment(column, value)]))),
    ]),
  )
}

/** What was there, out of what is there now. */
const onlyColumnsOf = (before: Record<string, Row[]>, after: Record<string, Row[]>) =>
  Object.fromEntries(
    Object.entries(after).map(([table, rows]) => [
      table,
      rows.map((row, index) => Object.fromEntries(Object.keys(before[table]?.[index] ?? {}).map((column) => [column, row[column]]))),
    ]),
  )

/** All that decides what the tables take, without the names that the engine gave, and without what the owner has besides. */
async function readShape(db: OwnerDb, onMariaDb: boolean) {
  const shapes = await readShapes(db, tables, onMariaDb)
  const sorted = <T>(list: readonly T[]) => list.map((item) => JSON.stringify(item)).sort()
  return Object.fromEntries(
    shapes
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(({ name, columns, uniques, checks, foreignKeys, indexes }) => [
        name,
        {
          columns: sorted(
            columns
              .filter((column) => column.name !== 'phone')
              .map((column) => (column.name === 'id' ? { ...column, fallback: null } : column)),
          ),
          uniques: sorted(uniques.map((unique) => unique.columns)),
          checks: sorted(checks.map(({ clause }) => toComparable(clause))),
          foreignKeys: sorted(foreignKeys.map(({ name: _, ...key }) => key)),
          indexes: sorted(indexes.filter((index) => index.startsWith('idx_'))),
        },
      ]),
  )
}

async function emptyPlaceLike(place: string, t: TestContext): Promise<string> {
  return isMariaDb(place) ? ((await mariaDbUrl(t)) ?? '') : join(temporaryFolder(t), 'fresh.sqlite')
}

async function freshShape(place: string, t: TestContext) {
  return opened(await emptyPlaceLike(place, t), async (db) => {
    await migrate(asDb(db))
    return readShape(db, isMariaDb(place))
  })
}

const words = (place: string) => {
  const byBytes = isMariaDb(place) ? '; text compared by bytes' : ''
  const credentials =
    'adds owner, account_id, account_name, account_email, gen, state, lease_owner, lease_until; wider type: oauth_expires_at, last_tested_at, last_used_at, created_at, updated_at'
  const times = 'backup_started_at, backup_completed_at, verification_completed_at, scheduled_deletion_date, deleted_at, created_at'
  return [
    { table: 'external_integrations', what: `wider type: created_at${byBytes}; CHECK: integration_type` },
    {
      table: 'integration_credentials',
      what: `${credentials}${byBytes}; no more UNIQUE: (integration_name); UNIQUE: (integration_name, owner); CHECK: state`,
    },
    {
      table: 'ticket_links',
      what: `adds vendor_status, vendor_priority; wider type: last_synced_at, created_at, updated_at${byBytes}; UNIQUE: (session_id, integration_type, ticket_id)`,
    },
    {
      table: 'backup_log',
      what: `may be empty now: file_size_bytes, backup_completed_at; wider type: ${times}${byBytes}; CHECK: file_size_bytes, backup_completed_at, backup_status`,
    },
  ]
}

for (let applied = 0; applied <= 7; applied++) {
  eachPlace(
    `the owner's tables, after ${applied} of the earlier migrations, become as new ones are and keep every row`,
    async (place, t) => {
      await makeOwnerDatabase(place, applied)
      await opened(place, async (db) => {
        const before = await readRows(db)
        const { changes, differences } = await readDatabaseStatus(asDb(db))
        assert.deepEqual({ changes, differences }, { changes: words(place), differences: [] })
        assert.deepEqual(await migrate(asDb(db)), names.slice(applied))
        assert.deepEqual(onlyColumnsOf(before, await readRows(db)), before)
        assert.deepEqual(await readShape(db, isMariaDb(place)), await freshShape(place, t))
        assert.deepEqual(await readDatabaseStatus(asDb(db)), { applied: names, pending: [], unknown: [], changes: [], differences: [] })
        assert.deepEqual(await migrate(asDb(db)), [])
      })
    },
  )
}

eachPlace('an adopted database takes what the owner and msp store, and nothing else', async (place) => {
  await makeOwnerDatabase(place, 7)
  await opened(place, async (db) => {
    await migrate(asDb(db))
    const failed = Object.values(examples.backup_log).find((row) => row.backup_status === 'failed') ?? {}
    const id = '01980000-0000-7000-8000-00000000900'
    const add = (table: string, number: number, row: Row) =>
      db
        .insertInto(table)
        .values(toCells(row, `${id}${number}`, isMariaDb(place)))
        .execute()
    await add('backup_log', 1, failed)
    await assert.rejects(add('backup_log', 2, { ...failed, backup_status: 'completed' }))
    await add('external_integrations', 1, { integration_type: 'itglue_document' })
    await assert.rejects(add('external_integrations', 2, { integration_type: 'other' }))
    const credential = { integration_name: 'syncro', api_base_url: 'https://acme.syncromsp.com' }
    await add('integration_credentials', 1, { ...credential, owner: 'mike@example.com' })
    await assert.rejects(add('integration_credentials', 2, { ...credential, owner: '' }), isDuplicate)
    await assert.rejects(add('integration_credentials', 3, { ...credential, owner: 'x', state: 'other' }))
    const link = { session_id: '', integration_type: 'syncro', ticket_id: '12345' }
    await assert.rejects(add('ticket_links', 1, link), isDuplicate)
    for (const [column, allowed] of Object.entries(lists.ticket_links)) {
      await add('ticket_links', 2, { ...link, ticket_id: column, [column]: allowed[0] })
      await assert.rejects(add('ticket_links', 3, { ...link, ticket_id: `${column}2`, [column]: String(allowed[0]).toUpperCase() }))
      await db.deleteFrom('ticket_links').where('id', '=', `${id}2`).execute()
    }
    const owners = await db
      .selectFrom('integration_credentials')
      .select(['integration_name', 'owner'])
      .orderBy('integration_name')
      .orderBy('owner')
      .execute()
    assert.deepEqual(
      owners.map((row) => ({ ...row })),
      [
        { integration_name: 'msp_backups', owner: '' },
        { integration_name: 'syncro', owner: '' },
        { integration_name: 'syncro', owner: 'mike@example.com' },
        { integration_name: 'zapier', owner: '' },
      ],
    )
    // the keys to other tables hold as before
    await db.deleteFrom('sessions').execute()
    assert.deepEqual(await db.selectFrom('ticket_links').select('id').execute(), [])
    assert.equal((await db.selectFrom('backup_log').select('id').execute()).length, 4)
  })
})

eachPlace('what the owner has besides stays: columns, indexes, defaults', async (place) => {
  await makeOwnerDatabase(place, 0, async (db) => {
    await sql`alter table ticket_links add column colour varchar(20) not null default 'red'`.execute(db)
    await sql`create unique index own_phone on clients (phone)`.execute(db)
    await sql`create index own_colour on ticket_links (colour)`.execute(db)
    await sql`update ticket_links set colour = 'blue' where ticket_id = '12345'`.execute(db)
  })
  await opened(place, async (db) => {
    await migrate(asDb(db))
    const [links] = await readShapes(db, ['ticket_links'], isMariaDb(place))
    assert.deepEqual(
      [links?.indexes.includes('own_colour'), links?.columns.find(({ name }) => name === 'colour')?.fallback],
      [true, "'red'"],
    )
    assert.deepEqual(
      (await db.selectFrom('ticket_links').select(['ticket_id', 'colour']).orderBy('ticket_id').execute()).map((row) => ({ ...row })),
      [
        { ticket_id: '12345', colour: 'blue' },
        { ticket_id: '12346', colour: 'red' },
        { ticket_id: '12347', colour: 'red' },
      ],
    )
  })
})

test('on SQLite a column of the owner keeps what it refers to and how it is compared', async (t) => {
  const place = join(temporaryFolder(t), 'msp.sqlite')
  await makeOwnerDatabase(place, 0, async (db) => {
    await sql`create table sites (id integer primary key, code text collate nocase unique)`.execute(db)
    await sql`insert into sites (id, code) values (7, 'Tucson')`.execute(db)
    await sql`alter table backup_log add column site_code text collate nocase references sites (code) on delete set null on update cascade`.execute(
      db,
    )
    await sql`update backup_log set site_code = 'tucson'`.execute(db)
  })
  await opened(place, async (db) => {
    await migrate(asDb(db))
    await sql`update sites set code = 'Phoenix' where id = 7`.execute(db)
    const { rows } = await sql<{ code: string; same: number }>`
      select distinct site_code as code, site_code = 'PHOENIX' as same from backup_log`.execute(db)
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ code: 'Phoenix', same: 1 }],
    )
  })
})

eachPlace("infrastructure that lacks only what msp adds gets it, and a CHECK that bears one of msp's names gives way", async (place, t) => {
  await makeOwnerDatabase(place, 0, async (db) => {
    for (const column of ['kind', 'integration', 'vendor_id', 'state', 'created_at'])
      await db.schema.alterTable('infrastructure').dropColumn(column).execute()
    if (isMariaDb(place))
      await sql`alter table external_integrations add constraint ext_int_type check (integration_type <> 'zendesk_ticket')`.execute(db)
  })
  await opened(place, async (db) => {
    const before = await readRows(db)
    assert.equal(
      (await readDatabaseStatus(asDb(db))).changes.find(({ table }) => table === 'infrastructure')?.what,
      'adds kind, integration, vendor_id, state, created_at',
    )
    assert.deepEqual(await migrate(asDb(db)), names)
    assert.deepEqual(await readShape(db, isMariaDb(place)), await freshShape(place, t))
    assert.deepEqual(onlyColumnsOf(before, await readRows(db)), before)
  })
})

eachPlace("4 processes that adopt the owner's tables at once all succeed, and the change is made once", async (place, t) => {
  await makeOwnerDatabase(place, 3)
  const before = await opened(place, readRows)
  const results = await together(4, 'migrate-process.ts', place)
  assert.deepEqual(results.flat().sort(), names.slice(3))
  await opened(place, async (db) => {
    assert.deepEqual(await readShape(db, isMariaDb(place)), await freshShape(place, t))
    assert.deepEqual(onlyColumnsOf(before, await readRows(db)), before)
  })
})

test('a trigger of the owner is there afterwards, and did not fire (SQLite)', async (t) => {
  const place = join(temporaryFolder(t), 'msp.sqlite')
  const trigger = "CREATE TRIGGER keep_links BEFORE DELETE ON ticket_links BEGIN SELECT raise(ABORT, 'kept'); END"
  await makeOwnerDatabase(place, 0, (db) => sql.raw(trigger).execute(db))
  await opened(place, async (db) => {
    await migrate(asDb(db))
    await assert.rejects(db.deleteFrom('ticket_links').execute(), /kept/)
  })
})

/** Everything in the database, as far as a refusal could have changed it. */
async function dump(db: OwnerDb, onMariaDb: boolean) {
  const made = onMariaDb
    ? await sql<{
        name: string
      }>`select table_name as name from information_schema.tables where table_schema = database() order by 1`.execute(db)
    : await sql<{ name: string }>`select name || sql as name from sqlite_schema where sql is not null order by 1`.execute(db)
  return { made: made.rows, shapes: await readShapes(db, tables, onMariaDb) }
}

const refused = (lines: string[]) => ({
  code: 'storage',
  message: [
    'The database holds tables that msp cannot take over as they are. Nothing was changed.',
    ...lines.map((line) => `  ${line}`),
  ].join('\n'),
  hint: 'Mend that by hand, or give msp a database of its own, then: msp db status',
})

function eachRefused(name: string, statements: (onMariaDb: boolean) => string[], differences: (onMariaDb: boolean) => string[]): void {
  eachPlace(name, async (place) => {
    const onMariaDb = isMariaDb(place)
    await makeOwnerDatabase(place, 0, async (db) => {
      for (const statement of statements(onMariaDb)) await sql.raw(statement).execute(db)
    })
    await opened(place, async (db) => {
      const before = await dump(db, onMariaDb)
      assert.deepEqual((await readDatabaseStatus(asDb(db))).differences, differences(onMariaDb))
      await assert.rejects(migrate(asDb(db)), refused(differences(onMariaDb)))
      assert.deepEqual(await dump(db, onMariaDb), before)
    })
  })
}

eachRefused(
  'another shape of clients, sessions or work_items is refused with the list of differences, before anything is changed',
  () => [
    'alter table clients add column tier integer',
    `alter table clients add column kind varchar(20) not null default 'x'`,
    'alter table clients rename column name_key to slug',
    'alter table sessions rename column machine to host',
    'alter table work_items rename column note to minutes_of_it',
    'alter table work_items rename column minutes to note',
  ],
  (onMariaDb) => [
    'clients lacks name_key (varchar(255))',
    'clients.slug must not be empty and has no default, msp does not know it',
    'clients is not UNIQUE in name_key',
    'sessions lacks machine (varchar(255))',
    'sessions.host must not be empty and has no default, msp does not know it',
    'work_items lacks minutes (integer)'.replace('integer', onMariaDb ? 'int(11)' : 'integer'),
    onMariaDb ? 'work_items.note is int(11), msp needs text' : 'work_items.note is integer, msp needs text',
    'work_items.minutes_of_it must not be empty and has no default, msp does not know it',
  ],
)

test('each way in which a table that msp writes may differ is named (MariaDB)', async (t) => {
  const place = await mariaDbUrl(t)
  if (place === undefined) return
  const statements = [
    'alter table clients modify name varchar(100) not null, modify created_at datetime(3) not null, add unique (name)',
    'update sessions set ended_at = started_at',
    'alter table sessions modify technician varchar(255) character set latin1 not null, modify ended_at datetime(3) not null, modify machine varchar(255)',
    "alter table work_items drop constraint work_items_source, add constraint own check (source in ('typed', 'other'))",
    'drop table client_mappings',
    'alter table infrastructure drop primary key, add primary key (id, name)',
    'create view client_mappings as select id from clients',
  ]
  await makeOwnerDatabase(place, 1, async (db) => {
    for (const statement of statements.slice(0, 4)) await sql.raw(statement).execute(db)
  })
  await opened(place, async (db) => {
    for (const statement of statements.slice(4)) await sql.raw(statement).execute(db)
    const { differences } = await readDatabaseStatus(asDb(db))
    assert.deepEqual(differences, [
      'clients.name is varchar(100), msp needs varchar(255)',
      'clients.created_at has no default, msp needs utc_timestamp(3)',
      'clients is UNIQUE in name, msp needs it not to be',
      'client_mappings is a view, not a table that msp can use',
      'infrastructure has the key (id, name), msp needs (id)',
      'sessions.technician is compared by latin1_swedish_ci, msp needs utf8mb4_nopad_bin',
      'sessions.machine may be empty, msp needs NOT NULL',
      'sessions.ended_at must not be empty, msp leaves it empty',
      "work_items has a CHECK that msp does not know: `source` in ('typed','other')",
    ])
  })
})

eachRefused(
  'a table that only bears the name of one of the four is refused',
  () => [
    'drop table ticket_links',
    'create table ticket_links (id integer primary key, session_id varchar(36), ticket_id varchar(255), message text)',
  ],
  (onMariaDb) => [
    `ticket_links lacks ${[
      ...['client_id', 'work_item_id'].map((column) => `${column} (${onMariaDb ? 'uuid' : 'text'})`),
      'integration_type (varchar(100)), ticket_number (varchar(100)), ticket_subject (varchar(500)), ticket_url (varchar(500))',
      'ticket_status (varchar(100)), ticket_priority (varchar(50)), link_type (varchar(50)), link_direction (varchar(20)), linked_by (varchar(255))',
      `auto_sync_enabled (${onMariaDb ? 'tinyint(1)' : 'boolean'}), last_synced_at (${onMariaDb ? 'datetime(3)' : 'datetime'}), sync_errors (text)`,
      ...['created_at', 'updated_at'].map((column) => `${column} (${onMariaDb ? 'datetime(3)' : 'datetime'})`),
    ].join(', ')}`,
    `ticket_links.id is ${onMariaDb ? 'int(11), msp needs uuid' : 'integer, msp needs text'}`,
    ...(onMariaDb ? ['ticket_links.session_id is varchar(36), msp needs uuid'] : []),
  ],
)

const linkId = (number: number) => `01980000-0000-7000-8000-00000009000${number}`
const addLink = (number: number, type: string, ticket: string) =>
  `insert into ticket_links (id, session_id, integration_type, ticket_id) values ('${linkId(number)}', '${parentId}', '${type}', '${ticket}')`

eachRefused(
  'two links of one session to one ticket are listed, and neither is dropped',
  () => [addLink(1, 'syncro', '7'), addLink(2, 'syncro', '7'), addLink(3, 'syncro', '8')],
  () => [
    `ticket_links has more than one row for session_id, integration_type, ticket_id = ${parentId}, syncro, 7: ${linkId(1)}, ${linkId(2)}`,
  ],
)

test("a word that only the server's collation took for one of the list is named (MariaDB)", async (t) => {
  const place = await mariaDbUrl(t)
  if (place === undefined) return
  await makeOwnerDatabase(place, 0, (db) => sql.raw(addLink(1, 'Syncro', '7')).execute(db))
  await opened(place, async (db) => {
    const line = `ticket_links ${linkId(1)} has integration_type = Syncro, which msp does not know`
    await assert.rejects(migrate(asDb(db)), refused([line]))
  })
})

test('rows that no CHECK and no key held back are named, up to five of a kind (SQLite)', async (t) => {
  const place = join(temporaryFolder(t), 'msp.sqlite')
  const loosened = async (db: OwnerDb) => {
    const { rows } = await sql<{ sql: string }>`select sql from sqlite_schema where name = 'ticket_links'`.execute(db)
    const statement = (rows[0]?.sql ?? '')
      .replace(/CHECK\(\w+ IN \([^)]*\)\)/g, '')
      .replaceAll('NOT NULL', '')
      .replace('REFERENCES sessions(id) ON DELETE CASCADE', '')
    const links = Array.from({ length: 7 }, (_, number) => addLink(number, 'jira', String(number)))
    const spoilt = [`set ticket_id = null where id = '${linkId(0)}'`, `set session_id = 'nobody' where id = '${linkId(1)}'`]
    for (const each of ['drop table ticket_links', statement, ...links, ...spoilt.map((change) => `update ticket_links ${change}`)])
      await sql.raw(each).execute(db)
  }
  await makeOwnerDatabase(place, 0, loosened)
  await opened(place, async (db) => {
    const unknown = (number: number) => `ticket_links ${linkId(number)} has integration_type = jira, which msp does not know`
    assert.deepEqual((await readDatabaseStatus(asDb(db))).differences, [
      `ticket_links ${linkId(0)} has no ticket_id`,
      ...[0, 1, 2, 3, 4].map(unknown),
      '… and 2 more like the last',
      `ticket_links ${linkId(1)} names a row of sessions that is not there: nobody`,
    ])
  })
})

test('rows that name a session are listed where there is no such table, and adopted once they name none (MariaDB)', async (t) => {
  const place = await mariaDbUrl(t)
  if (place === undefined) return
  await makeOwnerDatabase(place, 0, async (db) => {
    for (const table of ['external_integrations', 'ticket_links', 'backup_log', 'work_items']) {
      const shape = (await readShapes(db, [table], true)).flatMap(({ foreignKeys }) => foreignKeys)
      const key = shape.find((each) => each.table === 'sessions')
      await sql.raw(`alter table ${table} drop foreign key ${key?.name}`).execute(db)
    }
    for (const statement of [
      'drop table sessions',
      'delete from backup_log',
      'delete from external_integrations',
      'delete from work_items',
    ])
      await sql.raw(statement).execute(db)
  })
  await opened(place, async (db) => {
    const lines = [0, 1, 2].map(
      (number) => `ticket_links 01980000-0000-7000-8000-00000003000${number} names a row of sessions that is not there: ${parentId}`,
    )
    await assert.rejects(migrate(asDb(db)), refused(lines))
    await sql`update ticket_links set session_id = null`.execute(db)
    assert.deepEqual(await migrate(asDb(db)), names)
    const [links] = await readShapes(db, ['ticket_links'], true)
    assert.equal(
      links?.foreignKeys.some(({ table }) => table === 'sessions'),
      true,
    )
  })
})

/** Fails the statement of this number that changes a table: as it begins, or once it is done. `seen` gets the kinds of those that came. */
function stopAt(number: number, when: 'before' | 'after', seen: string[] = []): KyselyPlugin {
  const stopped = new Set<object>()
  return {
    transformQuery: ({ node, queryId }) => {
      const [change] = (node.kind === 'RawNode' && /^(alter|drop|create|insert)\W+\w+/i.exec(node.sqlFragments[0] ?? '')) || []
      if (change !== undefined && seen.push(change) === number) {
        if (when === 'before') throw new Error('Stopped.')
        stopped.add(queryId)
      }
      return node
    },
    transformResult: async ({ result, queryId }) => {
      if (stopped.has(queryId)) throw new Error('Stopped.')
      return result
    },
  }
}

for (const when of ['before', 'after'] as const) {
  eachPlace(`an adoption that stops ${when} any of its statements goes on at the next run`, async (place, t) => {
    const wanted = await freshShape(place, t)
    const kinds: string[] = []
    await makeOwnerDatabase(place, 7)
    await opened(place, (db) => migrate(asDb(db.withPlugin(stopAt(0, when, kinds)) as OwnerDb)))
    // MariaDB: a statement a table; SQLite: a new table, the rows, the old one's end, the name, and the owner's 20 indexes
    assert.equal(kinds.length, isMariaDb(place) ? 4 : 4 * 4 + 20)
    for (const number of some([...kinds.keys()], 1, (index) => kinds[index] ?? '')) {
      const where = `stopped ${when} statement ${number + 1}, ${kinds[number]}, seed ${seed}`
      const copy = await emptyPlaceLike(place, t)
      await makeOwnerDatabase(copy, 7)
      await opened(copy, async (db) => {
        const before = await readRows(db)
        await assert.rejects(
          migrate(asDb(db.withPlugin(stopAt(number + 1, when)) as OwnerDb)),
          /The migration 008_adopted_tables failed: Stopped/,
          where,
        )
        assert.deepEqual(await migrate(asDb(db)), names.slice(7), where)
        assert.deepEqual(await readShape(db, isMariaDb(place)), wanted, where)
        assert.deepEqual(onlyColumnsOf(before, await readRows(db)), before, where)
      })
    }
  })
}
