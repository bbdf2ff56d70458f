import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openDatabase } from '../../src/db/open.ts'
import { makeDue, muchLater, on, otherId, posted, run, startAt, startSession, ticketId, withDatabase, writes } from '../outbox/start.ts'
import { placeOf } from '../support/mariadb.ts'

const paced = { limits: { pace: 1 } }
const orAsk = 'Try again then, or ask in a terminal whether it is over: msp integrate test syncro'
const pause = { vendor: 'syncro', kind: 'rate-limit' } as const

test('when the vendor asks for a pause nobody calls: reads say until when, and work when it is over', async (t) => {
  const { msp, sandbox, home } = await startSession(t, paced)
  sandbox.arm({ ...pause, on: 'GET tickets', retryAfter: '600' })
  assert.equal((await msp('ticket', 'search', 'NAS')).exitCode, 1)
  const calls = sandbox.requests.length
  const until = /SyncroMSP asks for a pause until \d\d:\d\d\./
  const read = await msp('ticket', 'search', 'NAS', '--json')
  assert.deepEqual([read.exitCode, read.json().error.code, read.json().error.hint], [1, 'rate_limited', orAsk])
  assert.match(read.json().error.message, until)
  assert.equal(sandbox.requests.length, calls)
  await withDatabase(home, (db) => db.updateTable('rateLimits').set({ pauseUs: 0 }).execute())
  await run(msp, 'ticket', 'search', 'NAS')
  assert.ok(sandbox.requests.length > calls)
})

test('a write that is held back for longer than its claim lasts stays queued until then, and that is no attempt', async (t) => {
  const { msp, sandbox, home } = await startSession(t, { limits: { pace: 1, interactive: 30_000 }, sleep: () => assert.fail('it waited') })
  sandbox.arm({ ...pause, on, retryAfter: '20' })
  await run(msp, 'ticket', 'comment', 'T12345', 'Checked the backups.')
  const calls = sandbox.requests.length
  for (let time = 0; time < 2; time++) {
    await makeDue(home)
    await run(msp, 'outbox', 'run')
  }
  const [write] = await writes(msp, 'state', 'attempts', 'lastError')
  const lastError = String(write?.lastError).replace(/\d\d:\d\d/, 'HH:MM')
  assert.deepEqual({ ...write, lastError }, { state: 'ready', attempts: 1, lastError: 'SyncroMSP asks for a pause until HH:MM.' })
  await withDatabase(home, async (db) => {
    const { notBefore } = await db.selectFrom('outbox').select('notBefore').executeTakeFirstOrThrow()
    const waitMs = (notBefore?.getTime() ?? 0) - Date.now()
    assert.ok(waitMs > 1000 && waitMs <= 20_000, String(waitMs))
    await db.updateTable('rateLimits').set({ pauseUs: 0 }).execute()
  })
  assert.equal(sandbox.requests.length, calls)
  await makeDue(home)
  await run(msp, 'outbox', 'run')
  assert.deepEqual(
    posted(sandbox).map(({ body }) => body),
    ['Checked the backups.'],
  )
})

test('a person who tries the key is let through a pause, and ends it for all when the vendor answers', async (t) => {
  const { msp, sandbox, home } = await startSession(t, { ...paced, terminal: true, sleep: async () => {} })
  sandbox.arm({ ...pause, on: 'GET tickets', retryAfter: '600' })
  await msp('ticket', 'search', 'NAS')
  const said = async (...argv: string[]) => {
    const { exitCode, stderr } = await msp('integrate', 'test', ...argv)
    return [exitCode, stderr]
  }
  // those that stand for nobody wait as everybody does
  assert.deepEqual([await said(), await said('syncro', '--no-input'), await said('syncro', '--json=status')], Array(3).fill([1, []]))
  sandbox.arm({ ...pause, on: 'GET me', retryAfter: '900' })
  assert.deepEqual([await said('syncro'), (await msp('ticket', 'search', 'NAS')).exitCode], [[1, []], 1])
  assert.deepEqual(await said('syncro'), [0, ['SyncroMSP answers: the pause that it had asked for is over.']])
  assert.deepEqual([(await msp('ticket', 'search', 'NAS')).exitCode, await said('syncro')], [0, [0, []]])
  await withDatabase(home, async (db) =>
    assert.deepEqual(await db.selectFrom('rateLimits').select('pauseUs').where('scope', 'like', 'syncro %').execute(), [{ pauseUs: 0 }]),
  )
})

