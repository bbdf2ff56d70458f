import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type Attempt, createVendorHttp, type VendorHttpOptions } from '../../src/http/client.ts'
import type { VendorRequest } from '../../src/http/http.ts'
import { createSilence } from '../../src/http/silence.ts'

export const token = 'token-that-nobody-may-see-4711'

/** A client of one vendor that keeps what it would record and does not wait, neither for its turn nor in a pause. */
export function clientOf(baseUrl: string, given: Partial<VendorHttpOptions> = {}) {
  const attempts: Attempt[] = []
  const waits: number[] = []
  let pausedMs = 0
  const http = createVendorHttp({
    label: 'SyncroMSP',
    baseUrl,
    token: async (refused) => (refused === undefined ? token : undefined),
    isKeyGood: async () => false,
    reasonOf: (answer) => (answer as { error?: string } | null)?.error,
    repair: 'Connect it again: msp integrate syncro',
    pace: async () => {
      const waitedMs = pausedMs
      pausedMs = 0
      if (waitedMs > 0) waits.push(waitedMs)
      return waitedMs
    },
    pause: async (milliseconds = 0) => {
      pausedMs = milliseconds
    },
    silence: createSilence(),
    isReadOnly: false,
    record: async (attempt) => void attempts.push(attempt),
    sleep: async (milliseconds) => void waits.push(milliseconds),
    step: (_, effect) => effect(),
    limits: { request: 2000, list: 2000, interactive: 10_900 },
    ...given,
  })
  return { http, attempts, waits }
}

export const get: VendorRequest = { method: 'GET', path: 'tickets', record: { type: 'syncro_ticket', action: 'searched' } }
export const post: VendorRequest = {
  method: 'POST',
  path: 'tickets/1/comment',
  body: { body: 'text-that-nobody-may-see' },
  record: { type: 'syncro_ticket', action: 'updated' },
}

export interface Received {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** What a vendor answers: a status with a body, which is sent as JSON unless it is text; or whatever a function does. */
export type Reply = { status?: number; headers?: Record<string, string>; body?: unknown } | ((response: ServerResponse) => void)

/** A vendor that gives these answers in turn, the last one for ever. */
export async function startVendor(t: TestContext, ...replies: Reply[]) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    const reply = replies[Math.min(received.length, replies.length) - 1] ?? {}
    if (typeof reply === 'function') return reply(response)
    const { status = 200, headers = {}, body: answer = { ok: true } } = reply
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  const { port } = await listen(t, server)
  return { url: `http://127.0.0.1:${port}`, port, received }
}

export async function listen(t: TestContext, server: Server): Promise<AddressInfo> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return server.address() as AddressInfo
}
