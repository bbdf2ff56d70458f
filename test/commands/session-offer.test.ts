import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { nasId, startWorking } from '../clients/working.ts'
import { makeDue } from '../outbox/start.ts'
import { command, copied, startSession, question as timeQuestion } from '../sessions/ending.ts'
import { ctrlC, type StartOptions, startMsp } from '../support/msp.ts'

type Options = Omit<StartOptions, 'engine' | 'sandbox'>

/** Bell & Sons is mapped; T12347 is its one open ticket. */
async function startAtBell(t: TestContext, options: Options = {}) {
  const working = await startWorking(t, { terminal: true, ...options })
  await working.msp('client', 'add', 'Bell & Sons', '--map', 'syncro')
  return working
}

const wifi = 'T12347 "Wi-Fi is slow in the workshop" (new · updated yesterday)'
const nas = 'T12345 "Backup configuration for NAS" (words: backup, d2testnas · assigned to you · in progress · updated yesterday)'
const linkFields = '--json=ticketNumber,linkType,linkDirection,linkedBy,autoSyncEnabled'
const linked = (ticketNumber: string, linkType: string) => [
  { ticketNumber, linkType, linkDirection: 'automatic', linkedBy: 'mike@example.com', autoSyncEnabled: false },
]

test('at the start the one open ticket of the client is offered, and linked on yes as what caused the session', async (t) => {
  const { msp, asked, tell } = await startAtBell(t)
  tell([true])
  const { exitCode, stdout, stderr } = await msp('session', 'start', '--client', 'bell')
  assert.deepEqual(
    [exitCode, stdout.length, asked, stderr],
    [0, 3, [`Link ${wifi}?`], ['Session for Bell & Sons started.', 'Linked T12347: Wi-Fi is slow in the workshop']],
  )
  assert.deepEqual((await msp('ticket', 'links', linkFields)).json(), linked('12347', 'caused_by'))
})

test('after a no the session is open without a ticket, and nothing more is said', async (t) => {
  const { msp, tell } = await startAtBell(t)
  tell([false])
  const { exitCode, stderr } = await msp('session', 'start', '--client', 'bell')
  assert.deepEqual([exitCode, stderr], [0, ['Session for Bell & Sons started.']])
  assert.deepEqual((await msp('session', 'show', '--json=client,tickets')).json(), { client: 'Bell & Sons', tickets: [] })
})

test('Ctrl-C at the question leaves the session started', async (t) => {
  const { msp, tell } = await startAtBell(t)
  tell([ctrlC])
  const { exitCode, stdout, stderr } = await msp('session', 'start', '--client', 'bell')
  assert.deepEqual([exitCode, stdout.length, stderr], [130, 3, ['Session for Bell & Sons started.', 'Cancelled.']])
  assert.deepEqual((await msp('session', 'show', '--json=client,tickets')).json(), { client: 'Bell & Sons', tickets: [] })
})

test('with --ticket nothing is offered', async (t) => {
  const { msp, asked } = await startAtBell(t)
  assert.deepEqual((await msp('session', 'start', '--client', 'bell', '--ticket', 'T12347')).exitCode, 0)
  assert.deepEqual(asked, [])
})

test('of several at the start the best is offered, and where nobody can answer three are named', async (t) => {
  const { msp, asked, tell } = await startAtBell(t)
  tell([false])
  await msp('session', 'start', '--client', 'data')
  const best = 'T12345 "Backup configuration for NAS" (assigned to you · in progress · updated yesterday)'
  assert.deepEqual(asked, [`Link ${best}?`])
  await msp('session', 'end', '--no-input')
  const { exitCode, stderr } = await msp('session', 'start', '--client', 'data', '--no-input')
  assert.deepEqual(
    [exitCode, stderr],
    [
      0,
      [
        'Session for Dataforth started.',
        'Tickets that may fit. To link one:',
        `  ${best}`,
        '    msp ticket link T12345',
        '  T12341 "VPN drops every afternoon" (assigned to you · waiting on customer · updated 5 days ago)',
        '    msp ticket link T12341',
        '  T12342 "New laptop for the shipping desk" (waiting for parts · updated 4 days ago)',
        '    msp ticket link T12342',
      ],
    ],
  )
  assert.equal((await msp(...copied(stderr[3]))).exitCode, 0)
})

test('where nobody can answer the command is named, which works; --yes is no answer', async (t) => {
  for (const [terminal, words] of [
    [false, []],
    [false, ['--yes']],
    [true, ['--no-input']],
    [true, ['--json']],
    [false, ['--yes', '--json']],
  ] as const) {
    const { msp, asked } = await startAtBell(t, { terminal })
    const { exitCode, stderr } = await msp('session', 'start', '--client', 'bell', ...words)
    const hint = ['A ticket that may fit. To link it:', `  ${wifi}`, '    msp ticket link T12347']
    assert.deepEqual([exitCode, asked, stderr], [0, [], ['Session for Bell & Sons started.', ...hint]])
    assert.deepEqual((await msp('ticket', 'links', '--json')).json(), [])
    assert.equal((await msp(...copied(stderr[3]))).exitCode, 0)
  }
})

