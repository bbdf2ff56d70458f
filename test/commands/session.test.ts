import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerSessionEnd } from '../../src/commands/session/end.ts'
import { registerSessionList } from '../../src/commands/session/list.ts'
import { registerSessionStart } from '../../src/commands/session/start.ts'
import { grabb, now, startWorking } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

test('msp session start --client bell --ticket T7', async () =>
  assert.deepEqual(await parsed(registerSessionStart, 'start --client bell --ticket T7'), [{ client: 'bell', ticket: 'T7' }]))
test('msp session end --session 4f2a', async () =>
  assert.deepEqual(await parsed(registerSessionEnd, 'end --session 4f2a'), [{ session: '4f2a' }]))
test('msp session list --client bell --open --mine --limit 3', async () =>
  assert.deepEqual(await parsed(registerSessionList, 'list --client bell --open --mine --limit 3'), [
    { client: 'bell', open: true, mine: true, limit: 3 },
  ]))
test('a session needs a client', async () =>
  assert.rejects(parsed(registerSessionStart, 'start'), { code: 'commander.missingMandatoryOptionValue' }))

test('a session starts, is shown, and ends', async (t) => {
  const { msp } = await startMsp(t, { now: () => now })
  await msp('client', 'add', 'Dataforth')
  const started = await msp('session', 'start', '--client', 'data', '--json')
  const { id } = started.json()
  const session = {
    id,
    client: 'Dataforth',
    technician: 'mike@example.com',
    machine: 'laptop',
    startedAt: now.toISOString(),
    endedAt: null,
  }
  assert.deepEqual([started.exitCode, started.json(), started.stderr], [0, session, ['Session for Dataforth started.']])
  assert.deepEqual((await msp('session', 'show', '--json')).json(), {
    ...session,
    tickets: [],
    workItems: [],
    loggedMinutes: 0,
    backupReports: [],
  })
  const ended = await msp('session', 'end', '--json')
  assert.deepEqual(
    [ended.exitCode, ended.json(), ended.stderr],
    [0, { ...session, endedAt: now.toISOString() }, ['Session for Dataforth ended.']],
  )
  assert.deepEqual(
    [await msp('session', 'end', '--session', id), await msp('session', 'end'), await msp('session', 'show')],
    [
      said(2, 'The session for Dataforth ended already, 2026-01-15 14:32.', 'See: msp session list'),
      said(5, 'No session is open.', 'Start one: msp session start --client NAME'),
      said(5, 'No session is open.', 'Start one: msp session start --client NAME'),
    ],
  )
})

test('while a session is open no other starts on this machine', async (t) => {
  const { msp, env } = await startMsp(t)
  for (const name of ['Dataforth', 'Bell & Sons']) await msp('client', 'add', name)
  await msp('session', 'start', '--client', 'data')
  const refused = said(2, 'A session for Dataforth is open on this machine.', 'End it first: msp session end')
  assert.deepEqual(await msp('session', 'start', '--client', 'bell'), refused)
  env.MSP_MACHINE = 'desk'
  assert.equal((await msp('session', 'start', '--client', 'bell')).exitCode, 0)
  env.MSP_TECHNICIAN = 'rosa@example.com'
  assert.equal((await msp('session', 'start', '--client', 'bell')).exitCode, 0)
  const listed = async (...words: string[]) =>
    (await msp('session', 'list', ...words)).stdout.map((line) => line.split('\t').slice(1, 3).join(' '))
  assert.deepEqual(
    [await listed(), await listed('--mine'), await listed('--client', 'data')].map((lines) => lines.toSorted()),
    [
      ['Bell & Sons mike@example.com', 'Bell & Sons rosa@example.com', 'Dataforth mike@example.com'],
      ['Bell & Sons rosa@example.com'],
      ['Dataforth mike@example.com'],
    ],
  )
  const { stdout, stderr } = await msp('session', 'list', '--limit', '2')
  assert.deepEqual([stdout.length, stderr], [2, ['There are more than these 2; see more with --limit.']])
})

