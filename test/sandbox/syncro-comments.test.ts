import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idsIn, start, stoppedClock } from './start.ts'

test('a comment comes back in its wrapper, in the name of the token, without do_not_email', async (t) => {
  const clock = stoppedClock()
  const { sandbox, syncro } = await start(t, { now: clock.now })
  sandbox.syncro.addToken('other', { userId: 1800 })
  sandbox.syncro.addTickets({ id: 7 })
  clock.pass(1000)
  const note = { subject: 'Note', body: 'Fuser replaced.', hidden: true, do_not_email: true }
  const reply = await syncro('POST tickets/7/comment', note, { authorization: 'Bearer other' })
  const at = '2026-04-01T14:00:01.000Z'
  const id = sandbox.syncro.comments(7)[0]?.id
  const comment = {
    id,
    created_at: at,
    updated_at: at,
    ticket_id: 7,
    subject: 'Note',
    body: 'Fuser replaced.',
    tech: 'Technician 1800',
    hidden: true,
    user_id: 1800,
  }
  assert.deepEqual(reply, { status: 200, body: { comment } })
  assert.deepEqual([sandbox.syncro.comments(7), sandbox.syncro.tickets.get(7)?.updated_at], [[comment], at])
})

test('tech changes the name that is shown and not the author', async (t) => {
  const { sandbox, syncro } = await start(t)
  sandbox.syncro.addTickets({ id: 7 })
  await syncro('POST tickets/7/comment', { subject: 'Note', body: 'Text', tech: 'Night shift' })
  assert.deepEqual(
    sandbox.syncro.comments(7).map(({ tech, user_id }) => [tech, user_id]),
    [['Night shift', 1735]],
  )
})

for (const [fields, message] of [
  [{}, ["Body can't be blank", "Subject can't be blank"]],
  [{ subject: 'Note' }, ["Body can't be blank"]],
  [{ body: 'Text', subject: ' ' }, ["Subject can't be blank"]],
] as const) {
  test(`a comment with ${JSON.stringify(fields)} is refused: ${message}`, async (t) => {
    const { sandbox, syncro } = await start(t)
    sandbox.syncro.addTickets({ id: 7 })
    assert.deepEqual(await syncro('POST tickets/7/comment', fields), { status: 422, body: { success: false, message } })
    assert.deepEqual([sandbox.syncro.comments(7), sandbox.syncro.mailed], [[], []])
  })
}

for (const [flags, isMailed] of [
  [{ hidden: false, do_not_email: false }, true],
  [{ hidden: false }, true],
  [{}, true],
  [{ hidden: false, do_not_email: true }, false],
  [{ do_not_email: true }, false],
  [{ hidden: true, do_not_email: true }, false],
  [{ hidden: true }, false],
] as const) {
  test(`a comment with ${JSON.stringify(flags)} is ${isMailed ? '' : 'not '}mailed to the client`, async (t) => {
    const { sandbox, syncro } = await start(t)
    sandbox.syncro.addTickets({ id: 7, client: 'Bell & Sons' })
    await syncro('POST tickets/7/comment', { subject: 'Note', body: 'Text', ...flags })
    const mail = {
      ticketId: 7,
      commentId: sandbox.syncro.comments(7)[0]?.id,
      to: 'office@bell-sons.example',
      subject: 'Note',
      body: 'Text',
    }
    assert.deepEqual(sandbox.syncro.mailed, isMailed ? [mail] : [])
  })
}

