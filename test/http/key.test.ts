import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MspError } from '../../src/errors.ts'
import { HttpFailure } from '../../src/http/failure.ts'
import { clientOf, get, post, startVendor, token } from './vendor.ts'

const unauthorized = { status: 401, body: { error: 'Not authorized' } }
const bearers = (received: Array<{ headers: { authorization?: string | undefined } }>) =>
  received.map(({ headers }) => headers.authorization)

test('a 401 with a key that is bad is a matter of signing in', async (t) => {
  const vendor = await startVendor(t, unauthorized)
  await assert.rejects(clientOf(vendor.url).http.send(get), {
    code: 'sign_in',
    message: 'SyncroMSP refused the key: Not authorized (status 401).',
    hint: 'Connect it again: msp integrate syncro',
  })
})

for (const [needs, permission] of [
  ['Tickets - Edit', 'the permission "Tickets - Edit"'],
  [undefined, 'a permission'],
] as const) {
  test(`a 401 with a key that is good names ${permission}`, async (t) => {
    const vendor = await startVendor(t, unauthorized)
    const request = needs === undefined ? post : { ...post, needs }
    await assert.rejects(clientOf(vendor.url, { isKeyGood: async () => true }).http.send(request), {
      code: 'forbidden',
      outcome: 'refused',
      status: 401,
      message: `SyncroMSP accepts your key, but it lacks ${permission}.`,
      hint: 'Give it that permission, or use another key. Connect it again: msp integrate syncro',
    })
  })
}

test('a token that was refused is renewed once, and the request sent again with the new one', async (t) => {
  const vendor = await startVendor(t, unauthorized, { body: { id: 1 } })
  const asked: unknown[] = []
  const renewing = async (refused?: string) => {
    asked.push(refused)
    return refused === undefined ? token : 'another-token'
  }
  const { http, attempts } = clientOf(vendor.url, { token: renewing })
  assert.deepEqual(await http.send(post), { id: 1 })
  assert.deepEqual(
    [asked, bearers(vendor.received)],
    [
      [undefined, token],
      [`Bearer ${token}`, 'Bearer another-token'],
    ],
  )
  assert.deepEqual(
    attempts.map(({ attempt, status }) => [attempt, status]),
    [
      [0, 'error'],
      [1, 'success'],
    ],
  )
})

test('a new token that is refused too is the end of it', async (t) => {
  const vendor = await startVendor(t, unauthorized)
  const { http } = clientOf(vendor.url, { token: async (refused) => (refused === undefined ? token : `${refused}-more`) })
  await assert.rejects(http.send(get), { code: 'sign_in', status: 401 })
  assert.equal(vendor.received.length, 2)
})

test('without a token a 401 is not asked about: it is the sign-in itself', async (t) => {
  const vendor = await startVendor(t, unauthorized)
  const { http } = clientOf(vendor.url, { token: async () => undefined, isKeyGood: () => assert.fail('asked') })
  await assert.rejects(http.send(post), { code: 'sign_in' })
  assert.deepEqual(bearers(vendor.received), [undefined])
})

for (const request of [get, post]) {
  test(`a sign-in that fails is tried once, and nothing of a ${request.method} has left`, async (t) => {
    const vendor = await startVendor(t)
    let tries = 0
    const { http, attempts } = clientOf(vendor.url, {
      token: async () => {
        tries++
        throw new HttpFailure('vendor', 'The sign-in is down.', { outcome: 'unknown', status: 503, hint: 'Wait.' })
      },
    })
    const failure = {
      name: 'HttpFailure',
      code: 'vendor',
      message: 'The sign-in is down.',
      hint: 'Wait.',
      outcome: 'not_sent',
      status: undefined,
    }
    await assert.rejects(http.send(request), failure)
    assert.deepEqual([tries, vendor.received, attempts], [1, [], []])
  })
}

test('a vault that does not give the key leaves the request unsent, with its own code', async (t) => {
  const { url, received } = await startVendor(t)
  const token = async () => {
    throw new MspError('locked', 'No key.')
  }
  await assert.rejects(clientOf(url, { token }).http.send(post), { code: 'locked', message: 'No key.', outcome: 'not_sent' })
  assert.deepEqual(received, [])
})

for (const status of [301, 302, 303, 307, 308]) {
  for (const request of [get, post]) {
    test(`${request.method} that is redirected with ${status} leaves nothing at the other server`, async (t) => {
      const attacker = await startVendor(t)
      const vendor = await startVendor(t, { status, headers: { location: `${attacker.url}/api/v1/tickets` } })
      const { http } = clientOf(vendor.url)
      await assert.rejects(http.send(request), { code: 'vendor', outcome: 'unknown' })
      assert.deepEqual([vendor.received.length, attacker.received], [1, []])
    })
  }
}
