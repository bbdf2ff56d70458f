import assert from 'node:assert/strict'
import { test } from 'node:test'
import { syncro as integration } from '../../src/integrations/syncro/index.ts'
import { connectSyncro, scripted, start } from './support.ts'

const hoursAgo = (hours: number) => new Date(start.getTime() - hours * 3_600_000)
const iso = (hours: number) => hoursAgo(hours).toISOString()

test('a comment carries both flags, its reference in the subject and a clean body', async (t) => {
  const { sandbox, syncro, tickets } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({ number: 12345 })
  const content = {
    ticketId: String(ticket?.id),
    ticketNumber: '12345',
    subject: 'Work summary',
    body: 'Changes made today:\n- all',
  } as const
  for (const visibility of ['internal', 'public', 'email'] as const) await tickets.comment.send({ ...content, visibility }, 'msp 7F3K')
  const common = { subject: 'Work summary · msp 7F3K', body: 'Changes made today:\n- all' }
  assert.deepEqual(
    sandbox.requests.map(({ body }) => body),
    [
      { ...common, hidden: true, do_not_email: true },
      { ...common, hidden: false, do_not_email: true },
      { ...common, hidden: false, do_not_email: false },
    ],
  )
})

test('the record of a comment says what was said, to whom, and which comment it became', async (t) => {
  const { syncro, http, tickets } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({ number: 12345 })
  const content = {
    ticketId: String(ticket?.id),
    ticketNumber: '12345',
    subject: 'Work summary',
    body: 'Fuser replaced.',
    visibility: 'internal',
  } as const
  const id = await tickets.comment.send(content, 'msp 7F3K')
  assert.deepEqual(http.records, [
    {
      type: 'syncro_ticket',
      action: 'updated',
      externalId: String(ticket?.id),
      reference: 'T12345',
      url: `${syncro.webUrl}/tickets/${ticket?.id}`,
      sent: { comment: 'Fuser replaced.', internal: true, visibility: 'internal' },
      received: { comment_id: id, created_at: '2026-04-01T14:00:00.000Z' },
    },
  ])
})

test('a very long subject is shortened, so that its reference stays', async () => {
  const http = scripted({ comment: { id: 2 } })
  const { tickets } = await integration.connect(http, { zone: 'UTC' })
  const content = { ticketId: '1', ticketNumber: '1', subject: 'x'.repeat(300), body: 'B', visibility: 'internal' } as const
  await tickets?.comment.send(content, 'msp 7F3K')
  assert.deepEqual(
    http.sent.map(({ body }) => body),
    [{ subject: `${'x'.repeat(199)}… · msp 7F3K`, body: 'B', hidden: true, do_not_email: true }],
  )
})

test('an answer without an id leaves open whether the comment was posted', async () => {
  const { tickets } = await integration.connect(scripted({ success: true }), { zone: 'UTC' })
  const content = { ticketId: '1', ticketNumber: '1042', subject: 'S', body: 'B', visibility: 'internal' } as const
  await assert.rejects(tickets?.comment.send(content, 'msp 7F3K') ?? Promise.resolve(), {
    code: 'vendor',
    outcome: 'unknown',
    message: 'SyncroMSP took the comment on T1042, but its answer has no id.',
  })
})

for (const [visibility, hidden, message] of [
  ['internal', false, 'Comment 2 on T1042 was meant to be internal, but SyncroMSP says that the client can see it.'],
  ['public', true, 'Comment 2 on T1042 was meant to be public, but SyncroMSP says that the client cannot see it.'],
] as const) {
  test(`a comment that was meant to be ${visibility} and is not is an error`, async () => {
    const comments = [{ id: 2, created_at: iso(0), subject: 'S', body: 'B', tech: null, hidden }]
    const { tickets } = await integration.connect(scripted({ comments, meta: { total_pages: 1, page: 1 } }), { zone: 'UTC' })
    const content = { ticketId: '1', ticketNumber: '1042', subject: 'S', body: 'B', visibility }
    await assert.rejects(tickets?.comment.complete?.('2', content) ?? Promise.resolve(), { code: 'vendor', message })
  })
}

test('a comment that the lists do not show yet is not judged', async (t) => {
  const { syncro, tickets } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({})
  syncro.commentLagMs = 5000
  const content = { ticketId: String(ticket?.id), ticketNumber: '1001', subject: 'S', body: 'B', visibility: 'internal' } as const
  await tickets.comment.complete?.(await tickets.comment.send(content, 'msp 7F3K'), content)
})

test('a comment is found although the clock here is hours off', async (t) => {
  const { syncro, tickets } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({})
  const content = { ticketId: String(ticket?.id), ticketNumber: '1001', subject: 'S', body: 'B', visibility: 'internal' } as const
  const vendorId = await tickets.comment.send(content, 'msp 7F3K')
  assert.deepEqual(await tickets.comment.find(content, 'msp 7F3K', hoursAgo(-5)), { vendorId })
})

for (const [what, subject] of [
  ['whose words look like a reference', 'Contract msp 2024'],
  ['with words in the form of a reference', 'Contract (msp 2024)'],
] as const) {
  test(`a comment ${what} is found by its words when the vendor has lost its reference`, async (t) => {
    const { syncro, tickets } = await connectSyncro(t)
    const [ticket] = syncro.addTickets({})
    const content = { ticketId: String(ticket?.id), ticketNumber: '1001', subject, body: 'B', visibility: 'internal' } as const
    const vendorId = await tickets.comment.send(content, 'msp 7F3K')
    Object.assign(syncro.comments(Number(content.ticketId)).at(-1) ?? {}, { subject })
    assert.deepEqual(await tickets.comment.find(content, 'msp 7F3K', hoursAgo(0)), { vendorId })
  })
}

test('a comment that quotes another one is not that one', async (t) => {
  const { syncro, tickets } = await connectSyncro(t)
  const [ticket] = syncro.addTickets({})
  const content = {
    ticketId: String(ticket?.id),
    ticketNumber: '1001',
    subject: 'Re: S · msp 7F3K',
    body: 'B',
    visibility: 'internal',
  } as const
  await tickets.comment.send(content, 'msp ABCD')
  const quoted = { ...content, subject: 'S', body: 'Another' }
  assert.equal(await tickets.comment.find(quoted, 'msp 7F3K', hoursAgo(0)), 'absent')
})
