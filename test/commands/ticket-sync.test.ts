import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerTicketSync } from '../../src/commands/ticket/sync.ts'
import { newId } from '../../src/db/id.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { addWork, latest, plain, posted, run, shortSleep, startSession, summary, ticketId, withDatabase, writes } from '../outbox/start.ts'
import type { Msp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const on = 'POST tickets/:id/comment'
const otherId = ticketId + 17 * (12342 - 12345)
const online = 'The next msp command that goes online delivers it. To do it now: msp outbox run'
const noWork = 'There was no new work to post.'
const noChange = 'Nothing has changed on the tickets.'
const nothing = { pushed: [], pulled: [], failed: [] }

const sync = async (msp: Msp, ...argv: string[]) => (await msp('ticket', 'sync', ...argv, '--json')).json()
const links = async (msp: Msp, ...fields: string[]) => (await msp('ticket', 'links', '--limit', '200', `--json=${fields.join(',')}`)).json()
const since = ({ requests }: Sandbox, from: number) =>
  requests.slice(from).map(({ method, path, query }) => [method, path, query.page ?? ''])

/** So many more linked tickets, as if linked by hand. */
async function addLinks(home: string, sandbox: Sandbox, count: number): Promise<number[]> {
  const tickets = sandbox.syncro.addTickets(...Array.from({ length: count }, () => ({ client: 'Dataforth' })))
  await withDatabase(home, async (db) => {
    const model = await db.selectFrom('ticketLinks').selectAll().executeTakeFirstOrThrow()
    const rows = tickets.map(({ id, number, subject, status, priority }) => ({
      ...{ ...model, id: newId(), ticketId: String(id), ticketNumber: String(number), ticketSubject: subject },
      ...{ ticketStatus: 'open' as const, vendorStatus: status, vendorPriority: priority },
    }))
    await db.insertInto('ticketLinks').values(rows).execute()
  })
  return tickets.map(({ id }) => id)
}

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
  assert.deepEqual(await msp('ticket', 'sync'), { exitCode: 0, stdout: ['posted\tT12345\t2 work items'], stderr: [noChange] })
  const first = summary('Configured Veeam backup job for D2TESTNAS', 'Set retention: 30 days local, 90 days cloud')
  assert.deepEqual([posted(sandbox), sandbox.syncro.mailed], [[first], []])
  assert.deepEqual(await msp('ticket', 'sync'), { exitCode: 0, stdout: [], stderr: [noWork, noChange] })
  await addWork(msp, 'Verified restore point creation')
  assert.deepEqual(await msp('ticket', 'sync', 'T12345'), { exitCode: 0, stdout: ['posted\tT12345\t1 work item'], stderr: [noChange] })
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

test('what changed on a ticket is a line each', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.syncro.changeTicket(ticketId, { status: 'Customer Reply', priority: null })
  const stdout = ['changed\tT12345\tstatus\tIn Progress → Customer Reply', 'changed\tT12345\tpriority\t1 High → ']
  assert.deepEqual(await msp('ticket', 'sync'), { exitCode: 0, stdout, stderr: [noWork] })
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

test('120 links cost one paged list', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  const ids = await addLinks(home, sandbox, 119)
  sandbox.syncro.changeTicket(ids[100] ?? 0, { status: 'Resolved' })
  const before = sandbox.requests.length
  const { pulled, failed } = await sync(msp)
  assert.deepEqual([pulled.length, pulled[0].changed, failed], [1, { status: { from: 'New', to: 'Resolved' } }, []])
  assert.deepEqual(since(sandbox, before), [
    ['GET', 'tickets', '1'],
    ['GET', 'tickets', '2'],
    ['GET', 'tickets', '3'],
  ])
  const unsynced = (await links(msp, 'lastSyncedAt')).filter((link: { lastSyncedAt: string | null }) => link.lastSyncedAt === null)
  assert.deepEqual(unsynced, [])
})

test('tickets that were looked at long ago are read one by one, the others in one list', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  const [old = 0] = await addLinks(home, sandbox, 5)
  const createdAt = new Date(Date.now() - 15 * 86_400_000)
  await withDatabase(home, (db) => db.updateTable('ticketLinks').set({ createdAt }).where('ticketId', '=', String(old)).execute())
  const before = sandbox.requests.length
  assert.deepEqual(await sync(msp), nothing)
  assert.deepEqual(since(sandbox, before), [
    ['GET', 'tickets', '1'],
    ['GET', `tickets/${old}`, ''],
  ])
})

