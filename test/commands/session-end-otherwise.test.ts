import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nasId } from '../clients/working.ts'
import { command, copied, question, startSession } from '../sessions/ending.ts'
import { ctrlC } from '../support/msp.ts'

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
  assert.deepEqual((await msp('session', 'end', '--no-input')).stderr.slice(1), [
    'Tickets that may fit. To link one:',
    '  T12345 "Backup configuration for NAS" (assigned to you · in progress · updated yesterday)',
    `    msp ticket link T12345 --session ${id}`,
    '  T12341 "VPN drops every afternoon" (assigned to you · waiting on customer · updated 5 days ago)',
    `    msp ticket link T12341 --session ${id}`,
    '  T12342 "New laptop for the shipping desk" (waiting for parts · updated 4 days ago)',
    `    msp ticket link T12342 --session ${id}`,
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

for (const [what, fault, said, exitCode] of [
  [
    'waits',
    { kind: 'rate-limit', retryAfter: '3600' },
    // its turn is by the clock of the database, which is not that of this test
    [/^Queued as 7F3K: SyncroMSP asks for a pause: too many calls\.$/],
    0,
  ],
  ['fails', { kind: 'status', status: 422 }, [/^T12345: 7F3K failed: SyncroMSP /], 1],
] as const) {
  test(`work that ${what} at the end is not said to be posted`, async (t) => {
    const { msp, sandbox, tell } = await startSession(t, { tickets: [] })
    await msp('ticket', 'link', 'T12345', '--auto-sync')
    await msp('work', 'add', 'Configured the job', '--minutes', '10')
    sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/comment', ...fault })
    tell([false])
    const ended = await msp('session', 'end')
    const [{ shortId }] = (await msp('outbox', 'list', '--json=shortId')).json()
    const lines = ended.stderr.slice(1, 1 + said.length).map((line) => line.replace(shortId, '7F3K'))
    for (const [index, expected] of said.entries()) assert.match(lines[index] ?? '', expected)
    assert.deepEqual([ended.exitCode, ended.stderr.some((line) => line.startsWith('Posted'))], [exitCode, false])
  })
}

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
