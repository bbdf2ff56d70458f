import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { openApp } from '../../src/app.ts'
import { findClient } from '../../src/clients/find.ts'
import { type ClientMail, sayMailed, sendMail } from '../../src/commands/mailing.ts'
import type { WriteOptions } from '../../src/commands/writing.ts'
import type { Env } from '../../src/config.ts'
import { MspError } from '../../src/errors.ts'
import { openPrompt, withYes } from '../../src/prompt.ts'
import { type Step, standardLimits } from '../../src/world.ts'
import { shortSleep } from '../outbox/start.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import type { Msp } from '../support/msp.ts'
import { recordingIo } from '../support/recording.ts'
import { startUnconnected } from './integrate-start.ts'

export const from = 'MSP Bäckups <backups@msp.example>'

/** `integrate smtp` with the password on stdin. */
export const connectMail = (msp: Msp, { port, username, password }: MailServer, ...more: string[]) =>
  msp.withInput(
    password,
    ...['integrate', 'smtp', '--host', '127.0.0.1', '--port', String(port), '--username', username],
    ...['--password-stdin', '--from', from, ...more],
  )

/** msp with a mail server, and Dataforth as a client. */
export async function startMailing(t: TestContext, options: Parameters<typeof startUnconnected>[1] = {}) {
  const server = await startMailServer(t)
  const started = await startUnconnected(t, options)
  const { exitCode, stderr } = await connectMail(started.msp, server)
  assert.equal(exitCode, 0, stderr.join('\n'))
  assert.equal((await started.msp('client', 'add', 'Dataforth')).exitCode, 0)
  return { ...started, server }
}

/** What a sent report left; `error` is what was thrown. */
interface Mailed {
  stdout: string[]
  stderr: string[]
  error: { code: string; message: string; hint: string | undefined } | undefined
}

export const report: Omit<ClientMail, 'client'> = {
  to: ['dana@dataforth.example'],
  subject: 'Backups of Dataforth: 3 € für 45 GB',
  text: 'All backups ran.\n.\nGrüße',
  html: '<p>All backups <b>ran</b>. Grüße</p>',
  attachments: [
    {
      fileName: 'Bericht für Dataforth.pdf',
      contentType: 'application/pdf',
      content: Buffer.from([0, 255, 13, 10, 46, 13, 10]).toString('base64'),
    },
  ],
  sameness: ['2026-01-15'],
}

/** Sends a mail to people at Dataforth, as a command does: with `--yes`, without a terminal. */
export async function mailReport(
  { env }: { env: Env },
  given: Partial<ClientMail> = {},
  options: WriteOptions & { yes?: boolean; agent?: boolean; step?: Step } = {},
): Promise<Mailed> {
  const io = recordingIo()
  const { yes = true, agent = false, step = (_, effect) => effect(), ...writing } = options
  const world = { env, stdin: Readable.from([]), now: () => new Date(), sleep: shortSleep, step, limits: mailLimits }
  const prompt = withYes(openPrompt(false), yes)
  const app = openApp(world, {
    io,
    prompt,
    keyFile: undefined,
    agent: agent ? { name: 'claude-code', because: ['AGENT'] } : undefined,
    asJson: false,
  })
  try {
    const client = await findClient(await app.db(), 'Dataforth')
    const mail = { client, ...report, ...given }
    const sent = await sendMail(app, mail, writing)
    if (sent) sayMailed(app, sent, mail.to, writing)
    return { stdout: io.stdout, stderr: io.stderr, error: undefined }
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    const { code, message, hint } = error
    return { stdout: io.stdout, stderr: io.stderr, error: { code, message, hint } }
  } finally {
    await app.close()
  }
}

const mailLimits = { ...standardLimits, settle: 100 }
