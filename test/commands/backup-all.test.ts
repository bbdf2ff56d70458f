import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWorking } from '../clients/working.ts'
import { startBackups } from './backup-start.ts'

test('every client is a line, the worst first', async (t) => {
  const { msp } = await startWorking(t, { terminal: true })
  assert.deepEqual(await msp('backup', 'report', '--all'), {
    exitCode: 0,
    stdout: [
      'CLIENT           TOTAL JOBS  PROTECTED  RESULT',
      'Grabb & Durando  7           230 GB     1 failed, 1 overdue, 1 never ran, 1 unknown, 1 warning, 1 r…',
      'Bell & Sons      1           0 bytes    1 warning',
      '(no client)      1           10 GB      all successful',
      'Dataforth        5           245 GB     all successful',
    ],
    stderr: [],
  })
})

test('the lines as JSON and in a pipe have every count, and a client of ours without plans is wrong', async (t) => {
  const { msp, addPlans, sandbox } = await startBackups(t)
  addPlans('Acme', 'PC1', 'PC2')
  sandbox.mspBackups.addPlans('Bell', { ComputerName: 'PC3', Status: 2 }, { ComputerName: 'PC4', PlanType: 4 })
  const gigabyte = 1024 ** 3
  const bytes = (plans: number) => ({ protectedBytes: plans * 10 * gigabyte, sentBytes: plans * gigabyte })
  const none = { successful: 0, warning: 0, failed: 0, overdue: 0, noResult: 0, gone: 0, running: 0, neverRan: 0, unknown: 0 }
  assert.deepEqual((await msp('backup', 'report', '--all', '--json')).json(), [
    { client: 'Dataforth', result: 'no plan', totalJobs: 0, ...none, protected: '0 bytes', ...bytes(0), isWrong: true },
    { client: 'Bell', result: '1 failed', totalJobs: 1, ...none, failed: 1, protected: '10 GB', ...bytes(1), isWrong: true },
    { client: 'Acme', result: 'all successful', totalJobs: 2, ...none, successful: 2, protected: '20 GB', ...bytes(2), isWrong: false },
  ])
  assert.equal(
    (await msp('backup', 'report', '--all')).stdout[1],
    'Bell\t1 failed\t1\t0\t0\t1\t0\t0\t0\t0\t0\t0\t10 GB\t10737418240\t1073741824\tyes',
  )
  assert.deepEqual((await msp('backup', 'report', '--all', '--json=client,isWrong')).json()[1], { client: 'Bell', isWrong: true })
  const refused = await msp('backup', 'report', '--all', '--json=plans')
  assert.deepEqual([refused.exitCode, refused.json().error.message], [2, 'There is no field "plans".'])
})

test('--check ends with 1 when something is wrong anywhere, with 0 otherwise', async (t) => {
  const { msp, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  const [plan] = addPlans('Acme', 'PC2')
  const check = async () => (await msp('backup', 'report', '--all', '--check')).exitCode
  const codes = [await check()]
  Object.assign(plan ?? {}, { Status: 2 })
  codes.push(await check())
  assert.deepEqual(codes, [0, 1])
})

test('when the vendor cannot be asked there are no lines, although there is a snapshot', async (t) => {
  const { msp, addPlans, pass, breakVendor } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  await msp('backup', 'report', '--all')
  pass(1)
  breakVendor()
  assert.deepEqual(await msp('backup', 'report', '--all', '--check'), {
    ...{
      exitCode: 3,
      stdout: [],
      stderr: ['MSP Backups refused: status 500.', 'The trouble is at MSP Backups. Try again in a few minutes.'],
    },
  })
})

test('what is for one client, or of another day, is refused before anybody is asked', async (t) => {
  const { msp, sandbox } = await startBackups(t)
  const before = sandbox.requests.length
  for (const [words, stderr] of [
    [['--client', 'data'], ['Use --client or --all, not both.']],
    [
      ['--html', 'x'],
      ['--html is for the report of one client.', 'Name it with --client instead of --all.'],
    ],
    [['--dry-run'], ['--dry-run is for the report of one client.', 'Name it with --client instead of --all.']],
    [['--save'], ['--save is for the report of one client.', 'Name it with --client instead of --all.']],
    [
      ['--date', 'yesterday'],
      ['--all is of now.', 'A past day is reported client by client: --client NAME --date DAY'],
    ],
  ] as const) {
    assert.deepEqual(await msp('backup', 'report', '--all', ...words), { exitCode: 2, stdout: [], stderr })
  }
  assert.equal(sandbox.requests.length, before)
})

test("a vendor's client that is none of ours is not taken for the one of ours that has its name", async (t) => {
  const { msp, sandbox, addPlans } = await startBackups(t)
  const [tucson, mesa] = ['Acme Tucson', 'Acme Mesa'].map((name) => sandbox.mspBackups.addCompany(name))
  for (const [company, computer] of [
    ['Dataforth', 'DF-01'],
    ['Acme Tucson', 'TUC-01'],
    ['Acme Mesa', 'MESA-01'],
    ['Acme', 'SECRET-01'],
  ] as const)
    addPlans(company, computer)
  await msp('client', 'add', 'Acme')
  await msp('client', 'map', 'Acme', `msp-backups=${tucson?.Id}`, `msp-backups=${mesa?.Id}`)
  const lines = (await msp('backup', 'report', '--all', '--json=client,totalJobs')).json()
  const rows = (await msp('backup', 'status', '--json=client,computer')).json()
  assert.deepEqual(
    [lines, rows],
    [
      [
        { client: 'Acme', totalJobs: 2 },
        { client: 'Acme (only at MSP Backups)', totalJobs: 1 },
        { client: 'Dataforth', totalJobs: 1 },
      ],
      [
        { client: 'Acme', computer: 'MESA-01' },
        { client: 'Acme', computer: 'TUC-01' },
        { client: 'Acme (only at MSP Backups)', computer: 'SECRET-01' },
        { client: 'Dataforth', computer: 'DF-01' },
      ],
    ],
  )
  const own = (await msp('backup', 'status', '--client', 'Acme', '--json=computer')).json()
  assert.deepEqual(own, [{ computer: 'MESA-01' }, { computer: 'TUC-01' }])
})
