import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { registerTicketSuggest } from '../../src/commands/ticket/suggest.ts'
import { hoursAgo, nasId, nasTicket, startWorking } from '../clients/working.ts'
import type { Msp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const heading = 'Tickets of Dataforth, the one that fits best first:'
const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })
const start = async (msp: Msp, client = 'data') => {
  const { id } = (await msp('session', 'start', '--client', client, '--json')).json()
  return id as string
}
const numbers = (lines: readonly string[]) => lines.map((line) => line.split('\t')[0])

test('msp ticket suggest --session 4f2a --limit 3', async () =>
  assert.deepEqual(await parsed(registerTicketSuggest, 'suggest --session 4f2a --limit 3'), [{ session: '4f2a', limit: 3 }]))
test('msp ticket suggest', async () => assert.deepEqual(await parsed(registerTicketSuggest, 'suggest'), [{ limit: 5 }]))

/** Puts machines on the list of the client's infrastructure. */
function addAssets(home: string, names: readonly string[]): void {
  const database = new DatabaseSync(join(home, 'data', 'msp.sqlite'))
  try {
    for (const name of names) {
      database
        .prepare("insert into infrastructure (id, client_id, name) select ?, id, ? from clients where name = 'Dataforth'")
        .run(name, name)
    }
  } finally {
    database.close()
  }
}

test('the tickets of the client that fit the work come first, each with its reason', async (t) => {
  const { msp, home } = await startWorking(t)
  addAssets(home, ['AD1', 'D2TESTNAS'])
  await start(msp)
  await msp('work', 'add', 'Configured Veeam backup job for D2TESTNAS')
  await msp('work', 'add', 'Set retention for the new NAS')
  assert.deepEqual(await msp('ticket', 'suggest'), {
    exitCode: 0,
    stdout: [
      [
        '12345',
        'Backup configuration for NAS',
        'words: backup, nas · asset D2TESTNAS · assigned to you · in progress · updated yesterday',
      ].join('\t'),
      ['12341', 'VPN drops every afternoon', 'assigned to you · waiting on customer · updated 5 days ago'].join('\t'),
      ['12342', 'New laptop for the shipping desk', 'waiting for parts · updated 4 days ago'].join('\t'),
      ['12330', 'Quarterly patch window for servers', 'assigned to you · scheduled · updated 14 days ago'].join('\t'),
      ['12290', 'Old phone system still listed', 'assigned to you · closed - no response · updated 37 days ago'].join('\t'),
    ],
    stderr: [heading],
  })
})

test('a terminal gets a table in which a long subject leaves room for the reason', async (t) => {
  const { msp, sandbox } = await startWorking(t, { terminal: true })
  sandbox.syncro.changeTicket(nasId, { subject: 'Backup configuration for the NAS in the server room behind the shipping desk' })
  await start(msp)
  assert.deepEqual((await msp('ticket', 'suggest', '--limit', '2')).stdout, [
    'NUMBER  SUBJECT                                   REASON',
    '12345   Backup configuration for the NAS in the…  assigned to you · in progress · updated today',
    '12341   VPN drops every afternoon                 assigned to you · waiting on customer · updated 5…',
  ])
})

test('as JSON a suggestion is the ticket with score and reason, and --json=help lists the fields', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  await start(msp)
  await msp('work', 'add', 'Tested the backup')
  const suggestion = {
    ...nasTicket(sandbox.syncro.webUrl),
    score: 5.08,
    reason: 'words: backup · assigned to you · in progress · updated yesterday',
    isAboutWork: true,
  }
  assert.deepEqual((await msp('ticket', 'suggest', '--limit', '1', '--json')).json(), [suggestion])
  assert.deepEqual((await msp('ticket', 'suggest', '--json=help')).stdout, Object.keys(suggestion))
})

test('what is linked is left out, and when nothing is left it is said', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  await start(msp)
  await msp('ticket', 'link', 'T12345')
  const left = await msp('ticket', 'suggest', '--limit', '2')
  assert.deepEqual(
    [numbers(left.stdout), left.stderr],
    [
      ['12341', '12342'],
      [heading, 'There are more than these 2; see more with --limit.'],
    ],
  )
  for (const { id, customer_id } of [...sandbox.syncro.tickets.values()])
    if (customer_id === 34288070 && id !== nasId) sandbox.syncro.removeTicket(id)
  assert.deepEqual(await msp('ticket', 'suggest'), said(0, 'No open ticket of Dataforth is left to suggest.'))
  assert.deepEqual((await msp('ticket', 'suggest', '--json')).json(), [])
})

