import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { inspect } from 'node:util'
import { HttpFailure } from '../../src/http/failure.ts'
import { type LineFault, startFaultProxy } from '../support/fault-proxy.ts'
import { selfSigned } from './certificate.ts'
import { clientOf, listen, post, startVendor, token } from './vendor.ts'

type Place = (t: TestContext) => Promise<string>

const behind =
  (scheme: 'http' | 'https', fault: LineFault): Place =>
  async (t) =>
    `${scheme}://127.0.0.1:${(await startFaultProxy(t, fault)).port}`

const vendorBehind =
  (fault: LineFault, reply = {}): Place =>
  async (t) =>
    `http://127.0.0.1:${(await startFaultProxy(t, fault, (await startVendor(t, reply)).port)).port}`

const secureVendor =
  (options: ServerOptions): Place =>
  async (t) =>
    `https://127.0.0.1:${
      (
        await listen(
          t,
          createServer({ ...selfSigned, ...options }, (_, response) => response.end('{}')),
        )
      ).port
    }`

const says = (text: string): Place => behind('http', { kind: 'say', text })
const cut = 'SyncroMSP cut the line (ECONNRESET).'
const unreachable = 'SyncroMSP could not be reached (EPROTO).'
const notHttps = 'SyncroMSP could not be reached: what answers at 127.0.0.1 does not speak https.'
const tooLate = 'SyncroMSP did not answer within 0.4 s.'
const tooSlow = 'SyncroMSP could not be reached within 0.2 s.'

