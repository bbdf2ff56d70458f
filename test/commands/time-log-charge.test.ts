import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Step } from '../../src/world.ts'
import { nasId, startWorking } from '../clients/working.ts'
import { makeDue, writes } from '../outbox/start.ts'
import type { StartOptions } from '../support/msp.ts'

const noteIsRead = 'SyncroMSP makes the line of the time entry, and the client may read its note there.'
const preview = `Charge 2.5 h Remote labor × 150.00 = 375.00 to Dataforth on T12345 (timer+charge; SyncroMSP may round). ${noteIsRead}`
const place = '2.5 hours on T12345, Thursday 2026-01-15 12:02 to 14:32'

async function start(t: TestContext, options: Omit<StartOptions, 'engine' | 'sandbox'> = {}) {
  const started = await startWorking(t, options)
  const { msp, sandbox, env } = started
  const log = (...words: string[]) => msp('time', 'log', '2.5h', '--ticket', 'T12345', '--note', 'NAS', ...words)
  const asAgent = async (...argv: string[]) => {
    env.CLAUDE_CODE_CHILD_SESSION = '1'
    const answered = await msp(...argv)
    env.CLAUDE_CODE_CHILD_SESSION = undefined
    return answered
  }
  const lines = () =>
    sandbox.syncro.lineItems(nasId).map(({ name, quantity, price_retail, product_id }) => ({ name, quantity, price_retail, product_id }))
  const states = async () => (await writes(msp, 'kind', 'state')).map(({ kind, state }) => `${kind} ${state}`)
  return { ...started, log, asAgent, lines, states }
}

const line = { name: 'Remote labor', quantity: '2.5', price_retail: 150, product_id: 26301 }

test('a charge is shown before anything is stored, and without a terminal it needs --yes', async (t) => {
  const { log, states, lines, sandbox } = await start(t)
  const hint = 'Without a terminal, say that it is meant with --yes.'
  assert.deepEqual(await log('--charge'), { exitCode: 2, stdout: [], stderr: [preview, hint] })
  assert.deepEqual([await states(), lines(), sandbox.syncro.timers(nasId)], [[], [], []])
})

test('at a terminal it is asked, and after a no nothing is logged or charged', async (t) => {
  const { log, states, lines, tell, asked } = await start(t, { terminal: true })
  tell([false, true])
  assert.deepEqual(await log('--charge'), { exitCode: 130, stdout: [], stderr: [preview, 'Nothing was logged or charged.'] })
  assert.deepEqual([await states(), lines()], [[], []])
  assert.equal((await log('--charge')).exitCode, 0)
  assert.deepEqual([await states(), lines(), asked], [['charge done', 'time_entry done'], [line], Array(2).fill('Log and charge it?')])
})

test('before time is charged that goes to hours ago, where the other entries leave room, the question says where; of an hour it does not', async (t) => {
  const { msp, log, tell } = await start(t, { terminal: true })
  await msp('time', 'log', '1h', '--ticket', 'T12345', '--note', 'Before')
  tell([false, false])
  const stderr = [preview, 'Nothing was logged or charged.']
  assert.deepEqual((await log('--charge')).stderr, stderr)
  await msp('time', 'log', '1m', '--ticket', 'T12345', '--note', 'Before')
  const moved = 'Your other entries leave room for it only at Thursday 2026-01-15 11:01 to 13:31.'
  assert.deepEqual((await log('--charge')).stderr, [moved, ...stderr])
  // with nobody to ask it goes there, and what it says then is where
  const {
    exitCode,
    stderr: [first, second],
  } = await log('--charge', '--yes', '--no-input')
  assert.deepEqual([exitCode, first, second], [0, preview, 'Logged 2.5 hours on T12345, Thursday 2026-01-15 11:01 to 13:31.'])
})

test('what is charged is one line, in every answer, and asked for again it is said and nothing is sent', async (t) => {
  const { msp, log, lines, sandbox } = await start(t)
  const first = await log('--charge', '--yes', '--json')
  const [item] = sandbox.syncro.lineItems(nasId)
  const { charge, chargedAt, state, minutes } = first.json()
  assert.deepEqual([charge, typeof chargedAt, state, minutes, lines()], ['done', 'string', 'done', 150, [line]])
  assert.deepEqual(first.stderr, [preview, `Logged ${place}.`, `Charged it: line item ${item?.id} on T12345.`])
  assert.deepEqual((await msp('time', 'list', '--json=chargedAt')).json(), [{ chargedAt }])
  assert.equal((await msp('time', 'list')).stdout[0]?.split('\t').at(-2), chargedAt)
  const sent = sandbox.requests.filter(({ method }) => method === 'POST').length
  // neither --yes nor --again is needed, or helps
  const repeat = await log('--charge', '--json')
  assert.deepEqual([repeat.exitCode, repeat.json()], [0, first.json()])
  assert.equal(repeat.stderr.at(-1), `Charged already: line item ${item?.id} on T12345. Nothing was sent.`)
  assert.deepEqual([sandbox.requests.filter(({ method }) => method === 'POST').length, lines()], [sent, [line]])
})

