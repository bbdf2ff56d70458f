import assert from 'node:assert/strict'
import type { BackupPlan } from '../../src/backups/backup.ts'
import type { Expectation } from '../../src/backups/expectation.ts'
import { type Piece, toPiece } from '../../src/backups/snapshot.ts'
import * as store from '../../src/backups/store.ts'
import { insertClient } from '../../src/clients/store.ts'
import type { Db } from '../../src/db/tables.ts'
import { insertSession } from '../../src/sessions/store.ts'
import { eachEngine } from '../support/engines.ts'
import { at, plan } from './plan.ts'

const integration = 'msp_backups'
const byName = (one: BackupPlan, other: BackupPlan) => one.key.localeCompare(other.key)
const all = { from: new Date(0), to: at('2100-01-01T00:00:00.000Z') }

const add = (db: Db, takenAt: string, parts: Record<string, ReturnType<typeof plan>[]>, source: 'live' | 'history' = 'live') =>
  store.addSnapshot(db, {
    ...{ integration, takenAt: at(takenAt), source },
    parts: new Map(Object.entries(parts).map(([key, plans]) => [key, plans.map((each) => toPiece([each]))])),
  })

const heads = async (db: Db, span = all) => store.listSnapshots(db, integration, span)
const days = async (db: Db, span = all) => (await heads(db, span)).map(({ takenAt }) => takenAt.toISOString().slice(0, 10))

eachEngine('a snapshot keeps every plan as it was, client by client, however many there are', async (db) => {
  const many = Array.from({ length: 1500 }, (_, index) => plan({ computerKey: `pc${index} 🙂`, reason: 'Die Platte ist "voll"\n' }))
  const acme = [plan({ vendorClient: 'Acme', lastStart: null, nextStart: at('2026-01-16T03:00:00.123Z') })]
  const others = Object.fromEntries(Array.from({ length: 450 }, (_, index) => [`client ${index}`, acme]))
  await add(db, '2026-01-15T14:00:00.123Z', { dataforth: many, ACME: [], acme, 'acme ': [], açme: [], ...others })
  const found = await heads(db)
  assert.deepEqual(
    found.map(({ id: _, ...head }) => head),
    [{ takenAt: at('2026-01-15T14:00:00.123Z'), source: 'live' }],
  )
  const [snapshot] = await store.readSnapshots(db, found, ['dataforth', 'acme'])
  assert.deepEqual([...(snapshot?.plans.values() ?? [])].toSorted(byName), [...many, ...acme].toSorted(byName))
  assert.deepEqual(await store.readSnapshots(db, found, ['acme']), [
    { takenAt: at('2026-01-15T14:00:00.123Z'), isWhole: true, plans: new Map([['ad1/Nightly', acme[0]]]) },
  ])
  const parts = await store.readParts(db, found[0]?.id ?? '')
  assert.deepEqual([parts.size, parts.get('acme')], [455, acme])
  assert.deepEqual((await store.listVendorKeys(db, found)).toSorted(), [...parts.keys()].toSorted())
})

eachEngine('snapshots are read in the order of their time, those of a span only, and of each vendor its own', async (db) => {
  for (const day of ['13', '11', '12']) await add(db, `2026-01-${day}T00:00:00.000Z`, {})
  await store.addSnapshot(db, { integration: 'other', takenAt: at('2026-01-12T00:00:00.000Z'), source: 'live', parts: new Map() })
  assert.deepEqual(await days(db), ['2026-01-11', '2026-01-12', '2026-01-13'])
  const span = { from: at('2026-01-11T00:00:00.000Z'), to: at('2026-01-13T00:00:00.000Z') }
  assert.deepEqual(await days(db, span), ['2026-01-11', '2026-01-12'])
})

