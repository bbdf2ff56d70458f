import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerTimeLog } from '../../src/commands/time/log.ts'
import { nasId, startWorking } from '../clients/working.ts'
import { parsed } from '../support/recording.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

for (const [argv, expected] of [
  ['2.5h', ['2.5h', { billable: true }]],
  ['2.5h --ticket T7 --note Done --no-billable', ['2.5h', { billable: false, ticket: 'T7', note: 'Done' }]],
  [
    '--from 9:15 --to 11:45 --on friday --labor remote --overlap --session 4f2a',
    [undefined, { billable: true, from: '9:15', to: '11:45', on: 'friday', labor: 'remote', overlap: true, session: '4f2a' }],
  ],
  ['5m --charge', ['5m', { billable: true, charge: true }]],
  ['5m --yesterday --again --wait --dry-run', ['5m', { billable: true, yesterday: true, again: true, wait: true, dryRun: true }]],
] as const) {
  test(`msp time log ${argv}`, async () => assert.deepEqual(await parsed(registerTimeLog, `log ${argv}`), expected))
}

test('the headline entry: the row here and the timer at the vendor agree, and scripts get the fields that they rely on', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const logged = await msp('time', 'log', '2.5h', '--ticket', 'T12345', '--note', 'Backup configuration and testing', '--json')
  const [timer, ...others] = sandbox.syncro.timers(nasId)
  const { charge, ...entry } = logged.json()
  assert.deepEqual(
    [logged.exitCode, charge, entry, others],
    [
      0,
      null,
      {
        ...{ id: entry.id, ticket: '12345', minutes: 150, start: '2026-01-15T19:02:00.000Z', end: '2026-01-15T21:32:00.000Z' },
        ...{ billable: true, state: 'done', vendorId: String(timer?.id), chargedAt: null },
      },
      [],
    ],
  )
  const [write] = (await msp('outbox', 'list', '--all', '--json')).json()
  assert.deepEqual(
    [timer?.start_time, timer?.end_time, timer?.active_duration, timer?.notes, timer?.billable, timer?.user_id],
    [entry.start, entry.end, 150 * 60, `Backup configuration and testing (msp ${write.shortId})`, true, 1735],
  )
  assert.deepEqual((await msp('time', 'list', '--json')).json(), [{ ...entry, note: 'Backup configuration and testing', sessionId: null }])
  assert.deepEqual(logged.stderr, ['Logged 2.5 hours on T12345, Thursday 2026-01-15 12:02 to 14:32.'])
})

test('in a pipe it is a line, on a terminal a sentence', async (t) => {
  const line = ['12345', '30', '2026-01-15T21:02:00.000Z', '2026-01-15T21:32:00.000Z', 'yes', 'done'].join('\t')
  const sentence = 'Logged 30 minutes on T12345, Thursday 2026-01-15 14:02 to 14:32.'
  for (const [terminal, stdout] of [
    [false, [line]],
    [true, []],
  ] as const) {
    const { msp } = await startWorking(t, { terminal })
    assert.deepEqual(await msp('time', 'log', '30m', '--ticket', '12345'), { exitCode: 0, stdout, stderr: [sentence] })
  }
})

for (const [defaultBillable, words, billable] of [
  [true, [], true],
  [false, [], true],
  [true, ['--no-billable'], false],
  [false, ['--no-billable'], false],
] as const) {
  test(`it is ${billable ? '' : 'not '}billable with "${words}" where new timers are ${defaultBillable ? '' : 'not '}`, async (t) => {
    const { msp, sandbox } = await startWorking(t)
    sandbox.syncro.defaultBillable = defaultBillable
    const entry = (await msp('time', 'log', '5m', '--ticket', 'T12345', ...words, '--json')).json()
    assert.deepEqual(
      [entry.billable, entry.state, sandbox.syncro.timers(nasId).map((timer) => timer.billable)],
      [billable, 'done', [billable]],
    )
  })
}

test('without --ticket it goes to the one ticket of the session', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  assert.deepEqual(await msp('time', 'log', '5m'), said(2, 'On which ticket?', 'Name it: --ticket T12345'))
  const { id } = (await msp('session', 'start', '--client', 'data', '--json')).json()
  assert.deepEqual(await msp('time', 'log', '5m'), said(5, 'No ticket is linked to the session.', 'Name it: --ticket T12345'))
  await msp('ticket', 'link', 'T12345')
  assert.equal((await msp('time', 'log', '5m')).exitCode, 0)
  await msp('ticket', 'link', 'T12341')
  assert.deepEqual(
    await msp('time', 'log', '5m'),
    said(5, 'The session is linked to several tickets: T12341, T12345.', 'Say which: --ticket T12345'),
  )
  assert.deepEqual((await msp('time', 'list', '--json=ticket,sessionId')).json(), [{ ticket: '12345', sessionId: id }])
  assert.equal(sandbox.syncro.timers().length, 1)
})

