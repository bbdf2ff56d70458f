import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { syncro as integration } from '../../src/integrations/syncro/index.ts'
import { anyText } from '../support/text.ts'

for (const [typed, baseUrl] of [
  ['acme', 'https://acme.syncromsp.com/api/v1'],
  ['  ACME ', 'https://acme.syncromsp.com/api/v1'],
  ['acme-2', 'https://acme-2.syncromsp.com/api/v1'],
  ['acme.syncromsp.com', 'https://acme.syncromsp.com/api/v1'],
  ['Acme.SyncroMSP.com/tickets/1', 'https://acme.syncromsp.com/api/v1'],
  ['https://acme.syncromsp.com', 'https://acme.syncromsp.com/api/v1'],
  ['https://acme.syncromsp.com/tickets/108443837?view=1#x', 'https://acme.syncromsp.com/api/v1'],
  ['https://acme.syncromsp.com/api/v1', 'https://acme.syncromsp.com/api/v1'],
  ['http://acme.syncromsp.com', 'https://acme.syncromsp.com/api/v1'],
  ['acme.shield.syncromsp.com', 'https://acme.syncromsp.com/api/v1'],
  ['https://acme.shield.syncromsp.com/', 'https://acme.syncromsp.com/api/v1'],
  ['acme.repairshopr.com', 'https://acme.repairshopr.com/api/v1'],
] as const) {
  test(`"${typed}" is ${baseUrl}`, () => assert.equal(integration.baseUrl(typed), baseUrl))
}

for (const [typed, message] of [
  [undefined, 'SyncroMSP needs your subdomain.'],
  ['  ', 'SyncroMSP needs your subdomain.'],
  ['https://acme.example.com', '"https://acme.example.com" is the address of another site.'],
  ['acme.example.com', '"acme.example.com" is the address of another site.'],
  ['acme.syncromsp.com.evil.com', '"acme.syncromsp.com.evil.com" is the address of another site.'],
  ['evilsyncromsp.com', '"evilsyncromsp.com" is the address of another site.'],
  ['https://evil.com/acme.syncromsp.com', '"https://evil.com/acme.syncromsp.com" is the address of another site.'],
  ['https://2130706433/', '"https://2130706433/" is the address of another site.'],
  ['syncromsp.com', '"syncromsp.com" has no subdomain.'],
  ['shield.syncromsp.com', '"shield.syncromsp.com" has no subdomain.'],
  ['acme/evil', '"acme/evil" is not a subdomain: those are letters, digits and hyphens.'],
  ['//acme.syncromsp.com', '"//acme.syncromsp.com" is not a subdomain: those are letters, digits and hyphens.'],
  ['acme?x', '"acme?x" is not a subdomain: those are letters, digits and hyphens.'],
  ['https://acme.syncromsp.com@evil.com', 'The address has user information in it.'],
  ['https://mike:secret@acme.syncromsp.com', 'The address has user information in it.'],
  ['acme.syncromsp.com:8443', '"acme.syncromsp.com:8443" has a port in it.'],
  ['ftp://acme.syncromsp.com', '"ftp://acme.syncromsp.com" does not begin with https://.'],
  ['https://evil.com\\.syncromsp.com', '"https://evil.com\\.syncromsp.com" has characters in it that no address has.'],
  ['https://acme\t.syncromsp.com', '"https://acme\t.syncromsp.com" has characters in it that no address has.'],
  ['https://ａcme.syncromsp.com', '"https://ａcme.syncromsp.com" has characters in it that no address has.'],
  ['a.b.syncromsp.com', '"a.b" is not a subdomain: those are letters, digits and hyphens.'],
  ['https://.syncromsp.com', '"" is not a subdomain: those are letters, digits and hyphens.'],
  ['-acme', '"-acme" is not a subdomain: those are letters, digits and hyphens.'],
  ['acme_1', '"acme_1" is not a subdomain: those are letters, digits and hyphens.'],
  ['ácme', '"ácme" is not a subdomain: those are letters, digits and hyphens.'],
  ['\u212aelvin', '"\u212aelvin" is not a subdomain: those are letters, digits and hyphens.'],
  ['my acme', '"my acme" is not a subdomain: those are letters, digits and hyphens.'],
  ['a'.repeat(64), `"${'a'.repeat(64)}" is not a subdomain: those are letters, digits and hyphens.`],
] as const) {
  test(`${JSON.stringify(typed)} is refused`, () => assert.throws(() => integration.baseUrl(typed), { code: 'usage', message }))
}

for (const [root, base] of [
  ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/api/v1'],
  ['https://acme.syncromsp.com/api/v1', 'https://acme.syncromsp.com/api/v1'],
] as const) {
  test(`--api-url ${root} is ${base}`, () => assert.equal(integration.fromApiUrl(root), base))
}

test('whatever is typed leads to one name below a host of Syncro, or is refused with a sentence', () => {
  const part = fc.constantFrom(
    'acme',
    '.',
    'syncromsp.com',
    'repairshopr.com',
    'shield',
    'https://',
    '@',
    ':443',
    '/',
    '?',
    '\\',
    'evil.com',
    '..',
  )
  const typed = fc.oneof(
    anyText(),
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.webUrl(),
  )
  fc.assert(
    fc.property(typed, (text) => {
      try {
        assert.match(String(integration.baseUrl(text)), /^https:\/\/[a-z0-9-]{1,63}\.(syncromsp|repairshopr)\.com\/api\/v1$/)
      } catch (error) {
        if (!(error instanceof MspError)) throw error
      }
    }),
  )
})