eachEngine('a snapshot that says nothing of a client has no plans of it; of what was put together only what it says counts', async (db) => {
  await add(db, '2026-01-11T00:00:00.000Z', { acme: [plan()] })
  await add(db, '2026-01-12T00:00:00.000Z', { bell: [plan()] })
  await add(db, '2026-01-13T00:00:00.000Z', { acme: [plan()] }, 'history')
  await add(db, '2026-01-14T00:00:00.000Z', { bell: [plan()] }, 'history')
  const read = async (...keys: string[]) =>
    (await store.readSnapshots(db, await heads(db), keys)).map(({ takenAt, isWhole, plans }) => [takenAt.getUTCDate(), isWhole, plans.size])
  assert.deepEqual(
    [
      await read('acme'),
      await read('acme', 'bell'),
      await read(),
      await store.readSnapshots(db, [], ['acme']),
      await store.listVendorKeys(db, []),
    ],
    [
      [
        [11, true, 1],
        [12, true, 0],
        [13, false, 1],
      ],
      [
        [11, true, 1],
        [12, true, 1],
        [13, false, 1],
        [14, false, 1],
      ],
      [],
      [],
      [],
    ],
  )
})

eachEngine('snapshots older than 400 days go, with what they said', async (db) => {
  await add(db, '2024-12-01T00:00:00.000Z', { acme: [plan()] })
  await add(db, '2024-12-12T00:00:00.000Z', { acme: [plan()] })
  assert.deepEqual(await days(db), ['2024-12-01', '2024-12-12'])
  await add(db, '2026-01-15T00:00:00.000Z', { acme: [plan()] })
  const parts = await db.selectFrom('backupSnapshotParts').select('snapshotId').execute()
  assert.deepEqual([await days(db), parts.length], [['2024-12-12', '2026-01-15'], 2])
})

eachEngine('a snapshot is kept whole or not at all', async (db) => {
  const parts = new Map([
    ['acme', [toPiece([plan()])]],
    ['x'.repeat(70_000), [{ plans: Buffer.from('x'), runs: null } as unknown as Piece]],
  ])
  await assert.rejects(store.addSnapshot(db, { integration, takenAt: new Date(), source: 'live', parts }))
  assert.deepEqual([await heads(db), await db.selectFrom('backupSnapshotParts').selectAll().execute()], [[], []])
})

eachEngine(
  'what is expected is kept for each client, computer and plan; said anew it holds from then on, and the past stays as it was',
  async (db) => {
    const [acme, bell] = [await insertClient(db, 'Acme'), await insertClient(db, 'Bell')]
    const nothing = { everyMinutes: null, graceMinutes: null, weekdaysOnly: false, pausedUntil: null, isIgnored: false }
    const whole: Expectation = {
      ...{ computer: '', plan: '', everyMinutes: 1440, graceMinutes: 360, weekdaysOnly: true },
      ...{ pausedUntil: at('2026-02-01T07:00:00.000Z'), isIgnored: false },
    }
    const bare = { ...nothing, computer: 'ad1', plan: '', isIgnored: true }
    const other = { ...nothing, computer: 'ad1', plan: 'ad1/Nightly' }
    const day = (number: number) => at(`2026-01-0${number}T00:00:00.000Z`)
    const save = (each: Expectation, on: number) => store.saveExpectation(db, acme.id, each, { at: day(on), createdBy: 'mike@example.com' })
    for (const each of [bare, whole, other]) await save(each, 1)
    await save({ ...whole, everyMinutes: 60 }, 3)
    const ended = [await store.endExpectation(db, acme.id, bare, day(5)), await store.endExpectation(db, acme.id, bare, day(5))]
    ended.push(await store.endExpectation(db, bell.id, whole, day(5)))
    assert.deepEqual(ended, [true, false, false])
    const held = async (on: number) => store.listExpectations(db, acme.id, day(on))
    assert.deepEqual(
      [await held(1), await held(2), await held(3), await held(4), await held(5), await store.listExpectations(db, bell.id, day(5))],
      [
        [whole, bare, other],
        [whole, bare, other],
        [{ ...whole, everyMinutes: 60 }, bare, other],
        [{ ...whole, everyMinutes: 60 }, bare, other],
        [{ ...whole, everyMinutes: 60 }, other],
        [],
      ],
    )
    assert.deepEqual(await store.listExpectations(db, acme.id, at('2025-12-31T00:00:00.000Z')), [])
  },
)