test('two that start at once in one home make one session', async (t) => {
  const { msp } = await startMsp(t)
  for (const name of ['Dataforth', 'Bell & Sons']) await msp('client', 'add', name)
  const results = await Promise.all(['data', 'bell'].map((name) => msp('session', 'start', '--client', name)))
  assert.deepEqual(results.map(({ exitCode }) => exitCode).toSorted(), [0, 2])
  assert.equal((await msp('session', 'list', '--open')).stdout.length, 1)
})

test('MSP_SESSION and --session name another session than the open one', async (t) => {
  const { msp, env } = await startMsp(t)
  for (const name of ['Dataforth', 'Bell & Sons']) await msp('client', 'add', name)
  const start = async (name: string) => (await msp('session', 'start', '--client', name, '--json')).json().id as string
  const first = await start('data')
  await msp('session', 'end')
  await start('bell')
  const shown = async (...words: string[]) => (await msp('session', 'show', '--json=client', ...words)).json()
  assert.deepEqual([await shown(), await shown('--session', first.slice(-8))], [{ client: 'Bell & Sons' }, { client: 'Dataforth' }])
  env.MSP_SESSION = first
  assert.deepEqual([await shown(), await shown('--session', first.slice(-8))], [{ client: 'Dataforth' }, { client: 'Dataforth' }])
  env.MSP_SESSION = 'ffffffff'
  assert.deepEqual(await msp('session', 'show'), said(5, 'There is no session ffffffff.', 'See: msp session list'))
  env.MSP_SESSION = 'my session'
  assert.deepEqual(
    await msp('session', 'show'),
    said(2, '"my session" is not the id of a session, nor four or more characters of one.', 'See: msp session list'),
  )
  env.MSP_SESSION = ''
  assert.deepEqual(await shown(), { client: 'Bell & Sons' })
})

test('a ticket that the session starts with has caused it', async (t) => {
  const { msp } = await startWorking(t)
  const started = await msp('session', 'start', '--client', 'data', '--ticket', 'T12345')
  assert.deepEqual(started.stderr, ['Session for Dataforth started.', 'Linked T12345: Backup configuration for NAS'])
  assert.deepEqual((await msp('ticket', 'links', '--json=ticketNumber,linkType,linkDirection,linkedBy')).json(), [
    { ticketNumber: '12345', linkType: 'caused_by', linkDirection: 'automatic', linkedBy: 'mike@example.com' },
  ])
  assert.deepEqual((await msp('session', 'show', '--json=tickets')).json(), { tickets: ['T12345'] })
})

test("with another client's ticket, or one that is not there, no session starts", async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const start = (ticket: string) => msp('session', 'start', '--client', 'data', '--ticket', ticket)
  const remedy = `Start a session for that client. If the two names mean the same: msp client map Dataforth syncro=${grabb}`
  assert.deepEqual(
    [await start('T12346'), await start('T99999'), await start('soon')],
    [
      said(1, 'Ticket 12346 is for Grabb & Durando, this session is for Dataforth.', remedy),
      said(5, 'SyncroMSP has no ticket with the number 99999.', 'Look for it: msp ticket search'),
      said(2, '"soon" does not name a ticket.', 'Use its number (T12345, #12345 or 12345) or paste its address.'),
    ],
  )
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets', kind: 'html' })
  assert.equal((await start('T12345')).exitCode, 1)
  assert.deepEqual([(await msp('session', 'list')).stdout, (await msp('ticket', 'links', '--all')).stdout], [[], []])
})

test('a terminal shows the end of the ids, which is enough to name a session', async (t) => {
  const { msp } = await startMsp(t, { terminal: true, now: () => now })
  await msp('client', 'add', 'Dataforth')
  const { id } = (await msp('session', 'start', '--client', 'data', '--json')).json()
  const short = id.slice(-8)
  assert.deepEqual((await msp('session', 'list')).stdout, [
    'ID        CLIENT     TECHNICIAN        STARTED AT        ENDED AT',
    `${short}  Dataforth  mike@example.com  2026-01-15 14:32`,
  ])
  assert.equal((await msp('session', 'show', '--session', short, '--json')).json().id, id)
})
