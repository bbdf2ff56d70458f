import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Db } from '../../src/db/tables.ts'
import type { Attempt } from '../../src/http/client.ts'
import type { CallRecord } from '../../src/http/http.ts'
import { redact } from '../../src/http/redact.ts'
import { recordAttempt, toCallRow } from '../../src/records/record.ts'
import { findRecords, listRecords } from '../../src/records/store.ts'
import { eachEngine } from '../support/engines.ts'
import { anyText } from '../support/text.ts'

const secret = 'value-that-nobody-may-see'

/** An attempt at a call whose every part holds a secret, and whose record allows nothing of it unless it says so. */
function attemptAt(record: Partial<CallRecord> = {}, rest: Partial<Attempt> & { method?: 'GET' | 'POST' } = {}): Attempt {
  const { method = 'POST', ...attempt } = rest
  return {
    request: {
      method,
      path: 'tickets/1/comment',
      query: { page: 2, key: secret },
      body: { body: secret },
      record: { type: 'syncro_ticket', action: 'updated', ...record },
    },
    attempt: 0,
    status: 'success',
    error: null,
    durationMs: 245,
    answer: { comment: { id: 1, body: secret } },
    redact: (text) => redact(text, [secret]),
    ...attempt,
  }
}

const context = { sessionId: null, clientId: null, createdBy: 'mike@example.com' }

async function recorded(db: Db, attempt: Attempt, attempts?: number) {
  await recordAttempt(db, 'SyncroMSP', attempt, { ...context, ...(attempts === undefined ? {} : { attempts }) })
  const [row] = await listRecords(db, { limit: 1 })
  assert.ok(row)
  assert.doesNotMatch(JSON.stringify(row), /nobody-may-see/)
  return toCallRow(row)
}

eachEngine('a record has what the request allows, and nothing else of request and answer', async (db) => {
  const sent = { comment: 'Fuser replaced.', internal: true }
  const received = (answer: unknown) => ({ comment_id: (answer as { comment: { id: number } }).comment.id })
  const { id, createdAt, ...row } = await recorded(
    db,
    attemptAt({ externalId: '1', reference: 'T1001', url: 'https://acme.syncromsp.com/tickets/1', sent, received }),
  )
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  assert.ok(Math.abs(createdAt.getTime() - Date.now()) < 60_000)
  assert.deepEqual(row, {
    sessionId: null,
    workItemId: null,
    clientId: null,
    integrationType: 'syncro_ticket',
    integrationName: 'SyncroMSP',
    externalId: '1',
    externalUrl: 'https://acme.syncromsp.com/tickets/1',
    externalReference: 'T1001',
    action: 'updated',
    direction: 'outbound',
    requestData: sent,
    responseData: { comment_id: 1 },
    responseStatus: 'success',
    errorMessage: null,
    requestDurationMs: 245,
    retryCount: 0,
    createdBy: 'mike@example.com',
  })
})

eachEngine('secrets that were planted in query, body, answer and error are not in the row', async (db) => {
  const plain = await recorded(db, attemptAt())
  assert.deepEqual([plain.requestData, plain.responseData], [{ page: 2, key: '[hidden]' }, null])
  const careless = attemptAt({ sent: { text: `It is ${secret}`, n: 7 }, received: (answer) => ({ deep: [answer] }) })
  const row = await recorded(db, careless)
  assert.deepEqual(
    [row.requestData, row.responseData],
    [{ text: 'It is [hidden]', n: 7 }, { deep: [{ comment: { id: 1, body: '[hidden]' } }] }],
  )
  const failed = await recorded(db, attemptAt({}, { status: 'error', error: `It refused ${secret}.` }))
  assert.deepEqual([failed.errorMessage, failed.responseData], ['It refused [hidden].', null])
})

