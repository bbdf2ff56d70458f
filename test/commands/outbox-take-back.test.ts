import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { nasId, startWorking } from '../clients/working.ts'
import { makeDue, writes } from '../outbox/start.ts'
import type { StartOptions } from '../support/msp.ts'
import { attached, startAttaching } from './attach-start.ts'

async function start(t: TestContext, options: Omit<StartOptions, 'engine' | 'sandbox'> = {}) {
  const started = await startWorking(t, options)
  const { msp, sandbox } = started
  const log = (...words: string[]) => msp('time', 'log', '30m', '--ticket', 'T12345', '--note', 'NAS', '--from', '9:00', ...words)
  const latest = async (kind: string) => String((await writes(msp, 'shortId', 'kind')).find((write) => write.kind === kind)?.shortId)
  const cancel = (shortId: string, ...words: string[]) => msp('outbox', 'cancel', shortId, ...words)
  const timers = () => sandbox.syncro.timers(nasId)
  const states = async () => (await writes(msp, 'kind', 'state')).map(({ kind, state }) => `${kind} ${state}`)
  return { ...started, log, latest, cancel, timers, states }
}

test('a time entry is deleted at the vendor after a yes, counts no more, and leaves its time free', async (t) => {
  const { msp, log, latest, cancel, timers, states, tell, asked } = await start(t, { terminal: true })
  await log()
  const shortId = await latest('time_entry')
  const [timer] = timers()
  tell([false, true])
  assert.deepEqual(await cancel(shortId), { exitCode: 130, stdout: [], stderr: [`${shortId} is delivered.`, 'Nothing was changed.'] })
  assert.equal(timers().length, 1)
  const { exitCode, stderr } = await cancel(shortId)
  assert.deepEqual([exitCode, stderr], [0, [`${shortId} is delivered.`, `${shortId} is taken back.`]])
  assert.deepEqual(asked, Array(2).fill(`Delete the time entry of 30 minutes (${timer?.id}) from T12345 at SyncroMSP?`))
  assert.deepEqual([timers(), await states()], [[], ['removal done', 'time_entry cancelled']])
  const removal = await latest('removal')
  const lastError = `It was delivered, and taken back by ${removal}.`
  assert.deepEqual((await msp('outbox', 'show', shortId, '--json=state,vendorId,lastError')).json(), {
    ...{ state: 'cancelled', vendorId: String(timer?.id), lastError },
  })
  assert.deepEqual((await msp('time', 'list')).stderr, ['0 minutes in all, without 1 that was cancelled or failed.'])
  // the same words are a new entry, at the same time
  assert.equal((await log()).exitCode, 0)
  assert.deepEqual([timers().length, (await msp('time', 'list')).stderr.length], [1, 1])
  for (const id of [shortId, removal]) assert.notEqual((await cancel(id, '--yes')).exitCode, 0)
  assert.equal(timers().length, 1)
})

for (const kind of ['cut-before', 'cut-after'] as const) {
  test(`time whose removal was ${kind} is neither there nor gone, and is not said to be there`, async (t) => {
    const { msp, log, latest, cancel, timers, states, sandbox } = await start(t)
    await log()
    const shortId = await latest('time_entry')
    sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/delete_timer_entry', kind })
    await cancel(shortId, '--yes')
    const removal = await latest('removal')
    const refusal = {
      ...{ exitCode: 8, stdout: [] },
      stderr: [
        `${shortId} was asked for before, and is being taken back: ${removal} is queued, and msp looks for it at the vendor before anything is sent again.`,
        'When it is gone, ask again: msp outbox run --wait',
      ],
    }
    for (const words of [[], ['--charge', '--yes']]) assert.deepEqual(await log(...words), refusal)
    assert.deepEqual(await states(), ['removal unknown', 'time_entry done'])
    // to take it back once more is the same, of which there is never another
    assert.equal((await cancel(shortId, '--yes')).stderr[1]?.endsWith('before anything is sent again.'), true)
    await msp('outbox', 'run', '--wait')
    assert.equal((await log()).exitCode, 0)
    assert.deepEqual([timers().length, await states()], [1, ['time_entry done', 'removal done', 'time_entry cancelled']])
  })
}

test('without a terminal --yes is needed', async (t) => {
  const { log, latest, cancel, timers } = await start(t)
  await log()
  assert.equal((await cancel(await latest('time_entry'), '--no-input')).exitCode, 2)
  assert.equal(timers().length, 1)
})

test('an agent takes nothing back that was delivered', async (t) => {
  const { log, latest, cancel, timers, env } = await start(t)
  await log()
  const shortId = await latest('time_entry')
  env.CLAUDE_CODE_CHILD_SESSION = '1'
  const { exitCode, stderr } = await cancel(shortId, '--yes', '--no-json')
  assert.deepEqual([exitCode, stderr[0]], [1, `To delete what ${shortId} wrote at SyncroMSP is a person's decision.`])
  assert.equal(timers().length, 1)
})