test('a list that breaks off on its second page is a failure of every link, and nothing counts as synced or is posted', async (t) => {
  const { msp, sandbox, home } = await startSession(t, { sleep: shortSleep })
  await addLinks(home, sandbox, 119)
  await addWork(msp, 'one')
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets', kind: 'status', skip: 1, times: 3 })
  const broken = await msp('ticket', 'sync', '--json')
  const { pushed, pulled, failed } = broken.json()
  assert.deepEqual([broken.exitCode, pushed, pulled, failed.length, broken.stderr], [1, [], [], 120, []])
  assert.deepEqual(failed[0].message, 'SyncroMSP refused: status 500.')
  const known = await links(msp, 'lastSyncedAt', 'syncErrors')
  for (const { lastSyncedAt, syncErrors } of known) {
    assert.deepEqual([lastSyncedAt, syncErrors.map(({ code }: { code: string }) => code)], [null, ['vendor']])
  }
  assert.deepEqual(posted(sandbox), [])
  assert.deepEqual([(await sync(msp, 'T12345')).pushed.length, posted(sandbox)], [1, [summary('one')]])
})

test('a ticket that is gone or another client’s now is a failure that is kept, and its work is not posted', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await run(msp, 'ticket', 'link', 'T12342')
  await addWork(msp, 'one')
  sandbox.syncro.removeTicket(otherId)
  sandbox.syncro.changeTicket(ticketId, { customer_id: 34288071 })
  const failed = [
    { ticket: '12342', code: 'not_found', message: `The ticket is gone: syncro has no ticket with the id ${otherId}.` },
    { ticket: '12345', code: 'client_mismatch', message: 'Ticket 12345 now belongs to Grabb & Durando.' },
  ]
  const asJson = await msp('ticket', 'sync', '--json')
  assert.deepEqual([asJson.exitCode, asJson.json(), asJson.stderr], [1, { pushed: [], pulled: [], failed }, []])
  const inText = await msp('ticket', 'sync')
  const stdout = failed.map(({ ticket, message }) => `failed\tT${ticket}\t${message}`)
  assert.deepEqual(inText, { exitCode: 1, stdout, stderr: [] })
  const messages = ({ syncErrors }: { syncErrors: Array<{ message: string }> }) => syncErrors.map(({ message }) => message)
  assert.deepEqual(
    (await links(msp, 'syncErrors')).map(messages),
    failed.map(({ message }) => [message, message]),
  )
  sandbox.syncro.changeTicket(ticketId, { customer_id: 34288070 })
  assert.deepEqual((await sync(msp, 'T12345')).failed, [])
  assert.deepEqual([posted(sandbox), (await links(msp, 'syncErrors')).at(-1)], [[summary('one')], { syncErrors: [] }])
})

