import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../src/db/id.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { countLinkedTickets, listLinks } from '../../src/tickets/store.ts'
import { pullLinks } from '../../src/tickets/sync.ts'
import type { TicketSystem } from '../../src/tickets/ticket.ts'
import { addWork, links, otherId, posted, run, shortSleep, startSession, summary, sync, ticketId, withDatabase } from '../outbox/start.ts'

const noWork = 'There was no new work to post.'
const nothing = { pushed: [], pulled: [], failed: [] }
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

test('what changed on a ticket is a line each', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.syncro.changeTicket(ticketId, { status: 'Customer Reply', priority: null })
  const stdout = ['changed\t12345\tstatus\tIn Progress → Customer Reply', 'changed\t12345\tpriority\t1 High → ']
  assert.deepEqual(await msp('ticket', 'sync'), { exitCode: 0, stdout, stderr: [noWork] })
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

test('tickets that were looked at long ago are in the one list too', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  const ids = (await addLinks(home, sandbox, 5)).map(String)
  const createdAt = new Date(Date.now() - 400 * 86_400_000)
  await withDatabase(home, (db) => db.updateTable('ticketLinks').set({ createdAt }).where('ticketId', 'in', ids).execute())
  sandbox.syncro.changeTicket(Number(ids[3]), { status: 'Resolved' })
  const before = sandbox.requests.length
  const { pulled, failed } = await sync(msp)
  assert.deepEqual([pulled.length, pulled[0].changed, failed], [1, { status: { from: 'New', to: 'Resolved' } }, []])
  assert.deepEqual(since(sandbox, before), [['GET', 'tickets', '1']])
  assert.ok(String(sandbox.requests.at(-1)?.query.since_updated_at) < createdAt.toISOString())
})

test('two tickets are read one by one', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  const [other] = await addLinks(home, sandbox, 1)
  const before = sandbox.requests.length
  assert.deepEqual(await sync(msp), nothing)
  const read = since(sandbox, before).map(([, path]) => path)
  assert.deepEqual(read.sort(), [`tickets/${ticketId}`, `tickets/${other}`].sort())
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
  const stdout = failed.map(({ ticket, message }) => `failed\t${ticket}\t${message}`)
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

test('of many tickets one that is another client’s now fails every time, and alone stays unread', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  await addLinks(home, sandbox, 4)
  sandbox.syncro.changeTicket(ticketId, { customer_id: 34288071 })
  const failed = [{ ticket: '12345', code: 'client_mismatch', message: 'Ticket 12345 now belongs to Grabb & Durando.' }]
  for (const _ of ['once', 'again'])
    assert.deepEqual((await msp('ticket', 'sync', '--all', '--json')).json(), { pushed: [], pulled: [], failed })
  const known = await links(msp, 'ticketNumber', 'lastSyncedAt', 'syncErrors')
  const unread = known.filter(({ lastSyncedAt }: { lastSyncedAt: string | null }) => lastSyncedAt === null)
  const errors = known.map(({ syncErrors }: { syncErrors: unknown[] }) => syncErrors.length)
  assert.deepEqual([unread.map(({ ticketNumber }: { ticketNumber: string }) => ticketNumber), errors.sort()], [['12345'], [0, 0, 0, 0, 2]])
})

test('what another sync has read meanwhile is newer and stays, also of a ticket that it found open again', async (t) => {
  const { sandbox, home } = await startSession(t)
  const [id = 0] = await addLinks(home, sandbox, 4)
  await withDatabase(home, async (db) => {
    const ticket = { integration: 'syncro', id: String(id), url: '', urgency: null, priority: null, vendorClientId: '34288070' }
    const { number, subject } = sandbox.syncro.tickets.get(id) ?? assert.fail()
    const as = (status: string, state: 'open' | 'closed') => ({ ...ticket, number: String(number), subject, client: '', status, state })
    const ticketsOf = (changedSince: () => AsyncGenerator<unknown>) => ({ changedSince }) as unknown as TicketSystem
    const pull = async (changedSince: () => AsyncGenerator<unknown>) => {
      const [{ integration, ...at } = assert.fail()] = await countLinkedTickets(db, { notClosed: true })
      return pullLinks(db, ticketsOf(changedSince), { query: { notClosed: true, integration }, ...at })
    }
    const statusOf = async () => (await listLinks(db, { ticketIds: [String(id)] }))[0]?.vendorStatus
    const late = await pull(async function* () {
      yield as('Closed', 'closed')
      // the clock of SQLite counts milliseconds
      await new Promise((resolve) => setTimeout(resolve, 5))
      const early = await pull(async function* () {
        yield as('Reopened', 'open')
      })
      assert.deepEqual([early.pulled.length, await statusOf()], [1, 'Reopened'])
    })
    assert.deepEqual([late, await statusOf()], [{ pulled: [], failed: [] }, 'Reopened'])
    const again = await pull(async function* () {
      const closed = { ticketStatus: 'closed', lastSyncedAt: null } as const
      await db.updateTable('ticketLinks').set(closed).where('ticketId', '=', String(id)).execute()
      yield as('Open again', 'open')
    })
    assert.deepEqual([again.pulled.map(({ changed }) => changed.status?.to), await statusOf()], [['Open again'], 'Open again'])
    await db.updateTable('ticketLinks').set({ ticketStatus: 'closed' }).where('ticketId', '=', String(id)).execute()
    const closed = await pull(async function* () {
      yield { ...as('Invoiced', 'closed'), vendorClientId: '34288071' }
    })
    assert.deepEqual([closed, await statusOf()], [{ pulled: [], failed: [] }, 'Open again'])
  })
})

test('errors of a link that were damaged hide nothing and stop no sync', async (t) => {
  const { msp, sandbox, home } = await startSession(t)
  await withDatabase(home, (db) => db.updateTable('ticketLinks').set({ syncErrors: '{"' }).execute())
  assert.deepEqual(await links(msp, 'syncErrors'), [{ syncErrors: [] }])
  sandbox.syncro.removeTicket(ticketId)
  assert.equal((await msp('ticket', 'sync', '--json')).json().failed.length, 1)
  assert.equal((await links(msp, 'syncErrors'))[0].syncErrors.length, 1)
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
  const stdout = ['changed\t12342\tstatus\tScheduled → New']
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
