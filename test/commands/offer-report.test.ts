import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { isAboutBackups } from '../../src/commands/offer-report.ts'
import { nasId, startWorking } from '../clients/working.ts'
import { startMailServer } from '../support/mail-server.ts'
import { ctrlC, startMsp } from '../support/msp.ts'
import { connectMail } from './mail-start.ts'

const env = { MSP_BACKUPS_KEYWORDS: 'backup' }
const question = 'Pull latest backup report for Dataforth?'
const whatFor = 'What shall become of it?'
const hint = 'About backups? Their latest report: msp backup report --client Dataforth (--attach TICKET, --save or --email ADDRESS too)'
const sentence = 'Latest backup report: 5 jobs, all successful, 245 GB total'

/** A session for Dataforth, at a terminal. */
async function startAtWork(t: TestContext, terminal = true) {
  const started = await startWorking(t, { terminal, env })
  assert.equal((await started.msp('session', 'start', '--client', 'Dataforth', '--ticket', 'T12345')).exitCode, 0)
  return started
}

for (const [text, keywords, expected] of [
  ['Configured Veeam backup job', 'backup', true],
  ['BACKUPS checked', 'backup', true],
  ['nas-backup.', 'backup', true],
  ['Fuser replaced', 'backup', false],
  ['playbackup', 'backup', false],
  ['Test restore of AD2', 'backup, restore', true],
  ['Sicherung geprüft', ' Sicherung ', true],
  ['The off-site copy', 'off-site', true],
  ['anything', '', false],
  ['anything', ' , ', false],
] as const) {
  test(`"${text}" is ${expected ? '' : 'not '}about ${JSON.stringify(keywords)}`, () =>
    assert.equal(isAboutBackups(text, keywords), expected))
}

test('work about backups: the report is offered once in a session, and saved', async (t) => {
  const { msp, asked, tell } = await startAtWork(t)
  tell([true, 'save'])
  const { exitCode, stdout } = await msp('work', 'add', 'Configured Veeam backup job')
  assert.deepEqual([exitCode, stdout.includes(sentence), asked], [0, true, [question, whatFor]])
  assert.deepEqual((await msp('session', 'show', '--json=workItems,backupReports')).json(), {
    workItems: ['Configured Veeam backup job'],
    backupReports: [sentence],
  })
  assert.equal((await msp('work', 'add', 'Tested the backup')).exitCode, 0)
})

test('after a no nothing is asked in that session again', async (t) => {
  const { msp, asked, tell } = await startAtWork(t)
  tell([false])
  await msp('work', 'add', 'Configured Veeam backup job')
  await msp('work', 'add', 'Tested the backup')
  assert.deepEqual(asked, [question])
})

test('it is attached to the ticket of the session', async (t) => {
  const { msp, sandbox, tell, env: own } = await startAtWork(t)
  Object.assign(own, { MSP_PUBLIC_URL: 'http://127.0.0.1', MSP_LISTEN: '127.0.0.1:0' })
  tell([true, 'attach', true])
  const { exitCode, stderr } = await msp('work', 'add', 'Configured Veeam backup job')
  assert.deepEqual([exitCode, stderr.at(-1)], [0, 'Attached the report to T12345.'])
  assert.deepEqual(
    sandbox.syncro.attachments(nasId).map(({ file_name }) => file_name),
    ['dataforth_backup_report_2026-01-15.pdf'],
  )
})

test('it is mailed to the addresses that are typed', async (t) => {
  const { msp, tell } = await startAtWork(t)
  const server = await startMailServer(t)
  assert.equal((await connectMail(msp, server)).exitCode, 0)
  tell([true, 'email', 'dana@dataforth.example, lee@dataforth.example', true])
  const { exitCode, stderr } = await msp('work', 'add', 'Configured Veeam backup job')
  const [mail] = await server.messages()
  assert.deepEqual(
    [exitCode, stderr.at(-1), mail?.to, mail?.mail.subject],
    [
      0,
      'Mailed to dana@dataforth.example and lee@dataforth.example.',
      ['dana@dataforth.example', 'lee@dataforth.example'],
      'Backup report of Dataforth, 2026-01-15',
    ],
  )
})

test('a vendor that is down is said, and the work is noted all the same', async (t) => {
  const { msp, sandbox, tell } = await startAtWork(t)
  sandbox.arm({ vendor: 'msp-backups', on: 'GET Monitoring', kind: 'status', status: 403 })
  tell([true])
  const { exitCode, stderr } = await msp('work', 'add', 'Configured Veeam backup job')
  assert.deepEqual([exitCode, stderr[0]?.startsWith('MSP Backups does not allow this')], [0, true])
  assert.deepEqual((await msp('work', 'list', '--json=note')).json(), [{ note: 'Configured Veeam backup job' }])
})

test('Ctrl-C at the question cancels, with the work noted', async (t) => {
  const { msp, tell } = await startAtWork(t)
  tell([ctrlC])
  assert.equal((await msp('work', 'add', 'Configured Veeam backup job')).exitCode, 130)
  assert.deepEqual((await msp('work', 'list', '--json=note')).json(), [{ note: 'Configured Veeam backup job' }])
})

test('where nobody can answer the command is named, once', async (t) => {
  const { msp } = await startAtWork(t, false)
  const { exitCode, stderr } = await msp('work', 'add', 'Configured Veeam backup job')
  assert.deepEqual([exitCode, stderr], [0, [hint]])
  assert.deepEqual((await msp('work', 'add', 'Tested the backup')).stderr, [])
})

test('what cannot be done with it is not offered', async (t) => {
  const { msp, tell, offered } = await startAtWork(t)
  tell([true, 'nothing'])
  await msp('work', 'add', 'Configured Veeam backup job')
  assert.deepEqual(offered, [['Save it to the session', 'Nothing']])
})

test('a comment counts too', async (t) => {
  const { msp } = await startAtWork(t, false)
  const { exitCode, stderr } = await msp('ticket', 'comment', 'T12345', 'Backup checked')
  assert.deepEqual([exitCode, stderr.at(-1)], [0, hint])
})

test('the note of a time entry counts too', async (t) => {
  const { msp } = await startAtWork(t, false)
  const { exitCode, stderr } = await msp('time', 'log', '30m', '--note', 'Backup checked')
  assert.deepEqual([exitCode, stderr.at(-1)], [0, hint])
})

test('without a connected backup vendor nothing is offered', async (t) => {
  const { msp } = await startMsp(t, { env })
  await msp('client', 'add', 'Dataforth')
  await msp('session', 'start', '--client', 'Dataforth')
  assert.deepEqual((await msp('work', 'add', 'Configured Veeam backup job')).stderr, [])
})
