import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerTicketSearch } from '../../src/commands/ticket/search.ts'
import { dataforth, hoursAgo, nasTicket, startWorking } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

for (const [argv, expected] of [
  ['search', [[], { limit: 50 }]],
  ['search backup nas --open --mine', [['backup', 'nas'], { limit: 50, open: true, mine: true }]],
  ['search --client data --status New --since friday --limit 3', [[], { limit: 3, client: 'data', status: 'New', since: 'friday' }]],
  ['search --json printer', [['printer'], { limit: 50, json: undefined }]],
] as const) {
  test(`msp ticket ${argv}`, async () => {
    const [words, options] = await parsed(registerTicketSearch, argv)
    assert.deepEqual([words, { ...options, json: undefined }], [expected[0], { ...expected[1], json: undefined }])
  })
}

for (const limit of ['0', '-1', 'many', '1.5']) {
  test(`--limit ${limit} is refused`, async () =>
    assert.rejects(parsed(registerTicketSearch, ['search', '--limit', limit]), { code: 'commander.invalidArgument' }))
}

test('the headline search finds the ticket, with the fields that scripts rely on', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const { webUrl } = sandbox.syncro
  const found = await msp('ticket', 'search', 'backup', '--client', 'Dataforth', '--open', '--json')
  assert.deepEqual(found.json(), [nasTicket(webUrl)])
  assert.deepEqual(await msp('ticket', 'search', 'backup', '--client', 'Dataforth', '--open'), {
    exitCode: 0,
    stdout: [['12345', 'Dataforth', 'In Progress', '1 High', hoursAgo(26), 'Backup configuration for NAS'].join('\t')],
    stderr: [],
  })
})

test('every condition narrows the search', async (t) => {
  const { msp } = await startWorking(t)
  const numbers = async (...words: string[]) =>
    (await msp('ticket', 'search', ...words, '--json=number')).json().map(({ number }: { number: string }) => number)
  const found = {
    words: await numbers('backup'),
    'several words': await numbers('nas', 'backup'),
    client: await numbers('--client', 'dataforth'),
    'client, open': await numbers('--client', 'data', '--open'),
    mine: await numbers('--mine', '--open', 'the'),
    status: await numbers('--status', 'resolved'),
    'status that somebody made up': await numbers('--status', 'CLOSED - no response'),
    'status, open': await numbers('--status', 'Resolved', '--open'),
    since: await numbers('--since', 'yesterday'),
    'since a day': await numbers('--since', '2026-01-13', '--client', 'data'),
  }
  assert.deepEqual(found, {
    words: ['12346', '12345', '12338'],
    'several words': ['12345'],
    client: ['12345', '12342', '12341', '12338', '12330', '12290'],
    'client, open': ['12345', '12342', '12341', '12330', '12290'],
    mine: ['12346', '12345'],
    status: ['12344', '12338'],
    'status that somebody made up': ['12290'],
    'status, open': [],
    since: ['12348', '12346', '12347', '12345'],
    'since a day': ['12345'],
  })
})

test('a search that finds nothing is no failure', async (t) => {
  const { msp } = await startWorking(t)
  assert.deepEqual(await msp('ticket', 'search', 'teleporter'), said(0, 'No ticket fits.'))
  assert.deepEqual((await msp('ticket', 'search', 'teleporter', '--json')).json(), [])
})

test('a status that the account has not got is refused, with those that it has', async (t) => {
  const { msp } = await startWorking(t)
  assert.deepEqual(
    await msp('ticket', 'search', '--status', 'Done'),
    said(
      2,
      'Your SyncroMSP has no ticket status "Done".',
      'It has: New, In Progress, Resolved, Invoiced, Waiting for Parts, Waiting on Customer, Scheduled, Customer Reply, Closed - No Response',
    ),
  )
  assert.deepEqual((await msp('ticket', 'search', '--since', 'tomorrow')).stderr, ['2026-01-16 is in the future.'])
})

test('a limit shows the latest, says that there are more, and does not fetch them', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.syncro.addTickets(...Array.from({ length: 120 }, () => ({ client: 'Dataforth', subject: 'Toner' })))
  const pages = () => sandbox.requests.filter(({ path }) => path.startsWith('tickets')).length
  const before = pages()
  const few = await msp('ticket', 'search', 'toner', '--limit', '3')
  assert.deepEqual([few.stdout.length, few.stderr, pages() - before], [3, ['There are more than these 3; see more with --limit.'], 1])
  const standard = await msp('ticket', 'search', 'toner', '--json=number')
  assert.deepEqual([standard.json().length, standard.stderr], [50, ['There are more than these 50; see more with --limit.']])
  const all = await msp('ticket', 'search', 'toner', '--limit', '120')
  assert.deepEqual([all.stdout.length, all.stderr], [120, []])
})

test('a page that fails is an error, and no short list', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.syncro.addTickets(...Array.from({ length: 120 }, () => ({ subject: 'Toner' })))
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets', kind: 'html', skip: 1 })
  const { exitCode, stdout, stderr } = await msp('ticket', 'search', 'toner', '--limit', '200')
  assert.deepEqual([exitCode, stdout, stderr.length > 0], [1, [], true])
})

test('a client that is not mapped there is said, and one with two counterparts is searched in both', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  await msp('client', 'add', 'Bell & Sons')
  assert.deepEqual(
    await msp('ticket', 'search', '--client', 'bell'),
    said(5, 'Bell & Sons is not mapped to a client at SyncroMSP yet.', "Find it there: msp client map 'Bell & Sons'"),
  )
  const branch = sandbox.syncro.addCustomer({ name: 'Dataforth Tucson' })
  sandbox.syncro.addTickets({ customer_id: branch.id, number: 13000, subject: 'Backup of the branch' })
  await msp('client', 'map', 'data', `syncro=${branch.id}`)
  const found = (await msp('ticket', 'search', 'backup', '--client', 'data', '--json=number,client')).json()
  assert.deepEqual(found, [
    { number: '13000', client: 'Dataforth Tucson' },
    { number: '12345', client: 'Dataforth' },
    { number: '12338', client: 'Dataforth' },
  ])
  assert.equal(
    (await msp('client', 'show', 'data', '--json'))
      .json()
      .mappings.filter(({ vendorClientId }: { vendorClientId: string }) => vendorClientId === dataforth).length,
    1,
  )
})

test('without a connected system there is nothing to search', async (t) => {
  const { msp } = await startMsp(t)
  assert.deepEqual(
    await msp('ticket', 'search', 'backup'),
    said(4, 'No system with tickets is connected.', 'Connect one: msp integrate syncro'),
  )
})

test('a terminal gets a table in which the subject comes last', async (t) => {
  const { msp } = await startWorking(t, { terminal: true })
  const [heading, row] = (await msp('ticket', 'search', 'outlook')).stdout.map((line) => line.split(/ {2,}/))
  assert.deepEqual(heading, ['NUMBER', 'CLIENT', 'STATUS', 'PRIORITY', 'UPDATED AT', 'SUBJECT'])
  assert.deepEqual(row?.slice(0, 5), ['12343', 'Grabb & Durando', 'Customer Reply', '2 Normal', '2026-01-12 11:32'])
})