eachEngine('an expectation that cannot be kept leaves the one before', async (db) => {
  const { id } = await insertClient(db, 'Acme')
  const before: Expectation = {
    ...{ computer: '', plan: '', everyMinutes: 60, graceMinutes: null, weekdaysOnly: false, pausedUntil: null, isIgnored: false },
  }
  const [first, later] = [at('2026-01-01T00:00:00.000Z'), at('2026-01-02T00:00:00.000Z')]
  await store.saveExpectation(db, id, before, { at: first, createdBy: 'mike@example.com' })
  const wrong = { at: later, createdBy: null as unknown as string }
  await assert.rejects(store.saveExpectation(db, id, { ...before, everyMinutes: 5 }, wrong))
  assert.deepEqual(await store.listExpectations(db, id, later), [before])
})

eachEngine('snapshots follow a client that the vendor calls otherwise now, but not into a snapshot that has both names', async (db) => {
  await add(db, '2026-01-11T00:00:00.000Z', { acme: [plan()], bell: [] })
  await add(db, '2026-01-12T00:00:00.000Z', { acme: [plan()], apex: [] })
  await store.addSnapshot(db, {
    integration: 'other',
    takenAt: at('2026-01-13T00:00:00.000Z'),
    source: 'live',
    parts: new Map([['acme', []]]),
  })
  await store.renameInSnapshots(db, integration, 'acme', 'apex')
  const rows = await db.selectFrom('backupSnapshotParts').select('vendorClient').orderBy('snapshotId').orderBy('vendorClient').execute()
  assert.deepEqual(
    rows.map(({ vendorClient }) => vendorClient),
    ['apex', 'bell', 'acme', 'apex', 'acme'],
  )
})

eachEngine('what snapshots say is stored once, and goes with the last snapshot that says it', async (db) => {
  const same = { acme: [plan()], bell: [plan()] }
  await add(db, '2024-11-01T00:00:00.000Z', { ...same, gone: [plan({ plan: 'Old' })] })
  await add(db, '2026-01-11T00:00:00.000Z', same)
  const bodies = async () => (await db.selectFrom('backupSnapshotBodies').select('hash').execute()).length
  assert.deepEqual([await days(db), await bodies()], [['2026-01-11'], 2])
  const [snapshot] = await store.readSnapshots(db, await heads(db), ['bell'])
  assert.deepEqual([...(snapshot?.plans.values() ?? [])], [plan()])
})

eachEngine('reports are kept with their session, in order', async (db) => {
  const client = await insertClient(db, 'Acme')
  const session = { id: '01980000-0000-7000-8000-000000000002', technician: 'mike@example.com', machine: 'laptop' }
  await insertSession(db, { ...session, clientId: client.id, startedAt: at('2026-01-15T14:00:00.000Z') })
  const report = (reportDate: string) => ({
    ...{ sessionId: session.id, clientId: client.id, reportDate, takenAt: at('2026-01-15T14:00:00.123Z'), body: '{"client":"Acme 🙂"}' },
    createdBy: 'mike@example.com',
  })
  const ids = [await store.saveReport(db, report('2026-01-15')), await store.saveReport(db, report('2026-01-14'))]
  const saved = await store.listSavedReports(db, session.id)
  assert.deepEqual(
    saved.map(({ createdAt: _, ...rest }) => rest),
    ['2026-01-15', '2026-01-14'].map((day, index) => ({ id: ids[index], ...report(day) })),
  )
  assert.deepEqual(await store.listSavedReports(db, '01980000-0000-7000-8000-000000000001'), [])
})
