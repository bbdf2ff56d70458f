import assert from 'node:assert/strict'
import { addClient } from '../../src/clients/find.ts'
import { newId } from '../../src/db/id.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import { currentSession, requireSession, startSession } from '../../src/sessions/open.ts'
import { closeSession, insertWorkItem, listSessions, listWorkItems } from '../../src/sessions/store.ts'
import { eachEngine, eachPlace } from '../support/engines.ts'
import { placeOf } from '../support/mariadb.ts'
import { together } from '../support/processes.ts'

const now = new Date('2026-01-15T16:00:00.000Z')
const worker = { technician: 'mike@example.com', machine: 'laptop' }

eachEngine('a technician has one open session on a machine, and others on other machines', async (db) => {
  const [data, bell] = [await addClient(db, 'Dataforth'), await addClient(db, 'Bell & Sons')]
  const session = await startSession(db, data, worker, now)
  await assert.rejects(startSession(db, bell, worker, now), {
    code: 'usage',
    message: 'A session for Dataforth is open on this machine.',
    hint: 'End it first: msp session end',
  })
  await startSession(db, bell, { ...worker, machine: 'desk' }, now)
  await startSession(db, bell, { ...worker, technician: 'rosa@example.com' }, now)
  assert.deepEqual(await currentSession(db, worker), session)
  assert.deepEqual([await closeSession(db, session.id, now), await closeSession(db, session.id, new Date(0))], [true, false])
  assert.equal(await currentSession(db, worker), undefined)
  assert.deepEqual(await requireSession(db, worker, session.id), { ...session, endedAt: now, openKey: null })
  await startSession(db, bell, worker, now)
})

eachPlace('of processes that start a session at once, one does', async (place) => {
  const db = await openDatabase(placeOf(place))
  await migrate(db)
  await addClient(db, 'Dataforth')
  await db.destroy()
  const results = await together(4, '../sessions/start-process.ts', place)
  const started = results.filter((result) => result === 'started')
  const refused = results.filter((result) => result !== 'started')
  assert.deepEqual([started, refused], [['started'], Array(3).fill('A session for Dataforth is open on this machine.')])
})

eachEngine('a session is named by its id, or by the beginning or end of it that only one has', async (db) => {
  const client = await addClient(db, 'Dataforth')
  const [one, other] = ['01a20304-2173-72ee-b08f-03d0acc88848', '01a20304-2174-72ee-b08f-03d0acc88949']
  for (const [id, machine] of [
    [one, 'laptop'],
    [other, 'desk'],
  ] as const)
    await db
      .insertInto('sessions')
      .values({ id, clientId: client.id, ...worker, machine, startedAt: now, endedAt: now, openKey: null })
      .execute()
  const named = async (reference: string) => (await requireSession(db, worker, reference)).id
  assert.deepEqual(
    [await named(one), await named(one.toUpperCase()), await named('acc88848'), await named('8949'), await named('01a20304-2174')],
    [one, one, one, other, other],
  )
  const list = { hint: 'See: msp session list' }
  for (const id of ['ffff', newId(), '-'.repeat(36), '2173'])
    await assert.rejects(requireSession(db, worker, id), { code: 'not_found', message: `There is no session ${id}.`, ...list })
  for (const id of ['', '848', 'T12345', '%%%%', '____', `${one}0`])
    await assert.rejects(requireSession(db, worker, id), {
      code: 'usage',
      message: `"${id}" is not the id of a session, nor four or more characters of one.`,
      ...list,
    })
  await assert.rejects(requireSession(db, worker, '01a2'), { code: 'ambiguous', message: '"01a2" fits more than one session.' })
  await assert.rejects(requireSession(db, worker, undefined), { code: 'not_found', message: 'No session is open.' })
})

eachEngine('sessions come with the latest first, those of a client, of a technician, or open', async (db) => {
  const [data, bell] = [await addClient(db, 'Dataforth'), await addClient(db, 'Bell & Sons')]
  const rosa = 'rosa@example.com'
  const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000)
  const ids: Record<string, string> = {}
  for (const [name, client, technician, hours] of [
    ['a', data, rosa, 1],
    ['b', bell, worker.technician, 3],
    ['c', data, worker.technician, 2],
  ] as const)
    ids[(await startSession(db, client, { technician, machine: name }, later(hours))).id] = name
  await closeSession(db, Object.keys(ids)[0] ?? '', later(4))
  const listed = async (query: Partial<Parameters<typeof listSessions>[1]>) =>
    (await listSessions(db, { limit: 10, ...query })).map(({ id }) => ids[id]).join('')
  assert.deepEqual(
    await Promise.all([
      listed({}),
      listed({ limit: 2 }),
      listed({ clientId: data.id }),
      listed({ technician: rosa }),
      listed({ open: true }),
      listed({ clientId: data.id, open: true }),
    ]),
    ['bca', 'bc', 'ca', 'a', 'bc', 'c'],
  )
})

eachEngine('work comes in the order in which it was done, whole', async (db) => {
  const client = await addClient(db, 'Dataforth')
  const session = await startSession(db, client, worker, now)
  const given = { sessionId: session.id, clientId: client.id, minutes: null, billable: true, integration: null, ticketId: null }
  const second = await insertWorkItem(db, {
    ...given,
    note: 'Second 🙂',
    minutes: 45,
    billable: false,
    createdAt: new Date(now.getTime() + 1),
  })
  const first = await insertWorkItem(db, { ...given, note: 'First', createdAt: now })
  assert.deepEqual(await listWorkItems(db, session.id), [first, second])
  const { id: _, ...rest } = second
  assert.deepEqual(rest, {
    ...{ sessionId: session.id, clientId: client.id, note: 'Second 🙂', minutes: 45, billable: false, source: 'typed' },
    ...{ integration: null, ticketId: null, createdAt: new Date(now.getTime() + 1) },
  })
  assert.deepEqual(await listWorkItems(db, newId()), [])
})