test('--yes does not take the offer: a person at a terminal is asked all the same', async (t) => {
  const { msp, asked, tell } = await startAtBell(t)
  tell([false])
  await msp('session', 'start', '--client', 'bell', '--yes')
  assert.deepEqual([asked, (await msp('ticket', 'links', '--json')).json()], [[`Link ${wifi}?`], []])
})

test('what a client wrote is harmless in the question, and short', async (t) => {
  const { msp, sandbox, asked, tell } = await startAtBell(t)
  sandbox.syncro.changeTicket(nasId + 17 * 2, { subject: `Red\u001b[31m\nalert ${'x'.repeat(100)}` })
  tell([false])
  await msp('session', 'start', '--client', 'bell')
  assert.deepEqual(asked, [`Link T12347 "Red^[[31m alert ${'x'.repeat(44)}…" (new · updated today)?`])
})

test('at the end the ticket that the work is about is offered, and the time on it', async (t) => {
  const { msp, asked, tell, timers, id, sandbox } = await startSession(t, { tickets: [] })
  await msp('work', 'add', 'Configured Veeam backup job for D2TESTNAS')
  tell([true, true])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual(
    [exitCode, asked, stderr],
    [
      0,
      [`Link ${nas}?`, timeQuestion],
      [
        'Session for Dataforth ended.',
        'Linked T12345: Backup configuration for NAS',
        `To post the work to it: msp ticket sync --session ${id}`,
        'Logged 2.5 hours on T12345, Thursday 2026-01-15 10:00 to 12:30.',
      ],
    ],
  )
  assert.deepEqual([(await msp('ticket', 'links', '--all', linkFields)).json(), timers().length], [linked('12345', 'documents'), 1])
  const before = sandbox.syncro.comments(nasId).length
  await msp(...copied(stderr[2]?.split(': ')[1]))
  assert.equal(sandbox.syncro.comments(nasId).length, before + 1)
})

test('a no to the ticket leaves the command of the time with its place open, a no to the time has the ticket in it', async (t) => {
  for (const [answers, ticket] of [
    [[false], '<ticket>'],
    [[true, false], 'T12345'],
  ] as const) {
    const { msp, tell, timers, id } = await startSession(t, { tickets: [] })
    await msp('work', 'add', 'Configured Veeam backup job for D2TESTNAS')
    tell(answers)
    const { exitCode, stderr } = await msp('session', 'end')
    assert.deepEqual([exitCode, stderr.at(-1), timers()], [0, command(id, 150, ticket), []])
  }
})

test('Ctrl-C at the ticket leaves the session ended and the command of the time behind', async (t) => {
  const { msp, tell, id } = await startSession(t, { tickets: [] })
  await msp('work', 'add', 'Configured Veeam backup job for D2TESTNAS')
  tell([ctrlC])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual(
    [exitCode, stderr],
    [
      130,
      ['Session for Dataforth ended.', '2.5 hours of this session are not logged. To log it:', command(id, 150, '<ticket>'), 'Cancelled.'],
    ],
  )
  assert.equal((await msp('session', 'show')).exitCode, 5)
})

test('at the end --yes neither links nor bills a guess, and the command that is named works', async (t) => {
  const { msp, timers, id } = await startSession(t, { tickets: [], terminal: false })
  await msp('work', 'add', 'Configured Veeam backup job for D2TESTNAS')
  const { exitCode, stderr } = await msp('session', 'end', '--yes')
  assert.deepEqual(
    [exitCode, stderr],
    [
      0,
      [
        'Session for Dataforth ended.',
        'A ticket that may fit. To link it:',
        `  ${nas}`,
        `    msp ticket link T12345 --session ${id}`,
        '2.5 hours of this session are not logged. To log it:',
        command(id, 150, '<ticket>'),
      ],
    ],
  )
  assert.deepEqual([(await msp('ticket', 'links', '--all', '--json')).json(), timers()], [[], []])
  assert.equal((await msp(...copied(stderr[3]))).exitCode, 0)
  assert.equal((await msp('ticket', 'links', '--session', id)).stdout.length, 1)
})

test('a ticket that the work is not about is not offered, even as the only one', async (t) => {
  const { msp, asked, tell } = await startAtBell(t)
  tell([false])
  await msp('session', 'start', '--client', 'bell')
  await msp('work', 'add', 'Restored the accounting database')
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual(
    [exitCode, asked.length, stderr.slice(0, 3)],
    [0, 1, ['Session for Bell & Sons ended.', 'A ticket that may fit. To link it:', `  ${wifi}`]],
  )
})

