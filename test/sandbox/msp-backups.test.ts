import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send, start, stoppedClock } from './start.ts'

const denied = { status: 401, body: { Message: 'Authorization has been denied for this request.' } }

test('a login answers with a token for two weeks, its times under names with a leading dot', async (t) => {
  const { sandbox } = await start(t, { now: () => new Date('2026-03-07T22:00:00Z') })
  const { apiUrl, username, password } = sandbox.mspBackups
  const reply = await send(`${apiUrl}/api`, 'POST Provider/Login', { UserName: username, Password: password })
  const { access_token, ...rest } = reply.body as Record<string, unknown>
  assert.deepEqual(
    [reply.status, typeof access_token, rest],
    [
      200,
      'string',
      {
        token_type: 'bearer',
        expires_in: 1209599,
        userName: 'sandbox-api-user',
        '.issued': 'Sat, 07 Mar 2026 22:00:00 GMT',
        '.expires': 'Sat, 21 Mar 2026 21:59:59 GMT',
      },
    ],
  )
})

test('a login may be a form; wrong credentials get 403, another kind of body 415', async (t) => {
  const { sandbox } = await start(t)
  const { username, password } = sandbox.mspBackups
  const login = (body: unknown, type: string) =>
    send(`${sandbox.mspBackups.apiUrl}/api`, 'POST Provider/Login', body, { 'content-type': type })
  const form = `UserName=${username}&Password=${password}`
  const statuses = [
    await login(form, 'application/x-www-form-urlencoded'),
    await login({ UserName: username, Password: 'wrong' }, 'application/json'),
    await login({ UserName: username, Password: password }, 'text/plain'),
  ].map(({ status }) => status)
  assert.deepEqual([statuses, sandbox.mspBackups.logins], [[200, 403, 415], 1])
})

test('without a token, with a revoked one or with an old one nothing is answered', async (t) => {
  const clock = stoppedClock()
  const { sandbox } = await start(t, { now: clock.now })
  const { apiUrl, username, password } = sandbox.mspBackups
  sandbox.mspBackups.tokenSeconds = 60
  const login = async () => {
    const { body } = await send(`${apiUrl}/api`, 'POST Provider/Login', { UserName: username, Password: password })
    return `Bearer ${(body as { access_token: string }).access_token}`
  }
  const ask = (authorization?: string) => send(`${apiUrl}/api`, 'GET Companies', undefined, authorization ? { authorization } : {})
  const first = await login()
  const replies = [await ask(), await ask(first)]
  clock.pass(60_000)
  replies.push(await ask(first))
  const second = await login()
  sandbox.mspBackups.revokeTokens()
  replies.push(await ask(second))
  assert.deepEqual(replies, [denied, { status: 200, body: [] }, denied, denied])
})

test('Monitoring is the whole array in the words of the vendor, with times without an offset', async (t) => {
  const { sandbox, backups } = await start(t, { now: () => new Date('2026-03-08T08:00:00.113Z') })
  const [plan] = sandbox.mspBackups.addPlans('Acme Dental', { PlanName: 'Nightly image', ComputerName: 'ACME-DC01', PlanType: 11 })
  const row = {
    PlanName: 'Nightly image',
    CompanyName: 'Acme Dental',
    UserName: 'acme-dental-backup',
    UserID: plan?.UserID,
    ComputerName: 'ACME-DC01',
    ComputerHid: plan?.ComputerHid,
    BuildVersion: '8.0.3.36',
    StorageType: 'Cloud',
    LastStart: '2026-03-07T22:00:00.113',
    NextStart: '2026-03-08T22:00:00.113',
    Status: 0,
    ErrorMessage: null,
    FilesCopied: 120,
    FilesFailed: 0,
    DataCopied: 1073741824,
    Duration: '42 min.',
    DataToBackup: 1073741824,
    TotalData: 10737418240,
    FilesScanned: 4200,
    FilesToBackup: 120,
    PlanId: plan?.PlanId,
    PlanType: 11,
    DetailedReportLink: `${sandbox.mspBackups.apiUrl}/report/${plan?.PlanId}`,
  }
  assert.deepEqual([await backups('GET Monitoring'), sandbox.unknownRequests()], [{ status: 200, body: [row] }, []])
})