test('time that the client is charged for is not deleted, whoever charged it', async (t) => {
  const { log, latest, cancel, timers, states, sandbox } = await start(t)
  await log()
  const shortId = await latest('time_entry')
  const [timer] = timers()
  sandbox.syncro.chargeTimer(timer?.id ?? 0)
  const inBrowser = await cancel(shortId, '--yes')
  const found = `line item ${timer?.ticket_line_item_id}, 0.5 × Remote labor at 150.00`
  assert.ok(inBrowser.stderr.at(-2)?.endsWith(`Time entry ${timer?.id} on T12345 is charged (${found}), so it is not deleted.`))
  assert.deepEqual([inBrowser.exitCode, timers().length, await states()], [1, 1, ['removal failed', 'time_entry done']])
  // its line alone tells it as well
  sandbox.syncro.flagLagMs = 3_600_000
  assert.ok((await cancel(shortId, '--yes')).stderr.at(-2)?.endsWith(`is charged (${found}), so it is not deleted.`))
  sandbox.syncro.flagLagMs = 0
  await log('--charge', '--yes')
  const refused = await cancel(shortId, '--yes')
  assert.deepEqual([refused.exitCode, refused.stderr[0]], [2, `${shortId} is time that the client is charged for, so it is not deleted.`])
})

test('the line of a charge is removed, and then the time may be charged again or deleted', async (t) => {
  const { msp, log, latest, cancel, timers, states, sandbox } = await start(t)
  await msp('config', 'set', 'syncro.billing', 'line-item')
  const charge = () => log('--charge', '--yes')
  await charge()
  const chargedAt = async () => (await msp('time', 'list', '--json=chargedAt')).json()[0].chargedAt
  assert.notEqual(await chargedAt(), null)
  assert.equal((await cancel(await latest('charge'), '--yes')).exitCode, 0)
  assert.deepEqual([sandbox.syncro.lineItems(nasId), await chargedAt()], [[], null])
  assert.deepEqual(await states(), ['removal done', 'charge cancelled', 'time_entry done'])
  await charge()
  assert.equal(sandbox.syncro.lineItems(nasId).length, 1)
  await cancel(await latest('charge'), '--yes')
  assert.equal((await cancel(await latest('time_entry'), '--yes')).exitCode, 0)
  assert.deepEqual([sandbox.syncro.lineItems(nasId), timers()], [[], []])
})

test('what the vendor cannot take back is said plainly, with what a person can do', async (t) => {
  const { msp, log, latest, cancel, sandbox } = await start(t)
  await msp('ticket', 'comment', 'T12345', 'Fuser replaced.')
  await log('--charge', '--yes')
  const [line] = sandbox.syncro.lineItems(nasId)
  for (const [kind, message, hint] of [
    ['comment', 'SyncroMSP has no call that takes a comment back.', 'A person can change or delete it in SyncroMSP, on T12345.'],
    [
      'charge',
      'SyncroMSP has no call that takes the charge of a time entry back.',
      `A person can remove its line in SyncroMSP, on T12345 (${line?.id}).`,
    ],
  ] as const) {
    const shortId = await latest(kind)
    assert.deepEqual(await cancel(shortId, '--yes'), { exitCode: 1, stdout: [], stderr: [`${shortId} is delivered. ${message}`, hint] })
  }
  assert.equal(sandbox.syncro.lineItems(nasId).length, 1)
})

for (const kind of ['cut-before', 'cut-after', 'status-after'] as const) {
  test(`a removal that is ${kind} happens once, and is known`, async (t) => {
    const { msp, log, latest, cancel, timers, states, sandbox } = await start(t)
    await log()
    sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/delete_timer_entry', kind })
    assert.equal((await cancel(await latest('time_entry'), '--yes')).exitCode, 0)
    assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0)
    assert.deepEqual([timers(), await states()], [[], ['removal done', 'time_entry cancelled']])
  })
}

test('a removal that a person says happened takes back what it removed, all of it', async (t) => {
  const { msp, log, latest, cancel, states, sandbox, home } = await start(t)
  await msp('config', 'set', 'syncro.billing', 'line-item')
  await log('--charge', '--yes')
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/remove_line_item', kind: 'cut-after' })
  await cancel(await latest('charge'), '--yes')
  await makeDue(home)
  sandbox.arm({ vendor: 'syncro', on: 'GET tickets/:id', kind: 'status', status: 422 })
  await msp('outbox', 'run')
  const chargedAt = async () => (await msp('time', 'list', '--json=chargedAt')).json()[0].chargedAt
  assert.deepEqual(await states(), ['removal needs_human', 'charge done', 'time_entry done'])
  assert.notEqual(await chargedAt(), null)
  assert.equal((await msp('outbox', 'resolve', await latest('removal'), '--sent')).exitCode, 0)
  assert.deepEqual([await states(), await chargedAt()], [['removal done', 'charge cancelled', 'time_entry done'], null])
})

test('what somebody else deleted meanwhile counts as taken back', async (t) => {
  const { msp, log, latest, cancel, timers, states, sandbox, home } = await start(t)
  await log()
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/delete_timer_entry', kind: 'rate-limit', retryAfter: '3600' })
  assert.equal((await cancel(await latest('time_entry'), '--yes')).exitCode, 0)
  sandbox.syncro.removeTimer(timers()[0]?.id ?? 0)
  await makeDue(home)
  assert.equal((await msp('outbox', 'run')).exitCode, 0)
  assert.deepEqual(await states(), ['removal done', 'time_entry cancelled'])
})

test('a file is taken from the ticket', async (t) => {
  const { msp, attach, sandbox } = await startAttaching(t)
  assert.equal((await attach('--yes')).exitCode, 0)
  const [{ shortId } = {}] = await writes(msp, 'shortId')
  const { exitCode, stderr } = await msp('outbox', 'cancel', String(shortId), '--yes')
  assert.deepEqual([exitCode, stderr, attached(sandbox)], [0, [`${shortId} is delivered.`, `${shortId} is taken back.`], []])
  assert.deepEqual(
    (await writes(msp, 'kind', 'state')).map(({ kind, state }) => `${kind} ${state}`),
    ['removal done', 'attachment cancelled'],
  )
})
