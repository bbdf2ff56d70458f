import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A line to a port on loopback that can be taken down, so that connections are refused, and put up again at the same address. */
export async function openLine(
  t: TestContext,
  target: number,
): Promise<{ port: number; down: () => Promise<void>; up: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const other = connect(target, '127.0.0.1')
    for (const socket of [client, other]) sockets.add(socket.on('error', () => socket.destroy()))
    client.pipe(other).pipe(client)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const down = async () => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  t.after(down)
  return { port, down, up: () => listen(port) }
}
