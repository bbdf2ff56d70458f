import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { checkBaseUrl } from '../../src/http/base-url.ts'
import { anyText } from '../support/text.ts'

const hosts = ['syncromsp.com', 'repairshopr.com']
const check = (typed: string) => checkBaseUrl(typed, 'SyncroMSP', hosts)

for (const [typed, expected] of [
  ['https://acme.syncromsp.com', 'https://acme.syncromsp.com'],
  ['https://acme.syncromsp.com/', 'https://acme.syncromsp.com'],
  ['https://acme.syncromsp.com///', 'https://acme.syncromsp.com'],
  ['https://acme.syncromsp.com/api/v1', 'https://acme.syncromsp.com/api/v1'],
  ['https://acme.syncromsp.com/api/../v2', 'https://acme.syncromsp.com/v2'],
  ['HTTPS://ACME.SyncroMSP.com/API', 'https://acme.syncromsp.com/API'],
  ['https://acme.syncromsp.com:443', 'https://acme.syncromsp.com'],
  ['https://acme.syncromsp.com:8443', 'https://acme.syncromsp.com:8443'],
  ['https://syncromsp.com', 'https://syncromsp.com'],
  ['https://acme.repairshopr.com', 'https://acme.repairshopr.com'],
  ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
  ['http://127.0.0.1:4000/api/v1/', 'http://127.0.0.1:4000/api/v1'],
  ['https://127.0.0.1:4000', 'https://127.0.0.1:4000'],
  ['http://localhost:4000', 'http://localhost:4000'],
  ['http://LocalHost', 'http://localhost'],
  ['http://[::1]:4000', 'http://[::1]:4000'],
] as const) {
  test(`${typed} is taken as ${expected}`, () => assert.equal(check(typed), expected))
}

const odd = 'has characters in it that no address has'
const noUrl = 'is not a URL'
const person = 'has user information in it'
const query = 'has a query or a fragment'
const scheme = 'must begin with https://'
const misleading = 'is written in a misleading way: it leads to'

for (const [typed, what] of [
  ['', noUrl],
  ['acme.syncromsp.com', noUrl],
  ['//acme.syncromsp.com', noUrl],
  ['https:acme.syncromsp.com', noUrl],
  ['https:/acme.syncromsp.com', noUrl],
  ['https://', noUrl],
  ['https://acme.syncromsp.com:99999', noUrl],
  ['https://[::1', noUrl],
  ['javascript:alert(1)', noUrl],
  ['http://acme.syncromsp.com', scheme],
  ['ftp://acme.syncromsp.com', scheme],
  ['file:///etc/passwd', scheme],
  ['wss://acme.syncromsp.com', scheme],
  ['http://192.168.1.10', scheme],
  ['http://[::]', scheme],
  ['https://mike@acme.syncromsp.com', person],
  ['https://mike:secret@acme.syncromsp.com', person],
  ['https://@acme.syncromsp.com', person],
  ['https://acme.syncromsp.com@evil.com', person],
  ['https://acme.syncromsp.com:443@evil.com/', person],
  ['http://127.0.0.1@evil.com', person],
  ['https://acme.syncromsp.com?x=1', query],
  ['https://acme.syncromsp.com/?', query],
  ['https://acme.syncromsp.com/#', query],
  ['https://acme.syncromsp.com/api#v1', query],
  ['https://evil.com?.syncromsp.com', query],
  ['https://evil.com#.syncromsp.com', query],
  ['http://2130706433', `${misleading} 127.0.0.1`],
  ['http://0x7f.1', `${misleading} 127.0.0.1`],
  ['http://127.1', `${misleading} 127.0.0.1`],
  ['http://0177.0.0.1', `${misleading} 127.0.0.1`],
  ['http://127.0.0.1.', `${misleading} 127.0.0.1`],
  ['http://[0:0:0:0:0:0:0:1]', `${misleading} [::1]`],
  ['https://acme%2esyncromsp.com', `${misleading} acme.syncromsp.com`],
  ['https:///acme.syncromsp.com', `${misleading} acme.syncromsp.com`],
  ['https://１２７.0.0.1', odd],
  ['https://acme。syncromsp.com', odd],
  ['https://ácme.syncromsp.com', odd],
  ['https://acme.syncromsp.com\t', odd],
  ['https://ac\nme.syncromsp.com', odd],
  [' https://acme.syncromsp.com', odd],
  ['https://acme.syncromsp.com/ ', odd],
  ['https://acme.syncromsp.com/\u0001', odd],
  ['https:\\\\acme.syncromsp.com', odd],
  ['https://evil.com\\.syncromsp.com', odd],
  ['https://evil.com/\\acme.syncromsp.com', odd],
  [`https://acme.syncromsp.com/${'a'.repeat(400)}`, 'is too long'],
  ['https://evil.com', 'leads to evil.com, which is not SyncroMSP'],
  ['https://evilsyncromsp.com', 'leads to evilsyncromsp.com, which is not SyncroMSP'],
  ['https://acme.syncromsp.com.evil.com', 'leads to acme.syncromsp.com.evil.com, which is not SyncroMSP'],
  ['https://evil.com/acme.syncromsp.com', 'leads to evil.com, which is not SyncroMSP'],
  ['https://acme.syncromsp.com.', 'leads to acme.syncromsp.com., which is not SyncroMSP'],
  ['https://.syncromsp.com', 'leads to .syncromsp.com, which is not SyncroMSP'],
  ['https://acme..syncromsp.com', 'leads to acme..syncromsp.com, which is not SyncroMSP'],
  ['https://-acme.syncromsp.com', 'leads to -acme.syncromsp.com, which is not SyncroMSP'],
  ["https://a'b.syncromsp.com", "leads to a'b.syncromsp.com, which is not SyncroMSP"],
  ['https://localhost.syncromsp.net', 'leads to localhost.syncromsp.net, which is not SyncroMSP'],
  ['https://169.254.169.254', 'leads to 169.254.169.254, which is not SyncroMSP'],
  ['https://0.0.0.0', 'leads to 0.0.0.0, which is not SyncroMSP'],
  ['https://[::ffff:7f00:1]', 'leads to [::ffff:7f00:1], which is not SyncroMSP'],
  ['https://[fe80::1]', 'leads to [fe80::1], which is not SyncroMSP'],
] as const) {
  test(`${JSON.stringify(typed).slice(0, 60)} is refused: it ${what}`, () =>
    assert.throws(() => check(typed), { name: 'MspError', code: 'usage', message: `The address for SyncroMSP ${what}.` }))
}

const piece = fc.oneof(
  anyText(),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.constantFrom(
    'https://',
    'http://',
    'acme',
    '.syncromsp.com',
    '127.0.0.1',
    '127.0.1.1',
    '[::1]',
    '@',
    ':',
    '/',
    '?',
    '#',
    '\\',
    '%2e',
    '..',
    ':8443',
  ),
)

test('whatever is typed, it is refused with a sentence or leads to the vendor or this machine', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      let checked: string
      try {
        checked = check(pieces.join(''))
      } catch (error) {
        assert.ok(error instanceof MspError && error.code === 'usage', String(error))
        return
      }
      assert.match(
        checked,
        /^(https:\/\/([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*(syncromsp|repairshopr)\.com|https?:\/\/(127\.[0-9.]+|localhost|\[::1\]))(:\d+)?(\/[!->@-~]*)?$/,
      )
      assert.equal(check(checked), checked)
    }),
    { numRuns: 2000 },
  )
})
