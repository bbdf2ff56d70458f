import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { nasId, startWorking } from '../clients/working.ts'
import { shortSleep } from '../outbox/start.ts'
import { startMailServer } from '../support/mail-server.ts'
import { connectMail } from './mail-start.ts'

const report = ['backup', 'report', '--client', 'Dataforth'] as const
const toTicket = [...report, '--attach', 'T12345', '--public-url', 'http://127.0.0.1', '--listen', '127.0.0.1:0', '--yes'] as const

/** An agent had the report attached: that waits to be approved. */
async function startDraft(t: TestContext) {
  const started = await startWorking(t, { terminal: true, sleep: shortSleep })
  const { msp, home, env } = started
  Object.assign(env, { MSP_PUBLIC_URL: 'http://127.0.0.1', MSP_LISTEN: '127.0.0.1:0', AI_AGENT: 'claude' })
  const attach = (...more: string[]) => msp(...toTicket, '--no-json', ...more)
  await attach()
  const [{ shortId }] = (await msp('outbox', 'list', '--json')).json()
  const kept = () => readdirSync(join(home, 'data', 'reports'), { recursive: true }).length
  return { ...started, attach, shortId: shortId as string, kept }
}

test('a report that waits as a draft is approved with the bytes that were drafted, whatever is asked for meanwhile', async (t) => {
  const { msp, env, tell, attach, shortId, kept, sandbox } = await startDraft(t)
  for (const more of [[], ['--dry-run']]) assert.equal((await attach(...more)).exitCode, 0)
  // the draft's folder and the file in it
  assert.equal(kept(), 2)
  env.AI_AGENT = undefined
  tell(['no', 'dataforth'])
  assert.deepEqual([(await msp('outbox', 'approve', shortId)).exitCode, kept()], [130, 2])
  const { exitCode, stderr } = await msp('outbox', 'approve', shortId)
  assert.deepEqual([exitCode, stderr.at(-1)], [0, 'Attached dataforth_backup_report_2026-01-15.pdf to T12345.'])
  assert.deepEqual([sandbox.syncro.attachments(nasId).length, kept()], [1, 0])
})

test('a draft that is withdrawn leaves no report behind', async (t) => {
  const { msp, shortId, kept } = await startDraft(t)
  assert.equal(kept(), 2)
  assert.equal((await msp('outbox', 'cancel', shortId, '--yes')).exitCode, 0)
  assert.equal(kept(), 0)
})

test('a file of the person is never taken away with its draft', async (t) => {
  const { msp, home } = await startDraft(t)
  const file = join(home, 'own.pdf')
  await msp(...report, '--pdf', file)
  await msp('ticket', 'attach', 'T12345', file, '--yes')
  const [{ shortId }] = (await msp('outbox', 'list', '--json')).json()
  assert.equal((await msp('outbox', 'cancel', shortId, '--yes')).exitCode, 0)
  assert.ok(existsSync(file))
})

test('the report of a client belongs to a session of that client: the open one, or the one that was named', async (t) => {
  const { msp } = await startWorking(t)
  await connectMail(msp, await startMailServer(t))
  const startFor = async (client: string) => {
    await msp('session', 'start', '--client', client, '--no-input')
    return (await msp('session', 'show', '--json')).json().id as string
  }
  const own = await startFor('Dataforth')
  await msp(...report)
  await msp('session', 'end', '--no-input')
  await msp('client', 'add', 'Grabb & Durando')
  const other = await startFor('Grabb')
  await msp(...report)
  const mail = ['--email', 'dana@dataforth.example', '--yes'] as const
  assert.equal((await msp(...report, ...mail, '--session', own)).exitCode, 0)
  const sessionsOf = async (type: string) =>
    (await msp('record', 'list', '--type', type, '--json=sessionId')).json().map(({ sessionId }: { sessionId: string }) => sessionId)
  assert.deepEqual([await sessionsOf('msp_backups_report'), await sessionsOf('email_notification')], [[own, null, own], [own]])
  const { exitCode, stderr } = await msp(...report, ...mail, '--session', other)
  assert.deepEqual([exitCode, stderr[0]], [1, 'The report is of Dataforth, the session is for Grabb & Durando.'])
})
