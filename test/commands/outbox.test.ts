import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerOutboxApprove } from '../../src/commands/outbox/approve.ts'
import { registerOutboxCancel } from '../../src/commands/outbox/cancel.ts'
import { registerOutboxList } from '../../src/commands/outbox/list.ts'
import { registerOutboxResolve } from '../../src/commands/outbox/resolve.ts'
import { registerOutboxRetry } from '../../src/commands/outbox/retry.ts'
import { registerOutboxRun } from '../../src/commands/outbox/run.ts'
import { registerOutboxShow } from '../../src/commands/outbox/show.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { addWork, latest, on, plain, posted, run, startSession, summary, ticketId, writes } from '../outbox/start.ts'
import { ctrlC } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const pause = 'SyncroMSP asks for a pause: too many calls.'
const comment = ['ticket', 'comment', 'T12345', 'Fuser replaced.'] as const
const note = { subject: 'Note', body: 'Fuser replaced.', hidden: true }

const queueNext = (sandbox: Sandbox) => sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })

const handed: Record<string, (argv: string) => Promise<unknown>> = {
  approve: (argv) => parsed(registerOutboxApprove, argv),
  list: (argv) => parsed(registerOutboxList, argv),
  cancel: (argv) => parsed(registerOutboxCancel, argv),
  retry: (argv) => parsed(registerOutboxRetry, argv),
  resolve: (argv) => parsed(registerOutboxResolve, argv),
  show: (argv) => parsed(registerOutboxShow, argv),
  run: (argv) => parsed(registerOutboxRun, argv),
}

for (const [argv, expected] of [
  ['list', [{ limit: 50 }]],
  ['list --all --limit 5 --json=id', [{ limit: 5, all: true, json: ['id'] }]],
  ['list --state failed', [{ limit: 50, state: 'failed' }]],
  ['approve 7F3K', ['7F3K', {}]],
  ['approve 7F3K --via bucket', ['7F3K', { via: 'bucket' }]],
  ['cancel 7f3k', ['7f3k', {}]],
  ['retry 7F3K --json=state', ['7F3K', { json: ['state'] }]],
  ['resolve 7F3K --sent', ['7F3K', { sent: true }]],
  ['resolve 7F3K --not-sent', ['7F3K', { notSent: true }]],
  ['show 7F3K', ['7F3K', {}]],
  ['run --wait', [{ wait: true }]],
] as const) {
  test(`msp outbox ${argv}`, async () => assert.deepEqual(await handed[argv.split(' ')[0] ?? '']?.(argv), expected))
}

test('a write cannot be both there and not there', async () => {
  await assert.rejects(parsed(registerOutboxResolve, 'resolve 7F3K --sent --not-sent'), { code: 'commander.conflictingOption' })
})

test('the list has what is not done, the latest first, and its JSON is what scripts may rely on', async (t) => {
  const { msp, sandbox } = await startSession(t)
  assert.deepEqual(await msp('outbox', 'list'), { exitCode: 0, stdout: [], stderr: ['Everything is delivered.'] })
  await run(msp, 'time', 'log', '30m', '--ticket', 'T12345')
  queueNext(sandbox)
  await run(msp, ...comment)
  const [{ id, shortId, createdAt, ...queued }, ...rest] = (await msp('outbox', 'list', '--json')).json()
  assert.deepEqual(
    [queued, rest],
    [
      {
        ...{ integration: 'syncro', kind: 'comment', ticket: '12345', visibility: 'internal', state: 'ready', attempts: 1 },
        ...{ vendorId: null, lastError: pause, agent: null, approvedBy: null },
      },
      [],
    ],
  )
  assert.deepEqual(
    [/^[0-9a-f-]{36}$/.test(id), shortId, Math.abs(Date.parse(createdAt) - Date.now()) < 60_000],
    [true, await latest(msp), true],
  )
  const listed = await plain(msp, await msp('outbox', 'list'))
  assert.deepEqual(listed.stdout, [`7F3K\tcomment\t12345\tinternal\tready\t1\t${createdAt}\t\t${pause}`])
  const [timer] = sandbox.syncro.timers(ticketId)
  assert.deepEqual(await writes(msp, 'kind', 'visibility', 'state', 'vendorId'), [
    { kind: 'comment', visibility: 'internal', state: 'ready', vendorId: null },
    { kind: 'time_entry', visibility: null, state: 'done', vendorId: String(timer?.id) },
  ])
  assert.equal((await msp('outbox', 'list', '--state', 'done', '--json=kind')).json()[0].kind, 'time_entry')
  const cut = await msp('outbox', 'list', '--all', '--limit', '1', '--json=kind')
  assert.deepEqual([cut.json(), cut.stderr], [[{ kind: 'comment' }], ['There are more than this one; see more with --limit.']])
  const { stderr } = await plain(msp, await msp('outbox', 'list', '--all', '--limit', '2'))
  assert.deepEqual(stderr, ['7F3K has its next turn in N minutes.'])
  const none = { exitCode: 0, stdout: [], stderr: ['There are no such writes.'] }
  assert.deepEqual(await msp('outbox', 'list', '--state', 'failed'), none)
})

