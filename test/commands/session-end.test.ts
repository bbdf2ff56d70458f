import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { nasId, startWorking } from '../clients/working.ts'
import { ctrlC, type StartOptions } from '../support/msp.ts'

const started = new Date('2026-01-15T17:00:00.000Z')

/** A session that starts at ten in Phoenix and ends so many minutes later, linked to these tickets. */
async function startSession(t: TestContext, options: StartOptions & { minutes?: number; tickets?: string[] } = {}) {
  const { minutes = 150, tickets = ['T12345'], ...more } = options
  let clock = started
  const working = await startWorking(t, { terminal: true, ...more, now: () => clock })
  const { id } = (await working.msp('session', 'start', '--client', 'data', '--json')).json()
  for (const ticket of tickets) await working.msp('ticket', 'link', ticket)
  clock = new Date(started.getTime() + minutes * 60_000)
  const timers = (ticketId = nasId) =>
    working.sandbox.syncro.timers(ticketId).map(({ start_time, end_time, billable, notes }) => ({
      from: start_time.slice(11, 16),
      to: end_time?.slice(11, 16),
      billable,
      note: notes?.replace(/ ?\(?msp [0-9A-Z]{4}\)?$/, ''),
    }))
  return { ...working, id: id as string, timers }
}

const question = 'Log 2.5 hours to SyncroMSP ticket T12345?'
const command = (id: string, minutes = 150, ticket = 'T12345') => `  msp time log ${minutes}m --ticket ${ticket} --session ${id}`
const copied = (line: string | undefined) => (line ?? '').trim().split(' ').slice(1)

test('on a terminal the time of the session is offered, and logged on yes', async (t) => {
  const { msp, asked, tell, timers } = await startSession(t)
  await msp('work', 'add', 'Configured the job')
  await msp('work', 'add', 'Tested\nthe restore')
  tell([true])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual(
    [exitCode, asked, stderr],
    [0, [question], ['Session for Dataforth ended.', 'Logged 2.5 hours on T12345, Thursday 2026-01-15 10:00 to 12:30.']],
  )
  assert.deepEqual(timers(), [{ from: '17:00', to: '19:30', billable: true, note: 'Configured the job; Tested the restore' }])
  const [entry] = (await msp('time', 'list', '--json')).json()
  assert.deepEqual(
    [entry.minutes, entry.start, entry.end, entry.billable, entry.state],
    [...[150, '2026-01-15T17:00:00.000Z', '2026-01-15T19:30:00.000Z', true, 'done']],
  )
})

test('after a no the command is there to be copied, and does what was asked', async (t) => {
  const { msp, asked, tell, timers, id } = await startSession(t)
  tell([false])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual(
    [exitCode, asked, stderr],
    [0, [question], ['Session for Dataforth ended.', '2.5 hours of this session are not logged. To log it:', command(id)]],
  )
  assert.deepEqual(timers(), [])
  assert.equal((await msp(...copied(stderr[2]))).exitCode, 0)
  assert.deepEqual(timers(), [{ from: '17:00', to: '19:30', billable: true, note: '' }])
})

test('without a terminal, with --no-input and with --json nothing is asked: the command is printed, and works', async (t) => {
  for (const [terminal, words] of [
    [false, []],
    [true, ['--no-input']],
    [true, ['--json']],
  ] as const) {
    const { msp, asked, timers, id } = await startSession(t, { terminal })
    const { exitCode, stderr } = await msp('session', 'end', ...words)
    assert.deepEqual([exitCode, asked, stderr.slice(1)], [0, [], ['2.5 hours of this session are not logged. To log it:', command(id)]])
    assert.equal((await msp(...copied(stderr[2]))).exitCode, 0)
    assert.equal(timers().length, 1)
  }
})

test('the minutes of billable work count, when any work has minutes', async (t) => {
  const { msp, asked, tell, timers } = await startSession(t)
  await msp('work', 'add', 'Configured the job', '--minutes', '70')
  await msp('work', 'add', 'Lunch', '--minutes', '60', '--no-billable')
  await msp('work', 'add', 'Looked around')
  await msp('work', 'add', 'Tested it', '--minutes', '20')
  tell([true])
  await msp('session', 'end')
  assert.deepEqual(asked, ['Log 1.5 hours to SyncroMSP ticket T12345?'])
  assert.deepEqual(timers(), [{ from: '18:00', to: '19:30', billable: true, note: 'Configured the job; Looked around; Tested it' }])
})

test('what the session has logged is taken off', async (t) => {
  const { msp, asked, tell, timers } = await startSession(t)
  await msp('time', 'log', '1h')
  await msp('time', 'log', '15m', '--from', '9:00')
  tell([true])
  await msp('session', 'end')
  assert.deepEqual(asked, ['Log 1.25 hours to SyncroMSP ticket T12345?'])
  assert.deepEqual(
    timers().map(({ from, to }) => [from, to]),
    [
      ['18:30', '19:30'],
      ['16:00', '16:15'],
      ['17:15', '18:30'],
    ],
  )
})

