import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, type KyselyPlugin, sql } from 'kysely'
import { migrations } from '../../migrations/index.ts'
import { listSnapshots, readSnapshots } from '../../src/backups/store.ts'
import { migrate, readMigrations, refuseNewer } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { Tables } from '../../src/db/tables.ts'
import { eachPlace, mariaDbUrl, temporaryFolder } from '../support/engines.ts'
import { placeOf } from '../support/mariadb.ts'
import { together } from '../support/processes.ts'

const names = Object.keys(migrations)

function onEachEmpty(name: string, body: (db: Kysely<Tables>) => Promise<void>): void {
  eachPlace(name, async (place) => {
    const db = await openDatabase(placeOf(place))
    try {
      await body(db)
    } finally {
      await db.destroy()
    }
  })
}

onEachEmpty('an empty database gets every migration, and the status says so in words', async (db) => {
  const pending = Object.entries(migrations).map(([name, { what }]) => ({ name, what }))
  assert.deepEqual(await readMigrations(db), { applied: [], pending, unknown: [] })
  assert.deepEqual(await migrate(db), names)
  assert.deepEqual(await readMigrations(db), { applied: names, pending: [], unknown: [] })
  assert.equal(pending[1]?.what, 'the record of every call to a vendor')
})

onEachEmpty('a second run does nothing', async (db) => {
  await migrate(db)
  assert.deepEqual(await migrate(db), [])
})

onEachEmpty('a run that stopped before it was noted down is repeated, and loses nothing', async (db) => {
  await migrate(db)
  await db.insertInto('clients').values({ id: clientId, name: 'Bell & Sons', nameKey: 'bell & sons' }).execute()
  await sql`delete from kysely_migration`.execute(db)
  assert.deepEqual(await migrate(db), names)
  assert.deepEqual(await db.selectFrom('clients').select('name').execute(), [{ name: 'Bell & Sons' }])
})

onEachEmpty('the latest migration goes on where it stopped, before any of its statements', async (db) => {
  let stopped = 0
  while (await stops(migrate(db.withPlugin(stopAt(stopped + 1))))) stopped++
  const columns = (await db.introspection.getTables()).find(({ name }) => name === 'backup_log')?.columns.map(({ name }) => name)
  // SQLite takes back what a stopped run has done; on MariaDB a column that is there already needs no statement
  assert.ok(stopped > 5, String(stopped))
  assert.deepEqual([columns?.slice(-2), await migrate(db)], [['checksum', 'run_key'], []])
})

onEachEmpty('a database newer than msp is refused and not touched', async (db) => {
  await migrate(db)
  await sql`update kysely_migration set name = '999_teleport' where name = ${names.at(-1)}`.execute(db)
  const status = await readMigrations(db)
  assert.deepEqual(status.unknown, ['999_teleport'])
  assert.throws(() => refuseNewer(status), {
    code: 'storage',
    message: 'The database was changed by a newer msp (999_teleport). Nothing was touched.',
    hint: 'Install the newest msp on this machine too.',
  })
  await assert.rejects(migrate(db))
  assert.deepEqual(await readMigrations(db), status)
})

test('8 processes that migrate one SQLite file at once all succeed', async (t) => {
  await migratedOnce(8, `${temporaryFolder(t)}/msp.sqlite`)
})

test('4 processes that migrate one MariaDB at once all succeed', async (t) => {
  const url = await mariaDbUrl(t)
  if (url !== undefined) await migratedOnce(4, url)
})

async function migratedOnce(count: number, place: string): Promise<void> {
  const results = await together(count, 'migrate-process.ts', place)
  assert.deepEqual(results.flat().sort(), names)
}

const clientId = '01980000-0000-7000-8000-000000000001'

async function stops(migrating: Promise<unknown>): Promise<boolean> {
  try {
    await migrating
    return false
  } catch (error) {
    assert.match(String(error), /The migration (009_backup_proof|010_rate_limits) failed: Stopped/)
    return true
  }
}

/** Stops before the statement with this number of those that the latest migrations change tables with. */
function stopAt(number: number): KyselyPlugin {
  let seen = 0
  return {
    transformQuery: ({ node }) => {
      const isFirst = JSON.stringify(node).includes('"backup_snapshot_parts"')
      const isChange = ['CreateTableNode', 'AlterTableNode', 'CreateIndexNode'].includes(node.kind)
      if (isChange && (isFirst || seen > 0) && ++seen === number) throw new Error('Stopped.')
      return node
    },
    transformResult: async ({ result }) => result,
  }
}

onEachEmpty('snapshots of before are taken apart by client, and say the same', async (db) => {
  await migrate(db)
  const plan = {
    ...{
      vendorClient: 'Bell & Sons',
      computer: 'PC1',
      key: 'hid1/plan1',
      plan: 'Nightly',
      type: 'Files',
      kind: 'backup',
      status: 'failed',
    },
    ...{ lastStart: '2026-01-15T03:00:00.000Z', nextStart: null, filesFailed: 2, protectedBytes: 7, sentBytes: 5, reason: 'Full' },
  }
  const takenAt = new Date('2026-01-15T12:00:00.000Z')
  const body = JSON.stringify([plan, { ...plan, vendorClient: null }])
  await db.insertInto('backupSnapshots').values({ id: clientId, integration: 'msp_backups', takenAt, body }).execute()
  // it stopped in the middle, and is run again
  for (let run = 0; run < 2; run++) {
    await sql`delete from kysely_migration where name >= '009_backup_proof'`.execute(db)
    await migrate(db)
  }
  const heads = await listSnapshots(db, 'msp_backups', { from: new Date(0), to: new Date() })
  const [snapshot, ...others] = await readSnapshots(db, heads, ['bell & sons'])
  assert.deepEqual([others, snapshot?.takenAt, snapshot?.isWhole], [[], takenAt, true])
  assert.deepEqual(
    [...(snapshot?.plans.values() ?? [])],
    [
      {
        ...{ ...plan, computerKey: 'hid1', vendorStatus: 'failed', durationSeconds: null },
        lastStart: new Date('2026-01-15T03:00:00.000Z'),
      },
    ],
  )
  assert.deepEqual((await readSnapshots(db, heads, ['']))[0]?.plans.size, 1)
})
