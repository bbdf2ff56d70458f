import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once as event } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { inProgress } from '../../src/outbox/attach.ts'
import { latest, makeDue, plain, shortSleep, writes } from '../outbox/start.ts'
import { scriptFile } from '../support/processes.ts'
import { attached, leaves, links, name, on, once, startAttaching, told } from './attach-start.ts'

const short = { limits: { attach: 800, settle: 100 }, sleep: shortSleep }
const state = async (msp: Parameters<typeof writes>[0]) => (await writes(msp, 'state', 'attempts', 'lastError'))[0]

test('a vendor that never fetches the file leaves the write failed, and the ticket free for others', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t, short)
  sandbox.syncro.fetches = 0
  const { exitCode, stderr } = await plain(msp, await attach('--yes'))
  const [link = ''] = links(sandbox)
  const nobody = `Nobody asked for it at ${new URL(link).host}, where http://127.0.0.1 must lead.`
  const lastError = `SyncroMSP did not fetch ${name} within 1 s. ${nobody} Attach it again.`
  assert.deepEqual([exitCode, stderr.slice(1)], [1, [`7F3K failed: ${lastError}`, 'See: msp outbox show 7F3K']])
  assert.deepEqual([await state(msp), told(sandbox)], [{ state: 'failed', attempts: 1, lastError }, 1])
  sandbox.syncro.fetches = 1
  assert.equal((await attach('--yes')).exitCode, 0)
  assert.deepEqual([attached(sandbox), told(sandbox)], [once, 2])
})

test('a failed one is not sent again with its dead link', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t, short)
  sandbox.syncro.fetches = 0
  await attach('--yes')
  const { exitCode, stderr } = await plain(msp, await msp('outbox', 'retry', await latest(msp)))
  assert.deepEqual([exitCode, stderr[0]], [1, `7F3K failed: The link to ${name} has ended before it was sent: attach the file again.`])
  assert.equal(told(sandbox), 1)
})

test('a file that is fetched late, and twice, hangs there once', async (t) => {
  const { attach, sandbox } = await startAttaching(t)
  Object.assign(sandbox.syncro, { fetchDelayMs: 500, fetches: 2 })
  assert.equal((await attach('--yes')).exitCode, 0)
  assert.deepEqual([attached(sandbox), told(sandbox)], [once, 1])
})

test('a fetch that has begun in time is let go on when the time of the link is up', async (t) => {
  const { attach, sandbox, file } = await startAttaching(t, { ...short, limits: { attach: 300, settle: 500 } })
  // more than the sockets between take up by themselves
  writeFileSync(file, Buffer.alloc(24_000_000, 1))
  Object.assign(sandbox.syncro, { fetchDelayMs: 0, fetchPauseMs: 3 })
  const { stderr } = await attach('--yes')
  // what is between is the vendor's already
  for (let time = 0; attached(sandbox).length === 0 && time < 100; time++) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual([told(sandbox), attached(sandbox)], [1, [{ file_name: name, size: 24_000_000 }]])
  assert.match(stderr[0] ?? '', /Until then, for 9 minutes at most, anybody/)
})

test('a file that was fetched and does not show is left to a person, and is found when it shows', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t, short)
  sandbox.syncro.attachLagMs = 1300
  const lastError = `SyncroMSP has not shown ${name} on T12345; look there before it is attached again.`
  const { exitCode } = await attach('--yes')
  assert.deepEqual([exitCode, await state(msp)], [1, { state: 'needs_human', attempts: 1, lastError }])
  while (attached(sandbox).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal((await msp('outbox', 'retry', await latest(msp))).exitCode, 0)
  assert.deepEqual([(await state(msp))?.state, told(sandbox), attached(sandbox)], ['done', 1, once])
})

for (const [what, fault] of [
  ['cut after it was processed', { kind: 'cut-after' }],
  ['answered with 502 after it was processed', { kind: 'status-after' }],
  ['answered with half a JSON', { kind: 'half-json' }],
] as const) {
  test(`a call that was ${what} is not repeated: the ticket tells`, async (t) => {
    const { attach, msp, sandbox } = await startAttaching(t)
    sandbox.arm({ vendor: 'syncro', on, ...fault })
    const { exitCode, stderr } = await attach('--yes')
    assert.deepEqual([exitCode, stderr], [0, [leaves(), `Attached ${name} to T12345.`]])
    assert.deepEqual([attached(sandbox), told(sandbox), (await state(msp))?.state], [once, 1, 'done'])
  })
}