test('asked for again with --charge an earlier entry is charged, as what it was logged as', async (t) => {
  const { log, lines, states } = await start(t)
  await log('--labor', 'onsite')
  assert.deepEqual(lines(), [])
  const charged = await log('--charge', '--yes')
  const onsite = preview.replace('Remote labor × 150.00 = 375.00', 'Onsite labor × 175.00 = 437.50')
  const [line1, line2, line3, ...more] = charged.stderr
  assert.deepEqual([line1, line2, more], [onsite, `There already: ${place}.`, []])
  assert.match(line3 ?? '', /^Charged it: line item \d+ on T12345\.$/)
  assert.deepEqual(lines(), [{ ...line, name: 'Onsite labor', price_retail: 175, product_id: 26302 }])
  assert.deepEqual(await states(), ['charge done', 'time_entry done'])
})

test('--dry-run shows both requests and what it comes to, and sends and stores nothing', async (t) => {
  const { log, states, sandbox } = await start(t)
  const { stderr, json } = await log('--charge', '--dry-run', '--json')
  const { method, url, body, charge } = json()
  const at = `${sandbox.syncro.apiUrl}/tickets/${nasId}`
  assert.deepEqual([method, url, body.notes, stderr], ['POST', `${at}/timer_entry`, 'NAS (msp ????)', [preview, 'Nothing was sent.']])
  const charged = { timer_entry_id: 'the id of the time entry' }
  assert.deepEqual(charge, { method: 'POST', url: `${at}/charge_timer_entry`, body: charged, recipients: [] })
  assert.equal((await log('--charge', '--dry-run')).stdout.filter((each) => each.startsWith('POST ')).length, 2)
  assert.deepEqual([await states(), sandbox.syncro.timers(nasId)], [[], []])
})

test('what is not billable is not charged', async (t) => {
  const { log, states } = await start(t)
  const stderr = ['What is not billable is not charged.', 'Use --charge or --no-billable.']
  assert.deepEqual(await log('--charge', '--no-billable', '--yes'), { exitCode: 2, stdout: [], stderr })
  assert.deepEqual(await states(), [])
})

test('time that overlaps is refused before anybody is asked', async (t) => {
  const { msp, log } = await start(t)
  await msp('time', 'log', '10m', '--ticket', 'T12345', '--from', '9:00')
  const refused = await log('--charge', '--from', '8:00')
  assert.deepEqual([refused.exitCode, refused.stderr[0]], [2, 'That overlaps with T12345, Thursday 2026-01-15 09:00 to 09:10.'])
})

test('an entry that somebody charged in the browser is refused with the line that was found, and shown as charged', async (t) => {
  const { msp, log, lines, states, sandbox } = await start(t)
  await log()
  const id = sandbox.syncro.timers(nasId)[0]?.id ?? 0
  sandbox.syncro.chargeTimer(id)
  const [item] = sandbox.syncro.lineItems(nasId)
  const { exitCode, stderr } = await log('--charge', '--yes')
  assert.equal(exitCode, 1)
  const found = `Time entry ${id} on T12345 is charged already: line item ${item?.id}, 2.5 × Remote labor at 150.00.`
  assert.match(stderr.at(-2) ?? '', new RegExp(`^[0-9A-Z]{4} failed: ${found}$`))
  assert.deepEqual([lines(), await states()], [[line], ['charge failed', 'time_entry done']])
  assert.notEqual((await msp('time', 'list', '--json=chargedAt')).json()[0].chargedAt, null)
})

