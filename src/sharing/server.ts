import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { MspError } from '../errors.ts'

/** Where a server of msp listens. */
export interface ListenPlace {
  host: string
  /** 0 takes a free one. */
  port: number
}

export interface RunningServer {
  readonly port: number
  /** Cuts what is still open. */
  close(): Promise<void>
}

/** Answers a request and gives true; false when it is none of its own. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => boolean

const headerBytes = 8192
const headerMs = 2000
const idleMs = 30_000
const mostConnections = 64

/** A small HTTP server that strangers may reach: what nobody answers is a 404 that tells nothing. */
export async function serve(place: ListenPlace, answering: readonly Answering[]): Promise<RunningServer> {
  const server = createServer({
    ...{ maxHeaderSize: headerBytes, headersTimeout: headerMs, requestTimeout: headerMs, connectionsCheckingInterval: 500 },
    ...{ keepAliveTimeout: headerMs },
  })
  server.setTimeout(idleMs)
  const welcome = admitting(server)
  server.on('request', (request, response) => {
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('referrer-policy', 'no-referrer')
    response.on('error', () => {})
    if (answering.some((answer) => answer(request, response))) return welcome(request.socket)
    response.writeHead(404, { 'content-length': 0, connection: 'close' }).end()
  })
  const { port } = await listen(server, place)
  return { port, close: () => close(server) }
}

/** When it is full, the connection goes that has been silent or wrong for longest: whoever knows the way asks at once. Gives what keeps one. */
function admitting(server: Server): (socket: Socket) => void {
  const strangers = new Set<Socket>() // the oldest first
  const guests = new Set<Socket>()
  server.on('connection', (socket) => {
    strangers.add(socket)
    socket.once('close', () => strangers.delete(socket) || guests.delete(socket))
    if (strangers.size + guests.size <= mostConnections) return
    const [oldest = socket] = strangers
    strangers.delete(oldest)
    oldest.destroy()
  })
  return (socket) => {
    if (strangers.delete(socket)) guests.add(socket)
  }
}

function listen(server: Server, { host, port }: ListenPlace): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const hint = `Name another address with --listen HOST:PORT${cause.code === 'EADDRINUSE' ? `, or see who has it: ss -ltnp 'sport = :${port}'` : ''}.`
      reject(new MspError('config', `msp cannot listen on ${host}:${port} (${cause.code ?? cause.message}).`, { hint, cause }))
    })
    server.listen({ port, host, exclusive: true }, () => resolve(server.address() as AddressInfo))
  })
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
