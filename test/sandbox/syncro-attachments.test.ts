import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { start, stoppedClock } from './start.ts'

const content = 'a report'

/** A link, and how often it was fetched. */
async function startLink(t: TestContext, status = 200) {
  let fetched = 0
  const server = createServer((_, response) => {
    fetched++
    response.writeHead(status).end(content)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/r/abc`, fetched: () => fetched }
}

async function startTicket(t: TestContext) {
  const clock = stoppedClock()
  const { sandbox, syncro } = await start(t, { now: clock.now })
  const [{ id = 0 } = {}] = sandbox.syncro.addTickets({})
  sandbox.syncro.fetchDelayMs = 0
  const until = async (holds: () => boolean) => {
    for (let turn = 0; turn < 200 && !holds(); turn++) await wait(5)
  }
  const shown = async () => ((await syncro(`GET tickets/${id}`)).body as { ticket: { attachments: unknown[] } }).ticket.attachments
  return { sandbox, syncro, id, until, shown }
}

const attach = (url: string) => ({ files: [{ url, filename: 'report.pdf' }] })
const taken = { status: 200, body: { message: 'Processing - refresh ticket in a moment to see if it worked.' } }
const malformed = { status: 422, body: { error: "Missing files param - or not an array like [{'url':'http://foo','filename': 'test'}]" } }

test('a file is fetched from its link later, and then hangs on the ticket', async (t) => {
  const { sandbox, syncro, id, until, shown } = await startTicket(t)
  const link = await startLink(t)
  assert.deepEqual([await syncro(`POST tickets/${id}/attach_file_url`, attach(link.url)), await shown()], [taken, []])
  await until(() => sandbox.syncro.attachments(id).length > 0)
  const [attached] = sandbox.syncro.attachments(id)
  const created_at = '2026-04-01T14:00:00.000Z'
  const checksum = createHash('sha256').update(content).digest('hex')
  assert.deepEqual(attached, { id: attached?.id, ticket_id: id, file_name: 'report.pdf', created_at, size: 8, checksum })
  const url = `${sandbox.syncro.webUrl}/attachments/${attached?.id}`
  assert.deepEqual([await shown(), link.fetched()], [[{ id: attached?.id, file_name: 'report.pdf', url, created_at }], 1])
  const remove = `POST tickets/${id}/delete_attachment`
  assert.deepEqual([await syncro(remove, { attachment_id: attached?.id }), await shown()], [{ status: 200, body: { success: true } }, []])
  assert.equal((await syncro(remove, { attachment_id: attached?.id })).status, 404)
})

for (const [what, body] of [
  ['no files', {}],
  ['a text', { files: 'https://files.example.com/r' }],
  ['texts', { files: ['https://files.example.com/r'] }],
  ['no name', { files: [{ url: 'https://files.example.com/r' }] }],
  ['no address', { files: [{ filename: 'report.pdf', url: 'report.pdf' }] }],
  ['nothing', { files: [] }],
] as const) {
  test(`a body with ${what} is refused in the vendor's words`, async (t) => {
    const { syncro, id } = await startTicket(t)
    assert.deepEqual(await syncro(`POST tickets/${id}/attach_file_url`, body), malformed)
  })
}

test('nobody hears of a link that leads nowhere, or that is never fetched', async (t) => {
  const { sandbox, syncro, id, until, shown } = await startTicket(t)
  const gone = await startLink(t, 404)
  assert.deepEqual(await syncro(`POST tickets/${id}/attach_file_url`, attach(gone.url)), taken)
  await until(() => gone.fetched() > 0)
  sandbox.syncro.fetches = 0
  const never = await startLink(t)
  assert.deepEqual(await syncro(`POST tickets/${id}/attach_file_url`, attach(never.url)), taken)
  await wait(30)
  assert.deepEqual([await shown(), never.fetched()], [[], 0])
})

test('a file may be fetched twice and hangs there once', async (t) => {
  const { sandbox, syncro, id, until } = await startTicket(t)
  sandbox.syncro.fetches = 2
  const link = await startLink(t)
  await syncro(`POST tickets/${id}/attach_file_url`, attach(link.url))
  await until(() => sandbox.syncro.attachments(id).length > 0)
  assert.deepEqual([link.fetched(), sandbox.syncro.attachments().length], [2, 1])
})

test('it needs the permission to edit tickets, and a ticket', async (t) => {
  const { sandbox, syncro, id } = await startTicket(t)
  sandbox.syncro.addToken('reads', { permissions: ['Tickets - View Details'] })
  const reads = { authorization: 'Bearer reads' }
  assert.equal((await syncro(`POST tickets/${id}/attach_file_url`, attach('https://files.example.com/r'), reads)).status, 401)
  assert.equal((await syncro('POST tickets/1/attach_file_url', attach('https://files.example.com/r'))).status, 404)
})
