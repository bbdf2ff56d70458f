import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nasId, now, startWorking, type WorkingOptions } from '../clients/working.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

/** msp with `log`, which gives the start and end in UTC, or the sentence that it was refused with. */
async function startLogging(t: Parameters<typeof startWorking>[0], options: WorkingOptions = {}) {
  const working = await startWorking(t, options)
  const log = async (...words: string[]) => {
    const logged = await working.msp('time', 'log', '--ticket', 'T12345', ...words, '--json')
    const { start, end, error } = logged.json()
    return error ? `${logged.exitCode} ${error.message}` : `${start.slice(0, 16)} ${end.slice(11, 16)}`
  }
  return { ...working, log }
}

test('each entry ends now, or where the one before it starts', async (t) => {
  const { log } = await startLogging(t)
  assert.deepEqual(
    [await log('30m'), await log('45m'), await log('30m', '--note', 'Call'), await log('1h')],
    ['2026-01-15T21:02 21:32', '2026-01-15T20:17 21:02', '2026-01-15T19:47 20:17', '2026-01-15T18:47 19:47'],
  )
})

test('an entry goes into a gap that is long enough for it', async (t) => {
  const { log } = await startLogging(t)
  await log('--from', '14:00', '--to', '14:30')
  await log('--from', '13:00', '--to', '13:30')
  assert.deepEqual(
    [await log('2m'), await log('30m'), await log('31m')],
    ['2026-01-15T21:30 21:32', '2026-01-15T20:30 21:00', '2026-01-15T19:29 20:00'],
  )
})

test('entries that the same user has at the vendor are in the way, those of others and running ones are not', async (t) => {
  const { log, sandbox } = await startLogging(t)
  const add = (from: string, to: string | null, user_id = 1735) =>
    sandbox.syncro.addTimer({
      ticket_id: nasId,
      user_id,
      start_time: `2026-01-15T${from}:00.000Z`,
      end_time: to && `2026-01-15T${to}:00.000Z`,
    } as never)
  const { id } = add('21:00', '21:20')
  add('20:00', '21:32', 1736)
  add('19:00', null)
  assert.deepEqual(
    [await log('10m'), await log('30m'), await log('--from', '13:50', '--to', '14:10')],
    ['2026-01-15T21:22 21:32', '2026-01-15T20:30 21:00', `2 That overlaps with T12345, Thursday 2026-01-15 13:30 to 14:00.`],
  )
  assert.equal(
    await log('--from', '14:10', '--to', '14:22'),
    `2 That overlaps with an entry at the vendor (${id}), Thursday 2026-01-15 14:00 to 14:20.`,
  )
})

test("under the team's key colleagues' entries, which the vendor has as one user's, are not in the way", async (t) => {
  const { msp, log, env, sandbox } = await startLogging(t)
  await log('30m')
  const { token, apiUrl } = sandbox.syncro
  await msp.withInput(token, 'integrate', 'syncro', '--api-url', apiUrl, '--token-stdin', '--owner', 'team')
  env.MSP_TECHNICIAN = 'rosa@example.com'
  assert.deepEqual([await log('45m'), await log('15m')], ['2026-01-15T20:47 21:32', '2026-01-15T20:32 20:47'])
  assert.deepEqual(
    sandbox.syncro.timers(nasId).map(({ user_id }) => user_id),
    [1735, 1735, 1735],
  )
})

test('times that were typed are refused where they overlap, and kept with --overlap', async (t) => {
  const { msp, log } = await startLogging(t)
  assert.equal(await log('--from', '9:15', '--to', '11:45'), '2026-01-15T16:15 18:45')
  const overlap = '2 That overlaps with T12345, Thursday 2026-01-15 09:15 to 11:45.'
  assert.deepEqual(
    [await log('--from', '11:00', '--to', '12:00'), await log('15m', '--to', '9:30'), await log('5h', '--from', '9')],
    [overlap, overlap, overlap],
  )
  assert.deepEqual((await msp('time', 'log', '1h', '--ticket', 'T12345', '--from', '11', '--dry-run')).stderr, [
    'That overlaps with T12345, Thursday 2026-01-15 09:15 to 11:45.',
    'If both are meant, use --overlap.',
  ])
  assert.deepEqual(
    [
      await log('--from', '11:45', '--to', '12:00'),
      await log('15m', '--to', '9:15'),
      await log('--from', '11:00', '--to', '12:00', '--overlap'),
      await log('3h', '--overlap'),
    ],
    ['2026-01-15T18:45 19:00', '2026-01-15T16:00 16:15', '2026-01-15T18:00 19:00', '2026-01-15T18:32 21:32'],
  )
  assert.equal((await msp('time', 'list')).stdout.length, 5)
})

