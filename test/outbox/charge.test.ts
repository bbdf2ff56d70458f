import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { newId } from '../../src/db/id.ts'
import { prepareCharge } from '../../src/outbox/charge-time.ts'
import { findAskedBefore } from '../../src/outbox/outbox.ts'
import { addWrite } from '../../src/outbox/store.ts'
import { openTestVault } from '../oauth/start.ts'
import { eachEngine } from '../support/engines.ts'
import type { Answered, Msp } from '../support/msp.ts'
import { together } from '../support/processes.ts'
import { fastClock, run, shortSleep, startAt, startSession, ticketId, writes } from './start.ts'

const paths = {
  'timer+charge': 'POST tickets/:id/charge_timer_entry',
  'line-item': 'POST tickets/:id/add_line_item',
} as const
const words = (note: string) => ['time', 'log', '5m', '--yesterday', '--ticket', 'T12345', '--note', note, '--charge', '--yes']

async function start(t: TestContext, path: keyof typeof paths, options: Parameters<typeof startSession>[1] = {}) {
  const started = await startSession(t, { sleep: shortSleep, ...options })
  await run(started.msp, 'config', 'set', 'syncro.billing', path)
  const { syncro } = started.sandbox
  /** What the entry of this note costs the client: the quantities of its lines. */
  const billed = (note: string) => {
    const entry = syncro.timers(ticketId).find(({ notes }) => notes?.startsWith(`${note} (`))
    const isOf = (text: string) => text === entry?.notes || text.startsWith(`time entry ${entry?.id} · `)
    return syncro.lineItems(ticketId).flatMap(({ description, quantity }) => (isOf(description) ? [quantity] : []))
  }
  return { ...started, billed }
}

const latestState = async (msp: Msp) => (await writes(msp, 'kind', 'state'))[0]

for (const [path, on] of Object.entries(paths) as Array<[keyof typeof paths, string]>) {
  test(`by ${path} a charge whose answer is lost is made once, whatever was cut`, async (t) => {
    const { msp, sandbox, billed } = await start(t, path, { limits: { request: 400, settle: 100 } })
    const faults = [
      ['cut before', { kind: 'cut-before' }],
      ['cut after', { kind: 'cut-after' }],
      ['answered with 502 after it was made', { kind: 'status-after' }],
      ['answered with 500', { kind: 'status' }],
      ['answered with half a JSON', { kind: 'half-json' }],
      ['answered too late', { kind: 'slow', ms: 450 }],
    ] as const
    // what the outbox makes of the other ones has nothing to do with the path
    for (const [name, fault] of path === 'line-item' ? faults.slice(0, 3) : faults) {
      await t.test(name, async () => {
        sandbox.arm({ vendor: 'syncro', on, ...fault })
        assert.equal((await msp(...words(name))).exitCode, 0)
        assert.deepEqual(await latestState(msp), { kind: 'charge', state: 'unknown' })
        await run(msp, 'outbox', 'run', '--wait')
        assert.deepEqual([await latestState(msp), billed(name)], [{ kind: 'charge', state: 'done' }, ['0.08']])
        const again = await msp(...words(name))
        assert.match(again.stderr.at(-1) ?? '', /^Charged already: line item \d+ on T12345\. Nothing was sent\.$/)
        assert.deepEqual(billed(name), ['0.08'])
      })
    }
  })

  test(`by ${path} a ticket that shows the charge late does not get a second one`, async (t) => {
    const { msp, sandbox, billed } = await start(t, path, { limits: { settle: 150 } })
    sandbox.syncro.lineLagMs = 200
    sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
    await msp(...words('late'))
    await run(msp, 'outbox', 'run', '--wait')
    assert.deepEqual([await latestState(msp), billed('late')], [{ kind: 'charge', state: 'done' }, ['0.08']])
  })
}

test('a line whose note quotes an entry is not the charge of that entry', async (t) => {
  const { msp, sandbox, billed } = await start(t, 'timer+charge')
  await run(msp, ...words('first part').filter((word) => word !== '--charge'))
  const reference = sandbox.syncro
    .timers(ticketId)
    .at(-1)
    ?.notes?.match(/msp [0-9A-Z]{4}/)?.[0]
  await run(msp, ...words(`follow-up to ${reference}`), '--overlap')
  await run(msp, ...words('first part'))
  assert.deepEqual([billed('first part'), billed(`follow-up to ${reference}`)], [['0.08'], ['0.08']])
})

test('a line that is there is the charge, although its time entry looks uncharged', async (t) => {
  const { msp, sandbox, billed } = await start(t, 'timer+charge')
  sandbox.syncro.flagLagMs = 3_600_000
  sandbox.arm({ vendor: 'syncro', on: paths['timer+charge'], kind: 'cut-after' })
  await msp(...words('flags'))
  await run(msp, 'outbox', 'run', '--wait')
  const [line] = sandbox.syncro.lineItems(ticketId)
  const [write] = await writes(msp, 'kind', 'state', 'vendorId')
  assert.deepEqual([write, billed('flags')], [{ kind: 'charge', state: 'done', vendorId: String(line?.id) }, ['0.08']])
})

