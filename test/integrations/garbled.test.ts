import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MspError } from '../../src/errors.ts'
import { toHistoryRows, toRuns } from '../../src/integrations/msp-backups/history.ts'
import * as backups from '../../src/integrations/msp-backups/map.ts'
import { planReader } from '../../src/integrations/msp-backups/plan.ts'
import { toStatus } from '../../src/integrations/msp-backups/words.ts'
import * as syncro from '../../src/integrations/syncro/map.ts'
import { toInstant } from '../../src/zone.ts'
import { anyText } from '../support/text.ts'

const inUtc = (local: string) => toInstant(local, 'UTC')
const canary = 'nobody-may-see'
const at = '2026-04-01T14:02:11Z'
const comment = { id: 1, created_at: at, subject: 'Note', body: 'x', tech: 'Mike', hidden: true }
const timer = { id: 1, ticket_id: 2, user_id: 3, start_time: at, end_time: at, created_at: at, notes: 'x', billable: true }
const ticket = {
  ...{ id: 1, number: 12345, subject: 'x', status: 'New', priority: '1 High', customer_id: 7, customer_business_then_name: 'Acme' },
  ...{ created_at: at, updated_at: at, comments: [comment], ticket_timers: [timer], attachments: [{ id: 1, file_name: 'a.png' }] },
}
const chargedTimer = { id: 1, recorded: true, ticket_line_item_id: 2 }
const line = { id: 2, name: 'Labor', description: 'x', quantity: '0.5', price_retail: 150, created_at: at }
const charged = { ticket_timers: [chargedTimer], line_items: [line] }
const plan = {
  ...{ PlanName: 'x', CompanyName: 'Acme', ComputerName: 'DC01', ComputerHid: '01d4', LastStart: '2026-03-07T22:00:05', Status: 0 },
  ...{ ErrorMessage: null, FilesFailed: 0, FilesScanned: 3, DataCopied: 1, TotalData: 2, PlanId: '9b1e', PlanType: 11 },
}

const doors: Array<[name: string, read: (answer: unknown) => unknown, whole: unknown]> = [
  ['tickets', (answer) => syncro.toTickets(answer, ''), { tickets: [ticket], meta: { page: 1, total_pages: 1 } }],
  ['a ticket', (answer) => syncro.toTicketDetail(answer, ''), { ticket }],
  ['the timers of a ticket', syncro.toTimersOfTicket, { ticket }],
  ['attachments', syncro.toAttachments, { ticket }],
  ['comments', syncro.toComments, { comments: [comment] }],
  ['timers', syncro.toTimers, { ticket_timers: [timer] }],
  ['customers', syncro.toClients, { customers: [{ id: 1, business_name: 'Acme' }] }],
  ['products', syncro.toProducts, { products: [{ id: 1, name: 'Labor', disabled: false }] }],
  ['statuses', syncro.toStatuses, { ticket_status_list: ['New'] }],
  ['an account', syncro.toIdentity, { user_id: 1, user_name: 'Mike', user_email: 'm@x.yy', subdomain: 'acme' }],
  ['the id of what was written', (answer) => syncro.toWrittenId('it', 'comment', answer), { comment }],
  ['plans', (answer) => planReader(inUtc)(answer), [plan]],
  ['companies', backups.toClients, [{ Id: '1', Name: 'Acme' }]],
  ['a token', (answer) => backups.toAccessToken(answer, new Date(0)), { access_token: 'x', expires_in: 3600 }],
  ['computers', backups.toComputers, { count: 1, computers: [{ companyname: 'Acme', computername: 'DC01', backupstats: {} }] }],
  ['charges', syncro.toCharges, { ticket: charged }],
  ['a charged timer', syncro.toAnsweredTimer, { ticket_timer: chargedTimer }],
  ['a price', syncro.toLaborRate, { product: { id: 1, name: 'Labor', price_retail: '150.0' } }],
  ['the ticket settings', syncro.toDefaultLabor, { default_labor_product_id: 1 }],
  ['a history', (answer) => toRuns(toHistoryRows(answer), 'Acme', inUtc), { data: [plan], count: 1 }],
]

const wrong = fc.constantFrom<unknown>(
  ...[canary, [canary], { [canary]: canary }, -1, 1e308, 2 ** 53, 0.5, true, null, '', [], {}, `${canary}\u0000`],
  ...[JSON.parse(`{"__proto__":{"id":"${canary}"},"constructor":"${canary}"}`), JSON.parse('{"__proto__":null}')],
)

/** The same with something else in the place that the numbers lead to. */
function garble(value: unknown, [turn = 0, ...turns]: number[], other: unknown): unknown {
  const isInner = typeof value === 'object' && value !== null && turns.length > 0
  if (!isInner) return other
  const entries = Object.entries(value)
  const index = turn % Math.max(entries.length, 1)
  const changed = entries.map(([name, inner], place) => [name, place === index ? garble(inner, turns, other) : inner] as const)
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed)
}

for (const [name, read, whole] of doors) {
  test(`${name} with one wrong value are read or refused with fields, and no value is in the sentence`, () => {
    read(whole)
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 6 }), wrong, (turns, other) => {
        try {
          read(garble(whole, turns, other))
        } catch (error) {
          if (!(error instanceof MspError)) throw error
          assert.deepEqual([error.code, `${error.message} ${error.hint}`.includes(canary)], ['vendor', false], error.message)
        }
      }),
      { numRuns: 200 },
    )
    assert.equal(({} as { id?: unknown }).id, undefined)
  })
}

test('a status that nobody has listed is never closed, resolved or successful', () => {
  const listed = /^\s*(resolved|invoiced|closed|success|0+)\s*$/i
  const words = fc.oneof(anyText(), fc.constantFrom('Closed!', 'closed - x', '__proto__', 'toString', '00', '-0', '0.0', 'successful'))
  fc.assert(
    fc.property(words, (word) => {
      if (listed.test(word)) return
      assert.ok(['open', 'in_progress'].includes(syncro.toState(word)), word)
      assert.notEqual(toStatus(word).status, 'successful', word)
    }),
  )
})
