import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import * as map from '../../src/integrations/syncro/map.ts'
import { reasonOf } from '../../src/integrations/syncro/reason.ts'

for (const [status, state] of [
  ['New', 'open'],
  ['new', 'open'],
  ['Scheduled', 'open'],
  ['Customer Reply', 'open'],
  ['In Progress', 'in_progress'],
  [' in progress ', 'in_progress'],
  ['Waiting for Parts', 'in_progress'],
  ['Waiting on Customer', 'in_progress'],
  ['Waiting for the vendor', 'in_progress'],
  ['Resolved', 'resolved'],
  ['Invoiced', 'closed'],
  ['Closed', 'closed'],
  ['Closed - No Response', 'open'],
  ['Not Resolved', 'open'],
  ['constructor', 'open'],
  ['', 'open'],
] as const) {
  test(`the status "${status}" is ${state}`, () => assert.equal(map.toState(status), state))
}

for (const [priority, urgency] of [
  ['0 Urgent', 'critical'],
  ['1 High', 'high'],
  ['2 Normal', 'medium'],
  ['3 Low', 'low'],
  ['urgent', 'critical'],
  ['High', 'high'],
  ['Low', 'low'],
  ['', null],
  ['Sev 1', null],
] as const) {
  test(`the priority "${priority}" is ${urgency}`, () => assert.equal(map.toUrgency(priority), urgency))
}

const secret = 'hunter2'
for (const [answer, reason] of [
  [{ error: 'Customer required field' }, 'Customer required field'],
  [{ error: ['Vendor is blank', 'Sku is blank'] }, 'Vendor is blank; Sku is blank'],
  [{ message: 'Not found' }, 'Not found'],
  [{ errors: "Name can't be blank", params: { name: secret }, status: 422 }, "Name can't be blank"],
  [{ errors: ['billable must be true or false'] }, 'billable must be true or false'],
  [{ errors: { mute_for: ['is not included in the list'] } }, 'mute_for is not included in the list'],
  [
    { success: false, message: ["Body can't be blank", "Subject can't be blank"], params: { body: secret } },
    "Body can't be blank; Subject can't be blank",
  ],
  [{ success: false, message: 'Nothing was saved' }, 'Nothing was saved'],
  [{ success: false, errors: ['End is before start'], params: { a: secret } }, 'End is before start'],
  [{ success: false, error: 'Summary is blank', message: 'Summary is blank', params: { a: secret } }, 'Summary is blank'],
  [{ success: false, errors: { appointments: { summary: ["can't be blank"] } } }, "appointments summary can't be blank"],
  [{ date: ["can't be blank"] }, "date can't be blank"],
  [
    { date: ["can't be blank"], number: ['is taken', 'is odd'], params: { a: secret } },
    "date can't be blank; number is taken; number is odd",
  ],
  [{ record: { password: secret }, errors: 'Email is taken' }, 'Email is taken'],
  [{ errors: { record: { password: [secret] }, email: ['is taken'] } }, 'email is taken'],
  [{ error: 'x'.repeat(400) }, `${'x'.repeat(299)}…`],
  [{ success: false }, undefined],
  [{ record: { password: secret } }, undefined],
  [{ params: [secret] }, undefined],
  [{ ticket: { subject: secret } }, undefined],
  [{ error: '' }, undefined],
  ['<html>', undefined],
  [null, undefined],
  [[secret], undefined],
] as const) {
  test(`the reason in ${JSON.stringify(answer)?.slice(0, 100)}`, () => assert.equal(reasonOf(answer), reason))
}

const row = {
  id: 1,
  number: 5028,
  subject: 'Printer offline',
  status: 'In Progress',
  priority: '1 High',
  customer_id: 7,
  customer_business_then_name: 'Acme Dental',
  created_at: '2026-04-01T14:02:11.883Z',
  updated_at: '2026-04-01T15:20:00.120Z',
}

test('a ticket has our words beside the tenant’s own', () => {
  assert.deepEqual(map.toTickets({ tickets: [row], meta: { total_pages: '3', page: 1 } }, 'https://acme.syncromsp.com/api/v1'), {
    rows: [
      {
        integration: 'syncro',
        id: '1',
        number: '5028',
        subject: 'Printer offline',
        status: 'In Progress',
        priority: '1 High',
        state: 'in_progress',
        urgency: 'high',
        vendorClientId: '7',
        client: 'Acme Dental',
        url: 'https://acme.syncromsp.com/tickets/1',
        createdAt: new Date('2026-04-01T14:02:11.883Z'),
        updatedAt: new Date('2026-04-01T15:20:00.120Z'),
      },
    ],
    page: 1,
    totalPages: 3,
  })
})

for (const [what, more, expected] of [
  ['nobody’s, without a comment', { user_id: null, comments: [] }, {}],
  ['whose comment is empty', { comments: [{ id: 1, body: null }] }, {}],
  [
    'with its technician and its first comment',
    { user_id: 1735, comments: [{ body: 'Offline since six.' }, { body: 'Later.' }] },
    { assigneeId: '1735', description: 'Offline since six.' },
  ],
  ['with a long comment', { comments: [{ body: 'x'.repeat(9000) }] }, { description: 'x'.repeat(4000) }],
] as const) {
  test(`a row of the list ${what}`, () => {
    const [plain] = map.toTickets({ tickets: [row] }, '').rows
    assert.deepEqual(map.toTickets({ tickets: [{ ...row, ...more }] }, '').rows, [{ ...plain, ...expected }])
  })
}

