import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSignIn } from '../../src/integrations/integration.ts'
import { onlyReads } from '../../src/integrations/msp-backups/calls.ts'
import { mspBackups as integration } from '../../src/integrations/msp-backups/index.ts'
import { clientOf } from '../http/vendor.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { connectMspBackups, plainHttp, plansOf, sandboxFor, scripted, start } from './support.ts'

const signIn = findSignIn(integration, 'password')
assert.ok(signIn)
const { login } = signIn
const request = { record: { type: 'msp_backups_report', action: 'retrieved' } } as const

test('the API credentials give a token that lasts as long as the vendor says', async (t) => {
  const { mspBackups } = await sandboxFor(t)
  const http = plainHttp(mspBackups.apiUrl)
  const { token, expiresAt } = await login(http, mspBackups.username, mspBackups.password, start)
  assert.deepEqual([token.length > 0, (expiresAt.getTime() - start.getTime()) / 1000], [true, 1209599])
  assert.deepEqual(http.records, [{ type: 'msp_backups_account', action: 'retrieved', sent: { username: mspBackups.username } }])
})

test('a token without a lifetime lasts an hour', async () => {
  const { expiresAt } = await login(scripted({ access_token: 'x' }), 'user', 'password', start)
  assert.equal((expiresAt.getTime() - start.getTime()) / 1000, 3600)
})

test('wrong API credentials are refused with what to check', async (t) => {
  const { mspBackups } = await sandboxFor(t)
  await assert.rejects(login(plainHttp(mspBackups.apiUrl), mspBackups.username, 'wrong', start), {
    name: 'MspError',
    code: 'sign_in',
    message: 'MSP Backups refused the API credentials of "sandbox-api-user".',
    hint: 'Check that they are API credentials (Settings > General) and not your portal login, that no IP restriction keeps this machine out, and that API access is switched on.',
  })
})

for (const [status, failure] of [
  [400, { name: 'MspError', code: 'sign_in' }],
  [503, { name: 'HttpFailure', status: 503 }],
] as const) {
  test(`a login that is answered with ${status} is ${failure.name}`, async (t) => {
    const { mspBackups, arm } = await sandboxFor(t)
    arm({ vendor: 'msp-backups', on: 'POST Provider/Login', kind: 'status', status })
    await assert.rejects(login(plainHttp(mspBackups.apiUrl), mspBackups.username, mspBackups.password, start), failure)
  })
}

test('a plan in full, its times in the zone that was given, and nothing of the link to its report', async (t) => {
  const { mspBackups, backups, http } = await connectMspBackups(t, { zone: 'America/Phoenix' })
  const change = { ComputerHid: '{AB-12}', PlanId: 'CD-34', LastStart: '2026-03-31T22:00:05.113', NextStart: null, FilesFailed: 2 }
  const [row] = mspBackups.addPlans('Bell & Sons', { ComputerName: 'BELL-PC01', PlanType: 11, DataCopied: 5, TotalData: 7, ...change })
  const plans = await plansOf(backups)
  assert.deepEqual(plans, [
    {
      vendorClient: 'Bell & Sons',
      computer: 'BELL-PC01',
      computerKey: 'ab-12',
      key: 'ab-12/cd-34',
      plan: 'Nightly files',
      type: 'Image',
      kind: 'backup',
      status: 'successful',
      vendorStatus: 'successful',
      lastStart: new Date('2026-04-01T05:00:05.113Z'),
      nextStart: null,
      durationSeconds: 2520,
      filesFailed: 2,
      protectedBytes: 7,
      sentBytes: 5,
      reason: null,
    },
  ])
  assert.deepEqual(http.records, [{ type: 'msp_backups_status', action: 'retrieved', received: { count: 1 } }])
  assert.ok(row?.DetailedReportLink && !JSON.stringify([plans, http.records]).includes(row.DetailedReportLink))
})

test('every plan of the demo, client by client', async (t) => {
  const { backups } = await connectMspBackups(t, { seed: 'demo' })
  const plans = (await plansOf(backups)).map(({ vendorClient, computer, type, kind, status, reason }) => [
    vendorClient,
    computer,
    type,
    kind,
    status,
    reason,
  ])
  const empty = 'The last run was successful, but it protected nothing: no files and no data.'
  assert.deepEqual(plans, [
    ['Dataforth', 'AD1', 'Image', 'backup', 'successful', null],
    ['Dataforth', 'AD2', 'Virtual machines', 'backup', 'successful', null],
    ['Dataforth', 'D2TESTNAS', 'Files', 'backup', 'successful', null],
    ['Dataforth', 'DF-SQL01', 'SQL', 'backup', 'successful', null],
    ['Dataforth', 'DF-HV01', 'Hyper-V', 'backup', 'successful', null],
    ['Dataforth', 'AD1', 'Consistency check', 'check', 'successful', null],
    ['Dataforth', 'D2TESTNAS', 'Files', 'restore', 'successful', null],
    ['Grabb & Durando', 'GD-DC01', 'Image', 'backup', 'successful', null],
    ['Grabb & Durando', 'GD-WS02', 'Files', 'backup', 'warning', 'Some files were skipped: Two files were in use.'],
    ['Grabb & Durando', 'GD-FS01', 'Files', 'backup', 'failed', 'The storage is full: The storage limit of the user is reached.'],
    ['Grabb & Durando', 'GD-WS07', 'Files', 'backup', 'overdue', 'It missed its scheduled start.'],
    ['Grabb & Durando', 'GD-WS09', 'Files', 'backup', 'neverRan', null],
    ['Grabb & Durando', 'GD-SQL01', 'SQL', 'backup', 'running', null],
    ['Grabb & Durando', 'GD-WS11', 'Files', 'backup', 'unknown', 'MSP Backups itself does not know how it ended.'],
    ['Bell & Sons', 'BELL-PC01', 'Files', 'backup', 'warning', empty],
    [null, 'UNASSIGNED-01', 'Files', 'backup', 'successful', null],
  ])
})

