import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerTicketLink } from '../../src/commands/ticket/link.ts'
import { grabb, nasId, now, startWorking } from '../clients/working.ts'
import { parsed } from '../support/recording.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

for (const [argv, options] of [
  ['T7', {}],
  ['T7 --no-auto-sync', { autoSync: false }],
  ['T7 --type caused_by --auto-sync --work 4f2a --session 77ab', { type: 'caused_by', autoSync: true, work: '4f2a', session: '77ab' }],
] as const) {
  test(`msp ticket link ${argv}`, async () => assert.deepEqual(await parsed(registerTicketLink, `link ${argv}`), ['T7', options]))
}

test('a type that is none is refused', async () =>
  assert.rejects(parsed(registerTicketLink, 'link T7 --type blocks'), { code: 'commander.invalidArgument' }))

test('a link keeps all that is known of the ticket', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const { id: sessionId } = (await msp('session', 'start', '--client', 'data', '--json')).json()
  const { id: clientId } = (await msp('client', 'show', 'data', '--json')).json()
  const linked = await msp('ticket', 'link', 'T12345', '--type', 'resolves', '--auto-sync', '--json')
  const link = linked.json()
  assert.deepEqual(linked.stderr, ['Linked T12345 to the session for Dataforth.'])
  assert.deepEqual(link, {
    ...{ id: link.id, sessionId, clientId, workItemId: null, integrationType: 'syncro', ticketId: String(nasId), ticketNumber: '12345' },
    ...{ ticketSubject: 'Backup configuration for NAS', ticketUrl: `${sandbox.syncro.webUrl}/tickets/${nasId}` },
    ...{ ticketStatus: 'in_progress', ticketPriority: 'high', vendorStatus: 'In Progress', vendorPriority: '1 High' },
    ...{ linkType: 'resolves', linkDirection: 'manual', linkedBy: 'mike@example.com', autoSyncEnabled: true },
    ...{ lastSyncedAt: null, syncErrors: [], createdAt: link.createdAt, updatedAt: link.updatedAt },
  })
  assert.deepEqual((await msp('ticket', 'links', '--json')).json(), [link])
})

test('a ticket is linked in each way that there is', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  for (const type of ['related', 'resolves', 'documents', 'caused_by']) {
    assert.deepEqual(await msp('ticket', 'link', '12345', '--type', type), {
      exitCode: 0,
      stdout: [`12345\t${type}\tBackup configuration for NAS`],
      stderr: ['Linked T12345 to the session for Dataforth.'],
    })
  }
})

test('linked twice, also by its id, it is one row, with what was asked for last', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  await msp('ticket', 'link', 'T12345', '--auto-sync')
  await msp('ticket', 'link', `id:${nasId}`, '--type', 'resolves')
  const links = (await msp('ticket', 'links', '--json=ticketNumber,linkType,autoSyncEnabled')).json()
  assert.deepEqual(links, [{ ticketNumber: '12345', linkType: 'resolves', autoSyncEnabled: true }])
})

test('without --type a link keeps its type, and --no-auto-sync switches off what --auto-sync switched on', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data', '--ticket', 'T12345')
  for (const [words, linkType, autoSyncEnabled] of [
    [['--auto-sync'], 'caused_by', true],
    [[], 'caused_by', true],
    [['--no-auto-sync'], 'caused_by', false],
    [['--type', 'resolves'], 'resolves', false],
  ] as const) {
    const linked = await msp('ticket', 'link', 'T12345', ...words, '--json=linkType,autoSyncEnabled')
    assert.deepEqual(linked.json(), { linkType, autoSyncEnabled })
  }
  const { json } = await msp('ticket', 'link', 'T12341', '--json=linkType,autoSyncEnabled')
  assert.deepEqual(json(), { linkType: 'related', autoSyncEnabled: false })
})

test('two links that are made at once are one row', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  const results = await Promise.all([msp('ticket', 'link', 'T12345'), msp('ticket', 'link', 'T12345')])
  assert.deepEqual(
    results.map(({ exitCode }) => exitCode),
    [0, 0],
  )
  assert.equal((await msp('ticket', 'links')).stdout.length, 1)
})

