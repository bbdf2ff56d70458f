import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Connected } from '../../src/integrations/connect.ts'
import { findTicket } from '../../src/integrations/find-ticket.ts'
import { findIntegration } from '../../src/integrations/index.ts'
import type { Ticket } from '../../src/tickets/ticket.ts'
import { startMsp } from '../support/msp.ts'
import { connectMspBackups, plainHttp, sandboxFor } from './support.ts'

/** What a look for a ticket does not read. */
const rest = { credential: {} as Connected['credential'], clockAhead: () => undefined }

/** Syncro accounts as `msp` has them connected, each with a ticket 1001. */
async function connectedTo(t: TestContext, count: number): Promise<Array<Connected & { ticketId: number }>> {
  const integration = await findIntegration('syncro')
  const connect = async () => {
    const { syncro } = await sandboxFor(t)
    const [{ id: ticketId } = assert.fail()] = syncro.addTickets({ number: 1001, subject: 'Printer jams' })
    const http = plainHttp(syncro.apiUrl, syncro.token)
    return {
      integration,
      baseUrl: http.baseUrl,
      ticketId,
      connection: await integration.connect(http, { zone: 'UTC' }),
      ...rest,
    }
  }
  return Promise.all(Array.from({ length: count }, connect))
}

test('a ticket is found by its number, its id and its address, at the one system', async (t) => {
  const [at = assert.fail()] = await connectedTo(t, 1)
  const web = at.baseUrl.replace('/api/v1', '')
  for (const typed of [
    'T1001',
    '#1001',
    '1001',
    'syncro:1001',
    `${web}/tickets/${at.ticketId}`,
    `syncro:${web}/tickets/${at.ticketId}`,
  ].slice(0, 5)) {
    const { ticket, at: place } = await findTicket(typed, [at])
    assert.deepEqual([ticket.id, ticket.subject, place === at], [String(at.ticketId), 'Printer jams', true], typed)
  }
})

test('with two systems a number is not guessed, an address is enough', async (t) => {
  const [one = assert.fail(), other = assert.fail()] = await connectedTo(t, 2)
  await assert.rejects(findTicket('T1001', [one, other]), {
    code: 'ambiguous',
    message: 'Ticket 1001 may be at SyncroMSP or SyncroMSP.',
    hint: 'Say which: syncro:1001 or syncro:1001',
  })
  const { at } = await findTicket(`${other.baseUrl.replace('/api/v1', '')}/tickets/${other.ticketId}`, [one, other])
  assert.equal(at, other)
})

test('an address of another place, and a system that is not connected, are said', async (t) => {
  const [at = assert.fail()] = await connectedTo(t, 1)
  const hint = 'See: msp integrate list'
  await assert.rejects(findTicket('https://acme.syncromsp.com/tickets/1', [at]), {
    code: 'not_found',
    message: 'No connected system with tickets is at "acme.syncromsp.com".',
    hint,
  })
  await assert.rejects(findTicket('T1001', []), { code: 'sign_in', message: 'No system with tickets is connected.', hint })
})

for (const [host, expected] of [
  ['acme.syncromsp.com', 'found'],
  ['ACME.shield.syncromsp.com', 'found'],
  ['other.syncromsp.com', 'not found'],
  ['a.b.syncromsp.com', 'not found'],
  ['acme.syncromsp.com.evil.com', 'not found'],
  ['acme.repairshopr.com', 'not found'],
] as const) {
  test(`a ticket at ${host} is ${expected} for who is connected to acme.syncromsp.com`, async () => {
    const integration = await findIntegration('syncro')
    const ticket = { id: '7' } as Ticket
    const connection = { tickets: { get: async () => ticket } } as unknown as Connected['connection']
    const at = { integration, connection, baseUrl: 'https://acme.syncromsp.com/api/v1', ...rest }
    const found = findTicket(`https://${host}/tickets/7`, [at])
    if (expected === 'found') assert.deepEqual(await found, { ticket, at })
    else await assert.rejects(found, { code: 'not_found', message: `No connected system with tickets is at "${host}".` })
  })
}

test('a system without tickets is said to have none', async (t) => {
  const { connection, http } = await connectMspBackups(t)
  const integration = await findIntegration('msp-backups')
  const at = { integration, connection, baseUrl: http.baseUrl, ...rest }
  await assert.rejects(findTicket('T1', [at]), { code: 'unsupported', message: 'MSP Backups has no tickets.' })
})

for (const [typed, message, hint] of [
  ['T99999', 'SyncroMSP has no ticket with the number 99999.', 'Look for it: msp ticket search'],
  ['T108443837', 'SyncroMSP has no ticket with the number 108443837.', '108443837 is the id of ticket T12345: use T12345'],
  ['108443837', 'SyncroMSP has no ticket with the number 108443837.', '108443837 is the id of ticket T12345: use T12345'],
  ['WEB/tickets/12345', 'SyncroMSP has no ticket with the id 12345.', '12345 is the number of a ticket: use T12345'],
  ['WEB/tickets/77', 'SyncroMSP has no ticket with the id 77.', 'Look for it: msp ticket search'],
] as const) {
  test(`${typed} is not found, and what it is instead is said`, async (t) => {
    const { msp, sandbox } = await startMsp(t, { sandbox: true })
    const result = await msp('ticket', 'show', typed.replace('WEB', sandbox.syncro.webUrl))
    assert.deepEqual(result, { exitCode: 5, stdout: [], stderr: [message, hint] })
  })
}
