import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerWorkAdd } from '../../src/commands/work/add.ts'
import { nasId, now, startWorking } from '../clients/working.ts'
import { posted, run, startAt, summary } from '../outbox/start.ts'
import { startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

for (const [words, options] of [
  [[], {}],
  [['--minutes', '45'], { minutes: 45 }],
  [['--minutes', '1.5h', '--no-billable'], { billable: false, minutes: 90 }],
  [['--minutes', '1h30', '--billable'], { billable: true, minutes: 90 }],
  [['--ticket', 'T7', '--session', '4f2a'], { ticket: 'T7', session: '4f2a' }],
  [['--again'], { again: true }],
] as const) {
  test(`msp work add "…" ${words.join(' ')}`, async () =>
    assert.deepEqual(await parsed(registerWorkAdd, ['add', 'Fuser replaced', ...words]), ['Fuser replaced', options]))
}

for (const [minutes, message] of [
  ['0', '"0" is no time at all.'],
  ['-5', '"-5" is no time at all.'],
  ['1441', '"1441" is more than 24 hours.'],
  ['25h', '"25h" is more than 24 hours.'],
  ['1.5', '"1.5" is not a duration.'],
  ['soon', '"soon" is not a duration.'],
  ['', '"" is not a duration.'],
] as const) {
  test(`--minutes "${minutes}" is refused`, async () =>
    assert.rejects(parsed(registerWorkAdd, ['add', 'Fuser replaced', '--minutes', minutes]), { code: 'usage', message }))
}

test('work is noted in the open session, and listed in the order in which it was done', async (t) => {
  const { msp } = await startMsp(t, { now: () => now })
  await msp('client', 'add', 'Dataforth')
  const { id: sessionId } = (await msp('session', 'start', '--client', 'data', '--json')).json()
  assert.deepEqual(await msp('work', 'list'), said(0, 'Nothing is noted in this session yet. Note it: msp work add "…"'))
  assert.deepEqual(await msp('work', 'add', '  Fuser replaced ', '--minutes', '45'), {
    exitCode: 0,
    stdout: ['Fuser replaced\t45\tyes'],
    stderr: [],
  })
  const second = (await msp('work', 'add', 'Test page: "ok" 🙂', '--no-billable', '--json')).json()
  assert.deepEqual(second, {
    ...{ id: second.id, sessionId, note: 'Test page: "ok" 🙂', minutes: null, billable: false, integration: null },
    ...{ ticketId: null, source: 'typed', createdAt: now.toISOString() },
  })
  const [first, ...others] = (await msp('work', 'list', '--json')).json()
  assert.deepEqual([first.note, first.minutes, first.billable, others], ['Fuser replaced', 45, true, [second]])
  const { stdout, stderr } = await msp('work', 'list', '--limit', '1')
  assert.deepEqual(stderr, ['There are more than this one; see more with --limit.'])
  assert.deepEqual(stdout, [[first.id, '45', 'yes', now.toISOString(), 'Fuser replaced'].join('\t')])
  assert.deepEqual((await msp('session', 'show', '--json=workItems')).json(), { workItems: ['Fuser replaced', 'Test page: "ok" 🙂'] })
})

test('work without words, with too many, or without a session is refused', async (t) => {
  const { msp } = await startMsp(t)
  await msp('client', 'add', 'Dataforth')
  assert.deepEqual(await msp('work', 'add', 'x'), said(5, 'No session is open.', 'Start one: msp session start --client NAME'))
  await msp('session', 'start', '--client', 'data')
  assert.deepEqual(
    [await msp('work', 'add', '  \n '), await msp('work', 'add', 'x'.repeat(4001))],
    [said(2, 'A work item needs words.'), said(2, 'A work item has 4,000 characters at most.')],
  )
  assert.equal((await msp('work', 'add', 'x'.repeat(4000))).exitCode, 0)
  assert.equal((await msp('work', 'list')).stdout.length, 1)
})

test('the same work noted again in a session is the earlier one, unless it is meant; what differs in anything is another', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data', '--no-input')
  const add = (...words: string[]) => msp('work', 'add', 'Fuser replaced', ...words, '--json')
  const first = await add()
  const repeat = await add()
  assert.deepEqual([repeat.exitCode, repeat.json()], [0, first.json()])
  assert.deepEqual(
    [first.stderr, repeat.stderr],
    [[], ['That is in the session already, since 2026-01-15 14:32. If it was done twice, use --again.']],
  )
  for (const words of [['--again'], ['--minutes', '5'], ['--no-billable'], ['--ticket', 'T12345']]) await add(...words)
  const count = async () => (await msp('work', 'list', '--json=id')).json().length
  assert.equal(await count(), 5)
  await msp('session', 'end', '--no-input')
  await msp('session', 'start', '--client', 'data', '--no-input')
  await add()
  assert.equal(await count(), 1)
})

for (const engine of ['sqlite', 'mariadb'] as const) {
  test(`work that is noted again, before a sync and after it, is one line on the ticket (${engine})`, async (t) => {
    const running = await startAt(t, engine)
    if (!running) return
    const { msp, sandbox } = running
    const words = ['work', 'add', 'Fuser replaced', '--minutes', '30']
    for (let time = 0; time < 3; time++) {
      await run(msp, ...words)
      await run(msp, ...words)
      await run(msp, 'ticket', 'sync')
    }
    assert.deepEqual(posted(sandbox), [summary('Fuser replaced')])
  })
}

test('--ticket links the ticket as documented by the work, and does not change a link that a person made', async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  const item = (await msp('work', 'add', 'Installed the agent', '--ticket', 'T12345', '--json=integration,ticketId')).json()
  assert.deepEqual(item, { integration: 'syncro', ticketId: String(nasId) })
  await msp('ticket', 'link', 'T12341', '--type', 'resolves')
  await msp('work', 'add', 'Changed the cipher', '--ticket', 'T12341')
  const links = (await msp('ticket', 'links', '--json=ticketNumber,linkType,linkDirection,workItemId')).json()
  assert.deepEqual(links, [
    { ticketNumber: '12341', linkType: 'resolves', linkDirection: 'manual', workItemId: null },
    { ticketNumber: '12345', linkType: 'documents', linkDirection: 'automatic', workItemId: null },
  ])
})

test("with another client's ticket nothing is noted", async (t) => {
  const { msp } = await startWorking(t)
  await msp('session', 'start', '--client', 'data')
  const refused = await msp('work', 'add', 'x', '--ticket', 'T12346')
  assert.deepEqual([refused.exitCode, refused.stderr[0]], [1, 'Ticket 12346 is for Grabb & Durando, this session is for Dataforth.'])
  assert.deepEqual([(await msp('work', 'list')).stdout, (await msp('ticket', 'links')).stdout], [[], []])
})

test('a terminal shows work as a table', async (t) => {
  const { msp } = await startMsp(t, { now: () => now, terminal: true })
  await msp('client', 'add', 'Dataforth')
  await msp('session', 'start', '--client', 'data')
  const { id } = (await msp('work', 'add', 'Fuser replaced', '--minutes', '45', '--json')).json()
  assert.deepEqual((await msp('work', 'list')).stdout, [
    'ID        MINUTES  BILLABLE  CREATED AT        NOTE',
    `${id.slice(-8)}  45       yes       2026-01-15 14:32  Fuser replaced`,
  ])
})
