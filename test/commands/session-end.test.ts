import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, copied, question, startSession } from '../sessions/ending.ts'

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

test('--yes logs the time without a question, also in a script', async (t) => {
  for (const [terminal, words] of [
    [false, []],
    [true, []],
    [true, ['--no-input']],
    [false, ['--json']],
  ] as const) {
    const { msp, asked, timers } = await startSession(t, { terminal })
    const { exitCode, stderr } = await msp('session', 'end', '--yes', ...words)
    const logged = 'Logged 2.5 hours on T12345, Thursday 2026-01-15 10:00 to 12:30.'
    assert.deepEqual([exitCode, asked, stderr], [0, [], ['Session for Dataforth ended.', logged]])
    assert.deepEqual(timers(), [{ from: '17:00', to: '19:30', billable: true, note: '' }])
  }
})

test('--yes does not choose between several tickets', async (t) => {
  const { msp, timers, id } = await startSession(t, { terminal: false, tickets: ['T12345', 'T12341'] })
  const { exitCode, stderr } = await msp('session', 'end', '--yes')
  assert.deepEqual([exitCode, stderr.slice(2), timers()], [0, [command(id, 150, 'T12341'), command(id)], []])
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

test('what it logged is logged once: asked for again in the same words it is the entry that is there', async (t) => {
  const { msp, tell, timers, id } = await startSession(t)
  await msp('work', 'add', 'Configured the job')
  tell([true])
  await msp('session', 'end')
  const [{ shortId }] = (await msp('outbox', 'list', '--all', '--json')).json()
  for (const session of [['--session', id], []]) {
    const repeat = await msp('time', 'log', '2.5h', '--ticket', 'T12345', '--note', 'Configured the job', ...session)
    assert.deepEqual(repeat, {
      exitCode: 0,
      stdout: [],
      stderr: [
        `This was asked for before: ${shortId}, delivered. If it is meant to be there twice, use --again.`,
        'There already: 2.5 hours on T12345, Thursday 2026-01-15 10:00 to 12:30.',
      ],
    })
    assert.equal(timers().length, 1)
  }
})

test('as much again as the session has logged in the same words is no repeat of that', async (t) => {
  const { msp, tell, timers } = await startSession(t)
  await msp('time', 'log', '75m')
  tell([true])
  await msp('session', 'end')
  assert.deepEqual(
    timers().map(({ from, to }) => [from, to]),
    [
      ['18:15', '19:30'],
      ['17:00', '18:15'],
    ],
  )
})

test('what was logged meanwhile outside of the session is not logged by it again', async (t) => {
  const { msp, env, tell, timers, id } = await startSession(t)
  env.MSP_MACHINE = 'desk'
  await msp('time', 'log', '2.5h', '--ticket', 'T12345')
  env.MSP_MACHINE = 'laptop'
  tell([true])
  const { exitCode, stderr } = await msp('session', 'end', '--session', id)
  assert.deepEqual([exitCode, stderr.at(-1)], [0, 'There already: 2.5 hours on T12345, Thursday 2026-01-15 10:00 to 12:30.'])
  assert.equal(timers().length, 1)
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

test('a session in which nothing was billable is logged as such, and the question and what is logged say so', async (t) => {
  const { msp, asked, tell, timers } = await startSession(t)
  await msp('work', 'add', 'Cleaned up after ourselves', '--no-billable')
  tell([true])
  const { stderr } = await msp('session', 'end')
  assert.deepEqual(asked, ['Log 2.5 hours, not billable, to SyncroMSP ticket T12345?'])
  assert.deepEqual(stderr.slice(1), ['Logged 2.5 hours on T12345, Thursday 2026-01-15 10:00 to 12:30, not billable.'])
  assert.deepEqual(timers(), [{ from: '17:00', to: '19:30', billable: false, note: 'Cleaned up after ourselves' }])
})

test('a note is cut between two characters, never within one', async (t) => {
  const { msp, tell, timers } = await startSession(t)
  await msp('work', 'add', `${'x'.repeat(498)}\u{1f527}\u{1f527}\u{1f527}`)
  tell([true])
  await msp('session', 'end')
  assert.deepEqual(timers(), [{ from: '17:00', to: '19:30', billable: true, note: `${'x'.repeat(498)}\u{1f527}…` }])
})
