import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toNetworkFailure } from '../../src/http/network.ts'

const place = { label: 'SyncroMSP', host: 'acme.example.com', limits: { connect: 1, request: 2 } }

test('a code that nobody knows is unknown, whatever else the error says', () => {
  const known =
    /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|EPROTO|ERR_SSL_|EHOSTUNREACH|ENETUNREACH)/
  const word = fc.oneof(fc.string(), fc.constantFrom('ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'ERR_ABORTED'))
  fc.assert(
    fc.property(
      word,
      fc.string(),
      fc.option(fc.record({ connect: fc.option(fc.integer(), { nil: undefined }) }), { nil: undefined }),
      (code, message, timings) => {
        fc.pre(!known.test(code))
        const error = Object.assign(new Error(message), { code, timings, name: 'RequestError' })
        assert.equal(toNetworkFailure(error, place).outcome, 'unknown')
      },
    ),
  )
})

for (const [what, timings, code, outcome] of [
  ['before the connection', { connect: undefined }, 'EHOSTUNREACH', 'not_sent'],
  ['on a connection', { connect: 1 }, 'EHOSTUNREACH', 'unknown'],
  ['before the connection', { connect: undefined }, 'ENETUNREACH', 'not_sent'],
  ['with nothing known of the connection', undefined, 'ENETUNREACH', 'unknown'],
  ['in the handshake', { connect: 1, secureConnect: undefined }, 'ERR_SSL_WRONG_VERSION_NUMBER', 'not_sent'],
  ['after the handshake', { connect: 1, secureConnect: 2 }, 'ERR_SSL_WRONG_VERSION_NUMBER', 'unknown'],
  ['after the handshake', { connect: 1, secureConnect: 2 }, 'EPROTO', 'unknown'],
  ['with nothing known of the connection', undefined, 'EPROTO', 'unknown'],
] as const) {
  test(`${code} ${what} is ${outcome}`, () => {
    const error = Object.assign(new Error('no'), { code, timings })
    assert.equal(toNetworkFailure(error, place).outcome, outcome)
  })
}

for (const [code, message, hint] of [
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'The certificate of acme.example.com is for another host (ERR_TLS_CERT_ALTNAME_INVALID).',
    'Write the address with the name that is in the certificate.',
  ],
  [
    'CERT_HAS_EXPIRED',
    'The certificate of acme.example.com has expired (CERT_HAS_EXPIRED).',
    'See whether the clock of this machine is right. If it is, who runs that server must renew it.',
  ],
  [
    'CERT_NOT_YET_VALID',
    'The certificate of acme.example.com is not valid yet (CERT_NOT_YET_VALID).',
    'See whether the clock of this machine is right. If it is, who runs that server must renew it.',
  ],
  [
    'SELF_SIGNED_CERT_IN_CHAIN',
    'acme.example.com has no certificate that this machine trusts (SELF_SIGNED_CERT_IN_CHAIN).',
    'If your company has an authority of its own, name its certificate in NODE_EXTRA_CA_CERTS.',
  ],
] as const) {
  test(`of a certificate it is said what is wrong with it: ${code}`, () => {
    const failure = toNetworkFailure(Object.assign(new Error('no'), { code }), place)
    assert.deepEqual([failure.outcome, failure.message, failure.hint], ['not_sent', message, hint])
  })
}

test('something thrown that is no error is unknown', () => {
  for (const thrown of [undefined, null, 'ENOTFOUND', { code: 'ENOTFOUND' }]) {
    const { outcome, message } = toNetworkFailure(thrown, place)
    assert.deepEqual([outcome, message], ['unknown', 'SyncroMSP cut the line (no reason given).'])
  }
})
