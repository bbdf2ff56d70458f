import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listSnapshots } from '../../src/backups/store.ts'
import { openDatabase } from '../../src/db/open.ts'
import { startWorking } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'
import { startBackups } from './backup-start.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

test('a client without plans is not called good', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.mspBackups.addCompany('Acme')
  await msp('client', 'add', 'Acme')
  const { exitCode, stdout, stderr } = await msp('backup', 'report', '--client', 'acme', '--check')
  assert.deepEqual(
    [exitCode, stdout, stderr[0]],
    [
      1,
      ['Latest backup report: 0 jobs, 0 bytes total'],
      'No backup plan of Acme is there: nothing protects it, or its name there is another one.',
    ],
  )
})

test('a company that the vendor does not know, or has twice, is refused; what was read is kept and recorded all the same', async (t) => {
  const { msp, sandbox, home } = await startWorking(t)
  for (const name of ['Acme', 'Twice']) await msp('client', 'add', name)
  for (const name of ['Twice', 'TWICE ']) sandbox.mspBackups.addCompany(name)
  const [none, twice] = [await msp('backup', 'report', '--client', 'acme'), await msp('backup', 'report', '--client', 'twice')]
  assert.deepEqual(none, said(5, 'MSP Backups has no client named Acme.', 'Name the one you mean: msp client map Acme msp-backups=<id>'))
  assert.deepEqual([twice.exitCode, twice.stdout, twice.stderr[0]?.slice(0, 32)], [5, [], 'Twice may be Twice (msp-backups='])
  // the first is that of the connecting
  const calls = (await msp('record', 'list', '--type', 'msp_backups_status', '--json=responseData')).json()
  assert.deepEqual(calls, Array(3).fill({ responseData: { count: 16 } }))
  const db = await openDatabase({ engine: 'sqlite', path: `${home}/data/msp.sqlite` })
  try {
    const snapshots = await listSnapshots(db, 'msp_backups', { from: new Date(0), to: new Date('2100-01-01T00:00:00.000Z') })
    assert.equal(snapshots.length, 2)
  } finally {
    await db.destroy()
  }
})

test('a mapping outlives a new name at the vendor, with the past, and a client with two companies is one report', async (t) => {
  const { msp, sandbox, addPlans, run, pass } = await startBackups(t)
  const [acme, branch] = ['Acme', 'Acme Tucson'].map((name) => sandbox.mspBackups.addCompany(name))
  const [plan] = addPlans('Acme', 'ACME-01')
  const [other] = addPlans('Acme Tucson', 'TUC-01')
  assert.ok(acme && branch && plan && other)
  other.Status = 2
  await msp('client', 'add', 'Acme', '--map', 'msp-backups')
  const report = async () => {
    const { plans, crossChecks } = (await msp('backup', 'report', '--client', 'acme', '--json', '--days', '2')).json()
    return [plans.map(({ computer, status, days }: Record<string, unknown>) => [computer, status, days]), crossChecks]
  }
  const same = [{ vendor: 'MSP Backups', differences: [] }]
  assert.deepEqual(await report(), [[['ACME-01', 'successful', ['noData', 'successful']]], same])
  pass(24)
  acme.Name = plan.CompanyName = 'Acme Corporation'
  run(plan, { Status: 7 })
  assert.deepEqual(await report(), [[['ACME-01', 'warning', ['successful', 'warning']]], same])
  await msp('client', 'map', 'acme', `msp-backups=${branch.Id.toUpperCase()}`)
  const tucson = ['TUC-01', 'failed', ['failed', 'noRun']]
  assert.deepEqual(await report(), [[tucson, ['ACME-01', 'warning', ['successful', 'warning']]], same])
  const { stdout } = await msp('backup', 'status', '--client', 'acme')
  assert.deepEqual(
    stdout.map((line) => line.split('\t').slice(1, 4)),
    [
      ['TUC-01', 'Nightly files', 'failed'],
      ['ACME-01', 'Nightly files', 'warning'],
    ],
  )
})

test("the vendor's times are read in the zone that is set, and the day of the report is the technician's", async (t) => {
  const { msp, sandbox } = await startWorking(t, { now: () => new Date('2026-01-16T05:00:00.000Z') })
  sandbox.mspBackups.addPlans('Acme', { LastStart: '2026-01-15T20:00:00', NextStart: '2026-01-16T20:00:00.123' })
  await msp('client', 'add', 'Acme')
  await msp('config', 'set', 'msp-backups.zone', 'America/Chicago')
  const { date, plans, notes } = (await msp('backup', 'report', '--client', 'acme', '--json')).json()
  assert.deepEqual([date, plans[0].lastStart, plans[0].nextStart], ['2026-01-15', '2026-01-16T02:00:00.000Z', '2026-01-17T02:00:00.123Z'])
  assert.equal(notes[1], 'Times that MSP Backups sends without a zone are read as America/Chicago.')
  const { stderr } = await msp('backup', 'report', '--client', 'acme')
  assert.match(stderr.at(-2) ?? '', /^Taken 2026-01-15 22:00 \(America\/Phoenix\)\. /)
})

for (const kind of ['half-json', 'html', 'empty', 'status'] as const) {
  test(`when the vendor's answer is spoiled (${kind}) there is no report`, async (t) => {
    const { msp, sandbox } = await startWorking(t, { sleep: async () => {} })
    sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind, times: 20 })
    const { exitCode, stdout, stderr } = await msp('backup', 'report', '--client', 'data')
    assert.deepEqual([exitCode, stdout, stderr[0]?.slice(0, 12)], [1, [], 'MSP Backups '])
  })
}

test('without MSP Backups there is nothing to report', async (t) => {
  const { msp } = await startMsp(t)
  await msp('client', 'add', 'Dataforth')
  const { exitCode, stdout, stderr } = await msp('backup', 'report', '--client', 'data')
  assert.deepEqual([exitCode, stdout, stderr[0]], [4, [], 'No system with backups is connected.'])
})