for (const [path, on] of Object.entries(paths) as Array<[keyof typeof paths, string]>) {
  test(`by ${path} a line without its text may be the charge, and a person says so`, async (t) => {
    const { msp, sandbox } = await start(t, path)
    const { syncro } = sandbox
    syncro.flagLagMs = 3_600_000
    sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
    await msp(...words('tidied'))
    const id = syncro.lineItems(ticketId)[0]?.id ?? 0
    syncro.changeLineItem(id, { description: '' })
    await msp('outbox', 'run', '--wait')
    const [write] = await writes(msp, 'shortId', 'state', 'lastError')
    const lastError = `Something at the vendor may be it: ${id}. To see and to say which: msp outbox resolve ${write?.shortId}`
    assert.deepEqual(write, { shortId: write?.shortId, state: 'needs_human', lastError })
    const resolved = await msp('outbox', 'resolve', String(write?.shortId), '--sent', '--json=state,vendorId,candidates')
    const [candidate, ...others] = resolved.json().candidates
    assert.deepEqual([candidate.text, others], [`line item ${id}, 0.08 × Remote labor at 150.00`, []])
    assert.deepEqual([(await latestState(msp))?.state, syncro.lineItems(ticketId).length], ['done', 1])
  })

  test(`by ${path} lines that are not like it do not keep a charge from being made`, async (t) => {
    const { msp, sandbox, billed } = await start(t, path)
    const line = { name: 'Remote labor', description: '', quantity: 0.08, price_retail: 150 }
    for (const other of [{ name: 'Cable' }, { quantity: 0.02 }, { price_retail: 175 }, { description: 'NAS (msp 2222)' }])
      sandbox.syncro.addLineItem(ticketId, { ...line, ...other })
    sandbox.arm({ vendor: 'syncro', on, kind: 'cut-before' })
    await msp(...words('unlike'))
    await run(msp, 'outbox', 'run', '--wait')
    assert.deepEqual([await latestState(msp), billed('unlike')], [{ kind: 'charge', state: 'done' }, ['0.08']])
  })
}

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`of several processes that charge one entry at once one does (${engine})`, async (t) => {
    const running = await startAt(t, engine)
    if (!running) return
    const { msp, env, sandbox } = running
    await run(msp, ...words('once').filter((word) => word !== '--charge'))
    const left = (await together(3, 'msp-process.ts', JSON.stringify(env), ...words('once'))) as Answered[]
    assert.deepEqual(
      left.map(({ exitCode }) => exitCode),
      [0, 0, 0],
      left.flatMap(({ stderr }) => stderr).join('\n'),
    )
    await run(msp, 'outbox', 'run', '--wait')
    assert.deepEqual([sandbox.syncro.lineItems(ticketId).length, await latestState(msp)], [1, { kind: 'charge', state: 'done' }])
  })
}

test('a charge that gets nowhere is a person’s in the end, and is not sent again by an agent', async (t) => {
  const { msp, sandbox, billed, env } = await start(t, 'timer+charge', fastClock())
  sandbox.arm({ vendor: 'syncro', on: paths['timer+charge'], kind: 'cut-after' })
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id', kind: 'status', status: 422, skip: 2 })
  await msp(...words('person'))
  await msp('outbox', 'run', '--wait')
  const [write] = await writes(msp, 'shortId', 'kind', 'state')
  assert.deepEqual([write?.kind, write?.state, billed('person')], ['charge', 'needs_human', ['0.08']])
  env.CLAUDE_CODE_CHILD_SESSION = '1'
  const refused = await msp('outbox', 'resolve', String(write?.shortId), '--not-sent', '--no-json')
  env.CLAUDE_CODE_CHILD_SESSION = undefined
  const message = `What became of ${write?.shortId} is for a person to say: sent again, it could be there twice.`
  assert.deepEqual([refused.exitCode, refused.stderr[1]], [1, message])
  // a person who is mistaken is shown that it is there
  assert.equal((await msp('outbox', 'resolve', String(write?.shortId), '--not-sent')).exitCode, 2)
  const chargedAt = async () => typeof (await msp('time', 'list', '--yesterday', '--json=chargedAt')).json()[0].chargedAt
  assert.equal(await chargedAt(), 'object')
  await run(msp, 'outbox', 'resolve', String(write?.shortId), '--sent')
  assert.deepEqual([billed('person'), await chargedAt()], [['0.08'], 'string'])
})

eachEngine('one time entry has one charge, and --again makes no second one', async (db) => {
  const vault = openTestVault()
  const time = { timeWriteId: newId(), ticketId: '7', ticketNumber: '1001', sessionId: null, clientId: null, minutes: 5, note: '' }
  const target = { id: 'syncro', label: 'SyncroMSP', baseUrl: '', channels: {}, owner: '' }
  const write = prepareCharge(time, { target, labor: { id: '1', name: 'Labor', perHour: 150 }, path: 'timer+charge' })
  const dedupeKey = vault.fingerprint(JSON.stringify(['syncro', '7', 'charge', time.timeWriteId]))
  const row = {
    id: newId(),
    integration: 'syncro',
    owner: '',
    kind: 'charge',
    state: 'done',
    createdBy: 'mike@example.com',
    dedupeKey,
  } as const
  await addWrite(db, row, async () => {})
  const other = prepareCharge({ ...time, timeWriteId: newId() }, { target, labor: write.content.labor, path: 'line-item' })
  const found = [write, other].map(async (each) => (await findAskedBefore({ db, vault }, each, { again: true }))?.id)
  assert.deepEqual(await Promise.all(found), [row.id, undefined])
})
