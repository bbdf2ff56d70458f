import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SandboxComment } from '../../src/sandbox/syncro/state.ts'
import { arm, comment, kinds, posts, startWith, state } from './kinds.ts'
import { later, latest, plain, shortSleep, startAt, startSession, ticketId, writes } from './start.ts'

const lookedFor = 'Queued as 7F3K, and msp looks for it at the vendor before anything is sent again: '
const noData = (what: string) => `SyncroMSP answered with ${what} instead of data.`

const faults = [
  ['cut before it was processed', { kind: 'cut-before' }, 'SyncroMSP cut the line (ECONNRESET).', false],
  ['cut after it was processed', { kind: 'cut-after' }, 'SyncroMSP cut the line (ECONNRESET).', true],
  ['answered with 502 after it was processed', { kind: 'status-after' }, 'SyncroMSP refused: status 502.', true],
  ['answered with 500', { kind: 'status' }, 'SyncroMSP refused: status 500.', false],
  ['answered with 409 after it was processed', { kind: 'status-after', status: 409 }, 'SyncroMSP refused: status 409.', true],
  ['answered with 408', { kind: 'status', status: 408 }, 'SyncroMSP refused: status 408.', false],
  ['answered with half a JSON', { kind: 'half-json' }, noData('broken JSON'), true],
  ['answered with nothing', { kind: 'empty' }, noData('nothing'), true],
  ['answered with a web page', { kind: 'html' }, noData('a web page'), false],
  ['answered too late', { kind: 'slow', ms: 450 }, 'SyncroMSP did not answer within 0.4 s.', true],
] as const

for (const { name, argv, on, stored, once } of kinds) {
  test(`${name} whose outcome is not known is queued, and after outbox run --wait it exists exactly once, when it was`, async (t) => {
    const { msp, sandbox } = await startSession(t, { sleep: shortSleep, limits: { request: 400, settle: 100 } })
    for (const [what, fault, sentence, isThere] of faults) {
      await t.test(what, async () => {
        arm(sandbox, { on, ...fault })
        const before = posts(sandbox)
        const { exitCode, stderr } = await plain(msp, await msp(...argv(what)))
        assert.deepEqual([exitCode, stderr], [0, [`${lookedFor}${sentence}`, later]])
        assert.deepEqual((await state(msp))[0], { state: 'unknown', attempts: 1, lastError: sentence })
        assert.deepEqual((await msp('outbox', 'run', '--wait', '--json=state')).json(), [{ state: 'done' }])
        assert.deepEqual([stored(sandbox, what), posts(sandbox) - before], [once, isThere ? 1 : 2])
        const again = await msp(...argv(what))
        assert.deepEqual([again.exitCode, stored(sandbox, what), sandbox.syncro.mailed], [0, once, []])
      })
    }
  })
}

test('a key that lacks a permission is a failure that names the permission', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.syncro.addToken('reads-only', { permissions: ['Tickets - List/Search', 'Tickets - View Details'] })
  const given = ['integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin']
  assert.equal((await msp.withInput('reads-only', ...given)).exitCode, 0)
  const lacks = 'SyncroMSP accepts your key, but it lacks the permission "Tickets - Edit".'
  const { exitCode, stderr } = await plain(msp, await msp(...comment.argv()))
  assert.deepEqual([exitCode, stderr], [1, [`7F3K failed: ${lacks}`, 'See: msp outbox show 7F3K']])
  assert.equal((await msp.withInput(sandbox.syncro.token, ...given)).exitCode, 0)
  assert.equal((await msp('outbox', 'retry', await latest(msp))).exitCode, 0)
  assert.deepEqual(comment.stored(sandbox), comment.once)
})

test('a list that lags behind is waited for', async (t) => {
  const { msp, sandbox } = await startWith(t, { on: comment.on, kind: 'cut-after' }, { limits: { settle: 150 } })
  sandbox.syncro.commentLagMs = 200
  await msp(...comment.argv())
  assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0)
  assert.deepEqual(
    [comment.stored(sandbox), posts(sandbox), await state(msp)],
    [comment.once, 1, [{ state: 'done', attempts: 1, lastError: null }]],
  )
})

test('two comments that could be it are left to a person, who sees both and says which is true', async (t) => {
  const { msp, sandbox } = await startWith(t, { on: comment.on, kind: 'cut-after' })
  await msp(...comment.argv())
  const first = sandbox.syncro.comments(ticketId).at(-1)
  const second = sandbox.syncro.addComment(ticketId, { subject: first?.subject ?? '', body: 'Copied by hand.', hidden: true })
  const ran = await plain(msp, await msp('outbox', 'run', '--wait'))
  const lastError = `2 things at the vendor may be it: ${first?.id}, ${second.id}. To see and to say which: msp outbox resolve 7F3K`
  assert.deepEqual(ran, { exitCode: 1, stdout: [`7F3K\tcomment\t12345\tneeds_human\t${lastError}`], stderr: [] })
  const shortId = await latest(msp)
  assert.deepEqual(await plain(msp, await msp('outbox', 'resolve', shortId, '--sent')), {
    exitCode: 0,
    stdout: ['7F3K\t12345\tdone'],
    stderr: [
      'This may be comment 7F3K on T12345:',
      `  ${first?.id} · ${first?.created_at} · Mike Swanson · Note · msp 7F3K: Fuser replaced.`,
      `  ${second.id} · ${second.created_at} · Note · msp 7F3K: Copied by hand.`,
      '7F3K counts as delivered.',
    ],
  })
  assert.equal(posts(sandbox), 1)
})