for (const [what, prepare] of [
  ['all is logged', [['time', 'log', '2.5h']]],
  ['more is logged than the session lasted', [['time', 'log', '4h']]],
  ['only work that is not billable has minutes', [['work', 'add', 'Lunch', '--minutes', '60', '--no-billable']]],
] as const) {
  test(`nothing is offered when ${what}`, async (t) => {
    const { msp, asked } = await startSession(t)
    for (const words of prepare) await msp(...words)
    assert.deepEqual([(await msp('session', 'end')).stderr, asked], [['Session for Dataforth ended.'], []])
  })
}

test('a session of less than half a minute has nothing to log', async (t) => {
  const { msp, asked } = await startSession(t, { minutes: 0.4 })
  assert.deepEqual([(await msp('session', 'end')).stderr, asked], [['Session for Dataforth ended.'], []])
})

test('a session in which nothing was billable is logged as such', async (t) => {
  const { msp, tell, timers } = await startSession(t)
  await msp('work', 'add', 'Cleaned up after ourselves', '--no-billable')
  tell([true])
  await msp('session', 'end')
  assert.deepEqual(timers(), [{ from: '17:00', to: '19:30', billable: false, note: 'Cleaned up after ourselves' }])
})

test('with several tickets there is a command for each', async (t) => {
  const { msp, asked, id, timers } = await startSession(t, { tickets: ['T12345', 'T12341'] })
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual(
    [exitCode, asked, stderr.slice(1)],
    [
      0,
      [],
      [
        '2.5 hours of this session are not logged. Log it on one of its tickets, or share it out:',
        command(id, 150, 'T12341'),
        command(id, 150, 'T12345'),
      ],
    ],
  )
  assert.equal((await msp(...copied(stderr[3]))).exitCode, 0)
  assert.equal(timers().length, 1)
})

test('without a ticket the command has its place open', async (t) => {
  const { msp, id } = await startSession(t, { tickets: [] })
  assert.deepEqual((await msp('session', 'end')).stderr.slice(1), [
    '2.5 hours of this session are not logged. To log it:',
    command(id, 150, '<ticket>'),
  ])
})

test('a session that was forgotten for days is not offered as one entry', async (t) => {
  const { msp, id } = await startSession(t, { minutes: 30 * 60 })
  assert.deepEqual((await msp('session', 'end')).stderr.slice(1), [
    '30 hours of this session are not logged. A time entry holds a day at most, so log each day by itself:',
    `  msp time log <duration> --on <day> --ticket T12345 --session ${id}`,
  ])
})

test('Ctrl-C at the question leaves the session ended and the command behind', async (t) => {
  const { msp, tell, id } = await startSession(t)
  tell([ctrlC])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual(
    [exitCode, stderr],
    [130, ['Session for Dataforth ended.', '2.5 hours of this session are not logged. To log it:', command(id), 'Cancelled.']],
  )
  assert.equal((await msp('session', 'show')).exitCode, 5)
})

test('when the vendor cannot be reached after the answer, the command is left behind and works later', async (t) => {
  const { msp, sandbox, tell, timers, id } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id', kind: 'html' })
  tell([true])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual([exitCode, stderr[2], timers()], [1, command(id), []])
  assert.equal((await msp(...copied(stderr[2]))).exitCode, 0)
  assert.equal(timers().length, 1)
})

test('time that may have arrived is not offered again', async (t) => {
  const { msp, sandbox, tell, timers } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind: 'cut-after' })
  tell([true])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual([exitCode, stderr.some((line) => line.includes('msp time log')), timers().length], [0, false, 1])
})

test('time that was refused is offered again', async (t) => {
  const { msp, sandbox, tell, id } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind: 'status', status: 422 })
  tell([true])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual([exitCode, stderr.slice(1, 3)], [1, ['2.5 hours of this session are not logged. To log it:', command(id)]])
})

test('--auto-sync posts the work at the end, internal, then the time is offered', async (t) => {
  const { msp, sandbox, tell } = await startSession(t, { tickets: [] })
  await msp('ticket', 'link', 'T12345', '--auto-sync')
  await msp('work', 'add', 'Configured the job', '--minutes', '10')
  tell([false])
  const { stderr } = await msp('session', 'end')
  assert.deepEqual(stderr.slice(0, 3), [
    'Session for Dataforth ended.',
    'Posted 1 work item on T12345 (internal).',
    '10 minutes of this session are not logged. To log it:',
  ])
  const { body, hidden } = sandbox.syncro.comments(nasId).at(-1) ?? {}
  assert.deepEqual([body, hidden, sandbox.syncro.mailed], ['Changes made today:\n- Configured the job', true, []])
})

test('a sync that fails at the end is said, with exit 1, and neither the end nor the offer is lost', async (t) => {
  const { msp, sandbox, tell, asked } = await startSession(t, { tickets: [] })
  await msp('ticket', 'link', 'T12345', '--auto-sync')
  await msp('work', 'add', 'Configured the job')
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id', kind: 'html' })
  tell([true])
  const { exitCode, stderr } = await msp('session', 'end')
  assert.deepEqual([exitCode, asked], [1, [question]])
  assert.match(stderr[1] ?? '', /^T12345: SyncroMSP /)
  assert.equal((await msp('session', 'show')).exitCode, 5)
  assert.equal((await msp('ticket', 'links', '--all', '--json')).json()[0].syncErrors.length, 1)
})
