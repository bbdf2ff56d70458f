import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A mail as the server has it. */
export interface Received {
  from: string
  to: string[]
  mail: Email
  raw: string
}

type Cut = 'recipients' | 'half-way' | 'after'

/** A mail server on loopback. */
export interface MailServer {
  readonly port: number
  readonly username: string
  /** A test may change it. */
  password: string
  /** The mails that it took, in order. */
  messages(): Promise<Received[]>
  /** Refuses a recipient with these words, until told otherwise. */
  refuse(address: string, reply?: string): void
  /** Says this to the next mails of any recipient, so many times: `451 4.7.1 Please come back later`. */
  greylist(times: number, reply?: string): void
  /** Says this instead of taking the next mail. */
  answer(reply: string): void
  /** Cuts the line at the next one. `after`: it has the whole mail, and keeps it. */
  cut(when: Cut): void
  /** Nobody listens any more. */
  down(): Promise<void>
}

/** Starts one that wants this user name and password, unless the options say otherwise. It ends with the test. */
export async function startMailServer(t: TestContext, options: SMTPServerOptions = {}): Promise<MailServer> {
  const [username, key] = ['backups', { password: 'a mail password' }]
  const kept: Array<Omit<Received, 'mail'>> = []
  const refused = new Map<string, string>()
  const armed: { greylist: string[]; answer?: string | undefined; cut?: Cut | undefined } = { greylist: [] }
  const sockets = new Set<Socket>()
  /** True when the line is to be cut there. */
  const isCut = (when: Cut): boolean => {
    if (armed.cut !== when) return false
    armed.cut = undefined
    for (const socket of sockets) socket.destroy()
    return true
  }
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: (auth, _, done) =>
      auth.username === username && auth.password === key.password
        ? done(null, { user: username })
        : done(toReply('535 5.7.8 Authentication credentials invalid')),
    onRcptTo: ({ address }, _, done) => {
      if (isCut('recipients')) return
      const reply = armed.greylist.shift() ?? refused.get(address)
      done(reply === undefined ? null : toReply(reply))
    },
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.once('data', () => isCut('half-way'))
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const reply = armed.answer
        armed.answer = undefined
        if (reply !== undefined) return done(toReply(reply))
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        kept.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw: Buffer.concat(chunks).toString('latin1') })
        if (!isCut('after')) done()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  server.server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  const down = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.server.listening) await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  t.after(down)
  return {
    ...{ port, username, down },
    get password() {
      return key.password
    },
    set password(password) {
      key.password = password
    },
    messages: () => Promise.all(kept.map(async (each) => ({ ...each, mail: await PostalMime.parse(Buffer.from(each.raw, 'latin1')) }))),
    refuse: (address, reply = '550 5.1.1 No such user here') => void refused.set(address, reply),
    greylist: (times, reply = '451 4.7.1 Please come back later') => void armed.greylist.push(...Array(times).fill(reply)),
    answer: (reply) => {
      armed.answer = reply
    },
    cut: (when) => {
      armed.cut = when
    },
  }
}

const toReply = (reply: string): Error => Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) })
