import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerTicketSync } from '../../src/commands/ticket/sync.ts'
import { addWork, links, otherId, posted, run, startSession, summary, sync, ticketId, writes } from '../outbox/start.ts'
import { parsed } from '../support/recording.ts'

const noWork = 'There was no new work to post.'
const noChange = 'Nothing has changed on the tickets.'
const nothing = { pushed: [], pulled: [], failed: [] }

for (const [argv, expected] of [
  ['sync', [undefined, {}]],
  ['sync T1042 --visibility public --wait', ['T1042', { visibility: 'public', wait: true }]],
  ['sync --all --json=failed', [undefined, { all: true, json: ['failed'] }]],
  ['sync --session 01a2 --dry-run', [undefined, { session: '01a2', dryRun: true }]],
] as const) {
  test(`msp ticket ${argv}`, async () => assert.deepEqual(await parsed(registerTicketSync, argv), expected))
}

test('the work that a ticket has not had is posted as one comment, a line each, and only once', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'Configured Veeam backup job for D2TESTNAS', 'Set retention:\n  30 days local,\n90 days cloud')
  assert.deepEqual(await msp('ticket', 'sync'), { exitCode: 0, stdout: ['posted\t12345\t2 work items'], stderr: [noChange] })
  const first = summary('Configured Veeam backup job for D2TESTNAS', 'Set retention: 30 days local, 90 days cloud')
  assert.deepEqual([posted(sandbox), sandbox.syncro.mailed], [[first], []])
  assert.deepEqual(await msp('ticket', 'sync'), { exitCode: 0, stdout: [], stderr: [noWork, noChange] })
  await addWork(msp, 'Verified restore point creation')
  assert.deepEqual(await msp('ticket', 'sync', 'T12345'), { exitCode: 0, stdout: ['posted\t12345\t1 work item'], stderr: [noChange] })
  assert.deepEqual(posted(sandbox), [first, summary('Verified restore point creation')])
  const { body } = sandbox.requests.findLast(({ method }) => method === 'POST') ?? {}
  const { hidden, do_not_email } = body as Record<string, unknown>
  assert.deepEqual([hidden, do_not_email], [true, true])
})

test('with --json it says what was posted, what changed and what failed', async (t) => {
  const { msp, sandbox } = await startSession(t)
  const workItems = await addWork(msp, 'one', 'two')
  sandbox.syncro.changeTicket(ticketId, { status: 'Resolved', priority: '2 Normal', subject: 'Backup of the NAS' })
  const { pushed, ...rest } = await sync(msp)
  const [{ id, vendorId }] = (await writes(msp, 'id', 'vendorId')) as [Record<string, unknown>]
  assert.deepEqual(pushed, [{ ticket: '12345', outboxId: id, state: 'done', vendorId, workItems }])
  assert.equal(vendorId, String(sandbox.syncro.comments(ticketId).at(-1)?.id))
  const changed = {
    status: { from: 'In Progress', to: 'Resolved' },
    priority: { from: '1 High', to: '2 Normal' },
    subject: { from: 'Backup configuration for NAS', to: 'Backup of the NAS' },
  }
  assert.deepEqual(rest, { pulled: [{ ticket: '12345', changed }], failed: [] })
  assert.deepEqual(await sync(msp), nothing)
  assert.deepEqual(await links(msp, 'ticketStatus', 'ticketPriority', 'vendorStatus', 'vendorPriority', 'ticketSubject'), [
    {
      ...{ ticketStatus: 'resolved', ticketPriority: 'medium', vendorStatus: 'Resolved', vendorPriority: '2 Normal' },
      ticketSubject: 'Backup of the NAS',
    },
  ])
})

test('work without a ticket goes to every linked ticket, work of one ticket to that one only', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'for both')
  await run(msp, 'work', 'add', 'for the laptop', '--ticket', 'T12342')
  await run(msp, 'ticket', 'link', 'T12341', '--work', (await addWork(msp, 'for the VPN'))[0] ?? '')
  const { pushed } = await sync(msp)
  assert.deepEqual(new Set(pushed.map(({ ticket }: { ticket: string }) => ticket)), new Set(['12341', '12342', '12345']))
  const vpnId = ticketId + 17 * (12341 - 12345)
  assert.deepEqual(
    [posted(sandbox), posted(sandbox, otherId), posted(sandbox, vpnId)],
    [[summary('for both')], [summary('for both', 'for the laptop')], [summary('for the VPN')]],
  )
  assert.deepEqual((await sync(msp)).pushed, [])
})

