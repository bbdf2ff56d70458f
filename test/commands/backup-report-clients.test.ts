import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/db/open.ts'
import { now, startWorking } from '../clients/working.ts'
import { startMsp } from '../support/msp.ts'

const said = (exitCode: number, ...stderr: string[]) => ({ exitCode, stdout: [], stderr })

test('a client without plans is not called good', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  sandbox.mspBackups.addCompany('Acme')
  await msp('client', 'add', 'Acme')
  const { exitCode, stdout, stderr } = await msp('backup', 'report', '--client', 'acme')
  assert.deepEqual(
    [exitCode, stdout, stderr[0]],
    [
      0,
      ['Latest backup report: 0 jobs, 0 bytes total'],
      'No backup plan of Acme is there: nothing protects it, or its name there is another one.',
    ],
  )
})

test('a company that the vendor does not know, or has twice, is refused; the pull is kept all the same', async (t) => {
  const { msp, sandbox, home } = await startWorking(t)
  for (const name of ['Acme', 'Twice']) await msp('client', 'add', name)
  for (const name of ['Twice', 'TWICE ']) sandbox.mspBackups.addCompany(name)
  const [none, twice] = [await msp('backup', 'report', '--client', 'acme'), await msp('backup', 'report', '--client', 'twice')]
  assert.deepEqual(none, said(5, 'MSP Backups has no client named Acme.', 'Name the one you mean: msp client map Acme msp-backups=<id>'))
  assert.deepEqual([twice.exitCode, twice.stdout, twice.stderr[0]?.slice(0, 32)], [5, [], 'Twice may be Twice (msp-backups='])
  await msp('backup', 'report', '--client', 'data')
  const db = await openDatabase({ engine: 'sqlite', path: `${home}/data/msp.sqlite` })
  try {
    const rows = await db.selectFrom('backupSnapshots').selectAll().execute()
    assert.deepEqual(
      rows.map(({ integration, takenAt, body }) => [integration, takenAt, JSON.parse(body).length]),
      Array(3).fill(['msp_backups', now, 16]),
    )
  } finally {
    await db.destroy()
  }
})

test('a mapping outlives a new name at the vendor, and a client with two companies is one report', async (t) => {
  const { msp, sandbox } = await startWorking(t)
  const [acme, branch] = ['Acme', 'Acme Tucson'].map((name) => sandbox.mspBackups.addCompany(name))
  const [plan] = sandbox.mspBackups.addPlans('Acme', { ComputerName: 'ACME-01' })
  sandbox.mspBackups.addPlans('Acme Tucson', { ComputerName: 'TUC-01', Status: 2 })
  if (!acme || !branch || !plan) throw new Error('The sandbox gave nothing.')
  await msp('client', 'add', 'Acme', '--map', 'msp-backups')
  const computers = async () =>
    (await msp('backup', 'report', '--client', 'acme', '--json')).json().plans.map(({ computer }: { computer: string }) => computer)
  assert.deepEqual(await computers(), ['ACME-01'])
  acme.Name = plan.CompanyName = 'Acme Corporation'
  assert.deepEqual(await computers(), ['ACME-01'])
  await msp('client', 'map', 'acme', `msp-backups=${branch.Id.toUpperCase()}`)
  assert.deepEqual(await computers(), ['TUC-01', 'ACME-01'])
})

test("the vendor's times are read in the zone that is set, and the day of the report is the technician's", async (t) => {
  const { msp, sandbox } = await startWorking(t, { now: () => new Date('2026-01-16T05:00:00.000Z') })
  sandbox.mspBackups.addPlans('Acme', { LastStart: '2026-01-15T20:00:00', NextStart: '2026-01-16T20:00:00.123' })
  await msp('client', 'add', 'Acme')
  await msp('config', 'set', 'msp-backups.zone', 'America/Chicago')
  const { date, plans } = (await msp('backup', 'report', '--client', 'acme', '--json')).json()
  assert.deepEqual([date, plans[0].lastStart, plans[0].nextStart], ['2026-01-15', '2026-01-16T02:00:00.000Z', '2026-01-17T02:00:00.123Z'])
  const { stderr } = await msp('backup', 'report', '--client', 'acme')
  assert.match(stderr[0] ?? '', /^Taken 2026-01-15 22:00\..* Times without a zone are read as America\/Chicago\./)
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
