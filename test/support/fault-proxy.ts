import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a line fails. Bytes are counted on the way from the target to the client. */
export type LineFault =
  | { kind: 'none' }
  /** Nobody listens. */
  | { kind: 'refuse' }
  /** Takes everything, says nothing. */
  | { kind: 'blackhole' }
  /** Ends the connection as soon as there is one, or once the first bytes came in. */
  | { kind: 'close'; when: 'connected' | 'asked' }
  /** The same, so that the client sees a reset. */
  | { kind: 'reset'; when: 'connected' | 'asked' }
  /** Ends the connection after so many bytes of the answer. */
  | { kind: 'cut'; after: number }
  /** Holds every answer back for so long. */
  | { kind: 'latency'; ms: number }
  /** Lets so many bytes through at a time. */
  | { kind: 'drip'; bytes: number; everyMs: number }
  /** Answers this, whatever was asked. */
  | { kind: 'say'; text: string }
  /**
   * Works until the client asks something with this text, for the first time or the one that is given. Of that only half arrives and the line ends,
   * or it arrives and the line ends at the answer, or nothing is heard any more.
   */
  | { kind: 'lose'; what: 'half' | 'answer' | 'everything'; asked: string; time?: number }

/** A TCP server on loopback in front of another one. */
export interface FaultProxy {
  readonly port: number
  /** How many connections came. */
  readonly connections: () => number
  /** All that clients sent. */
  readonly received: () => string
  /** How the line fails from now on. What is connected is cut off. */
  use(fault: LineFault): Promise<void>
  /** True when what the fault waits for has come. */
  readonly isLost: () => boolean
  /** How often clients have asked what the fault waits for. */
  readonly asked: () => number
}

/** Starts it in front of `target`, a port on loopback that some faults need. It ends with the test. */
export async function startFaultProxy(t: TestContext, fault: LineFault, target = 0): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const chunks: Buffer[] = []
  let connections = 0
  let line = toLine(fault)
  const server = createServer((client) => {
    connections++
    track(client, sockets)
    client.on('data', (chunk) => chunks.push(chunk))
    serve(client, line, () => track(connect(target, '127.0.0.1'), sockets))
  })
  const listen = async (port: number) => once(server.listen(port, '127.0.0.1'), 'listening')
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await once(server.close(), 'close')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  if (fault.kind === 'refuse') await close()
  t.after(close)
  return {
    port,
    connections: () => connections,
    received: () => Buffer.concat(chunks).toString('latin1'),
    use: async (next) => {
      await close()
      line = toLine(next)
      if (next.kind !== 'refuse') await listen(port)
    },
    isLost: () => line.asked >= line.time,
    asked: () => line.asked,
  }
}

/** A fault, how often what it waits for has come, and how often it must. */
interface Line {
  fault: LineFault
  asked: number
  time: number
}

const toLine = (fault: LineFault): Line => ({ fault, asked: 0, time: fault.kind === 'lose' ? (fault.time ?? 1) : Number.POSITIVE_INFINITY })

function track(socket: Socket, sockets: Set<Socket>): Socket {
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
  return socket.on('error', () => socket.destroy())
}

function serve(client: Socket, line: Line, dial: () => Socket): void {
  const { fault } = line
  switch (fault.kind) {
    case 'refuse':
    case 'blackhole':
      return
    case 'close':
      return void (fault.when === 'connected' ? client.destroy() : client.once('data', () => client.destroy()))
    case 'reset':
      return void (fault.when === 'connected' ? client.resetAndDestroy() : client.once('data', () => client.resetAndDestroy()))
    case 'say':
      return void client.once('data', () => client.end(fault.text))
    case 'lose':
      return void lose(client, dial(), line, fault)
    default:
      forward(client, dial(), fault)
  }
}

function forward(client: Socket, target: Socket, fault: LineFault): void {
  client.pipe(target)
  client.on('close', () => target.destroy())
  // a line that breaks is what was asked for
  pipeline(target, (answer: AsyncIterable<Buffer>) => spoil(answer, fault), client).catch(() => client.destroy())
}

async function* spoil(answer: AsyncIterable<Buffer>, fault: LineFault): AsyncGenerator<Buffer> {
  let left = fault.kind === 'cut' ? fault.after : Number.POSITIVE_INFINITY
  for await (const chunk of answer) {
    const size = fault.kind === 'drip' ? fault.bytes : chunk.length
    for (let start = 0; start < chunk.length && left > 0; start += size) {
      if (fault.kind === 'drip') await sleep(fault.everyMs)
      if (fault.kind === 'latency') await sleep(fault.ms)
      const piece = chunk.subarray(start, start + Math.min(size, left))
      left -= piece.length
      yield piece
    }
    if (left <= 0) return
  }
}

function lose(client: Socket, target: Socket, line: Line, { what, asked }: LineFault & { kind: 'lose' }): void {
  let isDeaf = false
  const end = () => {
    client.destroy()
    target.destroy()
  }
  client.on('close', end)
  target.on('close', () => isDeaf || end())
  client.on('data', (chunk) => {
    if (chunk.includes(asked) && ++line.asked === line.time) {
      if (what === 'half') return void target.write(chunk.subarray(0, chunk.length / 2), end)
      isDeaf = true
    }
    target.write(chunk)
  })
  target.on('data', (chunk) => {
    if (!isDeaf) client.write(chunk)
    else if (what === 'answer') end()
  })
}
