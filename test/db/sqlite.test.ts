import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { isDuplicate } from '../../src/db/dialect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { Tables } from '../../src/db/tables.ts'
import { eachEngine, temporaryFolder } from '../support/engines.ts'
import { together } from '../support/processes.ts'

const clientId = '01980000-0000-7000-8000-000000000001'
const sessionId = '01980000-0000-7000-8000-000000000002'
const itemId = '01980000-0000-7000-8000-000000000003'
const started = new Date('2026-01-15T02:00:00.123Z')

async function addWork(db: Kysely<Tables>, note: string, minutes: number | null): Promise<void> {
  const session = { id: sessionId, clientId, technician: 'mike', machine: 'desk', startedAt: started, endedAt: null, openKey: null }
  await db.insertInto('clients').values({ id: clientId, name: 'Bell & Sons', nameKey: 'bell & sons' }).execute()
  await db.insertInto('sessions').values(session).execute()
  await db
    .insertInto('workItems')
    .values({ id: itemId, sessionId, clientId, note, minutes, billable: true, integration: null, ticketId: null })
    .execute()
}

eachEngine('times keep their milliseconds, also as the first bound value', async (db) => {
  await addWork(db, 'Fuser replaced.', 5)
  const ended = new Date('2026-07-01T23:59:59.999Z')
  await db.updateTable('sessions').set({ endedAt: ended }).where('id', '=', sessionId).execute()
  const read = () => db.selectFrom('sessions').select(['startedAt', 'endedAt', 'openKey'])
  assert.deepEqual(await read().where('startedAt', '=', started).where('endedAt', '>', started).execute(), [
    { startedAt: started, endedAt: ended, openKey: null },
  ])
  assert.deepEqual(await read().where('startedAt', '>', started).execute(), [])
})

eachEngine('a time that the database sets is now', async (db) => {
  const before = Date.now()
  await addWork(db, 'Fuser replaced.', 5)
  const { createdAt } = await db.selectFrom('clients').select('createdAt').executeTakeFirstOrThrow()
  assert.ok(Math.abs(createdAt.getTime() - before) < 60_000, createdAt.toISOString())
})

eachEngine('booleans, null and undefined come back as they went', async (db) => {
  await addWork(db, 'Fuser replaced.', null)
  const read = () => db.selectFrom('workItems').select(['billable', 'minutes', 'ticketId']).executeTakeFirst()
  assert.deepEqual(await read(), { billable: true, minutes: null, ticketId: null })
  await db.updateTable('workItems').set({ billable: false, minutes: 0, ticketId: '' }).where('billable', '=', true).execute()
  assert.deepEqual(await read(), { billable: false, minutes: 0, ticketId: '' })
  await sql`update work_items set minutes = ${undefined}, ticket_id = ${null} where billable = ${false}`.execute(db)
  assert.deepEqual(await read(), { billable: false, minutes: null, ticketId: null })
})

test('a number beyond those of JavaScript, and a time that is none, hide no other row', async (t) => {
  const db = await openDatabase({ engine: 'sqlite', path: `${temporaryFolder(t)}/msp.sqlite` })
  t.after(() => db.destroy())
  await migrate(db)
  await addWork(db, 'Fuser replaced.', 5)
  await sql`
    insert into work_items (id, session_id, client_id, note, minutes, billable, created_at)
    values ('damaged', ${sessionId}, ${clientId}, 'x', 9007199254740993, 1, 'garbage')
  `.execute(db)
  const read = () => db.selectFrom('workItems').select(['note', 'minutes', 'billable', 'createdAt']).orderBy('note').execute()
  for (let time = 0; time < 2; time++) {
    const [good, damaged] = await read()
    assert.deepEqual([good?.note, good?.minutes, good?.billable], ['Fuser replaced.', 5, true])
    assert.deepEqual([damaged?.minutes, damaged?.billable, damaged?.createdAt.getTime()], [9007199254740992, true, Number.NaN])
  }
})

eachEngine('bytes come back as a Buffer, byte for byte', async (db) => {
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256))
  const credential = {
    id: itemId,
    integrationName: 'syncro',
    owner: '',
    credentialType: 'api_key' as const,
    apiBaseUrl: 'https://x.example',
  }
  const sealed = { apiKeyEncrypted: bytes, oauthTokenEncrypted: Buffer.alloc(0), webhookSecretEncrypted: null }
  await db
    .insertInto('integrationCredentials')
    .values({ ...sealed, ...credential })
    .execute()
  const read = db.selectFrom('integrationCredentials').select(['apiKeyEncrypted', 'oauthTokenEncrypted', 'webhookSecretEncrypted'])
  assert.deepEqual(await read.where('apiKeyEncrypted', '=', bytes).execute(), [sealed])
})

eachEngine('an emoji and text of every script come back', async (db) => {
  const note = '🖨️ Füße: größer, 日本語, עברית, a\0b, "quoted", back\\slash, \u{10FFFF}'
  await addWork(db, note, 5)
  assert.deepEqual(await db.selectFrom('workItems').select('note').where('note', '=', note).execute(), [{ note }])
})

eachEngine('`Bell`, `bell`, `bell ` and `Béll` are four names', async (db) => {
  const names = ['Bell', 'bell', 'bell ', 'Béll']
  for (const [index, name] of names.entries()) {
    await db
      .insertInto('clients')
      .values({ id: `${clientId.slice(0, -1)}${index}`, name, nameKey: name })
      .execute()
  }
  for (const name of names) {
    assert.deepEqual(await db.selectFrom('clients').select('name').where('nameKey', '=', name).execute(), [{ name }])
  }
  const again = db.insertInto('clients').values({ id: sessionId, name: 'Bell', nameKey: 'Bell' }).execute()
  await assert.rejects(again, isDuplicate)
})

test('8 processes that read a number and then write it 50 times each lose none (SQLite)', async (t) => {
  const path = `${temporaryFolder(t)}/msp.sqlite`
  const db = await openDatabase({ engine: 'sqlite', path })
  await migrate(db)
  await addWork(db, 'Counted.', 0)
  await together(8, 'count-process.ts', path, itemId, '50')
  assert.deepEqual(await db.selectFrom('workItems').select('minutes').execute(), [{ minutes: 400 }])
  await db.destroy()
})
