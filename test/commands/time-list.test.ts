import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerTimeList } from '../../src/commands/time/list.ts'
import { now, startWorking } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

for (const [argv, options] of [
  ['list', { limit: 200 }],
  ['list --on friday --limit 3', { limit: 3, on: 'friday' }],
  ['list --yesterday', { limit: 200, yesterday: true }],
  ['list --since 2026-01-15', { limit: 200, since: '2026-01-15' }],
] as const) {
  test(`msp time ${argv}`, async () => assert.deepEqual(await parsed(registerTimeList, argv), [options]))
}

test('an empty day is no failure', async (t) => {
  const { msp } = await startMsp(t, { now: () => now })
  const none = 'No time is logged there. Log it: msp time log 2.5h --ticket T12345'
  assert.deepEqual([await msp('time', 'list'), await msp('time', 'list', '--on', 'friday')], [said(0, none), said(0, none)])
  assert.deepEqual((await msp('time', 'list', '--json')).json(), [])
})

test('entries are listed by day, in order, with their sum', async (t) => {
  const { msp } = await startWorking(t)
  for (const words of [
    ['--from', '13:00', '--to', '14:00', '--note', 'B'],
    ['--from', '9:15', '--to', '11:45', '--note', 'A', '--no-billable'],
    ['--from', '9:00', '--to', '9:50', '--note', 'Y', '--yesterday'],
    ['--from', '9:00', '--to', '9:30', '--note', 'F', '--on', 'friday'],
  ])
    await msp('time', 'log', '--ticket', 'T12345', ...words)
  const listed = async (...words: string[]) => {
    const { stdout, stderr } = await msp('time', 'list', ...words)
    return [stdout.map((line) => line.split('\t').at(-1)).join(''), ...stderr]
  }
  assert.deepEqual(
    [
      await listed(),
      await listed('--yesterday'),
      await listed('--on', 'friday'),
      await listed('--since', 'friday'),
      await listed('--since', 'friday', '--limit', '3'),
      await listed('--on', '2026-01-15'),
    ],
    [
      ['AB', '3.5 hours in all.'],
      ['Y', '50 minutes in all.'],
      ['F', '30 minutes in all.'],
      ['FYAB', '4 h 50 min in all.'],
      ['FYA', '4 h 50 min in all, shown are 3 of 4.'],
      ['AB', '3.5 hours in all.'],
    ],
  )
  assert.deepEqual((await msp('time', 'list')).stdout, [
    ['12345', '150', '2026-01-15T16:15:00.000Z', '2026-01-15T18:45:00.000Z', 'no', 'done', '', 'A'].join('\t'),
    ['12345', '60', '2026-01-15T20:00:00.000Z', '2026-01-15T21:00:00.000Z', 'yes', 'done', '', 'B'].join('\t'),
  ])
})

test('only one day can be asked for, and only one that was', async (t) => {
  const { msp } = await startMsp(t, { now: () => now })
  const one = said(2, 'Use one of --on, --yesterday and --since.')
  assert.deepEqual(
    [await msp('time', 'list', '--on', 'friday', '--yesterday'), await msp('time', 'list', '--since', 'friday', '--yesterday')],
    [one, one],
  )
  assert.equal((await msp('time', 'list', '--on', 'tomorrow')).exitCode, 2)
})

test("each entry is on one day: the one in which it starts, in the technician's zone", async (t) => {
  const { msp, env } = await startWorking(t)
  await msp('time', 'log', '2h', '--ticket', 'T12345', '--from', '23:00', '--yesterday') // 6:00 to 8:00 UTC on the 15th
  const count = async (...words: string[]) => (await msp('time', 'list', ...words)).stdout.length
  assert.deepEqual([await count('--yesterday'), await count()], [1, 0])
  env.MSP_TIME_ZONE = 'Europe/Berlin' // there it began at 7:00 on the 15th
  assert.deepEqual([await count('--yesterday'), await count()], [0, 1])
})

test('a day of 25 hours is listed whole, and the next one from its start', async (t) => {
  const { msp } = await startWorking(t, { now: () => new Date('2026-11-02T18:00:00.000Z'), env: { MSP_TIME_ZONE: 'America/New_York' } })
  for (const words of [
    ['5m', '--from', '0:00', '--yesterday'],
    ['5m', '--from', '23:55', '--yesterday'],
    ['5m', '--from', '0:00'],
    ['5m', '--from', '23:55', '--on', '2026-10-31'],
  ])
    assert.equal((await msp('time', 'log', '--ticket', 'T12345', ...words)).exitCode, 0)
  const starts = async (...words: string[]) => (await msp('time', 'list', ...words)).stdout.map((line) => line.split('\t')[2]?.slice(5, 16))
  assert.deepEqual([await starts('--yesterday'), await starts()], [['11-01T04:00', '11-02T04:55'], ['11-02T05:00']])
})

test('only your own entries are listed, and what the vendor refused counts for nothing', async (t) => {
  const { msp, env, sandbox } = await startWorking(t)
  await msp('time', 'log', '30m', '--ticket', 'T12345')
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind: 'status', status: 422 })
  assert.equal((await msp('time', 'log', '1h', '--ticket', 'T12345')).exitCode, 1)
  const { stdout, stderr } = await msp('time', 'list')
  assert.deepEqual(
    [stdout.map((line) => line.split('\t')[5]), stderr],
    [['failed', 'done'], ['30 minutes in all, without 1 that was cancelled or failed.']],
  )
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind: 'status', status: 422 })
  await msp('time', 'log', '45m', '--ticket', 'T12345')
  assert.deepEqual((await msp('time', 'list')).stderr, ['30 minutes in all, without 2 that were cancelled or failed.'])
  env.MSP_TECHNICIAN = 'rosa@example.com'
  assert.deepEqual((await msp('time', 'list')).stdout, [])
})

test('a terminal shows the times in the zone of the technician', async (t) => {
  const { msp } = await startWorking(t, { terminal: true })
  await msp('time', 'log', '30m', '--ticket', 'T12345', '--note', 'Call')
  assert.deepEqual((await msp('time', 'list')).stdout, [
    'TICKET  MINUTES  START             END               BILLABLE  STATE  CHARGED AT  NOTE',
    '12345   30       2026-01-15 14:02  2026-01-15 14:32  yes       done               Call',
  ])
})