for (const [what, answer, expected] of [
  ['a list', [{ id: 7 }, { id: 'a-1' }, { Id: '9f' }], { count: 3, ids: ['7', 'a-1', '9f'] }],
  ['the list in an answer', { tickets: [{ id: 1, subject: secret }], meta: { total_pages: 1 } }, { count: 1, ids: ['1'] }],
  [
    'a long list',
    Array.from({ length: 400 }, (_, id) => ({ id })),
    { count: 400, ids: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
  ],
  [
    'a list of rows whose ids are no ids',
    [{ id: `${secret} ` }, { id: { a: 1 } }, { id: 'x'.repeat(65) }, 7, null, {}],
    { count: 6, ids: [] },
  ],
  ['an empty list', [], { count: 0, ids: [] }],
  ['two lists', { a: [1], b: [2] }, null],
  ['no list', { comment: { id: 1 } }, null],
  ['nothing', null, null],
] as const) {
  eachEngine(`of ${what} its length and first ids are kept`, async (db) => {
    const row = await recorded(db, attemptAt({}, { answer }))
    assert.deepEqual(row.responseData, expected)
  })
}

eachEngine('what is longer than 16 kB is cut and is still JSON', async (db) => {
  for (const text of ['a'.repeat(20_000), '"\\'.repeat(20_000), '\ud83d\ude00'.repeat(10_000), '\u0000'.repeat(20_000), 'ä'.repeat(9000)]) {
    const whole = JSON.stringify({ text })
    await recordAttempt(db, 'SyncroMSP', attemptAt({ sent: { text } }), context)
    const [row] = await listRecords(db, { limit: 1 })
    const stored = row?.requestData ?? ''
    const { cut, length, start } = JSON.parse(stored)
    assert.deepEqual([cut, length, whole.startsWith(start.replace(/[\ud800-\udfff]$/, ''))], [true, Buffer.byteLength(whole), true])
    assert.ok(Buffer.byteLength(stored) <= 16_384, String(Buffer.byteLength(stored)))
  }
})

eachEngine('what has just 16 kB is kept whole', async (db) => {
  const text = 'a'.repeat(16_384 - '{"text":""}'.length)
  assert.deepEqual((await recorded(db, attemptAt({ sent: { text } }))).requestData, { text })
})

eachEngine('an id or an address that no column has room for is left out, and the call is recorded', async (db) => {
  const { externalId, externalReference, externalUrl } = await recorded(
    db,
    attemptAt({ externalId: 'x'.repeat(256), reference: 'x'.repeat(255), url: `https://acme.syncromsp.com/${'x'.repeat(500)}` }),
  )
  assert.deepEqual([externalId, externalReference?.length, externalUrl], [null, 255, null])
})

eachEngine("a write's attempt counts on from what the outbox sent before, a read's from 0", async (db) => {
  const counts = [
    await recorded(db, attemptAt({}, { attempt: 0 }), 3),
    await recorded(db, attemptAt({}, { attempt: 1 }), 3),
    await recorded(db, attemptAt({}, { attempt: 0 })),
    await recorded(db, attemptAt({}, { method: 'GET', attempt: 0 }), 3),
    await recorded(db, attemptAt({}, { method: 'GET', attempt: 2 }), 3),
  ]
  assert.deepEqual(
    counts.map(({ retryCount }) => retryCount),
    [3, 4, 0, 0, 2],
  )
})

eachEngine(
  'records are listed the newest first, found by a part of their id, and a row of another program is shown as it is',
  async (db) => {
    for (const action of ['created', 'updated', 'searched'] as const) await recordAttempt(db, 'SyncroMSP', attemptAt({ action }), context)
    const rows = await listRecords(db, { limit: 2 })
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['searched', 'updated'],
    )
    const [first] = rows
    assert.ok(first)
    assert.deepEqual(
      (await findRecords(db, first.id.slice(-8))).map(({ id }) => id),
      [first.id],
    )
    assert.deepEqual(await findRecords(db, 'ffffffff'), [])
    assert.equal(toCallRow({ ...first, requestData: 'not JSON' }).requestData, 'not JSON')
  },
)

eachEngine('whatever is kept, it stays within 16 kB and JSON', async (db) => {
  await fc.assert(
    fc.asyncProperty(fc.object({ maxDepth: 3 }), fc.integer({ min: 1, max: 6000 }), anyText(), async (sent, times, text) => {
      await recordAttempt(db, 'SyncroMSP', attemptAt({ sent: { ...sent, text: text.repeat(times) } }), context)
      const [row] = await listRecords(db, { limit: 1 })
      JSON.parse(row?.requestData ?? '')
      assert.ok(Buffer.byteLength(row?.requestData ?? '') <= 16_384)
    }),
    { numRuns: 50 },
  )
})