test('companies come once each, also those that plans brought along', async (t) => {
  const { sandbox, backups } = await start(t)
  const dataforth = sandbox.mspBackups.addCompany('Dataforth')
  sandbox.mspBackups.addPlans('Dataforth', {}, {})
  sandbox.mspBackups.addPlans('Bell & Sons', {})
  sandbox.mspBackups.addPlans(null, {})
  const { body } = await backups('GET Companies')
  const shown = body as Array<{ Id: string; Name: string }>
  assert.deepEqual(shown[0], {
    ...dataforth,
    StorageLimit: -1,
    LicenseSettings: 0,
    Destinations: [],
    DefaultLicense: null,
    AllowedLicenses: [],
  })
  assert.deepEqual(
    shown.map(({ Name }) => Name),
    ['Dataforth', 'Bell & Sons'],
  )
})

test('computers come in slices, and count their backup plans by how they ended', async (t) => {
  const { sandbox, backups } = await start(t)
  const statuses = [0, 0, 1, 2, 3, 4, 5, 6, 7].map((Status) => ({ ComputerName: 'DC01', Status }))
  sandbox.mspBackups.addPlans(
    'Acme',
    ...statuses,
    { ComputerName: 'DC01', Status: 1, LastStart: null },
    { ComputerName: 'DC01', PlanType: 13 },
  )
  sandbox.mspBackups.addPlans('Acme', { ComputerName: 'WS01' })
  const first = (await backups('GET Computers/0/1')).body as { Computers: Array<Record<string, unknown>> }
  const second = (await backups('GET Computers/1/5')).body as {
    Count: number
    StatusCode: number
    Computers: Array<Record<string, unknown>>
  }
  assert.deepEqual(
    first.Computers.map(({ ComputerName, CompanyName, BackupStats }) => ({ ComputerName, CompanyName, BackupStats })),
    [
      {
        ComputerName: 'DC01',
        CompanyName: 'Acme',
        BackupStats: {
          PlansCount: 10,
          TotalOverdueCount: 1,
          TotalFailedCount: 2,
          TotalSuccessCount: 2,
          TotalWarningCount: 1,
          TotalNotRunCount: 1,
          TotalRunningCount: 1,
          TotalInterruptedCount: 1,
        },
      },
    ],
  )
  const { Count, StatusCode, Computers } = second
  assert.deepEqual(
    [Count, StatusCode, Computers.map(({ ComputerName, ComputerHID }) => [ComputerName, ComputerHID])],
    [2, 200, [['WS01', `{${sandbox.mspBackups.plans.at(-1)?.ComputerHid}}`]]],
  )
})

test('a plan can be changed while the sandbox runs', async (t) => {
  const { sandbox, backups } = await start(t)
  const [plan] = sandbox.mspBackups.addPlans('Acme', {})
  if (plan) plan.Status = 2
  const { body } = await backups('GET Monitoring')
  assert.deepEqual(body, sandbox.mspBackups.plans)
  assert.equal((body as Array<{ Status: number }>)[0]?.Status, 2)
})

for (const request of ['DELETE Users/1', 'POST Computers/1/Plans/2/start', 'PUT Billing', 'GET v2/reports']) {
  test(`${request} is unknown, and never passes unseen`, async (t) => {
    const { sandbox, backups } = await start(t)
    const [, path] = request.split(' ')
    assert.deepEqual(await backups(request), {
      status: 404,
      body: { Message: `No HTTP resource was found that matches the request URI '${path}'.` },
    })
    assert.deepEqual(sandbox.unknownRequests(), [`msp-backups ${request}`])
  })
}

test('following the link to a report is seen as an unknown request', async (t) => {
  const { sandbox } = await start(t)
  const [plan] = sandbox.mspBackups.addPlans('Acme', {})
  await fetch(plan?.DetailedReportLink ?? '')
  assert.deepEqual(sandbox.unknownRequests(), [`msp-backups GET /report/${plan?.PlanId}`])
})
