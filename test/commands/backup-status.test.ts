import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerBackupStatus } from '../../src/commands/backup/status.ts'
import { startWorking } from '../clients/working.ts'
import { parsed } from '../support/recording.ts'
import { startBackups } from './backup-start.ts'

test('msp backup status', async () => {
  assert.deepEqual(await parsed(registerBackupStatus, 'status --client data --wrong --stored --check'), [
    { client: 'data', wrong: true, stored: true, check: true },
  ])
})

/** What a run says of the plans, its talk and how it ended, in short. */
const brief = ({ exitCode, stdout, stderr }: { exitCode: number; stdout: string[]; stderr: string[] }) => ({
  exitCode,
  plans: stdout.map((line) => line.split('\t').slice(0, 4).join(' | ')),
  stderr,
})

test('every plan at the vendor is there, the worst first, whosever it is', async (t) => {
  const { msp } = await startWorking(t, { terminal: true })
  await msp('client', 'add', 'grabb & durando')
  const { exitCode, stdout, stderr } = await msp('backup', 'status')
  assert.deepEqual(
    { exitCode, stdout, stderr },
    {
      exitCode: 0,
      stdout: [
        'STATE       CLIENT           LAST START        EXPECTED BY       COMPUTER       PLAN',
        'failed      grabb & durando  2026-01-15 05:02  2026-01-16 06:32  GD-FS01        Nightly files',
        'overdue     grabb & durando  2026-01-10 04:32  2026-01-16 06:32  GD-WS07        Nightly files',
        'never ran   grabb & durando                                      GD-WS09        Nightly files',
        'unknown     grabb & durando  2026-01-14 04:32  2026-01-16 06:32  GD-WS11        Nightly files',
        'warning     Bell & Sons      2026-01-15 03:32  2026-01-16 06:32  BELL-PC01      Nightly files',
        'warning     grabb & durando  2026-01-15 05:32  2026-01-16 06:32  GD-WS02        Nightly files',
        'running     grabb & durando  2026-01-15 14:02  2026-01-16 06:32  GD-SQL01       SQL databases',
        'successful  (no client)      2026-01-15 02:32  2026-01-16 06:32  UNASSIGNED-01  Nightly files',
        'successful  Dataforth        2026-01-15 03:32  2026-01-16 06:32  AD1            Nightly image',
        'successful  Dataforth        2026-01-15 04:02  2026-01-16 06:32  AD2            Virtual machines',
        'successful  Dataforth        2026-01-15 04:32  2026-01-16 06:32  D2TESTNAS      NAS to cloud',
        'successful  Dataforth        2026-01-15 05:32  2026-01-16 06:32  DF-HV01        Hyper-V guests',
        'successful  Dataforth        2026-01-15 05:02  2026-01-16 06:32  DF-SQL01       SQL databases',
        'successful  grabb & durando  2026-01-15 04:32  2026-01-16 06:32  GD-DC01        Nightly image',
        'grabb & durando, GD-FS01, Nightly files: The storage is full: The storage limit of the user is reached.',
        'grabb & durando, GD-WS07, Nightly files: It missed its scheduled start.',
        'grabb & durando, GD-WS11, Nightly files: MSP Backups itself does not know how it ended.',
        'Bell & Sons, BELL-PC01, Nightly files: The last run was successful, but it protected nothing: no files and no data.',
        'grabb & durando, GD-WS02, Nightly files: Some files were skipped: Two files were in use.',
      ],
      stderr: ['14 plans, 6 wrong.'],
    },
  )
})

test('as JSON each plan is whole', async (t) => {
  const { msp, addPlans, instant } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  assert.deepEqual((await msp('backup', 'status', '--json')).json(), [
    {
      ...{ client: 'Dataforth', computer: 'PC1', plan: 'Nightly files', status: 'successful', isWrong: false, reason: null },
      ...{ lastStart: instant(-1), lastSuccess: instant(-1), expectedBy: instant(25), expectation: 'its schedule', takenAt: instant(0) },
    },
  ])
})