test('a comment that one ticket refuses does not keep the others from theirs, and a second sync posts what is missing', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await run(msp, 'ticket', 'link', 'T12342')
  const workItems = await addWork(msp, 'one')
  sandbox.arm({ vendor: 'syncro', on: `POST tickets/${otherId}/comment`, kind: 'status', status: 422 })
  const first = await msp('ticket', 'sync', '--json')
  const { pushed, failed } = first.json()
  const shown = pushed.map(({ ticket, state, workItems: posted }: Record<string, unknown>) => [ticket, state, posted])
  assert.deepEqual(
    [first.exitCode, shown],
    [
      1,
      [
        ['12342', 'failed', workItems],
        ['12345', 'done', workItems],
      ],
    ],
  )
  const refused = (await writes(msp, 'shortId', 'state')).find(({ state }) => state === 'failed')?.shortId
  assert.deepEqual(failed, [{ ticket: '12342', code: 'vendor', message: `${refused} failed: SyncroMSP refused: status 422.` }])
  await addWork(msp, 'two')
  const second = (await sync(msp)).pushed.map(({ ticket, state }: Record<string, unknown>) => [ticket, state])
  assert.deepEqual(second, [
    ['12342', 'done'],
    ['12345', 'done'],
  ])
  assert.equal((await msp('outbox', 'retry', String(refused))).exitCode, 2)
  assert.deepEqual([posted(sandbox, otherId), posted(sandbox)], [[summary('one', 'two')], [summary('one'), summary('two')]])
})

test('a failed comment that is tried again keeps its work, and a second sync adds nothing', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  sandbox.arm({ vendor: 'syncro', on, kind: 'status', status: 422 })
  assert.deepEqual(await plain(msp, await msp('ticket', 'sync')), {
    exitCode: 1,
    stdout: ['failed\tT12345\t7F3K failed: SyncroMSP refused: status 422.'],
    stderr: [],
  })
  await run(msp, 'outbox', 'retry', await latest(msp))
  assert.deepEqual([(await sync(msp)).pushed, posted(sandbox)], [[], [summary('one')]])
})

test('a comment whose answer is lost is queued and said to be, and --wait waits for it', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after', times: 2 })
  await addWork(msp, 'one')
  const lookedFor = 'Queued as 7F3K, and msp looks for it at the vendor before anything is sent again: SyncroMSP cut the line (ECONNRESET).'
  assert.deepEqual(await plain(msp, await msp('ticket', 'sync')), {
    exitCode: 0,
    stdout: ['queued\tT12345\t1 work item\t7F3K'],
    stderr: [lookedFor, online, noChange],
  })
  await run(msp, 'outbox', 'run', '--wait')
  await addWork(msp, 'two')
  const waited = await msp('ticket', 'sync', '--wait', '--json')
  assert.deepEqual([waited.exitCode, waited.json().pushed[0].state], [0, 'done'])
  assert.deepEqual(posted(sandbox), [summary('one'), summary('two')])
})

test('--wait ends with 8 when a comment is not delivered in time, its JSON complete', async (t) => {
  let passed = 0
  const now = () => new Date(Date.now() + passed)
  const sleep = async (milliseconds: number) => {
    passed += milliseconds
  }
  const { msp, sandbox } = await startSession(t, { now, sleep })
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  await addWork(msp, 'one')
  const { exitCode, stdout, stderr } = await msp('ticket', 'sync', '--wait', '--json')
  assert.deepEqual(
    [exitCode, JSON.parse(stdout.join('')).pushed[0].state, JSON.parse(stderr.join('')).error.code],
    [8, 'ready', 'not_delivered'],
  )
})

test('a vendor that cannot be reached is a failure of every link', async (t) => {
  const { msp, sandbox } = await startSession(t, { sleep: shortSleep })
  await addWork(msp, 'one')
  await sandbox.close()
  const { exitCode, stdout, stderr } = await msp('ticket', 'sync')
  assert.deepEqual([exitCode, stdout, stderr], [1, ['failed\tT12345\tSyncroMSP could not be reached (ECONNREFUSED).'], []])
  assert.deepEqual(await writes(msp, 'state'), [])
})

test('a revoked key is a failure of every link, and no work is lost', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  sandbox.syncro.revokeToken(sandbox.syncro.token)
  const { exitCode, stdout } = await msp('ticket', 'sync', '--json')
  assert.deepEqual([exitCode, JSON.parse(stdout.join('')).failed[0].code], [1, 'sign_in'])
  sandbox.syncro.addToken(sandbox.syncro.token)
  assert.deepEqual([(await sync(msp)).pushed.length, posted(sandbox)], [1, [summary('one')]])
})

