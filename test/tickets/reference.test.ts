import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { parseTicketReference } from '../../src/tickets/reference.ts'
import { anyText } from '../support/text.ts'

for (const [typed, expected] of [
  ['T12345', { by: 'number', value: '12345' }],
  ['t12345', { by: 'number', value: '12345' }],
  ['#12345', { by: 'number', value: '12345' }],
  [' 12345 ', { by: 'number', value: '12345' }],
  ['T0042', { by: 'number', value: '42' }],
  ['0', { by: 'number', value: '0' }],
  ['id:108443837', { by: 'id', value: '108443837' }],
  ['syncro:T12345', { integration: 'syncro', by: 'number', value: '12345' }],
  ['Syncro:#12345', { integration: 'syncro', by: 'number', value: '12345' }],
  ['syncro:12345', { integration: 'syncro', by: 'number', value: '12345' }],
  ['syncro:id:108443837', { integration: 'syncro', by: 'id', value: '108443837' }],
  ['https://acme.syncromsp.com/tickets/108443837', { host: 'acme.syncromsp.com', by: 'id', value: '108443837' }],
  ['HTTPS://Acme.SyncroMSP.com/tickets/108443837?tab=1#c', { host: 'acme.syncromsp.com', by: 'id', value: '108443837' }],
  ['http://127.0.0.1:8080/tickets/007/edit', { host: '127.0.0.1:8080', by: 'id', value: '7' }],
] as const) {
  test(`${typed} names a ticket`, () => assert.deepEqual(parseTicketReference(typed), expected))
}

for (const typed of [
  ...['', ' ', 'T', '#', 'T-5', '-5', '1.5', '1e3', '0x10', 'TT5', 'T#5', '5T', '٥', 'printer', 'id:', 'id:T5', 'id:id:5', 't:5'],
  ...['syncro:', 'syncro:nas', ':5', 'a b:5', '12345678901234567890', 'https://', 'https://acme.syncromsp.com/', 'http:5'],
  ...['https://acme.syncromsp.com/tickets/', 'https://acme.syncromsp.com/tickets/5a', 'https://acme.syncromsp.com/?/tickets/5'],
]) {
  test(`"${typed}" does not name a ticket`, () => {
    assert.throws(() => parseTicketReference(typed), { code: 'usage', message: `"${typed.trim()}" does not name a ticket.` })
  })
}

test('whatever is typed is read or refused, and nothing else is thrown', () => {
  const pieces = fc.constantFrom(
    'T',
    '#',
    'id:',
    'syncro:',
    'https://',
    'acme.syncromsp.com',
    '/tickets/',
    '5',
    '0',
    ':',
    '%',
    '@',
    '[',
    ' ',
  )
  const typed = fc.oneof(
    anyText(),
    fc.array(pieces).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(typed, (text) => {
      try {
        const { value, by } = parseTicketReference(text)
        assert.match(value, /^(0|[1-9]\d{0,18})$/)
        assert.ok(by === 'id' || by === 'number')
      } catch (error) {
        if (!(error instanceof MspError)) throw error
        assert.equal(error.code, 'usage')
      }
    }),
    { numRuns: 2000 },
  )
})

test('a number is read the same however it is dressed', () => {
  const dress = fc.constantFrom('', 'T', 't', '#', ' T', 'T000')
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 15n }),
      dress,
      fc.constantFrom(undefined, 'syncro', 'msp-backups'),
      (number, before, integration) => {
        const named = integration === undefined ? {} : { integration }
        const prefix = integration === undefined ? before : `${integration}:${before.trim()}`
        assert.deepEqual(parseTicketReference(`${prefix}${number}`), { ...named, by: 'number', value: String(number) })
      },
    ),
  )
})
