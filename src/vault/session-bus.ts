import { connect, type Socket } from 'node:net'

/**
 * True when the session bus takes a connection and then says nothing for so long. The keychain's package would wait for it for ever, on the
 * thread that all clocks of the process run on. Whatever else may be wrong with the bus it says itself, and soon.
 */
export async function isBusSilent(timeoutMs: number, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  for (const path of pathsOf(env)) {
    const answer = await askBus(path, timeoutMs)
    if (answer !== 'closed') return answer === 'silent'
  }
  return false
}

/** The sockets of the bus, in the order in which they are tried; a bus that is reached in another way has none. */
function pathsOf({ DBUS_SESSION_BUS_ADDRESS: addresses, XDG_RUNTIME_DIR: runtime }: NodeJS.ProcessEnv): string[] {
  if (!addresses) return runtime ? [`${runtime}/bus`] : []
  return addresses.split(';').flatMap((address) => {
    const [, kind, path = ''] = /^unix:(?:.*,)?(path|abstract)=([^,]*)/.exec(address) ?? []
    const bytes = path.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    return kind === undefined ? [] : [kind === 'abstract' ? `\0${bytes}` : bytes]
  })
}

/** Signs in and greets, as every program does first. */
function askBus(path: string, timeoutMs: number): Promise<'alive' | 'silent' | 'closed'> {
  const { promise, resolve } = Promise.withResolvers<'alive' | 'silent' | 'closed'>()
  const socket: Socket = connect(path)
  const timer = setTimeout(() => resolve('silent'), timeoutMs)
  const user = Buffer.from(String(process.geteuid?.())).toString('hex')
  socket.on('error', () => resolve('closed'))
  socket.on('close', () => resolve('closed'))
  socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${user}\r\n`))
  socket.once('data', (answer) => {
    // a bus that does not let this user in speaks, too
    if (!answer.toString().startsWith('OK')) return resolve('alive')
    socket.once('data', () => resolve('alive'))
    socket.write(Buffer.concat([Buffer.from('BEGIN\r\n'), hello()]))
  })
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}

/** The call that a bus answers first, as D-Bus writes one: little endian, a call, no flags, version 1, no body, serial 1, then its fields. */
function hello(): Buffer {
  const path = field(1, 'o', '/org/freedesktop/DBus')
  const names = [field(2, 's', 'org.freedesktop.DBus'), field(3, 's', 'Hello')].map(padded)
  const fields = Buffer.concat([padded(path), ...names, field(6, 's', 'org.freedesktop.DBus')])
  const length = Buffer.from(Uint32Array.of(fields.length).buffer)
  return padded(Buffer.concat([Buffer.from([0x6c, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]), length, fields]))
}

/** Its code, its type, and its text between its length and a zero. */
const field = (code: number, type: string, text: string): Buffer =>
  Buffer.concat([Buffer.from([code, 1, type.charCodeAt(0), 0, text.length, 0, 0, 0]), Buffer.from(`${text}\0`)])

/** Up to where the next one may begin. */
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)])