test('--all pulls every link that is not closed, and posts for those with --auto-sync only', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  await run(msp, 'ticket', 'link', 'T12342')
  await run(msp, 'ticket', 'link', 'T12341', '--auto-sync')
  sandbox.syncro.changeTicket(ticketId, { status: 'Invoiced' })
  sandbox.syncro.changeTicket(otherId, { status: 'Scheduled' })
  const { pushed, pulled, failed } = await sync(msp, '--all')
  const shown = [pushed, pulled, failed].map((list) => list.map(({ ticket }: { ticket: string }) => ticket).sort())
  assert.deepEqual(shown, [['12341'], ['12342', '12345'], []])
  const auto = ticketId + 17 * (12341 - 12345)
  assert.deepEqual([posted(sandbox), posted(sandbox, otherId), posted(sandbox, auto)], [[], [], [summary('one')]])
  sandbox.syncro.changeTicket(ticketId, { status: 'New' })
  sandbox.syncro.changeTicket(otherId, { status: 'New' })
  await run(msp, 'ticket', 'unlink', 'T12341')
  const stdout = ['changed\tT12342\tstatus\tScheduled → New']
  assert.deepEqual(await msp('ticket', 'sync', '--all'), { exitCode: 0, stdout, stderr: [] })
})

test('--all without any link says so', async (t) => {
  const { msp } = await startSession(t)
  await run(msp, 'ticket', 'unlink', 'T12345')
  assert.deepEqual(await msp('ticket', 'sync', '--all'), { exitCode: 0, stdout: [], stderr: ['No linked ticket is open.'] })
  assert.deepEqual(await sync(msp, '--all'), nothing)
})

test('the end of a session posts for the links with --auto-sync, internal whatever the config says', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await run(msp, 'config', 'set', 'comment.visibility', 'email')
  await addWork(msp, 'one')
  await run(msp, 'ticket', 'link', 'T12342', '--auto-sync')
  assert.equal((await msp('session', 'end')).exitCode, 0)
  assert.deepEqual([posted(sandbox), posted(sandbox, otherId), sandbox.syncro.mailed], [[], [summary('one')], []])
})

test('the end of a session whose comment is refused still ends it, and ends with 1', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  await run(msp, 'ticket', 'link', 'T12345', '--auto-sync')
  sandbox.arm({ vendor: 'syncro', on, kind: 'status', status: 422 })
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual([exitCode, stderr.filter((line) => line.includes('422')).length], [1, 1])
  assert.equal((await msp('session', 'list', '--json')).json()[0].endedAt !== null, true)
  const [{ id }] = (await msp('session', 'list', '--json')).json()
  assert.equal((await msp('ticket', 'sync', '--session', id)).exitCode, 0)
  assert.deepEqual(posted(sandbox), [summary('one')])
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
  assert.deepEqual(stdout, ['posted\tT12342\t1 work item', 'changed\tT12345\tstatus\tIn Progress → Resolved'])
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

test('a comment that waits for a person keeps its work: a sync posts nothing besides', async (t) => {
  const { msp, sandbox } = await startSession(t)
  await addWork(msp, 'one')
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id/comments', kind: 'status', status: 403 })
  await run(msp, 'ticket', 'sync')
  assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 1)
  assert.deepEqual([(await writes(msp, 'state'))[0], (await sync(msp)).pushed], [{ state: 'needs_human' }, []])
  assert.equal((await msp('outbox', 'cancel', await latest(msp), '--yes')).exitCode, 2)
  await run(msp, 'outbox', 'retry', await latest(msp))
  assert.deepEqual([(await writes(msp, 'state'))[0], (await sync(msp)).pushed, posted(sandbox)], [{ state: 'done' }, [], [summary('one')]])
})