/** A time that nobody waits for: nobody may call before. */
const held = [
  ['the vendor has asked for a pause', 'pauseUs', 'SyncroMSP asks for a pause until HH:MM.'],
  ['too many calls wait already', 'tatUs', 'SyncroMSP takes no more calls before HH:MM: too many are waiting.'],
] as const

/** A session in which nobody may call for the next ten minutes. */
async function startHeld(t: TestContext, column: 'pauseUs' | 'tatUs' = 'pauseUs') {
  const running = await startSession(t, { ...paced, sleep: () => assert.fail('it waited') })
  const { msp, sandbox, home } = running
  const hold = (seconds: number) => {
    const until = seconds === 0 ? 0 : (Date.now() + seconds * 1000) * 1000
    return withDatabase(home, (db) =>
      db
        .updateTable('rateLimits')
        .set({ [column]: until })
        .execute(),
    )
  }
  await hold(600)
  const calls = sandbox.requests.length
  /** What a command left, with the times and the short id in general. */
  const held = async (...argv: string[]) => {
    const { exitCode, stderr } = await msp(...argv)
    assert.equal(sandbox.requests.length, calls)
    const general = (line: string) =>
      line
        .replace(/\b\d\d:\d\d\b/g, 'HH:MM')
        .replace(/(?<=Queued as )\w{4}/, '7F3K')
        .replace(/\w{4} has its next turn in \d+/, '7F3K has its next turn in N')
    return { exitCode, stderr: stderr.map(general) }
  }
  const deliver = async () => {
    await hold(0)
    await makeDue(home)
    await run(msp, 'outbox', 'run', '--wait')
  }
  return { ...running, held, deliver }
}

test('until when a pause holds is one time, whoever says it', async (t) => {
  const { msp } = await startHeld(t)
  const { stderr } = await msp('ticket', 'show', 'T12345')
  const [, time] = /until (\d\d:\d\d)\.$/.exec(stderr[0] ?? '') ?? []
  const listed = (await msp('integrate', 'list', '--json=integration,limit')).json() as Record<string, unknown>[]
  assert.deepEqual(
    listed.filter(({ integration }) => integration === 'syncro'),
    [{ integration: 'syncro', limit: `paused until ${time}` }],
  )
})

for (const [name, column, said] of held) {
  test(`while ${name} a comment on a linked ticket is queued without a call, once, and is there in the end`, async (t) => {
    const { msp, sandbox, held, deliver } = await startHeld(t, column)
    const comment = ['ticket', 'comment', 'T12345', 'Checked the backups.']
    assert.deepEqual(await held(...comment), { exitCode: 0, stderr: [`Queued as 7F3K: ${said}`, muchLater] })
    const again = await held(...comment)
    assert.deepEqual([again.exitCode, again.stderr[0]?.includes('This was asked for before: ')], [0, true])
    assert.deepEqual(await writes(msp, 'kind', 'state', 'attempts'), [{ kind: 'comment', state: 'ready', attempts: 0 }])
    await deliver()
    assert.deepEqual(
      posted(sandbox).map(({ body, hidden }) => ({ body, hidden })),
      [{ body: 'Checked the backups.', hidden: true }],
    )
  })
}

test('in a pause a ticket that was never linked, or at another tenant, is not known, and nothing is queued', async (t) => {
  const { msp, home, held } = await startHeld(t)
  const refused = (name: string) => ({
    exitCode: 1,
    stderr: [
      'SyncroMSP asks for a pause until HH:MM.',
      `${name} was never linked, so msp does not know whose it is, and nothing is queued. ${orAsk}`,
    ],
  })
  assert.deepEqual(await held('ticket', 'comment', 'T12342', 'x'), refused('T12342'))
  assert.deepEqual(await held('ticket', 'comment', `id:${otherId}`, 'x'), refused(`Ticket ${otherId}`))
  const ticketUrl = `https://other.syncromsp.com/tickets/${ticketId}`
  await withDatabase(home, (db) => db.updateTable('ticketLinks').set({ ticketUrl }).execute())
  assert.deepEqual(await held('ticket', 'comment', 'T12345', 'x'), refused('T12345'))
  assert.deepEqual(await writes(msp, 'state'), [])
})

