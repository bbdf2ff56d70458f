import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { newId } from '../../src/db/id.ts'
import { eachEngine } from '../support/engines.ts'

const hostile: readonly unknown[] = [
  ['Acme', 'Bell'],
  [],
  [['name', 'Acme']],
  { name: 'Acme' },
  { toSqlString: () => '1 = 1' },
  { toString: () => "' or 1 = 1" },
  Object.create(null),
  Number.NaN,
  Number.POSITIVE_INFINITY,
  new Date(Number.NaN),
  Symbol('Acme'),
]
const refusal = { code: 'storage', message: 'A value for the database is a list or an object where one value belongs. It was not used.' }

eachEngine(
  'a value that is a list or an object is refused wherever it stands in a query, and nothing is read or changed by it',
  async (db) => {
    const client = { id: newId(), name: 'Acme', nameKey: 'acme' }
    await db.insertInto('clients').values(client).execute()
    for (const value of hostile as never[]) {
      const id = newId()
      await assert.rejects(db.selectFrom('clients').selectAll().where('name', '=', value).execute(), refusal)
      await assert.rejects(db.insertInto('clients').values({ id, name: value, nameKey: 'x' }).execute(), refusal)
      await assert.rejects(db.updateTable('clients').set({ name: value }).execute(), refusal)
      await assert.rejects(db.deleteFrom('clients').where('id', '=', value).execute(), refusal)
      await assert.rejects(sql`update clients set name = ${value}`.execute(db), refusal)
      await assert.rejects(
        db.transaction().execute((transaction) => transaction.updateTable('clients').set({ nameKey: value }).execute()),
        refusal,
      )
    }
    const rows = await db.selectFrom('clients').select(['id', 'name', 'nameKey']).execute()
    assert.deepEqual(rows, [client])
  },
)

eachEngine('single values of every kind pass, and so do the values of a list that stands as one', async (db) => {
  const values = ["'; drop table clients; --", 'Acme\u0000', '\\', '%_', 'ü €', '1']
  for (const name of values) await db.insertInto('clients').values({ id: newId(), name, nameKey: name }).execute()
  const found = await db.selectFrom('clients').select('name').where('name', 'in', values).execute()
  assert.deepEqual(found.map(({ name }) => name).toSorted(), values.toSorted())
  assert.deepEqual(await db.selectFrom('clients').select('name').where('name', '=', '\\').execute(), [{ name: '\\' }])
  for (const value of [null, 1, 1.5, 12n, true, new Date(0), Buffer.from('x')]) await sql`select ${value} as value`.execute(db)
})
