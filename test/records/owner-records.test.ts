import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type StartOptions, startMsp } from '../support/msp.ts'

// The example records of the owner's design, written by the commands themselves.

const comment = [
  'Changes made today:',
  '- Configured Veeam backup job for D2TESTNAS',
  '- Set retention: 30 days local, 90 days cloud',
  '- Tested backup: successful (45GB)',
  '- Verified restore point creation',
].join('\n')

/** A session for Dataforth, and its ticket 12345 at the vendor. */
async function startAtDataforth(t: TestContext, options: StartOptions = {}) {
  const { msp, sandbox, home } = await startMsp(t, {
    ...options,
    sandbox: { seed: 'empty' },
    env: { MSP_TECHNICIAN: 'mike@azcomputerguru.com', ...options.env },
  })
  const { id } = sandbox.syncro.addCustomer({ name: 'Dataforth' })
  sandbox.syncro.addTickets({ id: 12345, number: 12345, customer_id: id, subject: 'Backup configuration for NAS' })
  const client = (await msp('client', 'add', 'Dataforth', '--map', `syncro=${id}`, '--json')).json()
  const session = (await msp('session', 'start', '--client', 'Dataforth', '--json')).json()
  /** What is recorded of calls of this action at the ticket, the oldest first. */
  const calls = async (wanted: string) => {
    const rows = (await msp('record', 'list', '--ticket', '12345', '--type', 'syncro_ticket', '--json')).json()
    return rows.filter(({ action }: { action: string }) => action === wanted).reverse()
  }
  return { msp, sandbox, home, client, session, calls, updates: () => calls('updated') }
}

test('SyncroMSP Ticket Update', async (t) => {
  const { msp, sandbox, client, session, updates } = await startAtDataforth(t)
  const { exitCode, stderr } = await msp('ticket', 'comment', 'T12345', comment, '--visibility', 'public', '--yes')
  assert.equal(exitCode, 0, stderr.join('\n'))
  const [{ id, createdAt, requestDurationMs, ...record }, ...others] = await updates()
  const [posted] = sandbox.syncro.comments(12345)
  assert.deepEqual([others, posted?.body, posted?.hidden, sandbox.syncro.mailed], [[], comment, false, []])
  assert.deepEqual(record, {
    sessionId: session.id,
    workItemId: null,
    clientId: client.id,
    integrationType: 'syncro_ticket',
    integrationName: 'SyncroMSP',
    externalId: '12345',
    externalUrl: `${sandbox.syncro.webUrl}/tickets/12345`,
    externalReference: 'T12345',
    action: 'updated',
    direction: 'outbound',
    requestData: { comment, internal: false, visibility: 'public' },
    responseData: { comment_id: String(posted?.id), created_at: posted?.created_at },
    responseStatus: 'success',
    errorMessage: null,
    retryCount: 0,
    createdBy: 'mike@azcomputerguru.com',
  })
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.ok(Number.isInteger(requestDurationMs) && requestDurationMs >= 0 && requestDurationMs < 1000)
})

test('SyncroMSP File Attachment', async (t) => {
  const { msp, sandbox, home, client, session, calls } = await startAtDataforth(t, {
    env: { MSP_PUBLIC_URL: 'http://127.0.0.1', MSP_LISTEN: '127.0.0.1:0' },
  })
  const file = join(home, 'dataforth_backup_report_2026-01-15.pdf')
  writeFileSync(file, Buffer.alloc(1_048_576, 'msp'))
  const { exitCode, stderr } = await msp('ticket', 'attach', 'T12345', file, '--yes')
  assert.equal(exitCode, 0, stderr.join('\n'))
  const [{ id: _, createdAt, requestDurationMs, ...record }, ...others] = await calls('attached')
  const [attached] = sandbox.syncro.attachments(12345)
  assert.deepEqual([others, attached?.file_name, attached?.size], [[], 'dataforth_backup_report_2026-01-15.pdf', 1_048_576])
  const { webUrl } = sandbox.syncro
  assert.deepEqual(record, {
    sessionId: session.id,
    workItemId: null,
    clientId: client.id,
    integrationType: 'syncro_ticket',
    integrationName: 'SyncroMSP',
    externalId: '12345',
    externalUrl: `${webUrl}/tickets/12345`,
    externalReference: 'T12345',
    action: 'attached',
    direction: 'outbound',
    requestData: { file_name: 'dataforth_backup_report_2026-01-15.pdf', file_size_bytes: 1_048_576 },
    responseData: { attachment_id: String(attached?.id), url: `${webUrl}/attachments/${attached?.id}` },
    responseStatus: 'success',
    errorMessage: null,
    retryCount: 0,
    createdBy: 'mike@azcomputerguru.com',
  })
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.ok(Number.isInteger(requestDurationMs) && requestDurationMs >= 0 && requestDurationMs < 1000)
})