test('a ticket that was resolved today fits the work that it was resolved with, behind an open one; of the day before it does not', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const done = { client: 'Dataforth', status: 'Resolved' }
  sandbox.syncro.addTickets(
    { ...done, number: 13001, subject: 'Toner is empty' },
    { ...done, number: 13002, subject: 'Toner is empty', updated_at: hoursAgo(30), created_at: hoursAgo(30) },
    { client: 'Dataforth', number: 13003, subject: 'Toner ordered' },
  )
  await start(msp)
  assert.deepEqual(numbers((await msp('ticket', 'suggest', '--limit', '20')).stdout).includes('13001'), false)
  await msp('work', 'add', 'Changed the toner')
  const [first, second, ...rest] = (await msp('ticket', 'suggest', '--limit', '20')).stdout
  assert.deepEqual(
    [first, second, numbers(rest)],
    [
      ['13003', 'Toner ordered', 'words: toner · assigned to you · new · updated today'].join('\t'),
      ['12345', 'Backup configuration for NAS', 'assigned to you · in progress · updated yesterday'].join('\t'),
      ['13001', '12341', '12342', '12330', '12290'],
    ],
  )
})

test('another session is named by its id, also one that has ended', async (t) => {
  const { msp } = await startWorking(t)
  const id = await start(msp)
  await msp('work', 'add', 'VPN client updated')
  await msp('session', 'end')
  const { exitCode, stdout } = await msp('ticket', 'suggest', '--session', id.slice(-8), '--limit', '1')
  assert.deepEqual([exitCode, numbers(stdout)], [0, ['12341']])
})

test('a client with two counterparts has the tickets of both', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const branch = sandbox.syncro.addCustomer({ name: 'Dataforth Tucson' })
  sandbox.syncro.addTickets({ customer_id: branch.id, number: 13000, subject: 'VPN at the branch' })
  await msp('client', 'map', 'data', `syncro=${branch.id}`)
  await start(msp)
  await msp('work', 'add', 'Reset the VPN')
  const found = (await msp('ticket', 'suggest', '--limit', '2', '--json=number,client')).json()
  assert.deepEqual(found, [
    { number: '12341', client: 'Dataforth' },
    { number: '13000', client: 'Dataforth Tucson' },
  ])
})

test("the team's key does not tell whose a ticket is", async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const { apiUrl, token } = sandbox.syncro
  await msp.withInput(token, 'integrate', 'syncro', '--api-url', apiUrl, '--token-stdin', '--owner', 'team')
  await msp('integrate', 'remove', 'syncro', '--owner', 'me', '--yes')
  await start(msp)
  const [first] = (await msp('ticket', 'suggest', '--json=reason')).json()
  assert.deepEqual(first, { reason: 'in progress · updated yesterday' })
})

test('of a client with thousands of tickets the first hundred are compared, and it is said', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.syncro.addTickets(...Array.from({ length: 2000 }, () => ({ client: 'Dataforth', subject: 'Toner' })))
  await start(msp)
  const before = sandbox.requests.length
  const { exitCode, stdout, stderr } = await msp('ticket', 'suggest', '--limit', '1000')
  assert.deepEqual(
    [exitCode, stdout.length, stderr, sandbox.requests.slice(before).map(({ path }) => path)],
    [
      0,
      100,
      ['There are more than 100 such tickets of Dataforth; the first 100 were compared.', heading],
      ['tickets', 'tickets', 'tickets'],
    ],
  )
})

test('a page that fails is an error, and no short list', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.syncro.addTickets(...Array.from({ length: 70 }, () => ({ client: 'Dataforth', subject: 'Toner' })))
  await start(msp)
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets', kind: 'html', skip: 1 })
  const { exitCode, stdout, stderr } = await msp('ticket', 'suggest')
  assert.deepEqual([exitCode, stdout, stderr[0]], [1, [], 'SyncroMSP answered with a web page instead of data.'])
})

test('without a session, a connection or a counterpart there is nothing to compare', async (t) => {
  const { msp } = await startWorking(t)
  assert.deepEqual(await msp('ticket', 'suggest'), said(5, 'No session is open.', 'Start one: msp session start --client NAME'))
  await msp('client', 'add', 'Bell & Sons')
  await start(msp, 'bell')
  assert.deepEqual(
    await msp('ticket', 'suggest'),
    said(5, 'Bell & Sons is not mapped to a client at SyncroMSP yet.', "Find it there: msp client map 'Bell & Sons'"),
  )
  await msp('integrate', 'remove', 'syncro', '--yes')
  assert.deepEqual(await msp('ticket', 'suggest'), said(4, 'No system with tickets is connected.', 'Connect one: msp integrate syncro'))
})
