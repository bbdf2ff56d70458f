import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpFailure } from '../../src/http/failure.ts'
import { clientOf, get, post, type Reply, startVendor, token } from './vendor.ts'

const repair = 'Connect it again: msp integrate syncro'
const address = 'Check the address: msp integrate list'
const redirect = 'SyncroMSP answered with a redirect to another address, which msp does not follow.'
const record = 'See what was asked: msp record list'
const trouble = 'The trouble is at SyncroMSP. Try again in a few minutes.'
const gone = 'It may have been deleted there, or your key may not see it.'
const reason = { error: 'That cannot\n be.' }

type Expected = [code: string, outcome: HttpFailure['outcome'], message: string, hint?: string]

const refusals: Array<[name: string, reply: Reply & object, expected: Expected]> = [
  ['301', { status: 301, headers: { location: '/x' } }, ['vendor', 'unknown', redirect, address]],
  ['303', { status: 303, headers: { location: '/x' } }, ['vendor', 'unknown', redirect, address]],
  ['307', { status: 307, headers: { location: '/x' } }, ['vendor', 'unknown', redirect, address]],
  ['400', { status: 400, body: reason }, ['vendor', 'refused', 'SyncroMSP refused: That cannot be (status 400).', record]],
  ['401', { status: 401, body: reason }, ['sign_in', 'refused', 'SyncroMSP refused the key: That cannot be (status 401).', repair]],
  [
    '403',
    { status: 403, body: {} },
    ['forbidden', 'refused', 'SyncroMSP does not allow this: status 403.', 'It needs the permission "Tickets - Edit".'],
  ],
  ['404', { status: 404, body: '<h1>Not found</h1>' }, ['not_found', 'refused', 'SyncroMSP has no such thing: status 404.', gone]],
  ['408', { status: 408 }, ['vendor', 'unknown', 'SyncroMSP refused: status 408.', record]],
  ['409', { status: 409 }, ['vendor', 'unknown', 'SyncroMSP refused: status 409.', record]],
  ['413', { status: 413 }, ['vendor', 'refused', 'SyncroMSP refused: status 413.', record]],
  ['422 with an empty reason', { status: 422, body: { error: ' ' } }, ['vendor', 'refused', 'SyncroMSP refused: status 422.', record]],
  ['425', { status: 425 }, ['vendor', 'not_sent', 'SyncroMSP refused: status 425.', record]],
  ['429', { status: 429 }, ['rate_limited', 'not_sent', 'SyncroMSP asks for a pause: too many calls.', 'Try again in a moment.']],
  [
    '429 with a time',
    { status: 429, headers: { 'retry-after': '1800' } },
    ['rate_limited', 'not_sent', 'SyncroMSP asks for a pause: too many calls.', 'Try again in 30 minutes.'],
  ],
  ['500', { status: 500, body: '<h1>Oops</h1>' }, ['vendor', 'unknown', 'SyncroMSP refused: status 500.', trouble]],
  ['502', { status: 502 }, ['vendor', 'unknown', 'SyncroMSP refused: status 502.', trouble]],
  [
    '503 with a time',
    { status: 503, headers: { 'retry-after': '5' } },
    ['vendor', 'unknown', 'SyncroMSP asks for a pause: status 503.', 'Try again in 5 s.'],
  ],
  [
    '503 for longer than msp waits',
    { status: 503, headers: { 'retry-after': '99999' } },
    ['vendor', 'unknown', 'SyncroMSP asks for a pause: status 503.', 'Try again in 60 minutes.'],
  ],
  ['503 without a time', { status: 503 }, ['vendor', 'unknown', 'SyncroMSP refused: status 503.', trouble]],
  ['504', { status: 504 }, ['vendor', 'unknown', 'SyncroMSP refused: status 504.', trouble]],
]

for (const [name, reply, [code, outcome, message, hint]] of refusals) {
  test(`${name} for a write: ${outcome}`, async (t) => {
    const vendor = await startVendor(t, reply)
    const failure: HttpFailure = await clientOf(vendor.url)
      .http.send({ ...post, needs: 'Tickets - Edit' })
      .then(assert.fail as never, (error) => error)
    assert.deepEqual([failure.code, failure.outcome, failure.message, failure.hint], [code, outcome, message, hint])
    assert.equal(vendor.received.length, 1)
  })
}

for (const [what, reply] of [
  ['nothing', { body: '' }],
  ['nothing', { body: ' \n' }],
  ['nothing', { status: 204, body: '' }],
  ['a web page', { headers: { 'content-type': 'text/html' }, body: '\n<!DOCTYPE html><title>Sign in</title>' }],
  ['broken JSON', { body: '{"tickets":[{"id":1' }],
  ['broken JSON', { body: 'OK' }],
  ['broken JSON', { body: "{'id': 1}" }],
] as const) {
  test(`a success that brings ${what} (${JSON.stringify(reply.body)}) is unknown, and nothing of it is shown`, async (t) => {
    const vendor = await startVendor(t, reply)
    const host = new URL(vendor.url).host
    await assert.rejects(clientOf(vendor.url).http.send(post), {
      name: 'HttpFailure',
      code: 'vendor',
      outcome: 'unknown',
      message: `SyncroMSP answered with ${what} instead of data.`,
      hint: `If it happens again, check that ${host} is the right address: msp integrate list`,
    })
  })
}

for (const [body, expected] of [
  ['\ufeff{"ok":true}', { ok: true }],
  ['null', null],
  ['[]', []],
  ['"text"', 'text'],
  ['{"__proto__":{"polluted":true}}', JSON.parse('{"__proto__":{"polluted":true}}')],
] as const) {
  test(`${JSON.stringify(body)} is data, whatever the status below 300 and the content type`, async (t) => {
    const vendor = await startVendor(t, { status: 201, headers: { 'content-type': 'text/plain' }, body })
    assert.deepEqual(await clientOf(vendor.url).http.send(get), expected)
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  })
}

test('a reason that repeats the key or the password is shown without it', async (t) => {
  const echo = `Bearer ${token} and hunter2-hunter2 are wrong, token=${token}`
  const { http, attempts } = clientOf((await startVendor(t, { status: 422, body: { error: echo } })).url)
  const message = 'SyncroMSP refused: Bearer [hidden] and [hidden] are wrong, token=[hidden] (status 422).'
  await assert.rejects(http.send({ ...post, secrets: ['hunter2-hunter2'] }), { message })
  assert.deepEqual(
    attempts.map(({ error }) => error),
    [message],
  )
})

test('a secret that a vendor repeats where its reason is cut leaves nothing of itself', async (t) => {
  const secret = 'https://tunnel.example.com/4711-0815-secret/report.pdf'
  const vendor = await startVendor(t, { status: 422, body: { error: `${'x'.repeat(20)}${secret}` } })
  const reasonOf = (answer: unknown) => String((answer as { error?: string }).error).slice(0, 50)
  const { http } = clientOf(vendor.url, { reasonOf })
  await assert.rejects(http.send({ ...post, secrets: [secret] }), { message: `SyncroMSP refused: ${'x'.repeat(20)}[hidden] (status 422).` })
})