for (const kind of ['html', 'half-json', 'empty', 'status'] as const) {
  test(`an answer that is no list (${kind}) is an error, not a report without plans`, async (t) => {
    const { sandbox, mspBackups, backups } = await connectMspBackups(t)
    mspBackups.addPlans('Bell & Sons', {})
    sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind })
    await assert.rejects(plansOf(backups), { name: 'HttpFailure' })
  })
}

test('clients are the companies, found by words of their name without case or accents', async (t) => {
  const { mspBackups, clients } = await connectMspBackups(t)
  const bell = mspBackups.addCompany('Bell & Sons')
  const cafe = mspBackups.addCompany('Café Zürich')
  const found = [
    await clients.search('SONS bell'),
    await clients.search('zurich'),
    await clients.search('bells'),
    await clients.get(bell.Id),
    await clients.get('x'),
  ]
  const [bellClient, cafeClient] = [bell, cafe].map(({ Id, Name }) => ({ id: Id, name: Name }))
  assert.deepEqual(found, [[bellClient], [cafeClient], [], bellClient, undefined])
})

test('who the credentials belong to is not to be had, whether they work is', async (t) => {
  const { mspBackups, connection } = await connectMspBackups(t)
  assert.deepEqual(await connection.whoAmI(), { id: 'api', name: 'MSP Backups API', email: null, tenant: null })
  mspBackups.revokeTokens()
  await assert.rejects(connection.whoAmI(), { code: 'sign_in' })
})

test('what the credentials may read is found out by reading', async (t) => {
  const { sandbox, connection } = await connectMspBackups(t)
  sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind: 'status', status: 403 })
  assert.deepEqual(await connection.permissions?.(), [
    { what: 'clients', may: true },
    { what: 'backups', may: false },
  ])
})

for (const call of [
  'POST api/Provider/Login',
  'GET api/Monitoring',
  'GET api/Companies',
  'GET api/Users',
  'GET api/Licenses',
  'GET api/Billing',
  'GET api/apps/domains',
  'GET api/Computers/0/100',
  'GET api/Computers/01d4-aa',
  'GET api/Computers/Plans/history/0/100',
  'GET api/Computers/01d4-aa/Plans/history/0/100',
  'GET api/Computers/01d4-aa/Plans/9b1e/history',
  'PUT api/Billing',
  'PUT api/Billing/Details',
]) {
  test(`${call} only reads`, async () => assert.equal(await onlyReads(scripted('done')).send(toRequest(call)), 'done'))
}

for (const call of ['POST api/Provider/Login', 'PUT api/Billing', 'PUT api/Billing/Details', 'GET api/Monitoring']) {
  test(`${call} over a line that cuts is sent three times`, async (t) => {
    const { port, connections } = await startFaultProxy(t, { kind: 'close', when: 'asked' })
    await assert.rejects(onlyReads(clientOf(`http://127.0.0.1:${port}`).http).send(toRequest(call)), { outcome: 'unknown' })
    assert.equal(connections(), 3)
  })
}

for (const call of [
  'DELETE api/Users/6f0c',
  'GET api/Users/6f0c',
  'POST api/Users',
  'PUT api/Users',
  'POST api/Companies',
  'DELETE api/Companies/1',
  'PUT api/Monitoring',
  'POST api/Licenses/Revoke',
  'POST api/Computers/01d4/Plans',
  'POST api/Computers/01d4/Plans/9b1e/start',
  'DELETE api/Computers/01d4/authorization',
  'GET api/Computers/../Users/1',
  'GET api/Monitoring?x=1',
  'GET api/Monitoring\nDELETE api/Users/1',
  'GET /api/Monitoring',
  'PUT api/Billing/Details/1',
]) {
  test(`${JSON.stringify(call)} is refused before it is sent`, async () => {
    await assert.rejects(onlyReads(scripted()).send(toRequest(call)), {
      code: 'unsupported',
      message: `msp only reads from MSP Backups and does not call ${call}.`,
    })
  })
}

function toRequest(call: string) {
  const [, method = '', path = ''] = /^(\S+) (.*)$/s.exec(call) ?? []
  return { ...request, method: method as 'GET', path }
}

test('the address is the vendor’s own, or the root that was given', () => {
  assert.deepEqual(
    [integration.baseUrl(undefined), integration.fromApiUrl('http://127.0.0.1:4001')],
    ['https://api.mspbackups.com', 'http://127.0.0.1:4001'],
  )
})