test('a write is shown with what it says, by its short id or the id that JSON gives', async (t) => {
  const { msp } = await startSession(t)
  await run(msp, ...comment)
  const shortId = await latest(msp)
  const shown = (await msp('outbox', 'show', shortId.toLowerCase(), '--json')).json()
  assert.deepEqual(
    [shown.reference, shown.content, shown.createdBy],
    [
      `msp ${shortId}`,
      { ticketId: String(ticketId), ticketNumber: '12345', subject: 'Note', body: 'Fuser replaced.', visibility: 'internal' },
      'mike@example.com',
    ],
  )
  assert.deepEqual((await msp('outbox', 'show', shown.id, '--json')).json(), shown)
})

test('a write that does not exist is not found, whatever is to be done with it', async (t) => {
  const { msp } = await startSession(t)
  for (const argv of [['show'], ['cancel', '--yes'], ['retry'], ['resolve', '--sent']]) {
    for (const name of ['ZZZZ', '01a2030d-6efb-73a0-9958-a4d588813424', '%']) {
      assert.deepEqual(await msp('outbox', ...argv, name), {
        exitCode: 5,
        stdout: [],
        stderr: [`There is no write ${name}.`, 'See: msp outbox list --all'],
      })
    }
  }
})

test('a queued write can be withdrawn, and asked for again it is a new one', async (t) => {
  const { msp, sandbox, tell, asked } = await startSession(t, { terminal: true })
  queueNext(sandbox)
  await run(msp, ...comment)
  const shortId = await latest(msp)
  tell([false, ctrlC, true])
  assert.deepEqual((await msp('outbox', 'cancel', shortId)).stderr, ['Nothing was changed.'])
  assert.equal((await msp('outbox', 'cancel', shortId)).exitCode, 130)
  const { exitCode, stderr } = await msp('outbox', 'cancel', shortId)
  assert.deepEqual([exitCode, stderr, asked], [0, [`${shortId} is withdrawn.`], Array(3).fill(`Withdraw ${shortId}?`)])
  assert.equal((await msp('outbox', 'cancel', shortId, '--yes')).exitCode, 2)
  await run(msp, 'outbox', 'run', '--wait')
  await run(msp, ...comment)
  assert.deepEqual([posted(sandbox), (await writes(msp, 'state')).map(({ state }) => state)], [[note], ['done', 'cancelled']])
})

test('to withdraw a write without a terminal --yes is needed', async (t) => {
  const { msp, sandbox } = await startSession(t)
  queueNext(sandbox)
  await run(msp, ...comment)
  const shortId = await latest(msp)
  const { exitCode, stderr } = await msp('outbox', 'cancel', shortId)
  assert.deepEqual([exitCode, stderr.at(-1)], [2, 'Without a terminal, give it with --yes.'])
  assert.deepEqual((await msp('outbox', 'cancel', shortId, '--yes', '--json=state')).json(), { state: 'cancelled' })
})

test('what may be at the vendor, or is, cannot be withdrawn', async (t) => {
  const { msp, sandbox } = await startSession(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
  await run(msp, ...comment)
  const shortId = await latest(msp)
  const hint = `See: msp outbox show ${shortId}`
  const lookedFor = 'queued, and msp looks for it at the vendor before anything is sent again'
  const refusal = (what: string) => ({ exitCode: 2, stdout: [], stderr: [`${shortId} cannot be withdrawn: it is ${what}.`, hint] })
  assert.deepEqual(await msp('outbox', 'cancel', shortId, '--yes'), refusal(lookedFor))
  await run(msp, 'outbox', 'run', '--wait')
  assert.deepEqual(await msp('outbox', 'cancel', shortId, '--yes'), {
    exitCode: 1,
    stdout: [],
    stderr: [
      `${shortId} is delivered. SyncroMSP has no call that takes a comment back.`,
      'A person can change or delete it in SyncroMSP, on T12345.',
    ],
  })
})

test('the work of a withdrawn comment goes into the next one, once', async (t) => {
  const { msp, sandbox } = await startSession(t)
  queueNext(sandbox)
  await addWork(msp, 'one')
  await run(msp, 'ticket', 'sync')
  await run(msp, 'outbox', 'cancel', await latest(msp), '--yes')
  await addWork(msp, 'two')
  await run(msp, 'ticket', 'sync')
  assert.deepEqual(posted(sandbox), [summary('one', 'two')])
})
