import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HttpFailure } from '../../src/http/failure.ts'
import { backupSource } from '../../src/integrations/msp-backups/backups.ts'
import { connectMspBackups, scripted } from './support.ts'

const acme = { id: 'acme-id', name: 'Acme' }
const day = { from: new Date('2026-01-15T07:00:00.000Z'), to: new Date('2026-01-16T07:00:00.000Z') }

const run = {
  PlanName: 'Nightly',
  PlanId: 'P1',
  ComputerName: 'PC1',
  ComputerHid: '{H1}',
  StartTime: '2026-01-15T22:00:00',
  Status: 0,
  TotalData: 7,
  DataCopied: 5,
  PlanType: 3,
}
const plan = {
  vendorClient: 'Acme',
  computer: 'PC1',
  computerKey: 'h1',
  key: 'h1/p1',
  plan: 'Nightly',
  type: 'Files',
  kind: 'backup',
  status: 'successful',
  vendorStatus: 'successful',
  lastStart: new Date('2026-01-15T22:00:00.000Z'),
  nextStart: null,
  durationSeconds: null,
  filesFailed: 0,
  protectedBytes: 7,
  sentBytes: 5,
  reason: null,
}

function historyOf(answers: unknown[], { zone = 'UTC', span = day } = {}) {
  const http = scripted(...answers)
  return { plans: backupSource(http, zone).history(acme, span), sent: http.sent }
}

test('of each plan the last run that began in the span is given', async (t) => {
  const { mspBackups, backups, http } = await connectMspBackups(t)
  const company = mspBackups.addCompany('Acme')
  const add = (StartTime: string, more: object = {}) =>
    mspBackups.runs.push({
      ...{ CompanyName: 'Acme', PlanName: 'Nightly', PlanId: 'P1', ComputerName: 'PC1', ComputerHid: 'H1', PlanType: 3 },
      ...{ Status: 0, ErrorMessage: null, DataCopied: 5, TotalData: 7, StartTime },
      ...more,
    })
  add('2026-01-15T06:59:59')
  add('2026-01-15T08:00:00', { Status: 2, ErrorMessage: 'Full.' })
  add('2026-01-15T22:00:00')
  add('2026-01-15T12:00:00', { Status: 2 })
  add('2026-01-15T10:00:00', { PlanId: 'P2', Status: 2, ErrorMessage: '[{"title":"Full"}]' })
  add('2026-01-16T07:00:00', { Status: 2 })
  add('2026-01-15T09:00:00', { CompanyName: 'Other' })
  const plans = await backups.history({ id: company.Id, name: 'Acme' }, day)
  const failed = { key: 'h1/p2', status: 'failed', vendorStatus: 'failed', lastStart: new Date('2026-01-15T10:00:00.000Z'), reason: 'Full' }
  assert.deepEqual(plans, [plan, { ...plan, ...failed }])
  assert.deepEqual(http.records, [{ type: 'msp_backups_report', action: 'searched' }])
})

for (const [name, answer] of [
  ['bare', [run]],
  ['in an object', { Count: 1, StatusCode: 200, Items: [run] }],
  ['with a capital for every letter', [Object.fromEntries(Object.entries(run).map(([key, value]) => [key.toUpperCase(), value]))]],
  [
    'under other names',
    [
      {
        ...{ Plan: 'Nightly', PlanGuid: 'P1', Computer: 'PC1', HID: 'H1', StartedAt: '2026-01-15T22:00:00' },
        ...{ Result: 'Success', TotalSize: 7, DataUploaded: 5, Type: 'BackupFiles' },
      },
    ],
  ],
  ['with nothing under the first of two names', [{ ...run, LastStart: null }]],
] as const) {
  test(`the runs of a history ${name} are read`, async () => assert.deepEqual(await historyOf([answer]).plans, [plan]))
}