for (const [given, instant] of [
  ['2026-04-01T14:02:11.883Z', '2026-04-01T14:02:11.883Z'],
  ['2026-04-01T14:02:11-07:00', '2026-04-01T21:02:11.000Z'],
  ['2026-04-01T14:02:11-0700', '2026-04-01T21:02:11.000Z'],
  ['2026-04-01 14:02:11 -0700', '2026-04-01T21:02:11.000Z'],
  ['2026-04-01 14:02:11 UTC', '2026-04-01T14:02:11.000Z'],
  ['2026-04-01T14:02Z', '2026-04-01T14:02:00.000Z'],
] as const) {
  test(`the time ${given}`, () => {
    assert.equal(map.toTickets({ tickets: [{ ...row, updated_at: given }] }, '').rows[0]?.updatedAt.toISOString(), instant)
  })
}

for (const [what, change, fields] of [
  ['a time without an offset', { updated_at: '2026-04-01T14:02:11' }, 'tickets.0.updated_at'],
  ['an impossible time', { updated_at: '2026-99-01T14:02:11Z' }, 'tickets.0.updated_at'],
  ['an id that is a path', { id: '../me' }, 'tickets.0.id'],
  ['an id that is a fraction', { id: 1.5 }, 'tickets.0.id'],
  ['a status that is a number', { status: 3, subject: [] }, 'tickets.0.subject, tickets.0.status'],
  [
    'no id at all',
    { id: null, number: null, customer_id: null, created_at: null },
    'tickets.0.id, tickets.0.number, tickets.0.customer_id and 1 more',
  ],
] as const) {
  test(`${what} is refused by the name of its field`, () => {
    assert.throws(() => map.toTickets({ tickets: [{ ...row, ...change }] }, ''), {
      code: 'vendor',
      message: `SyncroMSP sent tickets that msp cannot read: ${fields}.`,
    })
  })
}

test('a list that is missing is refused, not empty', () => {
  assert.throws(() => map.toTickets({ message: 'ok' }, ''), {
    code: 'vendor',
    message: 'SyncroMSP sent tickets that msp cannot read: tickets.',
  })
  assert.throws(() => map.toTickets(null, ''), {
    code: 'vendor',
    message: 'SyncroMSP sent tickets that msp cannot read: the whole answer.',
  })
})

test('a comment of the client has no author, whoever its tech names, and one that does not say hidden is public', () => {
  const comment = { id: 2, created_at: '2026-04-01T14:02:11Z', subject: 'Customer Reply', body: 'Thanks', tech: 'Mike', hidden: null }
  const expected = {
    id: '2',
    createdAt: new Date('2026-04-01T14:02:11Z'),
    author: null,
    subject: 'Customer Reply',
    body: 'Thanks',
    visibility: 'public',
  }
  assert.deepEqual(map.toComments({ comments: [comment] }).rows, [expected])
})

const readers: Record<string, (answer: unknown) => unknown> = {
  toTickets: (answer) => map.toTickets(answer, ''),
  toTicketDetail: (answer) => map.toTicketDetail(answer, ''),
  toComments: map.toComments,
  toTimers: map.toTimers,
  toTimersOfTicket: map.toTimersOfTicket,
  toClients: map.toClients,
  toClient: map.toClient,
  toProducts: map.toProducts,
  toStatuses: map.toStatuses,
  toIdentity: map.toIdentity,
  toWrittenId: (answer) => map.toWrittenId('it', 'comment', answer),
  toCommentRecord: map.toCommentRecord,
  toTimeRecord: map.toTimeRecord,
  reasonOf,
}

/** JSON that is near to what the vendor sends. */
const names = [
  'tickets',
  'ticket',
  'comments',
  'comment',
  'ticket_timers',
  'customers',
  'customer',
  'products',
  'meta',
  'errors',
  'message',
  ...Object.keys(row),
]
const likely = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    fc.constantFrom('1', 1, '2026-04-01T14:02:11Z', true, null),
    fc.array(tie('object'), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 8 }),
}))

for (const [name, read] of Object.entries(readers)) {
  test(`${name}: whatever comes, it is read or refused with a sentence that repeats none of it`, () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), likely.object), (answer) => {
        try {
          read(answer)
        } catch (error) {
          if (!(error instanceof MspError)) throw error
        }
      }),
      { numRuns: 200 },
    )
    assert.ok(
      !refusalOf(read, { comments: [{ id: secret, hidden: secret }], tickets: secret, ticket: secret, user_id: secret }).includes(secret),
    )
  })
}

function refusalOf(read: (answer: unknown) => unknown, answer: unknown): string {
  try {
    return JSON.stringify(read(answer)) ?? ''
  } catch (error) {
    return String(error)
  }
}
