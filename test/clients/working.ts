import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { SandboxOptions } from '../../src/sandbox/index.ts'
import { type StartOptions, startMsp } from '../support/msp.ts'

/** Thursday 14:32 in Phoenix, the zone of the tests. */
export const now = new Date('2026-01-15T21:32:00.000Z')
export const dataforth = '34288070'
export const grabb = '34288071'
export const bell = '34288072'
/** Of the ticket T12345, "Backup configuration for NAS" of Dataforth. */
export const nasId = 108443837
/** As an ISO 8601 instant, before `now`. */
export const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString()
/** The ticket T12345 as msp prints it as JSON; `webUrl` is the sandbox's. */
export const nasTicket = (webUrl: string) => ({
  integration: 'syncro',
  id: String(nasId),
  number: '12345',
  subject: 'Backup configuration for NAS',
  status: 'In Progress',
  priority: '1 High',
  state: 'in_progress',
  urgency: 'high',
  client: 'Dataforth',
  url: `${webUrl}/tickets/${nasId}`,
  createdAt: hoursAgo(50),
  updatedAt: hoursAgo(26),
})

/** When a write is due goes by the clock of the database, which is far from `now`. */
const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(milliseconds, 100)))

export type WorkingOptions = Omit<StartOptions, 'engine' | 'sandbox'> & { sandbox?: SandboxOptions }

/** msp connected to the sandbox, with Dataforth as a client that is mapped at both vendors. */
export async function startWorking(t: TestContext, { sandbox = {}, ...options }: WorkingOptions = {}) {
  const started = await startMsp(t, { now: () => now, sleep, ...options, sandbox })
  const { exitCode, stderr } = await started.msp('client', 'add', 'Dataforth', '--map', 'syncro', '--map', 'msp-backups')
  assert.equal(exitCode, 0, stderr.join('\n'))
  return started
}
