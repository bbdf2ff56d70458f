import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { MspError } from '../errors.ts'
import { type Answer, type Outcome, page, plain } from './answers.ts'
import { type Fault, type FaultList, insteadOf, spoil } from './faults.ts'
import { type Call, checkNames, matchRoute, type Route, type VendorName } from './routes.ts'

/** The other side of an integration: what it serves, and what it answers before any route is asked. */
export interface PretendVendor {
  readonly name: VendorName
  /** What the paths of its API begin with, as in `/api/v1/`. */
  readonly base: string
  /** The first that matches serves. */
  readonly routes: readonly Route[]
  /** Why this call does not reach its route: no token, too many requests, a body of the wrong kind. */
  refuse(call: Call, route: Route | undefined): Answer | undefined
  unknownRoute(call: Call): Answer
  unauthorized(): Answer
  tooManyRequests(): Answer
  /** How long every answer takes in all. */
  answerMs(): number
}

export interface SandboxRequest {
  vendor: VendorName
  method: string
  /** As in a fault's `on`, with the real ids: `tickets/12/comment`. */
  path: string
  query: Record<string, string>
  body: unknown
  /** 0 when the connection was cut without an answer. */
  status: number
  at: Date
}

/** What the pretend vendors share: the clock, what went in, what must not go in, what fails. */
export interface Room {
  readonly now: () => Date
  readonly requests: SandboxRequest[]
  readonly unknown: string[]
  readonly faults: FaultList
}

export interface RunningVendor {
  readonly url: string
  close(): Promise<void>
}

const bodyLimit = 1_000_000

export async function startVendor(vendor: PretendVendor, room: Room, port: number): Promise<RunningVendor> {
  const closing = new AbortController()
  const server = createServer((request, response) => {
    serve({ vendor, room, closing: closing.signal }, request, response).catch((error) => {
      // What still waits when the sandbox closes, or reads from a client that is gone, has nobody to answer.
      if (!closing.signal.aborted && request.complete) reportBug(room, error)
      request.socket.destroy()
    })
  })
  server.keepAliveTimeout = 60_000 // a client that reuses a connection must not meet one that was just closed
  const used = await listen(server, port)
  return {
    url: `http://127.0.0.1:${used}`,
    async close() {
      closing.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const hint = 'Choose another port, or none for a free one.'
      reject(new MspError('config', `The sandbox cannot listen on port ${port} of 127.0.0.1.`, { hint, cause }))
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

interface Serving {
  vendor: PretendVendor
  room: Room
  closing: AbortSignal
}

async function serve({ vendor, room, closing }: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const began = performance.now()
  const text = await readBody(request)
  const { call, route } = takeApart(vendor, room, request, text ?? '')
  const { method, path, query, body } = call
  const received: SandboxRequest = { vendor: vendor.name, method, path, query: Object.fromEntries(query), body, status: 0, at: room.now() }
  room.requests.push(received)
  if (route) checkNames(route, call)
  else call.complain('')
  const fault = room.faults.take({ vendor: vendor.name, method, path, route })
  if (fault?.kind === 'slow') await wait(fault.ms ?? 3000, undefined, { signal: closing })
  const instead = fault && insteadOf(fault, vendor)
  const outcome = instead ?? outcomeOf(fault, text === undefined ? tooLarge : answerOf(vendor, room, call, route))
  const left = vendor.answerMs() - (performance.now() - began)
  if (left > 0) await wait(left, undefined, { signal: closing })
  if (outcome === 'cut') {
    request.socket.destroy()
    return
  }
  received.status = outcome.status
  send(response, outcome, room.now())
}

const tooLarge = page(413, 'Request entity too large')

const outcomeOf = (fault: Fault | undefined, answer: Answer): Outcome => (fault ? spoil(fault, answer) : answer)

function answerOf(vendor: PretendVendor, room: Room, call: Call, route: Route | undefined): Answer {
  try {
    return vendor.refuse(call, route) ?? route?.handle(call) ?? vendor.unknownRoute(call)
  } catch (error) {
    reportBug(room, error)
    return plain(500, 'A bug in the sandbox')
  }
}

/** Where a test that uses the sandbox looks. */
function reportBug(room: Room, error: unknown): void {
  room.unknown.push(`a bug in the sandbox: ${error instanceof Error ? error.stack : error}`)
}

function send(response: ServerResponse, { status, type, text, headers }: Answer, now: Date): void {
  // of the pretend vendor's clock, which need not be this machine's
  response.writeHead(status, { date: now.toUTCString(), 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers })
  response.end(text)
}

/** Undefined when it is longer than the limit. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length <= bodyLimit) chunks.push(chunk)
  }
  return length > bodyLimit ? undefined : Buffer.concat(chunks).toString('utf8')
}

function takeApart(vendor: PretendVendor, room: Room, request: IncomingMessage, text: string): { call: Call; route: Route | undefined } {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const method = request.method ?? ''
  const isApi = url.pathname.startsWith(vendor.base)
  const path = isApi ? url.pathname.slice(vendor.base.length) : url.pathname
  // a route outside the API has its whole path, with the slash
  const route = vendor.routes.find(({ on }) => on.includes(' /') !== isApi && matchRoute(on, method, path))
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const call: Call = {
    method,
    path,
    params: (route && matchRoute(route.on, method, path)) ?? {},
    query: url.searchParams,
    contentType,
    body: parseBody(contentType, text),
    headers: request.headers,
    address: request.socket.remoteAddress ?? '',
    complain: (what) => room.unknown.push(`${vendor.name} ${route?.on ?? `${method} ${path}`}${what}`),
  }
  return { call, route }
}

function parseBody(contentType: string, text: string): unknown {
  if (text === '') return undefined
  if (contentType === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text))
  if (contentType !== 'application/json') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
