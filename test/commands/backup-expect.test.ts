import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerBackupExpect } from '../../src/commands/backup/expect.ts'
import { parsed } from '../support/recording.ts'
import { startBackups } from './backup-start.ts'

for (const [argv, options] of [
  ['--client data', { client: 'data' }],
  ['--client data --every 24h --grace 90m', { client: 'data', every: 1440, grace: 90 }],
  ['--client data --every 1.5d --weekdays', { client: 'data', every: 2160, weekdays: true }],
  [
    '--client data --computer AD1 --plan Nightly --pause-until 2026-02-01',
    { client: 'data', computer: 'AD1', plan: 'Nightly', pauseUntil: '2026-02-01' },
  ],
  ['--client data --ignore --clear', { client: 'data', ignore: true, clear: true }],
] as const) {
  test(`msp backup expect ${argv}`, async () => assert.deepEqual(await parsed(registerBackupExpect, `expect ${argv}`), [options]))
}

for (const span of ['24', '0h', '-1h', 'daily', '367d', '1w', '']) {
  test(`--every "${span}" is refused`, async () =>
    assert.rejects(parsed(registerBackupExpect, ['expect', '--client', 'data', '--every', span]), { code: 'commander.invalidArgument' }))
}

const expect = (...words: string[]) => ['backup', 'expect', '--client', 'data', ...words]
const row = (given: object) => ({
  ...{
    client: 'Dataforth',
    computer: null,
    plan: null,
    every: null,
    grace: null,
    weekdaysOnly: false,
    pausedUntil: null,
    isIgnored: false,
  },
  ...given,
})