test('the same typed times again are the entry that is there, and no overlap with it', async (t) => {
  const { msp, log, sandbox } = await startLogging(t)
  await log('--from', '9:15', '--to', '11:45')
  const words = ['time', 'log', '--ticket', '#12345', '--from', '9:15', '--to', '11:45']
  const repeat = await msp(...words)
  assert.deepEqual([repeat.exitCode, repeat.stderr.at(-1)], [0, 'There already: 2.5 hours on T12345, Thursday 2026-01-15 09:15 to 11:45.'])
  assert.deepEqual(
    await msp(...words, '--again'),
    said(2, 'That overlaps with T12345, Thursday 2026-01-15 09:15 to 11:45.', 'If both are meant, use --overlap.'),
  )
  assert.equal(sandbox.syncro.timers(nasId).length, 1)
  assert.deepEqual((await msp('outbox', 'list', '--all')).stdout.length, 1)
  assert.equal((await msp(...words, '--again', '--overlap')).exitCode, 0)
  assert.equal(sandbox.syncro.timers(nasId).length, 2)
})

test('another day is typed in words or by its date', async (t) => {
  const { log } = await startLogging(t)
  assert.deepEqual(
    [
      await log('1h', '--on', 'friday'),
      await log('1h', '--yesterday'),
      await log('2h', '--on', '14 Jan'),
      await log('--from', '22:00', '--to', '23:30', '--on', '2026-01-13'),
      await log('3h', '--from', '22:00', '--on', 'monday'),
      await log('1h', '--on', '15 Jan'),
    ],
    [
      '2026-01-09T23:00 00:00',
      '2026-01-14T23:00 00:00',
      '2026-01-14T21:00 23:00',
      '2026-01-14T05:00 06:30',
      '2026-01-13T05:00 08:00',
      '2026-01-15T20:32 21:32',
    ],
  )
})

test('an entry does not slip into the day before: without room in its day it is refused', async (t) => {
  const { log, msp } = await startLogging(t)
  await log('--from', '0:10', '--to', '14:20')
  assert.deepEqual([await log('12m'), await log('10m')], ['2026-01-15T21:20 21:32', '2026-01-15T07:00 07:10'])
  assert.deepEqual(
    await msp('time', 'log', '5m', '--ticket', 'T12345'),
    said(2, 'Your entries leave no room for it on 2026-01-15.', 'Say when it was, with --from, --to, --on or --yesterday.'),
  )
  assert.equal((await msp('outbox', 'list', '--all')).stdout.length, 3)
})

test('just after midnight an entry begins on the day before', async (t) => {
  const { log } = await startLogging(t, { now: () => new Date('2026-01-16T07:10:30.000Z') })
  assert.equal(await log('30m'), '2026-01-16T06:40 07:10')
})

for (const [zone, at, words, expected] of [
  ['America/New_York', '2026-03-08T16:00:00Z', ['--from', '1:30', '--to', '3:30'], '2026-03-08T06:30 07:30'],
  ['America/New_York', '2026-03-08T16:00:00Z', ['10h'], '2026-03-08T06:00 16:00'],
  ['America/New_York', '2026-11-02T05:30:00Z', ['--from', '0:30', '--to', '2:30', '--yesterday'], '2026-11-01T04:30 07:30'],
  ['Europe/Berlin', '2026-03-29T10:00:00Z', ['--from', '1:30', '--to', '3:30'], '2026-03-29T00:30 01:30'],
  ['Europe/Berlin', '2026-10-26T10:00:00Z', ['--from', '1:30', '--to', '3:30', '--on', 'sunday'], '2026-10-24T23:30 02:30'],
  ['Europe/Berlin', '2026-01-15T23:30:00Z', ['15m', '--from', '0:05'], '2026-01-15T23:05 23:20'],
] as const) {
  test(`msp time log ${words.join(' ')} in ${zone} at ${at}`, async (t) => {
    const { log } = await startLogging(t, { now: () => new Date(at), env: { MSP_TIME_ZONE: zone } })
    assert.equal(await log(...words), expected)
  })
}

test('of a time that the clocks showed twice it is said which is logged, and of one that they did not show nothing is', async (t) => {
  const at = new Date('2026-11-01T12:00:00Z')
  const { msp, sandbox } = await startWorking(t, { now: () => at, env: { MSP_TIME_ZONE: 'Europe/Berlin' } })
  const log = (...words: string[]) => msp('time', 'log', '--ticket', 'T12345', '--overlap', ...words)
  const twice = 'The clocks in Europe/Berlin went back on 2026-10-25, and showed 2:30 twice: the first is taken.'
  const { stderr } = await log('15m', '--on', '2026-10-25', '--from', '2:30')
  assert.deepEqual(stderr, [twice, 'Logged 15 minutes on T12345, Sunday 2026-10-25 02:30 to 02:45.'])
  assert.equal((await log('--on', '2026-10-25', '--from', '2:30', '--to', '3:30')).exitCode, 2)
  assert.equal((await log('15m', '--on', '2026-03-29', '--from', '2:30')).exitCode, 2)
  assert.deepEqual(
    sandbox.syncro.timers(nasId).map(({ start_time }) => start_time),
    ['2026-10-25T00:30:00.000Z'],
  )
})

test('the weekday is told in the zone of the technician', async (t) => {
  const { msp } = await startWorking(t, { now: () => now, env: { MSP_TIME_ZONE: 'Asia/Tokyo' } })
  assert.deepEqual((await msp('time', 'log', '1h', '--ticket', 'T12345')).stderr, [
    'Logged 1 hour on T12345, Friday 2026-01-16 05:32 to 06:32.',
  ])
})