test('in a pause a comment that the client sees is not queued, since nobody can say who would see it', async (t) => {
  const { msp, held } = await startHeld(t)
  const { exitCode, stderr } = await held('ticket', 'comment', 'T12345', 'x', '--visibility', 'email', '--yes')
  assert.deepEqual([exitCode, stderr], [1, ['SyncroMSP asks for a pause until HH:MM.', orAsk]])
  assert.deepEqual(await writes(msp, 'state'), [])
})

test('in a pause a ticket of another client than the session’s is refused with both names', async (t) => {
  const { msp, held } = await startHeld(t)
  await run(msp, 'session', 'end')
  await run(msp, 'client', 'add', 'Grabb')
  await run(msp, 'session', 'start', '--client', 'Grabb', '--no-input')
  const { exitCode, stderr } = await held('ticket', 'comment', 'T12345', 'x')
  assert.deepEqual([exitCode, stderr[0]], [1, 'Ticket 12345 is for Dataforth, this session is for Grabb.'])
})

test('in a pause time is logged only without a look at other entries, and then is there once', async (t) => {
  const { msp, sandbox, held, deliver } = await startHeld(t)
  const log = ['time', 'log', '30m', '--note', 'NAS']
  const hint = `${orAsk} · or queue the time without a look at your other entries: --overlap`
  assert.deepEqual(await held(...log), { exitCode: 1, stderr: ['SyncroMSP asks for a pause until HH:MM.', hint] })
  const queued = ['Queued as 7F3K: SyncroMSP asks for a pause until HH:MM.', muchLater]
  assert.deepEqual(await held(...log, '--overlap'), { exitCode: 0, stderr: queued })
  await deliver()
  assert.deepEqual(
    [sandbox.syncro.timers(ticketId).length, await writes(msp, 'kind', 'state')],
    [1, [{ kind: 'time_entry', state: 'done' }]],
  )
})

for (const [what, fault, pausedMs] of [
  ['429 without a time', { kind: 'rate-limit' }, 5000],
  ['429 with a negative time', { kind: 'rate-limit', retryAfter: '-5' }, 5000],
  ['429 with a time in decimals', { kind: 'rate-limit', retryAfter: '1200.5' }, 1_200_500],
  ['429 with a day', { kind: 'rate-limit', retryAfter: '86400' }, 3_600_000],
  ['503 without a time', { kind: 'status', status: 503 }, 0],
] as const) {
  test(`${what} on a write is a pause of ${pausedMs / 1000} s`, async (t) => {
    const { msp, sandbox, home } = await startSession(t, { ...paced, sleep: async () => {} })
    sandbox.arm({ vendor: 'syncro', on, ...fault })
    await withDatabase(home, async (db) => {
      const pauseUs = async () =>
        (await db.selectFrom('rateLimits').select('pauseUs').where('scope', 'like', 'syncro %').executeTakeFirst())?.pauseUs
      assert.equal(await pauseUs(), 0)
      const began = Date.now()
      await run(msp, 'ticket', 'comment', 'T12345', 'Checked the backups.')
      const end = Number(await pauseUs()) / 1000
      if (pausedMs === 0) return assert.equal(end, 0)
      assert.ok(end >= began + pausedMs && end <= Date.now() + pausedMs, String(end - began))
    })
  })
}