test('what is expected is set, shown, replaced and cleared, for a client, a computer and a plan', async (t) => {
  const { msp, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1', 'PC2')
  const shown = async () => (await msp(...expect('--json'))).json()
  assert.deepEqual(await msp(...expect()), {
    exitCode: 0,
    stdout: [],
    stderr: ['Nothing is set for Dataforth: the schedule and the history of each plan count.'],
  })
  assert.deepEqual(await msp(...expect('--every', '24h', '--grace', '6h', '--weekdays')), {
    exitCode: 0,
    stdout: ['Dataforth\t\t\t24 h\t6 h\tyes\t\tno'],
    stderr: ['Set. To see what comes of it: msp backup status'],
  })
  await msp(...expect('--computer', 'pc1', '--every', '7d'))
  await msp(...expect('--computer', 'PC1', '--plan', 'nightly FILES', '--pause-until', '2026-02-01'))
  const whole = row({ every: '24 h', grace: '6 h', weekdaysOnly: true })
  const paused = row({ computer: 'PC1', plan: 'Nightly files', pausedUntil: '2026-02-01T07:00:00.000Z' })
  assert.deepEqual(await shown(), [whole, row({ computer: 'PC1', every: '7 days' }), paused])
  await msp(...expect('--computer', 'pc1', '--ignore'))
  assert.deepEqual(await shown(), [whole, row({ computer: 'PC1', every: '7 days', isIgnored: true }), paused])
  assert.deepEqual((await msp(...expect('--computer', 'pc1', '--clear'))).stderr, ['Schedule and history count again.'])
  assert.deepEqual(await shown(), [whole, paused])
  assert.deepEqual(await msp(...expect('--computer', 'pc1', '--clear')), {
    exitCode: 5,
    stdout: [],
    stderr: ['Nothing is set there.', 'See: msp backup expect --client Dataforth'],
  })
})

test('what is set decides, from the next look on', async (t) => {
  const { msp, addPlans, pass } = await startBackups(t)
  addPlans('Dataforth', 'PC1', 'PC2')
  const status = async () => {
    const rows = (await msp('backup', 'status', '--json')).json()
    return rows.map(({ computer, status, isWrong, expectation }: Record<string, unknown>) => [computer, status, isWrong, expectation])
  }
  await msp(...expect('--every', '4h', '--grace', '1m'))
  await msp(...expect('--computer', 'PC2', '--pause-until', '2026-01-17'))
  pass(5)
  assert.deepEqual(await status(), [
    ['PC1', 'noResult', true, 'every 4 h'],
    ['PC2', 'successful', false, 'paused until 2026-01-17'],
  ])
  await msp(...expect('--ignore'))
  await msp(...expect('--computer', 'PC2', '--clear'))
  await msp(...expect('--computer', 'PC2', '--every', '24h', '--weekdays'))
  assert.deepEqual(await status(), [
    ['PC1', 'successful', false, 'nothing'],
    ['PC2', 'successful', false, 'every 24 h, on weekdays'],
  ])
})

test('what is gone may be ignored, is not reported any more, and can be expected again', async (t) => {
  const { msp, addPlans, remove, pass, run } = await startBackups(t)
  const [kept, gone] = addPlans('Dataforth', 'KEPT', 'OLD')
  await msp('backup', 'status')
  pass(24)
  remove(gone)
  assert.ok(kept)
  run(kept)
  const status = async () => (await msp('backup', 'status', '--check', '--client', 'data')).stdout.map((line) => line.split('\t')[1])
  assert.deepEqual(await status(), ['OLD', 'KEPT'])
  const { stdout } = await msp(...expect('--computer', 'OLD', '--ignore'))
  assert.deepEqual(stdout, ['Dataforth\tOLD\t\t\t\tno\t\tyes'])
  pass(1)
  assert.deepEqual(await status(), ['KEPT'])
  const { plans } = (await msp('backup', 'report', '--client', 'data', '--json')).json()
  assert.deepEqual(
    plans.map(({ computer }: { computer: string }) => computer),
    ['KEPT'],
  )
  assert.equal((await msp(...expect('--computer', 'OLD', '--clear'))).exitCode, 0)
  pass(1)
  assert.deepEqual(await status(), ['OLD', 'KEPT'])
})

test('nobody is asked about what the latest snapshot knows, and what none knows any more can be cleared', async (t) => {
  const { msp, sandbox, addPlans, pass } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  await msp('backup', 'status')
  const before = sandbox.requests.length
  await msp(...expect('--computer', 'PC1', '--every', '24h'))
  await msp(...expect('--computer', 'PC1', '--plan', 'Nightly files', '--ignore'))
  const shown = async () => (await msp(...expect('--json=computer,plan'))).json()
  assert.deepEqual(
    [await shown(), sandbox.requests.length],
    [
      [
        { computer: 'PC1', plan: null },
        { computer: 'PC1', plan: 'Nightly files' },
      ],
      before,
    ],
  )
  sandbox.mspBackups.plans.length = 0
  // longer than what is gone is remembered
  pass(100 * 24)
  await msp('backup', 'status')
  const [whole, own] = await shown()
  assert.ok(whole.computer !== 'PC1' && own.plan !== 'Nightly files')
  assert.equal((await msp(...expect('--computer', own.computer, '--plan', own.plan, '--clear'))).exitCode, 0)
  assert.deepEqual(await shown(), [whole])
  assert.equal((await msp(...expect('--computer', whole.computer, '--clear'))).exitCode, 0)
  assert.deepEqual(await shown(), [])
})

test('an expectation follows a renamed computer', async (t) => {
  const { msp, addPlans, pass } = await startBackups(t)
  const [plan] = addPlans('Dataforth', 'RECEPTION')
  await msp(...expect('--computer', 'RECEPTION', '--every', '24h'))
  pass(1)
  assert.ok(plan)
  plan.ComputerName = 'FRONT-DESK'
  await msp('backup', 'status')
  assert.deepEqual((await msp(...expect('--json'))).json(), [row({ computer: 'FRONT-DESK', every: '24 h' })])
})

test('a name that nobody has, or that several have, is refused, and nothing is set', async (t) => {
  const { msp, sandbox, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1', 'PC2')
  sandbox.mspBackups.addPlans('Dataforth', { ComputerName: 'pc1', ComputerHid: 'another' })
  const see = 'See: msp backup status --client Dataforth'
  const give = 'Give --computer and --plan.'
  for (const [words, stderr] of [
    [
      ['--computer', 'PC9'],
      ['Dataforth has no PC9.', see],
    ],
    [
      ['--computer', 'PC2', '--plan', 'Weekly'],
      ['Dataforth has no Weekly on PC2.', see],
    ],
    [
      ['--plan', 'Nightly files'],
      ['"Nightly files" may be on PC1 or PC2 or pc1, or on several of one name.', give],
    ],
    [
      ['--computer', 'PC1'],
      ['"PC1" may be on PC1 or pc1, or on several of one name.', give],
    ],
  ] as const) {
    assert.deepEqual(await msp(...expect(...words, '--every', '24h')), { exitCode: 5, stdout: [], stderr })
  }
  const PlanName = 'Nightly '.repeat(32).trim()
  sandbox.mspBackups.addPlans('Dataforth', { ComputerName: 'OLD', ComputerHid: '', PlanName })
  assert.deepEqual(await msp(...expect('--plan', PlanName, '--every', '24h')), {
    ...{ exitCode: 1, stdout: [] },
    stderr: [`The names of ${PlanName} are too long for an expectation of their own.`, 'Say it for its computer, or for the whole client.'],
  })
  assert.deepEqual((await msp(...expect('--json'))).json(), [])
  assert.equal((await msp(...expect('--computer', 'OLD', '--every', '24h'))).exitCode, 0)
})

test('what says nothing, or of a time that has begun, is refused', async (t) => {
  const { msp, addPlans } = await startBackups(t)
  addPlans('Dataforth', 'PC1')
  for (const [words, stderr] of [
    [['--every', '24h', '--clear'], ['Use --clear alone.']],
    [
      ['--pause-until', '2026-01-15'],
      ['2026-01-15 has begun already.', 'Name a day to come.'],
    ],
    [['--pause-until', 'tomorrow'], ['"tomorrow" is not a day.']],
  ] as const) {
    assert.deepEqual(await msp(...expect(...words)), { exitCode: 2, stdout: [], stderr })
  }
  assert.deepEqual((await msp(...expect('--json'))).json(), [])
})