/** Takes TLS connections and ends each at its first byte. */
const closesAfterHandshake: Place = async (t) => {
  const server = createTlsServer(selfSigned as TlsOptions, (socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Own certificates are trusted for the rest of the test: what comes after a handshake shows only after one. */
const trusted =
  (place: Place): Place =>
  (t) => {
    setDefaultCACertificates([selfSigned.cert])
    t.after(() => setDefaultCACertificates([]))
    return place(t)
  }

const situations: Array<[name: string, place: Place, outcome: HttpFailure['outcome'], message: string]> = [
  ['a port where nobody listens', behind('http', { kind: 'refuse' }), 'not_sent', 'SyncroMSP could not be reached (ECONNREFUSED).'],
  [
    'a certificate that nobody signed',
    secureVendor({}),
    'not_sent',
    '127.0.0.1 has no certificate that this machine trusts (DEPTH_ZERO_SELF_SIGNED_CERT).',
  ],
  [
    'a certificate that is for another host',
    // the same host by another name
    trusted(async (t) => (await secureVendor({})(t)).replace('127.0.0.1', '[::ffff:127.0.0.1]')),
    'not_sent',
    'The certificate of [::ffff:7f00:1] is for another host (ERR_TLS_CERT_ALTNAME_INVALID).',
  ],
  ['https to a port that speaks http', async (t) => (await startVendor(t)).url.replace('http', 'https'), 'not_sent', notHttps],
  ['https to a port that speaks something else', behind('https', { kind: 'say', text: 'SSH-2.0-OpenSSH_9.2\r\n' }), 'not_sent', notHttps],
  [
    'a TLS handshake that wants a certificate of ours',
    trusted(secureVendor({ requestCert: true, maxVersion: 'TLSv1.2' })),
    'not_sent',
    unreachable,
  ],
  ['a TLS handshake that is cut', behind('https', { kind: 'close', when: 'asked' }), 'unknown', cut],
  ['a TLS handshake that is reset', behind('https', { kind: 'reset', when: 'asked' }), 'unknown', cut],
  ['a TLS handshake that never ends', behind('https', { kind: 'blackhole' }), 'not_sent', tooSlow],
  [
    'a certificate of ours that is missed only after the handshake',
    trusted(secureVendor({ requestCert: true })),
    'unknown',
    'SyncroMSP cut the line (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED).',
  ],
  ['a TLS connection that ends after the handshake', trusted(closesAfterHandshake), 'unknown', cut],
  ['a connection that is closed at once', behind('http', { kind: 'close', when: 'connected' }), 'unknown', cut],
  ['a connection that is closed after the request', behind('http', { kind: 'close', when: 'asked' }), 'unknown', cut],
  ['a connection that is reset at once', behind('http', { kind: 'reset', when: 'connected' }), 'unknown', cut],
  ['a connection that is reset after the request', behind('http', { kind: 'reset', when: 'asked' }), 'unknown', cut],
  ['no answer', behind('http', { kind: 'blackhole' }), 'unknown', tooLate],
  ['an answer that comes too late', vendorBehind({ kind: 'latency', ms: 500 }), 'unknown', tooLate],
  ['an answer that drips', vendorBehind({ kind: 'drip', bytes: 1, everyMs: 10 }), 'unknown', tooLate],
  ['an answer that is cut in its head', vendorBehind({ kind: 'cut', after: 20 }), 'unknown', cut],
  [
    'a 200 that is cut in its body',
    vendorBehind({ kind: 'cut', after: 500 }, { headers: { 'content-length': '900' }, body: 'x'.repeat(900) }),
    'unknown',
    'SyncroMSP cut the line (ERR_HTTP_CONTENT_LENGTH_MISMATCH).',
  ],
  ['a 200 in chunks that is cut', says('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"ok'), 'unknown', cut],
  ['something that is not HTTP', says('hello\r\n'), 'unknown', 'SyncroMSP gave an answer that cannot be read (HPE_INVALID_CONSTANT).'],
  [
    'a head that does not end',
    says(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`),
    'unknown',
    'SyncroMSP gave an answer that cannot be read (HPE_HEADER_OVERFLOW).',
  ],
  [
    'an answer that cannot be unpacked',
    says('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n{}'),
    'unknown',
    'SyncroMSP gave an answer that cannot be read (ERR_READING_RESPONSE_STREAM).',
  ],
]

for (const [name, place, outcome, message] of situations) {
  test(`${name}: ${outcome === 'not_sent' ? 'not sent' : outcome}, and no secret in the error`, async (t) => {
    const { http, attempts } = clientOf(await place(t), {
      limits: { request: / within /.test(message) ? 400 : 5000, list: 1, interactive: 1 },
    })
    const failure: unknown = await http.send(post).catch((error) => error)
    assert.ok(failure instanceof HttpFailure, inspect(failure))
    const said = failure.message.replace(/(127\.0\.0\.1|\]):\d+/, '$1')
    assert.deepEqual([failure.code, failure.outcome, said, attempts.length], ['network', outcome, message, 1])
    assertNoSecret(failure)
    assertNoSecret(attempts.map(({ status, error }) => [status, error]))
  })
}

function assertNoSecret(value: unknown): void {
  const shown = [inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value), String(value)]
  if (value instanceof Error) shown.push(String(value.stack), inspect(value.cause, { depth: 20 }))
  for (const text of shown) assert.doesNotMatch(text, /nobody-may-see/)
}

test('a server whose certificate is not trusted gets nothing of the request', async (t) => {
  const seen: string[] = []
  const server = createServer(selfSigned, () => seen.push('a request'))
  server.on('secureConnection', (socket) => socket.on('data', (chunk) => seen.push(String(chunk))))
  const { port } = await listen(t, server)
  await assert.rejects(clientOf(`https://127.0.0.1:${port}`).http.send(post), { outcome: 'not_sent' })
  assert.deepEqual(seen, [])
})

test('what is sent over a line that works arrives once, token and body', async (t) => {
  const vendor = await startVendor(t)
  const { port, connections, received } = await startFaultProxy(t, { kind: 'none' }, vendor.port)
  assert.deepEqual(await clientOf(`http://127.0.0.1:${port}`).http.send(post), { ok: true })
  assert.deepEqual([connections(), received().match(/nobody-may-see/g)?.length], [1, 2])
  assert.equal(vendor.received[0]?.headers.authorization, `Bearer ${token}`)
})

test('a name that is not found: not sent', async () => {
  // how long that takes is up to the machine's own resolver
  const { http } = clientOf('https://acme.invalid')
  await assert.rejects(http.send(post), { code: 'network', outcome: 'not_sent', message: /^SyncroMSP could not be reached/ })
})