test('Failed Integration (Timeout): each attempt of the outbox is a row with its number', async (t) => {
  const limit = 250
  const { msp, sandbox, client, session, updates } = await startAtDataforth(t, { limits: { request: limit, settle: 10 } })
  sandbox.arm({ vendor: 'syncro', on: 'POST tickets/:id/comment', kind: 'slow', ms: 60_000, times: 4 })
  const { exitCode } = await msp('ticket', 'comment', 'T12345', 'Work completed...')
  assert.equal(exitCode, 0)
  assert.equal((await msp('outbox', 'run', '--wait')).exitCode, 0)
  const rows = await updates()
  assert.deepEqual(
    rows.map(({ responseStatus, retryCount }: { responseStatus: string; retryCount: number }) => [responseStatus, retryCount]),
    [
      ['timeout', 0],
      ['timeout', 1],
      ['timeout', 2],
      ['timeout', 3],
      ['success', 4],
    ],
  )
  const { id, createdAt, requestDurationMs, ...record } = rows[3]
  assert.deepEqual(record, {
    sessionId: session.id,
    workItemId: null,
    clientId: client.id,
    integrationType: 'syncro_ticket',
    integrationName: 'SyncroMSP',
    externalId: '12345',
    externalUrl: `${sandbox.syncro.webUrl}/tickets/12345`,
    externalReference: 'T12345',
    action: 'updated',
    direction: 'outbound',
    requestData: { comment: 'Work completed...', internal: true, visibility: 'internal' },
    responseData: null,
    responseStatus: 'timeout',
    errorMessage: `Request timeout after ${limit}ms`,
    retryCount: 3,
    createdBy: 'mike@azcomputerguru.com',
  })
  assert.ok(requestDurationMs >= limit - 1 && requestDurationMs < 3 * limit, `${requestDurationMs} ms`)
  assert.equal(sandbox.syncro.comments(12345).length, 1)
})

test('MSP Backups Report Retrieval', async (t) => {
  const { msp, home, sandbox } = await startMsp(t, {
    ...{ sandbox: true, now: () => new Date('2026-01-15T21:32:00.000Z') },
    env: { MSP_TECHNICIAN: 'mike@azcomputerguru.com' },
  })
  const client = (await msp('client', 'add', 'Dataforth', '--json')).json()
  const session = (await msp('session', 'start', '--client', 'Dataforth', '--json')).json()
  const format = 'pdf'
  const file = join(home, `dataforth_2026-01-15.${format}`)
  const { exitCode, stderr } = await msp('backup', 'report', '--client', 'Dataforth', `--${format}`, file)
  assert.equal(exitCode, 0, stderr.join('\n'))
  const rows = (await msp('record', 'list', '--type', 'msp_backups_report', '--json')).json()
  const [{ id, createdAt, requestDurationMs, ...record }, ...others] = rows
  assert.deepEqual(others, [])
  assert.deepEqual(record, {
    sessionId: session.id,
    workItemId: null,
    clientId: client.id,
    integrationType: 'msp_backups_report',
    integrationName: 'MSP Backups',
    externalId: null,
    externalUrl: null,
    externalReference: null,
    action: 'retrieved',
    direction: 'outbound',
    requestData: { customer: 'Dataforth', date: '2026-01-15', format },
    responseData: {
      report_url: pathToFileURL(file).href,
      file_size_bytes: statSync(file).size,
      summary: { total_jobs: 5, successful: 5, failed: 0, total_size_gb: 245 },
    },
    responseStatus: 'success',
    errorMessage: null,
    retryCount: 0,
    createdBy: 'mike@azcomputerguru.com',
  })
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.ok(Number.isInteger(requestDurationMs) && requestDurationMs >= 0)
  // the calls behind it have records of their own
  const calls = (await msp('record', 'list', '--type', 'msp_backups_status', '--json')).json()
  const ofReport = calls.filter(({ clientId }: { clientId: string | null }) => clientId === client.id)
  assert.deepEqual(ofReport.map(({ action }: { action: string }) => action).sort(), ['retrieved', 'searched'])
  assert.ok(sandbox.requests.every(({ path }: { path: string }) => !path.includes('report/')))
})
