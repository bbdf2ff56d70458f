import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { codeOf, MspError } from '../errors.ts'

/** Waits on this machine for the browser to come back from the vendor. */
export interface Receiver {
  /** `http://127.0.0.1:PORT/callback/vendor` */
  readonly redirectUri: string
  /** False when only what is pasted can come. */
  readonly isOpen: boolean
  /** The parameters of the first redirect that carries the right state. */
  readonly answer: Promise<URLSearchParams>
  close(): Promise<void>
}

interface Expected {
  path: string
  state: string
}

const headerBytes = 16_384
const headerMs = 5000
const lingerMs = 200 // for a browser that still reads the page

/** Listens on 127.0.0.1 alone, on `port` or, with 0, on a free one. What is not the expected redirect is turned away, and the wait goes on. */
export async function openReceiver({ path, state, port }: Expected & { port: number }): Promise<Receiver> {
  const answer = Promise.withResolvers<URLSearchParams>()
  const server = createServer({ maxHeaderSize: headerBytes, headersTimeout: headerMs, requestTimeout: headerMs })
  const address = await listen(server, port)
  server.on('request', (request, response) => {
    const page = readRequest(request, { path, state, host: `127.0.0.1:${address.port}` })
    if (page.params !== undefined) {
      // the first one wins; whoever comes later finds a closed port
      server.close()
      answer.resolve(page.params)
    }
    send(response, page)
  })
  return { isOpen: true, redirectUri: `http://127.0.0.1:${address.port}${path}`, answer: answer.promise, close: () => close(server) }
}

/** In place of a receiver whose port is taken: what the browser ends on can still be pasted. */
export const withoutReceiver = ({ path, port }: { path: string; port: number }): Receiver => ({
  isOpen: false,
  redirectUri: `http://127.0.0.1:${port}${path}`,
  answer: new Promise(() => {}),
  close: async () => {},
})

function listen(server: Server, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(toListenRefusal(port, cause)))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server.address() as AddressInfo))
  })
}

function toListenRefusal(port: number, cause: Error): MspError {
  const hint =
    codeOf(cause) === 'EADDRINUSE'
      ? `See who has it: ss -ltnp 'sport = :${port}' (macOS: lsof -i :${port}). Perhaps another sign-in that still waits.`
      : 'Leave --redirect-port out, or name a port above 1023.'
  return new MspError('config', `Port ${port} of this machine cannot be used (${codeOf(cause) ?? cause.message}).`, { hint, cause })
}

async function close(server: Server): Promise<void> {
  if (server.listening) server.close()
  server.closeIdleConnections()
  // a slow client does not hold the process
  setTimeout(() => server.closeAllConnections(), lingerMs).unref()
}

interface Page {
  status: number
  text: string
  params?: URLSearchParams
}

/** Nothing is believed before the state is right, not even an error: any page can send a browser here. */
function readRequest({ method, url = '', headers }: IncomingMessage, { path, state, host }: Expected & { host: string }): Page {
  // another name that leads to this address is how a page elsewhere would read the answer
  if (headers.host !== host) return { status: 421, text: 'This address is for this machine only.' }
  // as it came: a parser would make `/x/../callback` of another path
  if (url.split('?')[0] !== path) return { status: 404, text: 'There is nothing here.' }
  if (method !== 'GET') return { status: 405, text: 'Only a redirect of the browser is expected here.' }
  if (/\bprefetch\b/i.test(`${headers['sec-purpose']} ${headers.purpose}`)) return { status: 503, text: 'Not before the page is opened.' }
  const params = new URLSearchParams(url.slice(path.length + 1))
  if (!hasState(params, state)) return { status: 400, text: 'This is not the sign-in that msp waits for. It goes on waiting.' }
  return { status: 200, text: 'msp has the answer and says in the terminal how it went. You can close this page.', params }
}

/** True when the state is there once and is the expected one, compared in constant time. */
export function hasState(params: URLSearchParams, expected: string): boolean {
  const [state, ...others] = params.getAll('state').map((text) => Buffer.from(text))
  const wanted = Buffer.from(expected)
  return state !== undefined && others.length === 0 && state.length === wanted.length && timingSafeEqual(state, wanted)
}

/** Fixed text without a word of the vendor's. */
function send(response: ServerResponse, { status, text }: Page): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    connection: 'close',
  })
  response.end(`${text}\n`)
}
