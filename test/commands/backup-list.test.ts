import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { registerBackupDeleteMark } from '../../src/commands/backup/delete-mark.ts'
import { registerBackupList } from '../../src/commands/backup/list.ts'
import { now } from '../clients/working.ts'
import { type StartOptions, startMsp } from '../support/msp.ts'
import { parsed } from '../support/recording.ts'

/** Four backups: of two clients, on three days, one that is due, one that failed. */
async function startWithBackups(t: TestContext, options: Omit<StartOptions, 'engine' | 'sandbox'> = {}) {
  const running = await startMsp(t, { now: () => now, ...options })
  const { msp } = running
  for (const name of ['Dataforth', 'Grabb & Durando']) await msp('client', 'add', name)
  const log = (name: string, day: string, ...more: string[]) =>
    msp('backup', 'log', `/mnt/${name}`, '--size', '45GB', '--started', `${day} 02:00`, '--ended', `${day} 02:45`, ...more)
  await log('old.vbk', '2026-01-01', '--client', 'data', '--asset', 'AD2', '--type', 'daily', '--source', 'veeam', '--retention', '7d')
  await log('kept.vbk', '2026-01-14', '--client', 'data', '--asset', 'AD2', '--type', 'weekly', '--source', 'veeam', '--retention', '7d')
  await log('config.xml', '2026-01-15', '--client', 'grabb', '--asset', 'pfSense', '--verified', 'manual')
  await msp(
    'backup',
    'log',
    '/mnt/failed.vbk',
    '--started',
    '2026-01-15 03:00',
    '--status',
    'failed',
    '--error',
    'Full.',
    '--client',
    'data',
  )
  return running
}

for (const [argv, expected] of [
  ['list', { limit: 50 }],
  [
    'list --client x --type daily --status failed --verification passed --source veeam --since friday --until today --asset a --due-deletion --limit 2',
    {
      ...{ client: 'x', type: 'daily', status: 'failed', verification: 'passed', source: 'veeam', since: 'friday', until: 'today' },
      ...{ asset: 'a', dueDeletion: true, limit: 2 },
    },
  ],
] as const) {
  test(`msp backup ${argv}`, async () => assert.deepEqual(await parsed(registerBackupList, argv), [expected]))
}

test('msp backup delete-mark 3f2a --json=id', async () =>
  assert.deepEqual(await parsed(registerBackupDeleteMark, 'delete-mark 3f2a --json=id'), ['3f2a', { json: ['id'] }]))

test('the list is asked for by client, type, status, verification, source, days, machine and what is due', async (t) => {
  const { msp } = await startWithBackups(t)
  for (const [words, names] of [
    [[], ['failed.vbk', 'config.xml', 'kept.vbk', 'old.vbk']],
    [
      ['--client', 'data'],
      ['failed.vbk', 'kept.vbk', 'old.vbk'],
    ],
    [['--type', 'daily'], ['old.vbk']],
    [['--status', 'failed'], ['failed.vbk']],
    [['--verification', 'passed'], ['config.xml']],
    [
      ['--source', 'veeam'],
      ['kept.vbk', 'old.vbk'],
    ],
    [['--since', '2026-01-14', '--until', 'yesterday'], ['kept.vbk']],
    [
      ['--since', 'today'],
      ['failed.vbk', 'config.xml'],
    ],
    [
      ['--asset', 'ad2'],
      ['kept.vbk', 'old.vbk'],
    ],
    [['--due-deletion'], ['old.vbk']],
    [['--type', 'monthly'], []],
  ] as const) {
    const found = (await msp('backup', 'list', ...words, '--json=fileName')).json()
    assert.deepEqual([words, found.map(({ fileName }: { fileName: string }) => fileName)], [words, names])
  }
  const { exitCode, stderr } = await msp('backup', 'list', '--asset', 'nowhere')
  assert.deepEqual([exitCode, stderr[0]], [5, 'There is no machine or device "nowhere".'])
})

test('a terminal shows what a person reads, with ids that can be typed', async (t) => {
  const { msp } = await startWithBackups(t, { terminal: true })
  const [{ id }] = (await msp('backup', 'list', '--status', 'failed', '--json=id')).json()
  assert.deepEqual((await msp('backup', 'list', '--limit', '2')).stdout.slice(0, 2), [
    'ID        CLIENT           TYPE    STATUS     VERIFIED      STARTED           SIZE   FILE',
    `${id.slice(-8)}  Dataforth        manual  failed     not verified  2026-01-15 03:00         failed.vbk`,
  ])
})

test('a backup is marked as deleted once, its file is left alone, and it is due no more', async (t) => {
  const { msp, home, tell, asked } = await startWithBackups(t, { terminal: true })
  const file = join(home, 'there.zip')
  writeFileSync(file, 'hello')
  await msp('backup', 'log', file, '--started', '2026-01-01 02:00', '--ended', '2026-01-01 02:01', '--retention', '1d')
  const due = (await msp('backup', 'list', '--due-deletion', '--json=id')).json()
  const id = due.at(0).id.slice(-8)
  tell([false, true])
  assert.deepEqual((await msp('backup', 'delete-mark', id)).stderr, ['Nothing was changed.'])
  const marked = await msp('backup', 'delete-mark', id)
  assert.deepEqual([marked.exitCode, marked.stderr], [0, ['there.zip is marked as deleted. The file itself was not touched.']])
  const again = await msp('backup', 'delete-mark', id, '--json=backupStatus,deletedAt')
  assert.deepEqual(
    [again.exitCode, again.json(), again.stderr],
    [0, { backupStatus: 'deleted', deletedAt: now.toISOString() }, ['there.zip is marked as deleted already.']],
  )
  assert.deepEqual(asked, ['Mark there.zip as deleted?', 'Mark there.zip as deleted?'])
  assert.equal((await msp('backup', 'list', '--due-deletion', '--json')).json().length, 1)
})

test('of a backup that failed there is nothing to delete', async (t) => {
  const { msp } = await startWithBackups(t)
  const [{ id }] = (await msp('backup', 'list', '--status', 'failed', '--json=id')).json()
  const { exitCode, stderr } = await msp('backup', 'delete-mark', id, '--yes')
  const hint = 'See which can be marked: msp backup list --status completed'
  assert.deepEqual([exitCode, stderr], [2, ['failed.vbk failed: there is no backup to delete.', hint]])
})
