import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLine } from '../../src/integrations/line.ts'
import type { CallDeps } from '../../src/integrations/open-http.ts'
import { standardLimits } from '../../src/world.ts'

const record = { type: 'email_notification', action: 'created' } as const

/** A line that keeps no record; `beforeWrite` is told how often it was asked. */
function open(beforeWrite: (asked: number) => Promise<void>) {
  let asked = 0
  const step = <T>(name: string, effect: () => Promise<T>) => (name === 'record.add' ? (Promise.resolve() as Promise<T>) : effect())
  const deps = { step, limits: { ...standardLimits, lease: 30 }, now: () => new Date() } as unknown as CallDeps
  const context = { sessionId: null, clientId: null, createdBy: 'mike@example.com', beforeWrite: () => beforeWrite(++asked) }
  const account = { name: 'MSP', email: null }
  return openLine(deps, { label: 'Mail', url: 'smtp://127.0.0.1:25', username: '', password: () => '', account, context })
}

test('what takes longer than a claim lasts keeps its claim, even when that fails once', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const line = open(async (asked) => {
    if (asked === 4) resolve('sent')
    if (asked === 2) throw new Error('The database is away for a moment.')
  })
  assert.equal(await line.call(record, () => promise), 'sent')
})

test('what is not its own any more does not leave', async () => {
  const line = open(async () => {
    throw new Error('Its turn took too long.')
  })
  let sent = 0
  await assert.rejects(
    line.call(record, async () => ++sent),
    { message: 'Its turn took too long.' },
  )
  assert.equal(sent, 0)
})

test('what only reads claims nothing', async () => {
  const line = open(async () => assert.fail('it was asked'))
  assert.equal(await line.call({ type: 'smtp_account', action: 'retrieved' }, async () => 'read'), 'read')
})
