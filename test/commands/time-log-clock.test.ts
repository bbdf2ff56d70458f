import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nasId, now, startWorking } from '../clients/working.ts'
import { command, copied } from '../sessions/ending.ts'

const minute = 60_000
const hour = 60 * minute
const shifted = (ms: number) => () => new Date(now.getTime() + ms)
const log = ['time', 'log', '5m', '--ticket', 'T12345']
const hint = "Set this machine's clock, then log it again."
const refusal = (words: string) => `This machine's clock is ${words} that of SyncroMSP, so no time was logged.`

for (const [who, ms, words] of [
  ['machine', 25 * hour, '25 hours ahead of'],
  ['machine', -25 * hour, '25 hours behind'],
  ['vendor', 25 * hour, '25 hours behind'],
  ['vendor', -25 * hour, '25 hours ahead of'],
  ['machine', 16 * minute, '16 minutes ahead of'],
  ['machine', 14 * minute, undefined],
  ['machine', -14 * minute, undefined],
] as const) {
  test(`with the clock of the ${who} ${ms / minute} minutes off time is ${words ? 'refused' : 'logged'}`, async (t) => {
    const wrong = { now: shifted(ms) }
    const { msp, sandbox } = await startWorking(t, who === 'machine' ? { ...wrong, sandbox: { now: () => now } } : { sandbox: wrong })
    const { exitCode, stderr } = await msp(...log, '--charge', '--yes')
    if (words) assert.deepEqual([exitCode, stderr], [1, [refusal(words), hint]])
    else assert.equal(exitCode, 0)
    const count = words ? 0 : 1
    assert.deepEqual([sandbox.syncro.timers(nasId).length, sandbox.syncro.lineItems(nasId).length], [count, count])
    assert.equal((await msp('outbox', 'list', '--all', '--json')).json().length, 2 * count)
  })
}

test('with a clock that goes wrong what session end offers is not logged, and the command to do it later is there', async (t) => {
  let clock = now
  const { msp, sandbox, tell } = await startWorking(t, { terminal: true, now: () => clock, sandbox: { now: () => now } })
  const { id } = (await msp('session', 'start', '--client', 'data', '--json')).json()
  await msp('ticket', 'link', 'T12345')
  clock = shifted(150 * minute)()
  tell([true])
  const { exitCode, stderr } = await msp('session', 'end')
  const howTo = '2.5 hours of this session are not logged. To log it:'
  assert.deepEqual([exitCode, stderr.slice(1)], [1, [howTo, command(id), refusal('2.5 hours ahead of'), hint]])
  assert.deepEqual(sandbox.syncro.timers(nasId), [])
  clock = now
  assert.equal((await msp(...copied(stderr[2]))).exitCode, 0)
  assert.equal(sandbox.syncro.timers(nasId).length, 1)
})

test('what is queued while the vendor tells no time is queued by the clock that there is', async (t) => {
  let clock = now
  const { msp, sandbox } = await startWorking(t, { now: () => clock })
  await msp('session', 'start', '--client', 'data')
  await msp('ticket', 'link', 'T12345')
  clock = shifted(25 * hour)()
  await sandbox.close()
  assert.equal((await msp(...log, '--overlap')).exitCode, 0)
  assert.deepEqual((await msp('outbox', 'list', '--json=state')).json(), [{ state: 'ready' }])
})