test('the first look finds nothing wrong where nothing is', async (t) => {
  const { msp, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  assert.deepEqual(brief(await msp('backup', 'status', '--check')), {
    exitCode: 0,
    plans: ['Dataforth | PC1 | Nightly files | successful'],
    stderr: ['1 plan, nothing is wrong.'],
  })
})

test('a plan that is removed at the vendor is gone, at every look from then on', async (t) => {
  const { msp, addPlans, run, remove, pass } = await startBackups(t)
  const [kept, removed] = addPlans('Dataforth', 'KEPT', 'REMOVED')
  await msp('backup', 'status')
  assert.ok(kept)
  remove(removed)
  for (let day = 0; day < 3; day++) {
    pass(24)
    run(kept)
    assert.deepEqual(brief(await msp('backup', 'status', '--check')), {
      exitCode: 1,
      plans: ['Dataforth | REMOVED | Nightly files | gone', 'Dataforth | KEPT | Nightly files | successful'],
      stderr: ['2 plans, 1 wrong.'],
    })
  }
  assert.deepEqual(brief(await msp('backup', 'status', '--wrong')).plans, ['Dataforth | REMOVED | Nightly files | gone'])
})

for (const [name, add] of [
  ['mapped', undefined],
  ['known by its name only', 'Acme'],
  ['none of ours', undefined],
] as const) {
  test(`when all plans of a company are removed each is gone, and stays so (${name})`, async (t) => {
    const company = name === 'mapped' ? 'Dataforth' : 'Acme'
    const { msp, addPlans, pass, sandbox } = await startBackups(t)
    if (add) await msp('client', 'add', add)
    addPlans(company, 'PC1')
    await msp('backup', 'status')
    sandbox.mspBackups.plans.length = 0
    for (let day = 0; day < 3; day++) {
      pass(24)
      const { plans, exitCode } = brief(await msp('backup', 'status', '--check'))
      assert.deepEqual([plans, exitCode], [[`${company} | PC1 | Nightly files | gone`], 1])
    }
  })
}

test('a renamed device and a renamed company are the same', async (t) => {
  const { msp, sandbox, addPlans, run, pass } = await startBackups(t)
  const acme = sandbox.mspBackups.addCompany('Acme')
  const [plan] = addPlans('Acme', 'RECEPTION')
  await msp('client', 'add', 'Acme', '--map', 'msp-backups')
  await msp('backup', 'status')
  pass(24)
  assert.ok(plan)
  acme.Name = 'Acme Corporation'
  run(plan, { ComputerName: 'FRONT-DESK', CompanyName: 'Acme Corporation' })
  const { exitCode, plans } = brief(await msp('backup', 'status', '--check', '--client', 'acme'))
  assert.deepEqual([exitCode, plans], [0, ['Acme | FRONT-DESK | Nightly files | successful']])
})

test('a plan that fell silent is no result, although the vendor still says that all is well', async (t) => {
  const { msp, addPlans, pass } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  await msp('backup', 'status')
  pass(25)
  assert.equal((await msp('backup', 'status', '--check')).exitCode, 0)
  pass(0.1)
  assert.deepEqual(brief(await msp('backup', 'status', '--check')), {
    exitCode: 1,
    plans: ['Dataforth | PC1 | Nightly files | no result'],
    stderr: ['1 plan, 1 wrong.'],
  })
})

test('that nobody looked for more than a day is a finding', async (t) => {
  const { msp, addPlans, run, pass } = await startBackups(t)
  const [plan] = addPlans('Dataforth', 'PC1')
  await msp('backup', 'status')
  assert.ok(plan)
  pass(26)
  run(plan)
  assert.equal((await msp('backup', 'status', '--check')).exitCode, 0)
  pass(26.1)
  run(plan)
  assert.deepEqual(brief(await msp('backup', 'status', '--check')), {
    exitCode: 1,
    plans: ['Dataforth | PC1 | Nightly files | successful'],
    stderr: [
      'Nobody looked at MSP Backups for 26 h, since 2026-01-16 16:32: run msp backup status --check every day.',
      '1 plan, none of which is wrong, but see what is said above.',
    ],
  })
})

test('when the vendor cannot be asked the latest snapshot is shown, which says its age, and the check ends with 3', async (t) => {
  const { msp, addPlans, pass, breakVendor } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  await msp('backup', 'status')
  pass(3)
  const refused = 'MSP Backups could not be asked: MSP Backups refused: status 500.'
  const old = 'What is shown of MSP Backups is of 2026-01-15 14:32, 3 h old.'
  for (const [flags, exitCode] of [
    [['--check'], 3],
    [[], 0],
  ] as const) {
    breakVendor()
    assert.deepEqual(brief(await msp('backup', 'status', ...flags)), {
      exitCode,
      plans: ['Dataforth | PC1 | Nightly files | successful'],
      stderr: [refused, old, '1 plan, none of which is wrong, but see what is said above.'],
    })
  }
})

test('a vendor that cannot be asked at the first look is an error, and for a check neither good nor bad news', async (t) => {
  const { msp, sandbox, breakVendor } = await startBackups(t)
  const refused = { stdout: [], stderr: ['MSP Backups refused: status 500.', 'The trouble is at MSP Backups. Try again in a few minutes.'] }
  breakVendor()
  assert.deepEqual(await msp('backup', 'status'), { exitCode: 1, ...refused })
  for (const command of [['status'], ['report', '--client', 'data']]) {
    breakVendor()
    assert.deepEqual(await msp('backup', ...command, '--check'), { exitCode: 3, ...refused })
  }
  sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind: 'status', status: 403 })
  const { exitCode, stderr } = await msp('backup', 'status', '--check')
  assert.deepEqual([exitCode, stderr[0]], [3, 'MSP Backups does not allow this: status 403.'])
})

