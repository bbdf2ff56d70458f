import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { createGzip } from 'node:zlib'
import { clientOf, get, post, startVendor } from './vendor.ts'

const megabyte = ' '.repeat(1024 ** 2)
const spaces = (count: number) =>
  Readable.from(
    (function* () {
      for (let sent = 0; sent < count; sent++) yield megabyte
    })(),
  )
const tooLong = {
  name: 'HttpFailure',
  code: 'vendor',
  outcome: 'unknown',
  message: 'SyncroMSP answered with more than 64 MB; msp stopped reading.',
}

const endless = (response: ServerResponse) => void spaces(Number.POSITIVE_INFINITY).pipe(response)
const list = { begin: () => {}, take: () => {} }

for (const [name, reply, request] of [
  ['is endless', endless, get],
  ['is endless, of a write,', endless, post],
  ['is endless and no list, where a list was asked for,', endless, { ...get, list }],
  [
    'is small and unpacks to a gigabyte',
    (response: ServerResponse) => void spaces(1024).pipe(createGzip()).pipe(response.setHeader('content-encoding', 'gzip')),
    get,
  ],
] as const) {
  test(`an answer that ${name} is not read to its end, and not a second time`, async (t) => {
    const vendor = await startVendor(t, reply)
    const { http, attempts } = clientOf(vendor.url, { limits: { request: 20_000, list: 20_000, interactive: 1 } })
    await assert.rejects(http.send(request), tooLong)
    assert.deepEqual(
      attempts.map(({ status, error }) => [status, error]),
      [['error', tooLong.message]],
    )
  })
}

test('an answer of ten megabytes is read', async (t) => {
  const vendor = await startVendor(
    t,
    (response) =>
      void spaces(10)
        .pipe(createGzip())
        .on('end', () => {})
        .pipe(response.setHeader('content-encoding', 'gzip')),
  )
  await assert.rejects(clientOf(vendor.url, { limits: { request: 20_000, list: 20_000, interactive: 1 } }).http.send(get), {
    message: 'SyncroMSP answered with nothing instead of data.',
  })
})