test("another client's ticket is refused, with both names", async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  assert.deepEqual(
    await msp('ticket', 'link', 'T12346'),
    said(
      1,
      'Ticket 12346 is for Grabb & Durando, this session is for Dataforth.',
      `Start a session for that client. If the two names mean the same: msp client map Dataforth syncro=${grabb}`,
    ),
  )
  assert.equal((await msp('ticket', 'link', 'T12346', '--json')).json().error.code, 'client_mismatch')
  assert.deepEqual((await msp('ticket', 'links')).stdout, [])
})

test('--work ties one work item to the ticket, by any part of its id that only one has', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  const add = async (note: string) => (await msp('work', 'add', note, '--json')).json().id as string
  const [first] = [await add('Installed the agent'), await add('Replaced the fuser')]
  assert.equal((await msp('ticket', 'link', 'T12345', '--work', first.slice(-8).toUpperCase())).exitCode, 0)
  const work = (await msp('work', 'list', '--json=note,ticketId')).json()
  assert.deepEqual(work, [
    { note: 'Installed the agent', ticketId: String(nasId) },
    { note: 'Replaced the fuser', ticketId: null },
  ])
  assert.deepEqual((await msp('ticket', 'links', '--json=workItemId')).json(), [{ workItemId: first }])
  const several = await msp('ticket', 'link', 'T12341', '--work', first.slice(0, 4))
  assert.deepEqual([several.exitCode, several.stderr[0]], [5, `"${first.slice(0, 4)}" fits more than one work item.`])
  assert.deepEqual(
    await msp('ticket', 'link', 'T12341', '--work', 'ffff-ffff'),
    said(5, 'There is no work item ffff-ffff.', 'See: msp work list'),
  )
  assert.equal((await msp('ticket', 'link', 'T12341', '--work', '')).exitCode, 2)
  assert.equal((await msp('ticket', 'links')).stdout.length, 1)
})

test('--session links to another session than the open one, and without one there is nothing to link to', async (t) => {
  const { msp } = await startWorking(t)
  const none = said(5, 'No session is open.', 'Start one: msp session start --client NAME')
  assert.deepEqual(await msp('ticket', 'link', 'T12345'), none)
  const { id } = (await msp('session', 'start', '--client', 'data', '--json')).json()
  await msp('session', 'end')
  assert.equal((await msp('ticket', 'link', 'T12345', '--session', id)).exitCode, 0)
  assert.deepEqual(await msp('ticket', 'links'), none)
  assert.equal((await msp('ticket', 'links', '--session', id)).stdout.length, 1)
})

test('links are listed for the session, for a client, and for all, the newest first', async (t) => {
  const { msp } = await startWorking(t)
  await msp('client', 'add', 'Grabb & Durando', '--map', 'syncro')
  const lines = async (...words: string[]) => {
    const { stdout, stderr } = await msp('ticket', 'links', ...words)
    return [...stdout.map((line) => line.split('\t')[0]), ...stderr]
  }
  await msp('session', 'start', '--client', 'data')
  assert.deepEqual(await lines(), ['No ticket is linked. Link one: msp ticket link T12345'])
  for (const ticket of ['T12345', 'T12341']) await msp('ticket', 'link', ticket)
  await msp('session', 'end')
  await msp('session', 'start', '--client', 'grabb', '--ticket', 'T12346')
  assert.deepEqual(
    [await lines(), await lines('--client', 'data'), await lines('--all'), await lines('--all', '--limit', '1')],
    [['12346'], ['12341', '12345'], ['12346', '12341', '12345'], ['12346', 'There are more than this one; see more with --limit.']],
  )
  assert.deepEqual((await msp('ticket', 'links', '--json=ticketNumber,linkType')).json(), [
    { ticketNumber: '12346', linkType: 'caused_by' },
  ])
})

test('a terminal gets a table', async (t) => {
  const { msp } = await startWorking(t, { terminal: true, now: () => now })
  await msp('session', 'start', '--client', 'data', '--ticket', 'T12345')
  const [heading] = (await msp('ticket', 'links')).stdout
  assert.equal(heading, 'TICKET NUMBER  LINK TYPE  TICKET STATUS  AUTO SYNC ENABLED  LAST SYNCED AT  TICKET SUBJECT')
})