for (const [rounding, typed, billed, logged, step, quantity, sum] of [
  ['60m', '2.5h', '3 h', '2.5 hours', { minimum: 0, step: 60 }, '3.0', '450.00'],
  ['15,30', '10m', '0.5 h', '10 minutes', { minimum: 30, step: 15 }, '0.5', '75.00'],
  ['6m', '2h5', '2.1 h', '2 h 5 min', { minimum: 0, step: 6 }, '2.1', '315.00'],
] as const) {
  test(`where the tenant rounds as ${rounding}, the person sees what is billed for ${typed} before and after, and it is done`, async (t) => {
    const { msp, states, lines, sandbox } = await start(t)
    sandbox.syncro.laborRounding = step
    await msp('config', 'set', 'syncro.rounding', rounding)
    const log = () => msp('time', 'log', typed, '--ticket', 'T12345', '--note', 'NAS', '--charge', '--yes')
    const { exitCode, stderr } = await log()
    const { ticket_line_item_id: lineId } = sandbox.syncro.timers(nasId)[0] ?? {}
    const words = `${billed} (${logged} rounded up)`
    assert.deepEqual(
      [exitCode, stderr.at(0), stderr.at(-1)],
      [
        0,
        `Charge ${words} Remote labor × 150.00 = ${sum} to Dataforth on T12345 (timer+charge). ${noteIsRead}`,
        `Charged it: ${words}, line item ${lineId} on T12345.`,
      ],
    )
    assert.deepEqual(await states(), ['charge done', 'time_entry done'])
    // what was billed is said as it was, whatever is set now
    await msp('config', 'unset', 'syncro.rounding')
    const again = await log()
    assert.equal(again.stderr.at(-1), `Charged already: ${words}, line item ${lineId} on T12345. Nothing was sent.`)
    assert.deepEqual(lines(), [{ ...line, quantity }])
  })
}

test('time that the tenant’s rounding leaves as it is says nothing of it', async (t) => {
  const { msp, log, lines, sandbox } = await start(t)
  sandbox.syncro.laborRounding = { minimum: 0, step: 15 }
  await msp('config', 'set', 'syncro.rounding', '15m')
  const { stderr } = await log('--charge', '--yes')
  const said = [preview.replace('; SyncroMSP may round', ''), `Logged ${place}.`]
  assert.deepEqual(
    [stderr.slice(0, -1), /^Charged it: line item \d+ on T12345\.$/.test(stderr.at(-1) ?? ''), lines()],
    [said, true, [line]],
  )
})

test('what does not fit the rounding that was shown is a person’s, with all three numbers, and the entry is charged once', async (t) => {
  const { msp, log, states, lines, sandbox } = await start(t)
  sandbox.syncro.laborRounding = { minimum: 240, step: 15 }
  await msp('config', 'set', 'syncro.rounding', '60m')
  const { exitCode, stderr } = await log('--charge', '--yes')
  const entryId = sandbox.syncro.timers(nasId)[0]?.id
  const said = `SyncroMSP charged 240 minutes for time entry ${entryId} on T12345, where 180 were agreed to for the 150 that were logged: `
  assert.deepEqual([exitCode, stderr.at(-2)?.includes(said), await states()], [1, true, ['charge needs_human', 'time_entry done']])
  await log('--charge', '--yes')
  assert.deepEqual(lines(), [{ ...line, quantity: '4.0' }])
})

test('by line-item nothing is rounded: the hours of the line are msp’s own', async (t) => {
  const { msp, log, lines } = await start(t)
  await msp('config', 'set', 'syncro.billing', 'line-item')
  await msp('config', 'set', 'syncro.rounding', '60m')
  const { stderr } = await log('--charge', '--yes')
  assert.deepEqual([stderr[0]?.startsWith('Charge 2.5 h Remote labor × 150.00 = 375.00 to'), lines()], [true, [line]])
})

test('where nobody has said how the tenant rounds, the difference is a person’s, with both numbers, and the entry is charged once', async (t) => {
  const { msp, log, states, lines, sandbox } = await start(t)
  sandbox.syncro.laborRounding = { minimum: 0, step: 60 }
  const { exitCode, stderr } = await log('--charge', '--yes')
  const [timer] = sandbox.syncro.timers(nasId)
  assert.equal(exitCode, 1)
  const said = `needs a decision: SyncroMSP charged 180 minutes for time entry ${timer?.id} on T12345, where 150 minutes were logged: `
  assert.ok(stderr.at(-2)?.includes(`${said}line item ${timer?.ticket_line_item_id}, 3 × Remote labor at 150.00.`), stderr.join('\n'))
  assert.deepEqual(await states(), ['charge needs_human', 'time_entry done'])
  assert.notEqual((await msp('time', 'list', '--json=chargedAt')).json()[0].chargedAt, null)
  await log('--charge', '--yes')
  assert.deepEqual(lines(), [{ ...line, quantity: '3.0' }])
})

