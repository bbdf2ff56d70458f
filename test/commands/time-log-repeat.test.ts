import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grabb, nasId, startWorking } from '../clients/working.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

test("another client's ticket is refused in a session, and one of nobody's outside of one", async (t) => {
  const { msp, sandbox } = await startWorking(t)
  assert.deepEqual(
    await msp('time', 'log', '5m', '--ticket', 'T12346'),
    said(
      1,
      'Ticket 12346 is for Grabb & Durando, which is none of your clients yet.',
      `Add it: msp client add 'Grabb & Durando' --map syncro=${grabb}`,
    ),
  )
  await msp('client', 'add', 'grabb & durando')
  const unmapped = await msp('time', 'log', '5m', '--ticket', 'T12346')
  const [, hint = ''] = unmapped.stderr
  assert.equal(hint, `Say that it is yours: msp client map 'grabb & durando' syncro=${grabb}`)
  await msp('session', 'start', '--client', 'data')
  const refused = await msp('time', 'log', '5m', '--ticket', 'T12346')
  assert.deepEqual([refused.exitCode, refused.stderr[0]], [1, 'Ticket 12346 is for Grabb & Durando, this session is for Dataforth.'])
  assert.deepEqual([sandbox.syncro.timers(), (await msp('outbox', 'list', '--all')).stdout], [[], []])
})

test('asked for twice it is one entry, with --again two', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const log = (...words: string[]) => msp('time', 'log', '30m', '--ticket', 'T12345', '--note', 'Call', ...words)
  const first = (await log('--json')).json()
  const [{ shortId }] = (await msp('outbox', 'list', '--all', '--json')).json()
  const repeat = await log('--json')
  assert.deepEqual(
    [repeat.exitCode, repeat.json(), repeat.stderr],
    [
      0,
      first,
      [
        `This was asked for before: ${shortId}, delivered. If it is meant to be there twice, use --again.`,
        'There already: 30 minutes on T12345, Thursday 2026-01-15 14:02 to 14:32.',
      ],
    ],
  )
  assert.equal(sandbox.syncro.timers(nasId).length, 1)
  const again = await log('--again')
  assert.deepEqual(again.stderr, ['Logged 30 minutes on T12345, Thursday 2026-01-15 13:32 to 14:02.'])
  assert.equal(sandbox.syncro.timers(nasId).length, 2)
})

test('what differs in what was typed is another entry', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  for (const words of [['5m'], ['6m'], ['5m', '--note', 'Call'], ['5m', '--no-billable'], ['5m', '--yesterday'], ['5m', '--from', '8:00']])
    assert.equal((await msp('time', 'log', ...words, '--ticket', 'T12345')).exitCode, 0)
  await msp('session', 'start', '--client', 'data')
  await msp('time', 'log', '5m', '--ticket', 'T12345')
  assert.equal(sandbox.syncro.timers(nasId).length, 7)
})

test('the same words are the same entry for a day, and with a time in it only for that day', async (t) => {
  let clock = new Date('2026-01-15T21:32:00.000Z')
  const { msp, sandbox } = await startWorking(t, { now: () => clock })
  const log = async (...words: string[]) => (await msp('time', 'log', ...words, '--ticket', 'T12345')).exitCode
  const count = () => sandbox.syncro.timers(nasId).length
  const session = async () => {
    for (const words of [['5m'], ['--from', '9', '--to', '10']]) assert.equal(await log(...words), 0)
  }
  await session()
  clock = new Date('2026-01-16T03:00:00.000Z') // still Thursday in Phoenix
  await session()
  assert.equal(count(), 2)
  clock = new Date('2026-01-16T21:32:00.000Z')
  await session()
  assert.equal(count(), 4)
  // a day that is typed in other words
  assert.equal(await log('--from', '9:00', '--to', '10:00', '--yesterday'), 0)
  assert.equal(await log('--from', '9', '--to', '10am', '--on', 'thursday'), 0)
  assert.equal(count(), 4)
})

test('an entry whose answer is lost is queued, counted, and there once in the end', async (t) => {
  // the outbox waits by the clock of the database
  const { msp, sandbox } = await startWorking(t, { now: () => new Date() })
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind: 'cut-after' })
  const lost = await msp('time', 'log', '5m', '--ticket', 'T12345', '--json')
  assert.deepEqual([lost.exitCode, lost.json().state, lost.json().vendorId], [0, 'unknown', null])
  assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0)
  const [timer, ...others] = sandbox.syncro.timers(nasId)
  const [entry] = (await msp('time', 'list', '--json')).json()
  assert.deepEqual([entry.state, entry.vendorId, others], ['done', String(timer?.id), []])
})