test('what a client writes is not mailed to the client, and the ticket says that the client spoke last', async (t) => {
  const { sandbox, syncro } = await start(t, { now: stoppedClock().now })
  sandbox.syncro.addTickets({ id: 7 })
  const reply = sandbox.syncro.addComment(7, { body: 'Still broken.' })
  const at = '2026-04-01T14:00:00.000Z'
  assert.deepEqual(reply, {
    id: reply.id,
    ticket_id: 7,
    subject: 'Customer Reply',
    body: 'Still broken.',
    tech: null,
    hidden: false,
    user_id: null,
    created_at: at,
    updated_at: at,
  })
  assert.deepEqual([sandbox.syncro.mailed, sandbox.syncro.tickets.get(7)?.customer_reply], [[], true])
  await syncro('POST tickets/7/comment', { subject: 'Note', body: 'On it.', hidden: true, do_not_email: true })
  assert.equal(sandbox.syncro.tickets.get(7)?.customer_reply, false)
})

test('the list shows ten comments at a time, the newest first, with their users', async (t) => {
  const clock = stoppedClock()
  const { sandbox, syncro } = await start(t, { now: clock.now })
  sandbox.syncro.addTickets({ id: 7 })
  const ids = Array.from({ length: 12 }, () => {
    clock.pass(1000)
    return sandbox.syncro.addComment(7, { user_id: 1735 }).id
  })
  const newest = ids.toReversed()
  const [first, second, ascending, three] = await Promise.all(
    ['', '?page=2', '?sort_by=created_at&sort_direction=ASC', '?per_page=3&page=4'].map((query) =>
      syncro(`GET tickets/7/comments${query}`),
    ),
  )
  const shown = [first, second, ascending, three].map(
    (reply) => reply && [idsIn(reply, 'comments'), (reply.body as { meta: unknown }).meta],
  )
  assert.deepEqual(shown, [
    [newest.slice(0, 10), { total_pages: 2, page: 1, per_page: 10 }],
    [newest.slice(10), { total_pages: 2, page: 2, per_page: 10 }],
    [ids.slice(0, 10), { total_pages: 2, page: 1, per_page: 10 }],
    [newest.slice(9), { total_pages: 4, page: 4, per_page: 3 }],
  ])
  const { comments } = (await syncro('GET tickets/7/comments?page=2')).body as {
    comments: Array<{ user: { full_name: string }; is_rich_text: boolean }>
  }
  assert.deepEqual(
    comments.map(({ user, is_rich_text }) => [user.full_name, is_rich_text]),
    [
      ['Mike Swanson', false],
      ['Mike Swanson', false],
    ],
  )
})

for (const [query, found] of [
  ['created_after=2026-03-02T09:00:00Z', [3]],
  ['created_before=2026-03-02T09:00:00Z', [1]],
  ['created_after=2026-03-01&created_before=2026-03-03', [2, 1]],
  ['updated_after=2026-03-03', [3]],
  ['updated_before=2026-03-03', [2, 1]],
] as const) {
  test(`GET tickets/7/comments?${query} finds ${found.join(', ')}`, async (t) => {
    const { sandbox, syncro } = await start(t)
    sandbox.syncro.addTickets({ id: 7 })
    for (const id of [1, 2, 3]) sandbox.syncro.addComment(7, { id, created_at: `2026-03-0${id}T09:00:00Z` })
    assert.deepEqual(idsIn(await syncro(`GET tickets/7/comments?${query}`), 'comments'), found)
  })
}

test('a new comment may be late in the lists, but never in what was sent', async (t) => {
  const clock = stoppedClock()
  const { sandbox, syncro } = await start(t, { now: clock.now })
  sandbox.syncro.addTickets({ id: 7 })
  sandbox.syncro.commentLagMs = 5000
  await syncro('POST tickets/7/comment', { subject: 'Note', body: 'Text', hidden: true, do_not_email: true })
  const shown = async () => {
    const { ticket } = (await syncro('GET tickets/7')).body as { ticket: { comments: unknown[] } }
    return [idsIn(await syncro('GET tickets/7/comments'), 'comments').length, ticket.comments.length, sandbox.syncro.comments(7).length]
  }
  const atOnce = await shown()
  clock.pass(5000)
  assert.deepEqual(
    [atOnce, await shown()],
    [
      [0, 0, 1],
      [1, 1, 1],
    ],
  )
})
