import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMsp } from '../support/msp.ts'

test('a command that reads very many pages goes as fast as the vendor allows, and meets no refusal', async (t) => {
  let time = Date.parse('2026-04-01T14:00:00.000Z')
  const waits: number[] = []
  const sleep = async (ms: number) => {
    waits.push(ms)
    time += ms
  }
  const { msp, sandbox } = await startMsp(t, { sandbox: { seed: 'empty' }, now: () => new Date(time), sleep })
  const { id } = sandbox.syncro.addCustomer({ name: 'Dataforth' })
  sandbox.syncro.addTickets(...Array.from({ length: 65 * 50 }, () => ({ customer_id: id })))
  time += 600_000
  const before = sandbox.requests.length
  const found = await msp('ticket', 'search', '--limit', '4000', '--json=number')
  const requests = sandbox.requests.slice(before)
  assert.deepEqual([found.exitCode, found.json().length, requests.length], [0, 65 * 50, 65])
  assert.deepEqual([...new Set(requests.map(({ status }) => status))], [200])
  assert.deepEqual(waits, [500, 500, 500, 500, 500])
})
