import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { runUpdate, transact } from '../../src/db/dialect.ts'
import { newId } from '../../src/db/id.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { Db } from '../../src/db/tables.ts'
import { mariaDbUrl, migrateAt } from '../support/engines.ts'
import { placeOf } from '../support/mariadb.ts'

async function startMariaDb(t: TestContext): Promise<Db | undefined> {
  const url = await mariaDbUrl(t)
  if (url === undefined) return undefined
  await migrateAt(url)
  const db = await openDatabase(placeOf(url))
  t.after(() => db.destroy())
  return db
}

async function addClient(db: Db, name: string): Promise<string> {
  const id = newId()
  await db.insertInto('clients').values({ id, name, nameKey: name }).execute()
  return id
}

const rename = (db: Db, id: string, name: string) => db.updateTable('clients').set({ name }).where('id', '=', id)
const names = async (db: Db) => (await db.selectFrom('clients').select('name').orderBy('nameKey').execute()).map(({ name }) => name)

/** Has `change` of this client meet another transaction that wants the same, so that the engine ends one of them: the one that has changed less. */
async function meetDeadlock(db: Db, id: string, change: () => Promise<unknown>): Promise<unknown> {
  let changing: Promise<unknown> = Promise.resolve()
  await db.transaction().execute(async (other) => {
    for (const name of ['x1', 'x2', 'x3', 'x4', 'x5', 'x6']) await addClient(other, name)
    await sql`select * from clients where id = ${id} lock in share mode`.execute(other)
    changing = change()
    changing.catch(() => {})
    for (let asked = 0; asked < 30 && !(await isWaiting(db)); asked++) await wait(150)
    await rename(other, id, 'theirs').execute()
  })
  return changing
}

/** True once a transaction in this database waits for a lock; what is asked within a tenth of a second is answered as before. */
async function isWaiting(db: Db): Promise<boolean> {
  const { rows } = await sql`
    select 1 from information_schema.innodb_trx join information_schema.processlist on id = trx_mysql_thread_id
    where trx_state = 'LOCK WAIT' and db = database()`.execute(db)
  return rows.length > 0
}

test('an update that a deadlock ended is run again', async (t) => {
  const db = await startMariaDb(t)
  if (db === undefined) return
  const id = await addClient(db, 'acme')
  await assert.rejects(
    meetDeadlock(db, id, () => rename(db, id, 'ours').executeTakeFirst()),
    { errno: 1213 },
  )
  await db.deleteFrom('clients').where('id', '!=', id).execute()
  assert.equal(await meetDeadlock(db, id, () => runUpdate(db, rename(db, id, 'ours'))), true)
  assert.deepEqual((await names(db))[0], 'ours')
})

test('of a transaction that a deadlock ended all is run again, not the update alone', async (t) => {
  const db = await startMariaDb(t)
  if (db === undefined) return
  const [first, second] = [await addClient(db, 'acme'), await addClient(db, 'bell')]
  let runs = 0
  const change = () =>
    transact(db, async (transaction) => {
      runs++
      await runUpdate(transaction, rename(transaction, first, 'ours'))
      await runUpdate(transaction, rename(transaction, second, 'ours'))
    })
  await meetDeadlock(db, second, change)
  assert.deepEqual([runs, (await names(db)).slice(0, 2)], [2, ['ours', 'ours']])
})
