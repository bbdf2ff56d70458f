import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { startSession, ticketId } from '../outbox/start.ts'
import type { StartOptions } from '../support/msp.ts'

/** Where a fault meets an attachment. */
export const on = 'POST tickets/:id/attach_file_url'
export const name = 'report.pdf'

/** A session for Dataforth, a file of 5000 bytes, and the way of the vendor to this machine. */
export async function startAttaching(t: TestContext, options: Omit<StartOptions, 'engine'> = {}) {
  const started = await startSession(t, options)
  started.env.MSP_PUBLIC_URL = 'http://127.0.0.1'
  started.env.MSP_LISTEN = '127.0.0.1:0'
  const file = join(started.home, name)
  writeFileSync(file, randomBytes(5000))
  const attach = (...more: string[]) => started.msp('ticket', 'attach', 'T12345', file, ...more)
  return { ...started, file, attach }
}

/** What hangs on T12345. */
export const attached = ({ syncro }: Sandbox) => syncro.attachments(ticketId).map(({ file_name, size }) => ({ file_name, size }))

/** How often the vendor was told of a file. */
export const told = ({ requests }: Sandbox) =>
  requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/attach_file_url')).length

/** The links that the vendor was told. */
export const links = ({ requests }: Sandbox): string[] =>
  requests
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/attach_file_url'))
    .flatMap(({ body }) => (body as { files: Array<{ url: string }> }).files.map(({ url }) => url))

export const once = [{ file_name: name, size: 5000 }]
/** What is asked before a file leaves. */
export const leaves = (place = 'http://127.0.0.1', seconds = 2) =>
  `${name} (4.9 KB) leaves this machine: SyncroMSP fetches it from ${place}. Until then, for ${seconds} s at most, anybody who has the link can fetch it. On the ticket the client may see it.`