test('time that became another kind of labour at the vendor is not charged at another rate than was agreed to', async (t) => {
  const { log, lines, states, sandbox } = await start(t)
  await log()
  const id = sandbox.syncro.timers(nasId)[0]?.id ?? 0
  sandbox.syncro.changeTimer(id, { product_id: 26303 })
  const { exitCode, stderr } = await log('--charge', '--yes')
  const refused = `Time entry ${id} on T12345 is another kind of labour at SyncroMSP (product 26303) than the Remote labor (26301) that was agreed to.`
  assert.ok(stderr.at(-2)?.endsWith(`${refused} Change it there, or charge it there.`), stderr.join('\n'))
  assert.deepEqual([exitCode, lines(), await states()], [1, [], ['charge failed', 'time_entry done']])
})

test('a line at another rate than was agreed to is for a person to look at', async (t) => {
  let raise = () => {}
  const step: Step = (name, effect) => {
    if (name === 'outbox.sent') raise()
    return effect()
  }
  const { log, lines, states, sandbox } = await start(t, { step })
  await log()
  raise = () => sandbox.syncro.setRate(26301, 160)
  const { exitCode, stderr } = await log('--charge', '--yes')
  const said = 'on T12345 at 160.00 an hour, where 150.00 were agreed to: line item'
  assert.ok(stderr.at(-2)?.includes(said), stderr.join('\n'))
  assert.deepEqual([exitCode, lines(), await states()], [1, [{ ...line, price_retail: 160 }], ['charge needs_human', 'time_entry done']])
})

test('the name of a product fills no line of its own in what a person agrees to', async (t) => {
  const { log, sandbox } = await start(t)
  sandbox.syncro.changeProduct(26301, { name: `Remote labor × 0.01 = 0.01 to Dataforth on T12345.\r\n${'x'.repeat(100)}` })
  const { stderr } = await log('--charge')
  const name = `Remote labor × 0.01 = 0.01 to Dataforth on T12345. ${'x'.repeat(8)}…`
  assert.equal(stderr[0], preview.replace('Remote labor', name))
})

test('labour that costs less than nothing is refused before anything is stored', async (t) => {
  const { log, states, sandbox } = await start(t)
  sandbox.syncro.setRate(26301, -5)
  assert.deepEqual(await log('--charge', '--yes'), {
    ...{ exitCode: 1, stdout: [] },
    stderr: [
      'An hour of Remote labor costs -5.00 at SyncroMSP, so it is not charged.',
      'Mend its price in SyncroMSP, or say another kind: --labor PRODUCT',
    ],
  })
  assert.deepEqual(await states(), [])
})

test('a charge that waited while the rate changed is not sent', async (t) => {
  const { msp, log, lines, sandbox, home } = await start(t)
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/charge_timer_entry', kind: 'rate-limit', retryAfter: '3600' })
  assert.equal((await log('--charge', '--yes')).exitCode, 0)
  sandbox.syncro.setRate(26301, 160)
  await makeDue(home)
  await msp('outbox', 'run')
  const [write] = await writes(msp, 'state', 'lastError')
  const lastError =
    'An hour of Remote labor costs 160.00 now, and not the 150.00 that were agreed to. Charge it again to see what it comes to.'
  assert.deepEqual([write, lines()], [{ state: 'failed', lastError }, []])
  const again = await log('--charge', '--yes')
  assert.equal(again.stderr[0], preview.replace('150.00 = 375.00', '160.00 = 400.00'))
  assert.deepEqual(lines(), [{ ...line, price_retail: 160 }])
})

test('the charge of an entry that is queued follows it, and of one that is withdrawn it is not sent', async (t) => {
  const { msp, log, lines, states, sandbox, home } = await start(t)
  const busy = () => sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind: 'rate-limit', retryAfter: '3600' })
  busy()
  assert.equal((await log('--charge', '--yes')).exitCode, 0)
  assert.deepEqual(await states(), ['charge ready', 'time_entry ready'])
  await makeDue(home)
  await msp('outbox', 'run')
  assert.deepEqual([await states(), lines()], [['charge done', 'time_entry done'], [line]])
  busy()
  await log('--charge', '--yes', '--yesterday')
  const [charge, time] = await writes(msp, 'shortId')
  await msp('outbox', 'cancel', String(time?.shortId), '--yes')
  await msp('outbox', 'run')
  const lastError = `Its time entry, ${time?.shortId}, was cancelled, so there is nothing to charge.`
  assert.deepEqual((await msp('outbox', 'show', String(charge?.shortId), '--json=state,lastError')).json(), { state: 'failed', lastError })
  assert.equal(lines().length, 1)
})

test('of an entry that fails nothing is charged', async (t) => {
  const { log, states, sandbox } = await start(t)
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/timer_entry', kind: 'status', status: 422 })
  const { exitCode, stderr } = await log('--charge', '--yes')
  assert.deepEqual([exitCode, stderr[1], await states()], [1, 'It was not charged.', ['time_entry failed']])
})

