import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixedToken, renewedTokens } from '../../src/integrations/tokens.ts'

const start = Date.parse('2026-04-01T14:00:00.000Z')
const minute = 60_000

/** A vendor whose tokens are numbered and live for so long, with a clock that is moved by hand. */
function vendor(options: { storedFor?: number; lifetime?: number } = {}) {
  const { storedFor, lifetime = 60 * minute } = options
  let time = start
  let logins = 0
  const saved: string[] = []
  const tokens = renewedTokens({
    now: () => new Date(time),
    stored: storedFor === undefined ? undefined : { token: 'stored', expiresAt: new Date(start + storedFor) },
    login: async () => ({ token: `token-${++logins}`, expiresAt: new Date(time + lifetime) }),
    save: async ({ token }) => void saved.push(token),
  })
  const pass = (ms: number): void => {
    time += ms
  }
  return { tokens, saved, pass, logins: () => logins }
}

test('a fixed token is the same at each call, and there is no other when it is refused', async () => {
  let opened = 0
  const tokens = fixedToken(() => `token-${++opened}`)
  assert.deepEqual([await tokens(), await tokens(), await tokens('token-2')], ['token-1', 'token-2', undefined])
})

for (const [storedFor, expected] of [
  [5 * minute + 1, 'stored'],
  [5 * minute, 'token-1'],
  [0, 'token-1'],
  [-minute, 'token-1'],
  [undefined, 'token-1'],
] as const) {
  const left = storedFor === undefined ? 'nothing stored' : `a stored token that ends in ${storedFor / minute} minutes`
  test(`with ${left} a call uses ${expected}`, async () => {
    const { tokens, saved } = vendor(storedFor === undefined ? {} : { storedFor })
    assert.deepEqual([await tokens(), await tokens(), saved], [expected, expected, expected === 'stored' ? [] : [expected]])
  })
}

test('a token is renewed five minutes before it ends, also in a process that lives for long', async () => {
  const { tokens, pass, saved } = vendor()
  const used = [await tokens()]
  for (const ms of [55 * minute - 1, 1, 54 * minute, minute]) {
    pass(ms)
    used.push(await tokens())
  }
  assert.deepEqual(used, ['token-1', 'token-1', 'token-2', 'token-2', 'token-3'])
  assert.deepEqual(saved, ['token-1', 'token-2', 'token-3'])
})

test('a token that lives for a minute is used for half of it, not asked for at each call', async () => {
  const { tokens, pass, logins } = vendor({ lifetime: minute })
  for (let call = 0; call < 5; call++) await tokens()
  assert.equal(logins(), 1)
  pass(minute / 2)
  assert.equal(await tokens(), 'token-2')
})

test('a token that is dead when it comes is asked for again at the next call only', async () => {
  const { tokens, logins } = vendor({ lifetime: 0 })
  assert.deepEqual([await tokens(), await tokens(), logins()], ['token-1', 'token-2', 2])
})

test('a stored token that is refused is renewed once; the new one is not', async () => {
  const { tokens, saved } = vendor({ storedFor: 60 * minute })
  assert.deepEqual(
    [await tokens(), await tokens('stored'), await tokens(), await tokens('token-1')],
    ['stored', 'token-1', 'token-1', undefined],
  )
  assert.deepEqual(saved, ['token-1'])
})

test('calls that are refused at once share one sign-in, and one that comes late gets its token', async () => {
  const { tokens, logins } = vendor({ storedFor: 60 * minute })
  assert.deepEqual(await Promise.all([tokens('stored'), tokens('stored'), tokens('stored')]), ['token-1', 'token-1', 'token-1'])
  assert.deepEqual([await tokens('stored'), logins()], ['token-1', 1])
})

test('a sign-in that fails is tried again at the next call', async () => {
  let fails = true
  const tokens = renewedTokens({
    now: () => new Date(start),
    stored: undefined,
    login: async () => {
      if (fails) throw new Error('down')
      return { token: 'token', expiresAt: new Date(start + 60 * minute) }
    },
    save: async () => {},
  })
  await assert.rejects(Promise.all([tokens(), tokens()]), { message: 'down' })
  fails = false
  assert.equal(await tokens(), 'token')
})