test('a fetch that broke off is told from none', async (t) => {
  const { attach, msp, sandbox, file } = await startAttaching(t, short)
  writeFileSync(file, Buffer.alloc(24_000_000, 1))
  sandbox.syncro.fetches = 0
  const attaching = attach('--yes')
  while (told(sandbox) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const broken = new AbortController()
  await fetch(links(sandbox)[0] ?? '', { signal: broken.signal })
  broken.abort()
  await attaching
  const lastError = `SyncroMSP did not fetch ${name} within 1 s. It was asked for, and nobody took all of it. Attach it again.`
  assert.deepEqual(await state(msp), { state: 'failed', attempts: 1, lastError })
})

for (const [fetched, isBeingFetched, words] of [
  [0, false, 'Waiting until SyncroMSP has fetched r.pdf…'],
  [null, false, 'Waiting until SyncroMSP has fetched r.pdf…'],
  [0, true, 'r.pdf is being fetched…'],
  [1, true, 'r.pdf is being fetched…'],
  [1, false, 'r.pdf was fetched; waiting until it hangs on T12345…'],
] as const) {
  test(`a terminal shows "${words}" after ${fetched} fetches${isBeingFetched ? ', in one' : ''}`, () => {
    const offer = { fetched: () => fetched, isBeingFetched: () => isBeingFetched }
    assert.equal(inProgress(offer, { content: { fileName: 'r.pdf', ticketNumber: '12345' }, label: 'SyncroMSP' }), words)
  })
}

for (const [what, fault, why] of [
  ['cut before it was processed', { kind: 'cut-before' }, /^SyncroMSP did not fetch report\.pdf within 1 s\. SyncroMSP .*\. Nobody/],
  ['answered with 500', { kind: 'status' }, /^SyncroMSP did not fetch report\.pdf within 1 s\. SyncroMSP .*500.*\. Nobody/],
] as const) {
  test(`a call that was ${what} may have arrived, so it is not repeated; nobody came for the file, so it failed`, async (t) => {
    const { attach, msp, sandbox } = await startAttaching(t, short)
    sandbox.arm({ vendor: 'syncro', on, ...fault })
    assert.equal((await attach('--yes')).exitCode, 1)
    const after = await state(msp)
    assert.deepEqual([attached(sandbox), told(sandbox), after?.state], [[], 1, 'failed'])
    assert.match(String(after?.lastError), why)
  })
}

test('a vendor that asks for a pause is told again while the link lives', async (t) => {
  const { attach, sandbox } = await startAttaching(t)
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '0' })
  assert.equal((await attach('--yes')).exitCode, 0)
  assert.deepEqual([attached(sandbox), told(sandbox)], [once, 2])
})

test('what could not be sent while its link lived has failed, and is never sent', async (t) => {
  const { attach, msp, sandbox, home } = await startAttaching(t, short)
  sandbox.arm({ vendor: 'syncro', on, kind: 'rate-limit', retryAfter: '3600' })
  const lastError = `${name} was not sent while its link lived: SyncroMSP asks for a pause: too many calls. Attach it again.`
  assert.equal((await attach('--yes')).exitCode, 1)
  assert.deepEqual(await state(msp), { state: 'failed', attempts: 1, lastError })
  await makeDue(home)
  await msp('outbox', 'run', '--wait')
  assert.equal(told(sandbox), 1)
})

test('a vendor that refuses has failed at once', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t)
  sandbox.syncro.addToken('reads-only', { permissions: ['Tickets - List/Search', 'Tickets - View Details'] })
  await msp.withInput('reads-only', 'integrate', 'syncro', '--api-url', sandbox.syncro.apiUrl, '--token-stdin')
  const { exitCode, stderr } = await plain(msp, await attach('--yes'))
  const lacks = 'SyncroMSP accepts your key, but it lacks the permission "Tickets - Edit".'
  assert.deepEqual([exitCode, stderr[1]], [1, `7F3K failed: ${lacks}`])
})

test('a file that changes before the vendor has it is not attached, and it is said', async (t) => {
  const { attach, msp, sandbox, file } = await startAttaching(t)
  sandbox.syncro.fetchDelayMs = 300
  const attaching = attach('--yes')
  while (told(sandbox) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  appendFileSync(file, 'more')
  const { exitCode } = await attaching
  const lastError = `${file} changed while it was read. Attach it again.`
  assert.deepEqual([exitCode, await state(msp), attached(sandbox)], [1, { state: 'failed', attempts: 1, lastError }, []])
})

test('two new files of the same name are left to a person', async (t) => {
  const { attach, msp, sandbox } = await startAttaching(t)
  // nobody can look before both hang there
  Object.assign(sandbox.syncro, { fetchDelayMs: 300, attachLagMs: 300 })
  sandbox.arm({ vendor: 'syncro', on, kind: 'cut-after' })
  const attaching = attach('--yes')
  while (told(sandbox) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  // as somebody else does in the PSA, with the link that they were given
  const { body } = sandbox.requests.find(({ path }) => path.endsWith('/attach_file_url')) ?? {}
  const path = `tickets/${sandbox.requests.find(({ path }) => path.endsWith('/attach_file_url'))?.path.split('/')[1]}/attach_file_url`
  const headers = { authorization: `Bearer ${sandbox.syncro.token}`, 'content-type': 'application/json' }
  await fetch(`${sandbox.syncro.apiUrl}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  await attaching
  assert.equal((await state(msp))?.state, 'needs_human')
  assert.equal(attached(sandbox).length, 2)
})

for (const [effect, expected, calls] of [
  ['< outbox.add', { state: 'failed', attempts: 0 }, 0],
  ['> vendor.send', { state: 'failed', attempts: 0 }, 0],
] as const) {
  test(`of a process that died at ${effect} another run sends no dead link`, async (t) => {
    const { msp, env, file, sandbox } = await startAttaching(t)
    const path = scriptFile('msp-process.ts')
    const child = spawn(process.execPath, [path, JSON.stringify(env), 'ticket', 'attach', 'T12345', file, '--yes'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const exit = event(child, 'exit')
    let text = ''
    for await (const chunk of child.stderr) {
      text += chunk
      // the first calls read the ticket
      const after = text.split('< outbox.add')[1]
      if (after !== undefined && (effect === '< outbox.add' || after.includes(effect))) child.kill('SIGKILL')
    }
    await exit
    const { exitCode } = await msp('outbox', 'run', '--wait')
    const [{ state: known, attempts } = {}] = await writes(msp, 'state', 'attempts')
    assert.deepEqual([{ state: known, attempts }, told(sandbox), attached(sandbox)], [expected, calls, []])
    assert.equal(exitCode, 1)
  })
}
