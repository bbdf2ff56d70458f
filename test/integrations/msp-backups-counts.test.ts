import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backupSource } from '../../src/integrations/msp-backups/backups.ts'
import { connectMspBackups, scripted } from './support.ts'

const acme = { id: 'acme-id', name: 'Acme' }

const stats = (given: object = {}) => ({
  ...{ PlansCount: 1, TotalOverdueCount: 0, TotalFailedCount: 0, TotalSuccessCount: 1, TotalWarningCount: 0 },
  ...{ TotalNotRunCount: 0, TotalRunningCount: 0, TotalInterruptedCount: 0 },
  ...given,
})
const computer = (ComputerHID: string, CompanyName: string | null = 'Acme', BackupStats: object | null = stats()) => ({
  ComputerHID,
  CompanyName,
  BackupStats,
})
const page = (computers: unknown, rest: object = {}) => ({ Count: 1, Message: null, StatusCode: 200, Computers: computers, ...rest })
const countsOf = (...answers: unknown[]) => {
  const http = scripted(...answers)
  return { counts: backupSource(http, 'UTC').ownCounts(acme), sent: http.sent }
}
const one = { totalJobs: 1, successful: 1, warning: 0, failed: 0, overdue: 0, running: 0, neverRan: 0 }

test("the vendor's own counts are the sum over a client's computers", async (t) => {
  const { mspBackups, backups, http } = await connectMspBackups(t)
  const computers = [0, 0, 1, 2, 3, 5, 6, 7].map((Status, index) => ({ ComputerName: `PC${index}`, Status }))
  mspBackups.addPlans('Acme', ...computers, { ComputerName: 'PC0', LastStart: null }, { ComputerName: 'PC0', PlanType: 13 })
  mspBackups.addPlans('Acme Tucson', { ComputerName: 'TUC-1', Status: 2 })
  const [company] = mspBackups.plans
  const { Id: id = '' } = mspBackups.addCompany('unused')
  assert.equal(company?.CompanyName, 'Acme')
  // the id of another company: only the name decides whose a computer is
  const [known, unknown] = [await backups.ownCounts({ id: 'unknown', name: ' ACME' }), await backups.ownCounts({ id, name: 'unused' })]
  assert.deepEqual(
    [known, unknown],
    [{ totalJobs: 9, successful: 2, warning: 1, failed: 3, overdue: 1, running: 1, neverRan: 1 }, undefined],
  )
  assert.deepEqual(http.records, Array(2).fill({ type: 'msp_backups_status', action: 'searched', received: undefined }))
})

test('what comes besides, whether the vendor heeds the company or not, is left out', async () => {
  const { counts, sent } = countsOf(
    page([computer('1'), computer('2', 'Other'), computer('3', null), computer('4', 'acme ')], { Count: 4 }),
  )
  assert.deepEqual(await counts, { ...one, totalJobs: 2, successful: 2 })
  assert.deepEqual(
    sent.map(({ path, query }) => [path, query]),
    [['api/Computers/0/1000', { companyId: 'acme-id' }]],
  )
})

test('a computer counts once, with its id in braces or without, and without figures not at all', async () => {
  const { counts } = countsOf(page([computer('{AB-12}'), computer('ab-12'), computer('cd', 'Acme', null)]))
  assert.deepEqual(await counts, one)
})

test('every page is read, until one brings nothing new', async () => {
  const full = (from: number) => Array.from({ length: 1000 }, (_, index) => computer(String(from + index)))
  for (const answers of [
    [page(full(0), { Count: 2500 }), page(full(1000), { Count: 2500 }), page(full(2000).slice(0, 500), { Count: 2500 })],
    // a vendor that does not say how many there are, and one that gives the last page for ever
    [page(full(0), { Count: null }), page(full(1000), { Count: null }), page(full(2000).slice(0, 500), { Count: null })],
    [
      page(full(0), { Count: null }),
      page(full(1000), { Count: null }),
      page(full(1500), { Count: null }),
      page(full(1500), { Count: null }),
    ],
  ]) {
    const { counts, sent } = countsOf(...answers)
    assert.equal((await counts)?.totalJobs, 2500)
    assert.deepEqual(
      sent.map(({ path }) => path),
      answers.map((_, index) => `api/Computers/${index * 1000}/1000`),
    )
  }
})

test('computers that come short of what the vendor counts are not taken for all', async () => {
  const { counts, sent } = countsOf(page([computer('1')], { Count: 2 }), page([computer('1')], { Count: 2 }))
  await assert.rejects(counts, { code: 'vendor', message: 'MSP Backups sent computers that msp cannot read: 1 of 2.' })
  assert.equal(sent.length, 2)
})

test('computers without an end are given up, and none of them count', async () => {
  const endless = Array.from({ length: 100 }, (_, index) => page([computer(String(index))], { Count: 1_000_000 }))
  const { counts, sent } = countsOf(...endless)
  await assert.rejects(counts, { code: 'vendor', message: 'MSP Backups sent computers that msp cannot read: more than 100000.' })
  assert.equal(sent.length, 100)
})

test('no computers is no counts', async () => assert.equal(await countsOf(page([], { Count: 0 })).counts, undefined))

for (const [answer, message] of [
  [{ Count: 0, Message: 'Access is denied.', StatusCode: 403, Computers: null }, 'MSP Backups refused: Access is denied (status 403).'],
  [page([], { StatusCode: 500 }), 'MSP Backups refused: no reason was given (status 500).'],
  [page(null), 'MSP Backups sent computers that msp cannot read: computers.'],
  [[], 'MSP Backups sent computers that msp cannot read: the whole answer.'],
  [page([{ ComputerHID: 5 }]), 'MSP Backups sent computers that msp cannot read: computers.0.computerhid.'],
] as const) {
  test(`${JSON.stringify(answer)} is refused: ${message}`, async () => {
    await assert.rejects(countsOf(answer).counts, { code: 'vendor', message })
  })
}
