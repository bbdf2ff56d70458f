import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SandboxPlan } from '../../src/sandbox/index.ts'
import { start } from './start.ts'

const now = () => new Date('2026-04-01T14:00:00Z')

test('ticket 12345 is the one that the demo works on', async (t) => {
  const { sandbox, syncro } = await start(t, { seed: 'demo', now })
  const { tickets } = (await syncro('GET tickets?number=12345')).body as { tickets: Array<Record<string, unknown>> }
  assert.deepEqual(
    tickets.map(({ id, subject, status, priority, customer_id, customer_business_then_name }) => ({
      id,
      subject,
      status,
      priority,
      customer_id,
      customer_business_then_name,
    })),
    [
      {
        id: 108443837,
        subject: 'Backup configuration for NAS',
        status: 'In Progress',
        priority: '1 High',
        customer_id: 34288070,
        customer_business_then_name: 'Dataforth',
      },
    ],
  )
  assert.equal(sandbox.syncro.comments(108443837).length, 2)
})

test('the three clients have a dozen other tickets in every state, numbered in the order of time', async (t) => {
  const { sandbox } = await start(t, { seed: 'demo', now })
  const tickets = [...sandbox.syncro.tickets.values()].toSorted((one, other) => one.number - other.number)
  assert.deepEqual(
    [tickets.length, new Set(tickets.map(({ customer_id }) => customer_id)).size, new Set(tickets.map(({ status }) => status)).size],
    [13, 3, 9],
  )
  const opened = tickets.map(({ created_at }) => created_at)
  assert.deepEqual(opened, opened.toSorted())
  assert.ok(tickets.every(({ updated_at, created_at }) => created_at <= updated_at && updated_at <= now().toISOString()))
})

test('a resolved Dataforth ticket speaks of backups in its comments only', async (t) => {
  const { syncro } = await start(t, { seed: 'demo' })
  const { tickets } = (await syncro('GET tickets?query=backups&customer_id=34288070')).body as {
    tickets: Array<{ subject: string; status: string }>
  }
  assert.deepEqual(
    tickets.map(({ subject, status }) => [subject, status]),
    [
      ['Backup configuration for NAS', 'In Progress'],
      ['Server room temperature alarm', 'Resolved'],
    ],
  )
})

const ofCompany = (plans: SandboxPlan[], company: string | null) => plans.filter(({ CompanyName }) => CompanyName === company)

test('Dataforth has five backups of 245 GB that succeeded last night, and two rows that are no backups', async (t) => {
  const { sandbox } = await start(t, { seed: 'demo', now })
  const plans = ofCompany(sandbox.mspBackups.plans, 'Dataforth')
  assert.deepEqual(
    plans.map(({ ComputerName, PlanType, Status }) => [ComputerName, PlanType, Status]),
    [
      ['AD1', 11, 0],
      ['AD2', 5, 0],
      ['D2TESTNAS', 3, 0],
      ['DF-SQL01', 7, 0],
      ['DF-HV01', 16, 0],
      ['AD1', 13, 0],
      ['D2TESTNAS', 4, 0],
    ],
  )
  const backups = plans.slice(0, 5)
  assert.equal(
    backups.reduce((sum, { TotalData }) => sum + TotalData, 0),
    245 * 1024 ** 3,
  )
  assert.deepEqual(
    backups.map(({ LastStart }) => LastStart),
    ['2026-04-01T03:00:00.000', '2026-04-01T03:30:00.000', '2026-04-01T04:00:00.000', '2026-04-01T04:30:00.000', '2026-04-01T05:00:00.000'],
  )
})

test('the other clients have one plan for everything that needs an eye', async (t) => {
  const { sandbox } = await start(t, { seed: 'demo', now })
  const { plans } = sandbox.mspBackups
  assert.deepEqual(
    ofCompany(plans, 'Grabb & Durando').map(({ Status, LastStart }) => [Status, LastStart !== null]),
    [
      [0, true],
      [7, true],
      [2, true],
      [1, true],
      [1, false],
      [3, true],
      [4, true],
    ],
  )
  const warning = plans.find(({ Status }) => Status === 7)
  assert.deepEqual(JSON.parse(warning?.ErrorMessage ?? ''), [
    { code: '2101', title: 'Some files were skipped', detail: 'Two files were in use.', priority: 1, kbid: null },
  ])
  assert.deepEqual(
    ofCompany(plans, 'Bell & Sons').map(({ Status, FilesScanned }) => [Status, FilesScanned]),
    [[0, 0]],
  )
  assert.deepEqual(
    ofCompany(plans, null).map(({ ComputerName }) => ComputerName),
    ['UNASSIGNED-01'],
  )
})

test('an empty sandbox has the technician and nothing else', async (t) => {
  const { sandbox, syncro } = await start(t)
  assert.deepEqual(
    [
      sandbox.syncro.tickets.size,
      sandbox.syncro.timers(),
      sandbox.mspBackups.plans,
      (await syncro('GET users')).body,
      (await syncro('GET customers')).body,
    ],
    [0, [], [], { users: [[1735, 'Mike Swanson']] }, { customers: [], meta: { total_pages: 1, page: 1, total_entries: 0, per_page: 100 } }],
  )
})
