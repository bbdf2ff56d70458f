import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Visibility } from '../../src/db/tables.ts'
import type { IntegrationId } from '../../src/integrations/integration.ts'
import { visibilities } from '../../src/tickets/ticket.ts'
import { start, ticketsAt } from './support.ts'

const comment = (ticket: { id: string; number: string } | undefined, visibility: Visibility = 'internal', body = 'Fuser replaced.') => ({
  ticketId: ticket?.id ?? '',
  ticketNumber: ticket?.number ?? '',
  subject: 'Work summary',
  body,
  visibility,
})

const many = Array.from({ length: 120 }, () => ({}))

/** What every vendor with tickets must do. */
export function ticketContract(vendor: IntegrationId): void {
  listContract(vendor)
  commentContract(vendor)
}

function listContract(vendor: IntegrationId): void {
  for (const kind of ['status', 'html', 'half-json'] as const) {
    test(`${vendor}: a page that fails (${kind}) is an error, not a short list`, async (t) => {
      const { tickets, lever } = await ticketsAt(t, vendor)
      lever.addTickets(...many)
      lever.failPage(2, kind)
      await assert.rejects(Array.fromAsync(tickets.changedSince(new Date(0))), { name: 'HttpFailure', code: 'vendor' })
    })
  }

  test(`${vendor}: every ticket is listed once, although the list moves while it is read`, async (t) => {
    const { tickets, lever } = await ticketsAt(t, vendor)
    const before = lever.addTickets(...many).map(({ id }) => id)
    const listed: string[] = []
    for await (const { id } of tickets.changedSince(new Date(0))) {
      if (listed.push(id) === 10) lever.addTickets({}, {}, {})
    }
    assert.deepEqual(listed.toSorted(), before.toSorted())
  })

  test(`${vendor}: a status that the tenant made up is never closed`, async (t) => {
    const { tickets, lever } = await ticketsAt(t, vendor)
    lever.addTickets({ status: 'Closed - No Response' }, { status: 'Parked until spring' }, { status: '' })
    const states = (await Array.fromAsync(tickets.search({}))).map(({ state }) => state)
    assert.deepEqual(states, ['open', 'open', 'open'])
  })

  test(`${vendor}: a ticket is found by exactly its number, and one that does not exist is undefined`, async (t) => {
    const { tickets, lever } = await ticketsAt(t, vendor)
    const [ticket] = lever.addTickets({}, {})
    const found = [await tickets.byNumber(ticket?.number ?? ''), await tickets.get(ticket?.id ?? '')]
    const missing = [await tickets.byNumber('77'), await tickets.get('77'), await tickets.get('../customers/1')]
    assert.deepEqual(
      [found.map((one) => one?.id), missing],
      [
        [ticket?.id, ticket?.id],
        [undefined, undefined, undefined],
      ],
    )
  })
}

function commentContract(vendor: IntegrationId): void {
  test(`${vendor}: a comment that was posted is found by its reference, and only by it`, async (t) => {
    const { tickets, lever } = await ticketsAt(t, vendor)
    const [ticket, other] = lever.addTickets({}, {})
    await tickets.comment.send(comment(ticket), 'msp 2222')
    const id = await tickets.comment.send(comment(ticket), 'msp 7F3K')
    await tickets.comment.send(comment(ticket), 'msp 7F3KX')
    const found = [
      await tickets.comment.find(comment(ticket), 'msp 7F3K', start),
      await tickets.comment.find(comment(ticket), 'msp 9999', start),
      await tickets.comment.find(comment(other), 'msp 7F3K', start),
    ]
    assert.deepEqual(found, [{ vendorId: id }, 'absent', 'absent'])
  })

  test(`${vendor}: a comment is found among many`, async (t) => {
    const { tickets, lever } = await ticketsAt(t, vendor)
    const [ticket] = lever.addTickets({})
    const ids: string[] = []
    for (let count = 0; count < 120; count++) ids.push(await tickets.comment.send(comment(ticket), `msp ${1000 + count}`))
    const found = [
      await tickets.comment.find(comment(ticket), 'msp 1000', start),
      await tickets.comment.find(comment(ticket), 'msp 1119', start),
    ]
    assert.deepEqual(found, [{ vendorId: ids[0] }, { vendorId: ids[119] }])
  })

  test(`${vendor}: two comments with one reference are for a person to decide`, async (t) => {
    const { tickets, lever } = await ticketsAt(t, vendor)
    const [ticket] = lever.addTickets({})
    const sent = [await tickets.comment.send(comment(ticket), 'msp 7F3K'), await tickets.comment.send(comment(ticket), 'msp 7F3K')]
    const found = await tickets.comment.find(comment(ticket), 'msp 7F3K', start)
    assert.deepEqual(typeof found === 'object' && 'candidates' in found && found.candidates.map(({ vendorId }) => vendorId), sent)
  })

  for (const [kind, stored] of [
    ['cut-before', 0],
    ['cut-after', 1],
  ] as const) {
    test(`${vendor}: after a connection that was cut (${kind}) looking tells whether the comment is there`, async (t) => {
      const { tickets, lever } = await ticketsAt(t, vendor)
      const [ticket] = lever.addTickets({})
      lever.cutComment(kind)
      await assert.rejects(tickets.comment.send(comment(ticket), 'msp 7F3K'), { outcome: 'unknown' })
      const found = await tickets.comment.find(comment(ticket), 'msp 7F3K', start)
      assert.deepEqual([found === 'absent' ? 0 : 1, lever.comments(ticket?.id ?? '').length], [stored, stored])
    })
  }

  test(`${vendor}: an internal comment is hidden and mails nobody, a public one mails nobody, only an e-mailed one is mailed`, async (t) => {
    const { tickets, lever } = await ticketsAt(t, vendor)
    const [ticket] = lever.addTickets({})
    for (const visibility of visibilities) {
      const id = await tickets.comment.send(comment(ticket, visibility, visibility), `msp ${visibility}`)
      await tickets.comment.complete?.(id, comment(ticket, visibility, visibility))
    }
    assert.deepEqual(
      [lever.comments(ticket?.id ?? ''), lever.mailed()],
      [
        [
          { body: 'internal', isHidden: true },
          { body: 'public', isHidden: false },
          { body: 'email', isHidden: false },
        ],
        ['email'],
      ],
    )
  })

  test(`${vendor}: showing the request of a comment sends nothing, and it is the one that is sent`, async (t) => {
    const { tickets, lever, requests } = await ticketsAt(t, vendor)
    const [ticket] = lever.addTickets({})
    const { method, path, body } = tickets.comment.request(comment(ticket), 'msp 7F3K')
    assert.equal(requests.length, 0)
    await tickets.comment.send(comment(ticket), 'msp 7F3K')
    assert.deepEqual(
      requests.map((request) => [request.method, request.path, request.body]),
      [[method, path, body]],
    )
  })
}
