import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '../../src/db/tables.ts'
import { startMsp } from '../support/msp.ts'
import { latest, makeDue, on, plain, posted, run, startSession, withDatabase, writes } from './start.ts'

const comment = ['ticket', 'comment', 'T12345', 'Fuser replaced.'] as const

/** With the last bit of the tag turned over. */
function damaged(sealed: Buffer): Buffer {
  const copy = Buffer.from(sealed)
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}

const key = (db: Db) =>
  db
    .selectFrom('integrationCredentials')
    .select(['id', 'apiKeyEncrypted'])
    .where('integrationName', '=', 'syncro')
    .executeTakeFirstOrThrow()

const setKey = (db: Db, id: string, apiKeyEncrypted: Buffer | null) =>
  db.updateTable('integrationCredentials').set({ apiKeyEncrypted }).where('id', '=', id).execute()

/** Changes what the latest write says, given what it and the one before it said. */
async function meddle(home: string, change: (latest: Buffer, earlier: Buffer) => Buffer): Promise<void> {
  await withDatabase(home, async (db) => {
    const [latest, earlier] = await db.selectFrom('outbox').select(['id', 'payloadEncrypted']).orderBy('seq', 'desc').execute()
    const payloadEncrypted = change(latest?.payloadEncrypted as Buffer, earlier?.payloadEncrypted as Buffer)
    await db
      .updateTable('outbox')
      .set({ payloadEncrypted })
      .where('id', '=', latest?.id ?? '')
      .execute()
  })
}

/** A comment that waits, as at a vendor that asks for a pause. */
async function startQueued(t: TestContext) {
  const running = await startSession(t)
  await run(running.msp, 'ticket', 'comment', 'T12345', 'Another.')
  running.sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  await run(running.msp, ...comment)
  await makeDue(running.home)
  return { ...running, shortId: await latest(running.msp) }
}

test('a stored key with one bit turned over is said with its system, and is not used', async (t) => {
  const { msp, home, sandbox } = await startSession(t)
  await withDatabase(home, async (db) => {
    const { id, apiKeyEncrypted } = await key(db)
    await setKey(db, id, damaged(apiKeyEncrypted as Buffer))
  })
  const before = sandbox.requests.length
  const { exitCode, stderr } = await msp('ticket', 'show', 'T12345')
  assert.deepEqual(
    [exitCode, stderr.map((each) => each.replace(/row [0-9a-f-]+/, 'row ID')), sandbox.requests.length],
    [
      1,
      [
        'The value in integration_credentials.api_key_encrypted, row ID (the key of syncro), failed its integrity check: it was changed, moved or damaged, or the key is wrong.',
        'Somebody may have written to the database. Connect that system again: msp integrate',
      ],
      before,
    ],
  )
})

test('the key of another installation is not used, and is said to belong elsewhere', async (t) => {
  const [one, other] = [await startSession(t), await startMsp(t, { sandbox: true, initialised: false })]
  let foreign: Buffer | null = null
  await withDatabase(other.home, async (db) => {
    foreign = (await key(db)).apiKeyEncrypted
  })
  await withDatabase(one.home, async (db) => setKey(db, (await key(db)).id, foreign))
  const { exitCode, stderr } = await one.msp('ticket', 'show', 'T12345')
  assert.equal(exitCode, 4)
  assert.match(stderr[0] ?? '', /\(the key of syncro\), is sealed with a key that this database does not have: it belongs to another/)
})

test('a queued write with one bit turned over fails at once, is said by its short id, and holds up nothing', async (t) => {
  const { msp, home, sandbox, shortId } = await startQueued(t)
  await meddle(home, damaged)
  const lost =
    'The value in outbox.payload_encrypted, row ID (the write 7F3K), failed its integrity check: it was changed, moved or damaged, or the key is wrong.'
  const ran = await plain(msp, await msp('outbox', 'run'))
  assert.deepEqual(
    [ran.exitCode, ran.stdout.map((each) => each.replace(/row [0-9a-f-]+/, 'row ID'))],
    [1, [`7F3K\tcomment\t12345\tfailed\t${lost}`]],
  )
  const shown = await plain(msp, await msp('outbox', 'show', shortId))
  assert.deepEqual(
    [shown.exitCode, shown.stderr.map((each) => each.replace(/row [0-9a-f-]+/, 'row ID'))],
    [1, [lost, 'Somebody may have written to the database. It cannot be sent: withdraw it, and ask for it again (msp outbox list)']],
  )
  await run(msp, 'outbox', 'cancel', shortId, '--yes')
  await run(msp, ...comment)
  assert.deepEqual(
    [posted(sandbox).map(({ body }) => body), await writes(msp, 'state')],
    [
      ['Another.', 'Fuser replaced.'],
      [{ state: 'done' }, { state: 'cancelled' }, { state: 'done' }],
    ],
  )
})

test('what another write says is not sent in its place', async (t) => {
  const { msp, home, sandbox } = await startQueued(t)
  await meddle(home, (_, earlier) => earlier)
  assert.equal((await msp('outbox', 'run')).exitCode, 1)
  assert.deepEqual(
    [posted(sandbox).map(({ body }) => body), await writes(msp, 'state')],
    [['Another.'], [{ state: 'failed' }, { state: 'done' }]],
  )
})

/** Writes what it likes into a column of the latest write, as SQLite lets everybody do. */
const spoil = (home: string, column: string, value: string | number) =>
  withDatabase(home, (db) =>
    sql`update outbox set ${sql.ref(column)} = ${sql.lit(value)} where seq = (select max(seq) from outbox)`.execute(db),
  )

for (const [column, value] of [
  ['created_at', 'garbage'],
  ['created_at', 9_007_199_254_740_992],
  ['not_before', 'garbage'],
  ['not_before', '9999-01-01T00:00:00.000Z'],
  ['first_sent_at', 'x'],
  ['attempts', 9_007_199_254_740_992],
] as const) {
  test(`a queued write whose ${column} is ${value} is no bug of msp, and hides and holds up no other`, async (t) => {
    const { msp, home, sandbox, shortId } = await startQueued(t)
    await spoil(home, column, value)
    for (const argv of [['list', '--all'], ['list', '--all', '--json'], ['show', shortId], ['run']]) {
      const { exitCode, stdout, stderr } = await msp('outbox', ...argv)
      const said = [...stdout, ...stderr].join('\n')
      assert.deepEqual([exitCode, /bug|NaN|\d{5,} minutes/.exec(said)?.[0]], [0, undefined], `${argv.join(' ')}: ${said}`)
    }
    await run(msp, 'ticket', 'comment', 'T12342', 'Elsewhere.')
    assert.equal((await msp('outbox', 'list', '--all', '--json')).json().length, 3)
    assert.equal(posted(sandbox).length, 2)
  })
}

for (const sentAt of ['x', '0x', '9999-01-01T00:00:00.000Z']) {
  test(`what was sent at ${sentAt} is not looked for since then, which would find nothing, but left to a person`, async (t) => {
    const { msp, home, sandbox } = await startSession(t)
    sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
    await run(msp, ...comment)
    await spoil(home, 'first_sent_at', sentAt)
    for (let turn = 0; turn < 3; turn++) {
      await makeDue(home)
      await msp('outbox', 'run')
    }
    const seen = await plain(msp, await msp('outbox', 'resolve', await latest(msp)))
    assert.deepEqual(
      [posted(sandbox).length, await writes(msp, 'state'), seen.stderr[0]],
      [1, [{ state: 'needs_human' }], 'Whether comment 7F3K arrived cannot be looked up.'],
    )
  })
}