test('what is logged in a session counts there, also after it ended', async (t) => {
  const { msp } = await startWorking(t)
  const { id } = (await msp('session', 'start', '--client', 'data', '--ticket', 'T12345', '--json')).json()
  await msp('time', 'log', '5m')
  await msp('session', 'end')
  await msp('time', 'log', '10m', '--session', id)
  await msp('time', 'log', '20m', '--ticket', 'T12345')
  assert.deepEqual((await msp('session', 'show', '--session', id, '--json=loggedMinutes')).json(), { loggedMinutes: 15 })
})

test('the kind of labour goes by its name or its id', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const log = (minutes: string, labor: string) => msp('time', 'log', minutes, '--ticket', 'T12345', '--labor', labor)
  for (const [minutes, labor] of [
    ['5m', 'onsite'],
    ['6m', 'AFTER-HOURS labor'],
    ['7m', '26302'],
  ] as const)
    assert.equal((await log(minutes, labor)).exitCode, 0)
  assert.deepEqual(
    sandbox.syncro.timers(nasId).map(({ product_id }) => product_id),
    [26302, 26303, 26302],
  )
  assert.deepEqual(
    [await log('8m', 'labor'), await log('8m', 'plumbing')],
    [
      said(
        5,
        '"labor" fits several kinds of labour: Remote labor (26301), Onsite labor (26302), After-hours labor (26303).',
        'Name it in full, or by its id.',
      ),
      said(
        5,
        'SyncroMSP has no labour named "plumbing".',
        'Give a word of its name, or its id there; without --labor it is the usual one.',
      ),
    ],
  )
  assert.equal(sandbox.syncro.timers(nasId).length, 3)
})

test('--dry-run prints the exact request, and neither sends nor stores anything', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const dry = (...words: string[]) =>
    msp('time', 'log', '30m', '--ticket', 'T12345', '--note', 'Call', '--labor', 'onsite', '--dry-run', ...words)
  const url = `${sandbox.syncro.apiUrl}/tickets/${nasId}/timer_entry`
  const body = {
    ...{ start_at: '2026-01-15T21:02:00.000Z', end_at: '2026-01-15T21:32:00.000Z', duration_minutes: 30 },
    ...{ notes: 'Call (msp ????)', product_id: 26302 },
  }
  const { exitCode, stdout, stderr } = await dry()
  assert.deepEqual([exitCode, stdout[0], JSON.parse(stdout.slice(1).join('\n')), stderr], [0, `POST ${url}`, body, ['Nothing was sent.']])
  const document = (await dry('--json')).json()
  assert.deepEqual([document.method, document.url, document.body], ['POST', url, body])
  assert.deepEqual(
    [sandbox.syncro.timers(), (await msp('outbox', 'list', '--all')).stdout, (await msp('time', 'list')).stdout],
    [[], [], []],
  )
})

test('without a list of the other entries that can be used time is logged with --overlap only, which is said', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.arm({ vendor: 'syncro', on: 'GET ticket_timers', kind: 'half-json' })
  const log = ['time', 'log', '30m', '--ticket', 'T12345']
  const { exitCode, stdout, stderr } = await msp(...log)
  assert.deepEqual(
    [exitCode, stdout, stderr[0], stderr[1]?.replace(/.* · /, '')],
    [1, [], 'SyncroMSP answered with broken JSON instead of data.', 'or queue the time without a look at your other entries: --overlap'],
  )
  assert.equal((await msp(...log, '--overlap')).exitCode, 0)
})

test('what cannot be right is wrong usage, and no vendor is asked', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const calls = sandbox.requests.length
  for (const [words, message] of [
    [['0'], '"0" is no time at all.'],
    [['0m'], '"0m" is no time at all.'],
    [['25h'], '"25h" is more than 24 hours.'],
    [['soon'], '"soon" is not a duration.'],
    [['1.01h'], '"1.01h" is not a whole number of minutes.'],
    [['--', '-5m'], '"-5m" is not a duration.'],
    [['-5m'], '"-5m" is not above zero.'],
    [[], 'How long was it?'],
    [['1h', '--from', '14:00'], 'That ends in the future, 2026-01-15 15:00.'],
    [['1h', '--on', 'tomorrow'], '2026-01-16 is in the future.'],
    [['1h', '--note', 'x'.repeat(4001)], 'A note has 4000 characters at most.'],
  ] as const) {
    const place = words[0] === '--' ? [] : ['--ticket', 'T12345']
    const { exitCode, stdout, stderr } = await msp('time', 'log', ...place, ...words)
    assert.deepEqual([exitCode, stdout, stderr[0]], [2, [], message])
  }
  assert.equal(sandbox.requests.length, calls)
})
