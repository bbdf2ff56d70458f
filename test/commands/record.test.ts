import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { registerRecordList } from '../../src/commands/record/list.ts'
import { registerRecordShow } from '../../src/commands/record/show.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { NewRow } from '../../src/db/tables.ts'
import { addRecord } from '../../src/records/store.ts'
import { startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

const [first, second, third] = [
  '01980000-0000-7000-8000-0000000aaaa1',
  '01980000-0000-7000-8000-0000000bbbb2',
  '01990000-0000-7000-8000-0000000ccc33',
]

const call = (id: string, minute: number, change: Partial<NewRow<'externalIntegrations'>> = {}): NewRow<'externalIntegrations'> => ({
  id,
  sessionId: null,
  workItemId: null,
  clientId: null,
  integrationType: 'syncro_ticket',
  integrationName: 'SyncroMSP',
  externalId: '62811',
  externalUrl: 'https://acme.syncromsp.com/tickets/62811',
  externalReference: 'T1042',
  action: 'updated',
  direction: 'outbound',
  requestData: '{"body":"Fuser replaced."}',
  responseData: '{"id":9}',
  responseStatus: 'success',
  errorMessage: null,
  requestDurationMs: 412,
  retryCount: 0,
  createdAt: new Date(Date.UTC(2026, 3, 1, 14, minute)),
  createdBy: 'mike@example.com',
  ...change,
})

const failed = {
  responseStatus: 'error' as const,
  errorMessage: 'Status 500.',
  responseData: null,
  externalId: '62812',
  externalReference: 'T1043',
}
const late = {
  externalReference: null,
  responseStatus: 'timeout' as const,
  errorMessage: 'Request timeout after 10000ms',
  integrationType: 'msp_backups_report',
  externalId: null,
}

async function addCalls(home: string, ...calls: NewRow<'externalIntegrations'>[]): Promise<void> {
  const db = await openDatabase({ engine: 'sqlite', path: join(home, 'data', 'msp.sqlite') })
  for (const each of calls) await addRecord(db, each)
  await db.destroy()
}

async function startWithCalls(t: Parameters<typeof startMsp>[0], options = {}) {
  const running = await startMsp(t, options)
  await running.msp('db', 'migrate')
  await addCalls(running.home, call(first, 0), call(second, 1, failed), call(third, 2, late))
  return running
}

for (const [argv, expected] of [
  ['', [{ limit: 50 }]],
  [
    '--type syncro_ticket --status error --ticket T1042 --session 3f2a --limit 5',
    [{ type: 'syncro_ticket', status: 'error', ticket: 'T1042', session: '3f2a', limit: 5 }],
  ],
  ['--json=id,action', [{ limit: 50, json: ['id', 'action'] }]],
] as const) {
  test(`msp record list ${argv}`, async () =>
    assert.deepEqual(await parsed(registerRecordList, ['list', ...argv.split(' ').filter(Boolean)]), expected))
}

test('msp record show 0198 --json=id', async () => {
  assert.deepEqual(await parsed(registerRecordShow, 'show 0198 --json=id'), ['0198', { json: ['id'] }])
})

test('the list has the latest call first, and stays on one line each', async (t) => {
  const { msp } = await startWithCalls(t)
  assert.deepEqual(await msp('record', 'list'), {
    exitCode: 0,
    stdout: [
      `${third}\t2026-04-01T14:02:00.000Z\tmsp_backups_report\tupdated\t\ttimeout\t412\tRequest timeout after 10000ms`,
      `${second}\t2026-04-01T14:01:00.000Z\tsyncro_ticket\tupdated\t62812\terror\t412\tStatus 500.`,
      `${first}\t2026-04-01T14:00:00.000Z\tsyncro_ticket\tupdated\t62811\tsuccess\t412\t`,
    ],
    stderr: [],
  })
})

test('a terminal shows the end of the id, which `msp record show` takes, and local times', async (t) => {
  const { msp } = await startWithCalls(t, { terminal: true })
  const { stdout } = await msp('record', 'list', '--limit', '1')
  assert.deepEqual(stdout, [
    'ID        CREATED AT        INTEGRATION TYPE    ACTION   EXTERNAL ID  RESPONSE STATUS  REQUEST DURATION MS  ERROR MESSAGE',
    '000ccc33  2026-04-01 07:02  msp_backups_report  updated               timeout          412                  Request time…',
  ])
  assert.deepEqual((await msp('record', 'show', '000ccc33', '--json=id')).json(), { id: third })
})

for (const [argv, ids] of [
  [
    ['--type', 'syncro_ticket'],
    [second, first],
  ],
  [['--status', 'timeout'], [third]],
  [['--ticket', 'T1042'], [first]],
  [['--ticket', '#1043'], [second]],
  [['--ticket', '1042'], [first]],
  [['--ticket', 'id:62812'], [second]],
  [['--ticket', 'https://acme.syncromsp.com/tickets/62811'], [first]],
  [['--ticket', '62811'], []],
  [
    ['--limit', '2'],
    [third, second],
  ],
] as const) {
  test(`msp record list ${argv.join(' ')} keeps what fits`, async (t) => {
    const { msp } = await startWithCalls(t)
    const list = (await msp('record', 'list', ...argv, '--json=id')).json()
    assert.deepEqual(
      list,
      ids.map((id) => ({ id })),
    )
  })
}

test('the calls of a session', async (t) => {
  const { msp, home } = await startMsp(t)
  await msp('client', 'add', 'Bell & Sons')
  await msp('session', 'start', '--client', 'Bell')
  const [{ id: sessionId }] = (await msp('session', 'list', '--json=id')).json()
  await addCalls(home, call(first, 0), call(second, 1, { sessionId }))
  assert.deepEqual((await msp('record', 'list', '--session', sessionId.slice(-8), '--json=id')).json(), [{ id: second }])
  assert.deepEqual(await msp('record', 'list', '--session', 'ffffffff'), {
    exitCode: 5,
    stdout: [],
    stderr: ['There is no session ffffffff.', 'See: msp session list'],
  })
})

test('a list that is cut says so', async (t) => {
  const { msp } = await startWithCalls(t)
  const cut = async (limit: string) => {
    const { stdout, stderr } = await msp('record', 'list', '--limit', limit)
    return [stdout.length, ...stderr]
  }
  assert.deepEqual(
    [await cut('1'), await cut('2'), await cut('3')],
    [[1, 'There are more than this one; see more with --limit.'], [2, 'There are more than these 2; see more with --limit.'], [3]],
  )
})

test('nothing found is no failure', async (t) => {
  const { msp } = await startMsp(t)
  assert.deepEqual(await msp('record', 'list'), { exitCode: 0, stdout: [], stderr: ['No such call was made yet.'] })
  assert.deepEqual(await msp('record', 'list', '--json'), { exitCode: 0, stdout: ['[]'], stderr: ['No such call was made yet.'] })
})

test('a call as JSON has every column, and what was sent and received as objects', async (t) => {
  const { msp } = await startWithCalls(t)
  const result = await msp('record', 'show', first, '--json')
  const { createdAt, ...rest } = call(first, 0)
  assert.deepEqual([result.exitCode, result.stderr], [0, []])
  assert.deepEqual(result.json(), {
    ...rest,
    createdAt: createdAt?.toISOString(),
    requestData: { body: 'Fuser replaced.' },
    responseData: { id: 9 },
  })
})

test('a call in a pipe is one line', async (t) => {
  const { msp } = await startWithCalls(t)
  assert.deepEqual((await msp('record', 'show', second)).stdout, [
    [
      ...[
        second,
        '',
        '',
        '',
        'syncro_ticket',
        'SyncroMSP',
        '62812',
        'https://acme.syncromsp.com/tickets/62811',
        'T1043',
        'updated',
        'outbound',
      ],
      ...['{"body":"Fuser replaced."}', '', 'error', 'Status 500.', '412', '0', '2026-04-01T14:01:00.000Z', 'mike@example.com'],
    ].join('\t'),
  ])
})

for (const [typed, expected] of [
  ['0199', { exitCode: 0, stdout: ['{', `  "id": "${third}"`, '}'], stderr: [] }],
  ['AAAA1', { exitCode: 0, stdout: ['{', `  "id": "${first}"`, '}'], stderr: [] }],
] as const) {
  test(`${typed} is enough of an id`, async (t) => {
    const { msp } = await startWithCalls(t)
    assert.deepEqual(await msp('record', 'show', typed, '--json=id'), expected)
  })
}

for (const [typed, exitCode, stderr] of [
  ['0198', 5, ['"0198" fits more than one record.', 'Give more of the id: msp record list']],
  ['dddd', 5, ['There is no record dddd.', 'See: msp record list']],
  ['0000-7000', 5, ['There is no record 0000-7000.', 'See: msp record list']],
  ['01', 2, ['"01" is not the id of a record, nor four or more characters of one.', 'See: msp record list']],
  ["019%' or 1=1", 2, [`"019%' or 1=1" is not the id of a record, nor four or more characters of one.`, 'See: msp record list']],
] as const) {
  test(`msp record show ${typed} is refused`, async (t) => {
    const { msp } = await startWithCalls(t)
    assert.deepEqual(await msp('record', 'show', typed), { exitCode, stdout: [], stderr })
  })
}

for (const [argv, sentence] of [
  [['--status', 'fine'], "Option '--status <status>' argument 'fine' is invalid. Use one of: success, error, timeout."],
  [['--limit', '0'], "Option '--limit <n>' argument '0' is invalid. Use a whole number above 0."],
  [['--json=id,nothing'], 'There is no field "nothing".'],
] as const) {
  test(`msp record list ${argv.join(' ')} is wrong usage`, async (t) => {
    const { msp } = await startMsp(t)
    const { exitCode, stdout, stderr } = await msp('record', 'list', ...argv)
    const said = argv[0].startsWith('--json') ? JSON.parse(stderr.join('\n')).error.message : stderr[0]
    assert.deepEqual([exitCode, stdout, said], [2, [], sentence])
  })
}

test('what msp asks a vendor is on record, failures included, and no token with it', async (t) => {
  const { msp, sandbox } = await startMsp(t, { sandbox: true, sleep: async () => {} })
  sandbox.arm({ vendor: 'syncro', on: 'GET me', kind: 'status', times: 2 })
  await msp('integrate', 'test', 'syncro')
  const calls = (
    await msp('record', 'list', '--type', 'syncro_account', '--json=action,direction,responseStatus,retryCount,createdBy')
  ).json()
  const account = { action: 'retrieved', direction: 'outbound', createdBy: 'mike@example.com' }
  assert.deepEqual(
    calls,
    [
      { ...account, responseStatus: 'success', retryCount: 2 },
      { ...account, responseStatus: 'error', retryCount: 1 },
      { ...account, responseStatus: 'error', retryCount: 0 },
      { ...account, responseStatus: 'success', retryCount: 0 },
    ].map(({ action, direction, responseStatus, retryCount, createdBy }) => ({ action, direction, responseStatus, retryCount, createdBy })),
  )
  assert.equal((await msp('record', 'list', '--json')).stdout.join('\n').includes(sandbox.syncro.token), false)
})

test('records are found by a part of their id on MariaDB too', async (t) => {
  const running = await startMsp(t, { engine: 'mariadb', sandbox: true })
  if (running === undefined) return
  const [{ id }] = (await running.msp('record', 'list', '--limit', '1', '--json=id')).json()
  for (const part of [id, id.slice(-12)]) assert.deepEqual((await running.msp('record', 'show', part, '--json=id')).json(), { id })
})
