import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grabb, nasId, now, startWorking } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'

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
  await msp('time', 'log', '5m', '--ticket', 'T12341')
  assert.deepEqual([sandbox.syncro.timers(nasId).length, sandbox.syncro.timers(nasId - 17 * 4).length], [6, 1])
})

test('a kind of labour that is typed makes another entry, and one that is not typed means whatever is there', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const log = (...words: string[]) => msp('time', 'log', '9m', '--ticket', 'T12345', '--note', 'lab', ...words)
  const labors = () => sandbox.syncro.timers(nasId).map(({ product_id }) => product_id)
  for (const labor of ['Remote', 'Onsite', 'Remote', 'Onsite']) assert.equal((await log('--labor', labor)).exitCode, 0)
  assert.deepEqual(labors(), [26301, 26302])
  // in another session too
  await msp('session', 'start', '--client', 'data')
  for (const words of [['--labor', 'Onsite'], ['--labor', '26301'], []]) assert.equal((await log(...words)).exitCode, 0)
  assert.deepEqual(labors(), [26301, 26302])
  const charged = await log('--labor', 'Onsite', '--charge', '--yes')
  assert.match(charged.stderr[0] ?? '', /^Charge 0\.15 h Onsite labor × 175\.00 = 26\.25 /)
  assert.deepEqual(
    sandbox.syncro.lineItems(nasId).map(({ product_id, price_retail }) => [product_id, price_retail]),
    [[26302, 175]],
  )
})

for (const [how, times] of [
  ['without times', []],
  ['at the same times', ['--from', '9:00']],
] as const) {
  test(`typed for time that was logged without one, ${how}, a kind of labour is not dropped: a person says what is meant`, async (t) => {
    const { msp, sandbox } = await startWorking(t)
    const log = (...words: string[]) => msp('time', 'log', '9m', '--ticket', 'T12345', '--note', 'lab', ...times, ...words)
    await log()
    const [{ shortId }] = (await msp('outbox', 'list', '--all', '--json')).json()
    const refusal = said(
      2,
      `${shortId} is this time on T12345, logged without --labor, so as the default kind of labour.`,
      'Leave out --labor to mean that entry, or use --again for another one.',
    )
    assert.deepEqual(await log('--labor', 'Onsite', '--charge', '--yes'), refusal)
    assert.deepEqual(await log('--labor', 'Onsite'), refusal)
    assert.deepEqual([sandbox.syncro.timers(nasId).length, sandbox.syncro.lineItems(nasId)], [1, []])
    assert.equal((await log('--labor', 'Onsite', '--again', '--overlap')).exitCode, 0)
    // now there is one of that kind
    assert.deepEqual([(await log('--labor', 'Onsite')).exitCode, sandbox.syncro.timers(nasId).length], [0, 2])
  })
}

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`a script that runs again is not charged again, whatever session it runs in, on ${engine}`, async (t) => {
    const started = await startMsp(t, { now: () => now, sandbox: true, engine } as { now: () => Date; sandbox: true; engine: 'mariadb' })
    if (!started) return
    const { msp, sandbox } = started
    await msp('client', 'add', 'Dataforth', '--map', 'syncro')
    const script = (...words: string[]) => msp('time', 'log', '3m', '--ticket', 'T12345', '--note', 'rep3', '--charge', '--yes', ...words)
    const charges = () => sandbox.syncro.lineItems(nasId).length
    await msp('session', 'start', '--client', 'data')
    const first = (await script('--json')).json()
    const [charge, entry] = (await msp('outbox', 'list', '--all', '--json')).json()
    await msp('session', 'end')
    const asked = (shortId: string, hint = '') => `This was asked for before: ${shortId}, delivered.${hint}`
    const sayings = [
      asked(entry.shortId, ' If it is meant to be there twice, use --again.'),
      'There already: 3 minutes on T12345, Thursday 2026-01-15 14:29 to 14:32.',
      asked(charge.shortId),
    ]
    for (const prepare of [undefined, ['session', 'start', '--client', 'data']]) {
      if (prepare) await msp(...prepare)
      const repeat = await script('--json')
      assert.deepEqual([repeat.exitCode, repeat.json().id, repeat.stderr.slice(0, 3)], [0, first.id, sayings])
      assert.deepEqual([sandbox.syncro.timers(nasId).length, charges()], [1, 1])
    }
    assert.equal((await script('--again')).exitCode, 0)
    assert.deepEqual([sandbox.syncro.timers(nasId).length, charges()], [2, 2])
  })
}

test('one that failed is none: asked for again in another session it is logged', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const log = () => msp('time', 'log', '5m', '--ticket', 'T12345', '--overlap')
  await msp('session', 'start', '--client', 'data')
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind: 'status', status: 400 })
  assert.equal((await log()).exitCode, 1)
  await msp('session', 'end')
  assert.equal((await log()).exitCode, 0)
  assert.equal(sandbox.syncro.timers(nasId).length, 1)
})

test('with times typed it is the same in another session only at these times', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const log = async (...words: string[]) => (await msp('time', 'log', '5m', '--ticket', 'T12345', ...words)).exitCode
  await log('--from', '8:00')
  await msp('session', 'start', '--client', 'data')
  assert.equal(await log('--from', '8:00'), 0)
  assert.equal(sandbox.syncro.timers(nasId).length, 1)
  assert.equal(await log('--from', '8:30'), 0)
  assert.equal(await log('--yesterday'), 0)
  // and one without times is none that was given its times
  assert.equal(await log(), 0)
  assert.equal(sandbox.syncro.timers(nasId).length, 4)
})

test('a script that runs again past midnight is the same, daily work in the same words is not', async (t) => {
  let clock = new Date('2026-01-16T06:58:00.000Z') // Thursday 23:58 in Phoenix
  const { msp, sandbox } = await startWorking(t, { now: () => clock })
  const log = () => msp('time', 'log', '5m', '--ticket', 'T12345')
  const count = async (at: string) => {
    clock = new Date(at)
    assert.equal((await log()).exitCode, 0)
    return sandbox.syncro.timers(nasId).length
  }
  assert.equal(await count('2026-01-16T06:58:00.000Z'), 1)
  assert.equal(await count('2026-01-16T07:05:00.000Z'), 1)
  assert.equal(await count('2026-01-16T18:00:00.000Z'), 2)
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