test('a history that says nothing of files or sizes does not say that nothing was saved, but one that says so does', async () => {
  const { TotalData: _, ...unsaid } = run
  const [said] = await historyOf([[{ ...run, FilesScanned: 0, TotalData: 0 }]]).plans
  assert.deepEqual(await historyOf([[unsaid]]).plans, [{ ...plan, protectedBytes: 0 }])
  assert.deepEqual([said?.status, said?.vendorStatus], ['warning', 'successful'])
})

test('of a history with runs of other companies only those of this one are read', async () => {
  const own = { ...run, CompanyName: ' ACME ' }
  const other = { ...run, PlanId: 'P2', Company: 'Secret Legal' }
  assert.deepEqual(await historyOf([[other, own]]).plans, [plan])
})

test('a run without a company among those of others is refused: it may be theirs', async () => {
  const other = { ...run, PlanId: 'P2', CompanyName: 'Secret Legal' }
  await assert.rejects(historyOf([[run, other]]).plans, { code: 'vendor', message: unreadable('companyname') })
})

test('a run whose type or status nobody knows is no success', async () => {
  const rows = [
    { ...run, PlanType: 99 },
    { ...run, PlanId: 'P2', PlanType: undefined },
    { ...run, PlanId: 'P3', Status: 'Fine' },
  ]
  assert.deepEqual(
    (await historyOf([rows]).plans).map(({ status }) => status),
    ['unknown', 'unknown', 'unknown'],
  )
})

test("a day that reaches over the end of a month in the vendor's zone is asked for in both", async () => {
  const span = { from: new Date('2026-01-31T12:00:00.000Z'), to: new Date('2026-02-01T12:00:00.000Z') }
  const answers = [[{ ...run, StartTime: '2026-01-31T23:59:00' }], { Runs: [{ ...run, StartTime: '2026-02-01T00:01:00' }] }]
  const { plans, sent } = historyOf(answers, { span, zone: 'America/Phoenix' })
  assert.deepEqual(await plans, [{ ...plan, lastStart: new Date('2026-02-01T07:01:00.000Z') }])
  assert.deepEqual(
    sent.map(({ path, query }) => [path, query]),
    [1, 2].map((month) => ['api/Computers/Plans/history/0/10000', { companyId: 'acme-id', year: 2026, month }]),
  )
})

test('a day that ends with its month in the zone is asked for once', async () => {
  const span = { from: new Date('2026-01-31T07:00:00.000Z'), to: new Date('2026-02-01T07:00:00.000Z') }
  const { plans, sent } = historyOf([[]], { span, zone: 'America/Phoenix' })
  assert.deepEqual([await plans, sent.length], [[], 1])
})

test('404 means that nothing is known; another refusal is none', async () => {
  const refusing = (status: number) => ({
    baseUrl: '',
    send: () => Promise.reject(new HttpFailure('vendor', `Status ${status}.`, { outcome: 'refused', status })),
  })
  assert.deepEqual(await backupSource(refusing(404), 'UTC').history(acme, day), [])
  await assert.rejects(backupSource(refusing(400), 'UTC').history(acme, day), { message: 'Status 400.' })
})

const unreadable = (what: string) => `MSP Backups sent a history that msp cannot read: ${what}.`
for (const [name, answer, message] of [
  ['no list', { Message: 'ok' }, unreadable('the whole answer')],
  ['two lists', { Runs: [], Others: [] }, unreadable('the whole answer')],
  ['a refusal in a good answer', { Message: 'No access.', StatusCode: 403, Runs: [] }, 'MSP Backups refused: No access (status 403).'],
  ['rows of something else', [{ Id: 1 }], unreadable('planname, laststart, status')],
  ['rows that are none', ['x'], unreadable('a row')],
  ['more runs than msp asks for', Array(10_000).fill(run), unreadable('more than 10000 runs in a month')],
  ['a time in another shape', [{ ...run, StartTime: '01/15/2026' }], unreadable('laststart')],
] as const) {
  test(`a history of ${name} is refused`, async () => assert.rejects(historyOf([answer]).plans, { code: 'vendor', message }))
}