/** A comment that arrived, whose answer was lost, and whose reference the vendor did not keep. */
async function startWithoutReference(t: TestContext, change: Partial<SandboxComment>) {
  const running = await startWith(t, { on: comment.on, kind: 'cut-after' })
  await running.msp(...comment.argv())
  const made = running.sandbox.syncro.comments(ticketId).at(-1)
  if (made) Object.assign(made, { subject: 'Note', ...change })
  return { ...running, made, ran: await running.msp('outbox', 'run', '--wait'), id: await latest(running.msp) }
}

test('a comment whose reference the vendor drops is known by its author and its words', async (t) => {
  const { msp, sandbox, made, ran } = await startWithoutReference(t, { body: '<p>Fuser  replaced.</p>' })
  assert.deepEqual(
    [ran.exitCode, posts(sandbox), await writes(msp, 'state', 'vendorId')],
    [0, 1, [{ state: 'done', vendorId: String(made?.id) }]],
  )
})

test('without the reference the same words of somebody else are not it, and it is sent', async (t) => {
  const { msp, sandbox, made } = await startWithoutReference(t, { tech: 'Ann Other' })
  const sent = sandbox.syncro.comments(ticketId).at(-1)
  assert.notEqual(sent?.id, made?.id)
  assert.deepEqual([posts(sandbox), await writes(msp, 'state', 'vendorId')], [2, [{ state: 'done', vendorId: String(sent?.id) }]])
})

for (const [what, change] of [
  ['nobody knows by whom', { tech: null }],
  ['from an hour before', { created_at: new Date(Date.now() - 3_600_000).toISOString() }],
] as const) {
  test(`without the reference the same words ${what} are a person's business`, async (t) => {
    const { msp, sandbox, made, ran, id } = await startWithoutReference(t, change)
    const lastError = `Something at the vendor may be it: ${made?.id}. To see and to say which: msp outbox resolve ${id}`
    assert.deepEqual([ran.exitCode, posts(sandbox), await writes(msp, 'state', 'lastError')], [1, 1, [{ state: 'needs_human', lastError }]])
    assert.equal((await msp('outbox', 'resolve', id, '--not-sent')).exitCode, 0)
    assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0)
    assert.deepEqual(
      [posts(sandbox), await writes(msp, 'state', 'vendorId')],
      [2, [{ state: 'done', vendorId: String(sandbox.syncro.comments(ticketId).at(-1)?.id) }]],
    )
  })
}

test('a vendor whose clock is days behind does not make a comment look absent', async (t) => {
  const now = () => new Date(Date.now() - 3 * 86_400_000)
  const { msp, sandbox } = await startWith(t, { on: comment.on, kind: 'cut-after' }, { sandbox: { now } })
  await msp(...comment.argv())
  assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0)
  assert.deepEqual([comment.stored(sandbox), posts(sandbox)], [comment.once, 1])
})

for (const engine of ['sqlite', 'mariadb'] as const) {
  for (const [who, hours] of [
    ['vendor', 25],
    ['vendor', -25],
    ['machine', 25],
    ['machine', -25],
  ] as const) {
    test(`where the clock of the ${who} is ${hours} hours off nothing is there twice or given up, on ${engine}`, async (t) => {
      let off = 0
      const clocks = { right: () => new Date(), wrong: () => new Date(Date.now() + off) }
      const [now, sandbox] = who === 'vendor' ? [clocks.right, { now: clocks.wrong }] : [clocks.wrong, { now: clocks.right }]
      const running = await startAt(t, engine, { now, sandbox, sleep: shortSleep })
      if (running === undefined) return
      for (const { name, argv, on, stored, once } of kinds) {
        // new time is refused by such a clock, so it goes wrong only then
        off = on === comment.on ? hours * 3_600_000 : 0
        arm(running.sandbox, { on, kind: 'cut-after' })
        assert.equal((await running.msp(...argv())).exitCode, 0)
        off = hours * 3_600_000
        assert.equal((await running.msp('outbox', 'run', '--wait')).exitCode, 0)
        const [latest] = await state(running.msp)
        assert.deepEqual([stored(running.sandbox), latest], [once, { state: 'done', attempts: 1, lastError: null }], name)
      }
      assert.equal(posts(running.sandbox), kinds.length)
    })
  }
}