test('the latest snapshot is shown without asking anybody, and one that is too old says so', async (t) => {
  const { msp, sandbox, addPlans, pass } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  const none = await msp('backup', 'status', '--stored')
  assert.deepEqual(none, {
    ...{ exitCode: 5, stdout: [] },
    stderr: ['msp has no snapshot yet of what MSP Backups says.', 'Make one: msp backup status'],
  })
  await msp('backup', 'status')
  sandbox.mspBackups.plans.length = 0
  const before = sandbox.requests.length
  pass(1)
  const fresh = brief(await msp('backup', 'status', '--stored', '--check'))
  pass(26)
  const stale = brief(await msp('backup', 'status', '--stored', '--check'))
  const plans = ['Dataforth | PC1 | Nightly files | successful']
  assert.deepEqual(
    [fresh, stale, sandbox.requests.length],
    [
      { exitCode: 0, plans, stderr: ['1 plan, nothing is wrong.'] },
      {
        exitCode: 1,
        plans,
        stderr: [
          'What is shown of MSP Backups is of 2026-01-15 14:32, 27 h old.',
          '1 plan, none of which is wrong, but see what is said above.',
        ],
      },
      before,
    ],
  )
})

test('a client without plans is a finding, whether it was asked for or is only mapped', async (t) => {
  const { msp } = await startBackups(t)
  await msp('client', 'add', 'Acme')
  const stderr = (name: string) => [`No backup plan of ${name} is there.`]
  assert.deepEqual(
    [await msp('backup', 'status', '--check'), await msp('backup', 'status', '--client', 'acme', '--check')],
    [
      { exitCode: 1, stdout: [], stderr: stderr('Dataforth') },
      { exitCode: 1, stdout: [], stderr: stderr('Acme') },
    ],
  )
})

test('two clients of the vendor whose names differ only in their case are told apart by nobody, and said', async (t) => {
  const { msp, addPlans } = await startBackups(t)
  addPlans('ACME', 'PC1')
  addPlans('Acme', 'PC2')
  await msp('client', 'add', 'Acme')
  const said = 'Clients of MSP Backups have names that differ only in their case: ACME, Acme.'
  const { exitCode, stderr } = await msp('backup', 'status', '--check')
  const all = await msp('backup', 'report', '--all', '--check')
  assert.deepEqual([exitCode, stderr[0], all.exitCode, all.stderr], [1, said, 1, [said]])
})