test("an agent's time is logged and its charge is a draft, which a person approves after seeing what it comes to", async (t) => {
  const { msp, asAgent, lines, states, sandbox, tell } = await start(t, { terminal: true })
  const words = ['time', 'log', '2.5h', '--ticket', 'T12345', '--note', 'NAS', '--charge']
  const drafted = await asAgent(...words)
  const [{ shortId } = {}] = await writes(msp, 'shortId')
  const said = `${shortId} is a draft: the client would be billed for it on T12345, so a person sends it. In a terminal: msp outbox approve ${shortId}`
  assert.deepEqual([drafted.exitCode, drafted.json().charge, drafted.stderr[0], drafted.stderr[2]], [0, 'draft', preview, said])
  assert.deepEqual([await states(), lines()], [['charge draft', 'time_entry done'], []])
  assert.equal((await asAgent('outbox', 'approve', String(shortId))).exitCode, 1)
  sandbox.syncro.setRate(26301, 160)
  tell(['data'])
  const { stderr } = await msp('outbox', 'approve', String(shortId))
  assert.deepEqual(stderr.slice(1), [
    'Ticket   T12345: Backup configuration for NAS (In Progress)',
    'Client   Dataforth',
    'Time     2.5 hours',
    'Note',
    '  NAS',
    preview.replace('150.00 = 375.00', '160.00 = 400.00'),
    'Charged the time on T12345.',
  ])
  assert.deepEqual([await states(), lines()], [['charge done', 'time_entry done'], [{ ...line, price_retail: 160 }]])
})

test('by line-item the line has hours, rate and entry, not the note, and the entry itself stays uncharged', async (t) => {
  const { msp, lines, sandbox, states } = await start(t)
  await msp('config', 'set', 'syncro.billing', 'line-item')
  const log = () => msp('time', 'log', '20m', '--ticket', 'T12345', '--note', 'NAS', '--charge', '--yes')
  const { exitCode, stderr } = await log()
  const how = 'line item, not rounded; the time entry itself must not be charged besides'
  const read = "The line names the labour, the time entry and msp's reference, not the note."
  const said = `Charge 20 minutes as 0.33 h Remote labor × 150.00 = 49.50 to Dataforth on T12345 (${how}). ${read}`
  assert.deepEqual([exitCode, stderr[0]], [0, said])
  const [timer] = sandbox.syncro.timers(nasId)
  const [item] = sandbox.syncro.lineItems(nasId)
  assert.deepEqual([lines(), timer?.recorded], [[{ ...line, quantity: '0.33' }], false])
  assert.match(item?.description ?? '', new RegExp(`^time entry ${timer?.id} · msp [0-9A-Z]{4}$`))
  await log()
  assert.deepEqual([lines().length, await states()], [1, ['charge done', 'time_entry done']])
})

for (const [path, found] of [
  ['line-item', (id: number) => `line item ${id}, 2.5 × Remote labor at 150.00`],
  ['timer+charge', (id: number) => `line item ${id}, 2 × By hand at 150.00`],
] as const) {
  test(`by ${path} what is billed the other way already is refused with what was found`, async (t) => {
    const { msp, log, sandbox } = await start(t)
    await msp('config', 'set', 'syncro.billing', path)
    await log()
    const timer = sandbox.syncro.timers(nasId)[0]?.id ?? 0
    if (path === 'line-item') sandbox.syncro.chargeTimer(timer)
    else sandbox.syncro.addLineItem(nasId, { name: 'By hand', description: `For time entry ${timer}.`, quantity: 2, price_retail: 150 })
    const { exitCode, stderr } = await log('--charge', '--yes')
    const id = sandbox.syncro.lineItems(nasId)[0]?.id ?? 0
    assert.deepEqual([exitCode, sandbox.syncro.lineItems(nasId).length], [1, 1])
    assert.ok(stderr.at(-2)?.endsWith(`Time entry ${timer} on T12345 is charged already: ${found(id)}.`), stderr.join('\n'))
  })
}

test('a key that may not read products says so before anything is stored', async (t) => {
  const { msp, log, states, sandbox } = await start(t)
  sandbox.syncro.addToken('no-products', { permissions: ['Tickets - List/Search', 'Tickets - View Details', 'Ticket Timers - Overview'] })
  await msp.withInput('no-products', 'integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin')
  const { exitCode, stderr } = await log('--charge', '--yes')
  const lacks = 'SyncroMSP accepts your key, but it lacks the permission "Products - List/Search".'
  assert.deepEqual([exitCode, stderr[0], await states()], [1, lacks, []])
})