for (const [what, fault, said] of [
  ['sends a web page', { kind: 'html' }, 'SyncroMSP answered with a web page instead of data.'],
  ['fails', { kind: 'status', status: 503, times: 3 }, 'SyncroMSP refused: status 503.'],
  ['asks for a pause', { kind: 'rate-limit', retryAfter: '9' }, 'SyncroMSP asks for a pause: too many calls.'],
  ['refuses the key', { kind: 'unauthorized' }, undefined],
  ['cuts the line', { kind: 'cut-before', times: 3 }, undefined],
] as const) {
  test(`a vendor that ${what} costs a line, neither the start nor the end`, async (t) => {
    const { msp, sandbox, id } = await startSession(t, { tickets: [], sleep: async () => {}, limits: { offer: 5000 } })
    sandbox.arm({ vendor: 'syncro', on: 'GET tickets', ...fault })
    const ended = await msp('session', 'end')
    const line = ended.stderr[1] ?? ''
    assert.match(line, /^No ticket is suggested: SyncroMSP .*\.$/)
    if (said !== undefined) assert.equal(line, `No ticket is suggested: ${said}`)
    assert.deepEqual(
      [ended.exitCode, ended.stderr],
      [0, ['Session for Dataforth ended.', line, '2.5 hours of this session are not logged. To log it:', command(id, 150, '<ticket>')]],
    )
    sandbox.arm({ vendor: 'syncro', on: 'GET tickets', ...fault })
    const started = await msp('session', 'start', '--client', 'data')
    assert.deepEqual([started.exitCode, started.stderr], [0, ['Session for Dataforth started.', line]])
  })
}

test('a vendor that does not answer is waited for a short time only, and the call is in the record', async (t) => {
  const { msp, sandbox } = await startWorking(t, { limits: { request: 60_000, offer: 150 } })
  sandbox.syncro.answerMs = 60_000
  const { exitCode, stderr } = await msp('session', 'start', '--client', 'data')
  const line = 'No ticket is suggested: SyncroMSP could not be read within 0.15 s.'
  assert.deepEqual([exitCode, stderr], [0, ['Session for Dataforth started.', line]])
  const { id } = (await msp('session', 'show', '--json=id')).json()
  const [last] = (await msp('record', 'list', '--json=sessionId,responseStatus,action', '--limit', '1')).json()
  assert.deepEqual(last, { sessionId: id, responseStatus: 'timeout', action: 'searched' })
})

test('a key that cannot be opened costs a line, not the start', async (t) => {
  const { msp, home } = await startWorking(t)
  rmSync(join(home, 'key'))
  const { exitCode, stderr } = await msp('session', 'start', '--client', 'data')
  assert.deepEqual([exitCode, stderr.length, stderr[0]], [0, 2, 'Session for Dataforth started.'])
  assert.match(stderr[1] ?? '', /^No ticket is suggested: .*key/)
})

test('nothing is said where there is nothing to look at: no ticket system, or a client that is not mapped', async (t) => {
  const { msp } = await startWorking(t, { terminal: true })
  const started = (exitCode: number, client: string) => ({ exitCode, stderr: [`Session for ${client} started.`] })
  const startAt = async (client: string) => {
    const { exitCode, stderr } = await msp('session', 'start', '--client', client)
    return { exitCode, stderr }
  }
  await msp('client', 'add', 'Bell & Sons')
  assert.deepEqual(await startAt('bell'), started(0, 'Bell & Sons'))
  assert.deepEqual((await msp('session', 'end')).stderr, ['Session for Bell & Sons ended.'])
  await msp('integrate', 'remove', 'syncro', '--yes')
  assert.deepEqual(await startAt('data'), started(0, 'Dataforth'))
  assert.deepEqual((await msp('session', 'end')).stderr, ['Session for Dataforth ended.'])
  const bare = await startMsp(t, { terminal: true })
  await bare.msp('client', 'add', 'Dataforth')
  assert.deepEqual((await bare.msp('session', 'start', '--client', 'data')).stderr, ['Session for Dataforth started.'])
})

test('to look for a ticket does not send what is queued', async (t) => {
  const { msp, sandbox, home } = await startWorking(t)
  await msp('session', 'start', '--client', 'data', '--ticket', 'T12345')
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/comment', kind: 'rate-limit', retryAfter: '3600' })
  await msp('ticket', 'comment', 'T12345', 'Done.')
  await msp('session', 'end')
  await makeDue(home)
  const before = sandbox.requests.length
  assert.equal((await msp('session', 'start', '--client', 'data')).exitCode, 0)
  assert.deepEqual(
    sandbox.requests.slice(before).map(({ method, path }) => `${method} ${path}`),
    ['GET tickets'],
  )
  await msp('ticket', 'suggest')
  assert.equal(sandbox.requests.at(-2)?.path, `tickets/${nasId}/comment`)
})