test('the links of one ticket may be named in every way, and another tenant’s address is none of them', async (t) => {
  const { msp, sandbox } = await startSession(t)
  const { webUrl } = sandbox.syncro
  for (const name of ['T12345', '#12345', 'syncro:T12345', `id:${ticketId}`, `${webUrl}/tickets/${ticketId}`]) {
    assert.deepEqual(await sync(msp, name), nothing, name)
  }
  for (const name of ['T12342', `T${ticketId}`, 'id:12345', 'autotask:T12345', `https://other.syncromsp.com/tickets/${ticketId}`]) {
    assert.deepEqual(await msp('ticket', 'sync', name), {
      exitCode: 5,
      stdout: [],
      stderr: [`Ticket ${name} is not linked to the session for Dataforth.`, `Link it: msp ticket link ${name}`],
    })
  }
  assert.equal((await msp('ticket', 'sync', 'nas')).exitCode, 2)
  assert.equal((await msp('ticket', 'sync', 'T12345', '--all')).exitCode, 2)
})

test('a session without links is an error that says how to link', async (t) => {
  const { msp } = await startSession(t)
  await run(msp, 'ticket', 'unlink', 'T12345')
  const error = ['No ticket is linked to the session for Dataforth.', 'Link one: msp ticket link T12345']
  assert.deepEqual(await msp('ticket', 'sync'), { exitCode: 5, stdout: [], stderr: error })
})

for (const visibility of ['public', 'email'] as const) {
  test(`--visibility ${visibility} needs --yes where nobody can answer, and says so before anything is read`, async (t) => {
    const { msp, sandbox } = await startSession(t)
    await addWork(msp, 'one')
    const before = sandbox.requests.length
    assert.deepEqual(await msp('ticket', 'sync', '--visibility', visibility), {
      exitCode: 2,
      stdout: [],
      stderr: [
        `What is posted with --visibility ${visibility} can be seen by the client.`,
        'Without a terminal, say that it is meant with --yes.',
      ],
    })
    assert.deepEqual([sandbox.requests.length, await writes(msp, 'state')], [before, []])
    assert.equal((await msp('ticket', 'sync', '--visibility', visibility, '--yes')).exitCode, 0)
    assert.deepEqual(
      [posted(sandbox), sandbox.syncro.mailed.length],
      [[{ ...summary('one'), hidden: false }], visibility === 'email' ? 1 : 0],
    )
  })
}

test('a no posts nothing more, but what was done and read till then is said', async (t) => {
  const { msp, sandbox, tell, asked } = await startSession(t, { terminal: true })
  await run(msp, 'ticket', 'link', 'T12342')
  await addWork(msp, 'one')
  sandbox.syncro.changeTicket(ticketId, { status: 'Resolved' })
  tell([true, false])
  const { exitCode, stdout, stderr } = await msp('ticket', 'sync', '--visibility', 'public')
  assert.deepEqual(stdout, ['posted\t12342\t1 work item', 'changed\t12345\tstatus\tIn Progress → Resolved'])
  assert.deepEqual([exitCode, stderr.at(-1), asked.length, posted(sandbox)], [130, 'Nothing was sent.', 2, []])
  assert.equal((await msp('ticket', 'sync')).exitCode, 0)
  assert.deepEqual([posted(sandbox), posted(sandbox, otherId)], [[summary('one')], [{ ...summary('one'), hidden: false }]])
})

test('--dry-run prints the exact requests and does nothing else', async (t) => {
  const { msp, sandbox } = await startSession(t)
  assert.deepEqual(await msp('ticket', 'sync', '--dry-run'), { exitCode: 0, stdout: [], stderr: ['There is no new work to post.'] })
  await run(msp, 'ticket', 'link', 'T12342')
  await addWork(msp, 'one')
  sandbox.syncro.changeTicket(ticketId, { status: 'Resolved' })
  const before = sandbox.requests.length
  const url = (id: number) => `${sandbox.syncro.apiUrl}/tickets/${id}/comment`
  const body = { subject: 'Work summary · msp ????', body: summary('one').body, hidden: true, do_not_email: true }
  const request = (id: number) => ({ method: 'POST', url: url(id), body, recipients: [] })
  assert.deepEqual((await msp('ticket', 'sync', '--dry-run', '--json')).json(), [request(otherId), request(ticketId)])
  assert.deepEqual(await msp('ticket', 'sync', 'T12345', '--dry-run'), {
    exitCode: 0,
    stdout: [`POST ${url(ticketId)}`, ...JSON.stringify(body, null, 2).split('\n')],
    stderr: ['Nothing was sent.'],
  })
  assert.deepEqual([sandbox.requests.length, await writes(msp, 'state')], [before, []])
  assert.deepEqual((await sync(msp)).pulled.length, 1)
})