for (const who of ['machine', 'vendor'] as const) {
  for (const days of [1, -1]) {
    test(`where the clock of the ${who} is a day ${days > 0 ? 'ahead' : 'behind'}, a pause until a date lasts as long as the vendor means it`, async (t) => {
      const clocks = { right: () => new Date(), wrong: () => new Date(Date.now() + days * 86_400_000) }
      const [now, vendor] = who === 'machine' ? [clocks.wrong, clocks.right] : [clocks.right, clocks.wrong]
      const sleep = () => assert.fail('it waited')
      const { msp, home, sandbox } = await startSession(t, { ...paced, now, sandbox: { now: vendor }, sleep })
      const began = Date.now()
      sandbox.arm({ ...pause, on: 'GET tickets', retryAfter: new Date(vendor().getTime() + 600_000).toUTCString() })
      assert.equal((await msp('ticket', 'search', 'NAS')).exitCode, 1)
      await withDatabase(home, async (db) => {
        const { pauseUs } = await db.selectFrom('rateLimits').select('pauseUs').where('scope', 'like', 'syncro %').executeTakeFirstOrThrow()
        const leftMs = Number(pauseUs) / 1000 - began
        // dates are in whole seconds
        assert.ok(leftMs > 598_000 && leftMs <= 600_000 + Date.now() - began, String(leftMs))
      })
    })
  }
}

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`what is left of the limit stands in the list, and with the key as of its last call (${engine})`, async (t) => {
    const running = await startAt(t, engine, paced)
    if (!running) return
    const { msp, sandbox, home, env } = running
    const calls = sandbox.requests.filter(({ vendor }) => vendor === 'syncro').length
    const fields = 'limit,rateLimitRequests,rateLimitPeriodSeconds,rateLimitRemaining,pausedUntil'
    const list = async () =>
      (await msp('integrate', 'list', `--json=integration,${fields}`))
        .json()
        .find(({ integration }: { integration: string }) => integration === 'syncro')
    const { rateLimitRemaining, ...rest } = await list()
    assert.deepEqual(rest, {
      integration: 'syncro',
      limit: `${rateLimitRemaining} of 180 in 60 s`,
      rateLimitRequests: 180,
      rateLimitPeriodSeconds: 60,
      pausedUntil: null,
    })
    // two come back each second
    assert.ok(rateLimitRemaining >= 180 - calls && rateLimitRemaining <= 180, `${rateLimitRemaining} after ${calls}`)
    const stored = await storedLimit(env.MSP_DATABASE_URL ?? join(home, 'data', 'msp.sqlite'))
    assert.ok(Number(stored?.remaining) >= 180 - calls && Number(stored?.remaining) < 180, JSON.stringify(stored))
    assert.deepEqual(stored, { requests: 180, seconds: 60, remaining: stored?.remaining })
    sandbox.arm({ ...pause, on: 'GET tickets', retryAfter: '600' })
    assert.equal((await msp('ticket', 'search', 'NAS')).exitCode, 1)
    const paused = await list()
    assert.match(paused.limit, /^paused until \d\d:\d\d$/)
    assert.deepEqual([paused.rateLimitRemaining, Number.isFinite(Date.parse(paused.pausedUntil))], [0, true])
  })
}

async function storedLimit(place: string) {
  const db = await openDatabase(placeOf(place))
  try {
    return await db
      .selectFrom('integrationCredentials')
      .select(['rateLimitRequests as requests', 'rateLimitPeriodSeconds as seconds', 'rateLimitRemaining as remaining'])
      .where('integrationName', '=', 'syncro')
      .executeTakeFirst()
  } finally {
    await db.destroy()
  }
}

test('what is only offered gives up in its time when the vendor has asked for a pause, and takes no place', async (t) => {
  const { msp, sandbox } = await startSession(t, {
    limits: { pace: 1, interactive: 30_000, offer: 1000 },
    sleep: () => assert.fail('it waited'),
  })
  sandbox.arm({ ...pause, on, retryAfter: '20' })
  await run(msp, 'ticket', 'comment', 'T12345', 'Checked the backups.')
  await run(msp, 'session', 'end')
  const calls = sandbox.requests.length
  const { exitCode, stderr } = await msp('session', 'start', '--client', 'Dataforth')
  assert.equal(exitCode, 0)
  assert.match(stderr.join('\n'), /No ticket is suggested: SyncroMSP asks for a pause until \d\d:\d\d\./)
  assert.equal(sandbox.requests.length, calls)
})
