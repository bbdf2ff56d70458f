import { Readable } from 'node:stream'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SMTPSentMessageInfo } from 'nodemailer/lib/smtp-transport'
import type { Line } from '../line.ts'
import { NoSignIn, type Stage, toMailFailure } from './failure.ts'
import { type MailServer, readServer } from './server.ts'

/** Who sends to whom, as the server is told. */
export interface Envelope {
  from: string
  to: string[]
}

/** What a server said to a mail. */
export type Sending = Pick<SMTPSentMessageInfo, 'accepted' | 'rejected' | 'rejectedErrors' | 'response'>

// for each answer: servers look into a mail before they take it, and let a client that they do not know wait
const patience = 3

/** Connects and signs in, and nothing else. */
export const trySession = (line: Line, label: string): Promise<void> => inSession(line, label, async () => {})

/** Sends a mail once to all recipients that the server takes; throws an `HttpFailure` when it takes none. */
export const sendInSession = (
  line: Line,
  label: string,
  { envelope, message }: { envelope: Envelope; message: Buffer },
): Promise<Sending> =>
  inSession(line, label, (connection, enter) => {
    const body = Readable.from(toChunks(message))
    // the dot that ends a mail follows its last byte; a server that has not seen it has no mail
    body.once('end', () => enter('handed_over'))
    return new Promise((resolve, reject) => {
      connection.send({ ...envelope, size: message.length }, body, (error, sending) => (error ? reject(error) : resolve(sending)))
    })
  })

type Enter = (stage: Stage) => void

async function inSession<T>(line: Line, label: string, use: (connection: SMTPConnection, enter: Enter) => Promise<T>): Promise<T> {
  const server = readServer(line.url)
  const { default: Connection } = await import('nodemailer/lib/smtp-connection')
  const connection = new Connection(toOptions(server, line.limits.request))
  let stage: Stage = 'connect'
  const enter: Enter = (next) => {
    stage = next
  }
  const broken = new Promise<never>((_, reject) => connection.on('error', reject))
  const session = async () => {
    await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())))
    enter('sign_in')
    await signIn(connection, line)
    enter('send')
    return use(connection, enter)
  }
  try {
    const result = await Promise.race([broken, session()])
    connection.quit()
    return result
  } catch (error) {
    throw toMailFailure(error, {
      label,
      server,
      stage,
      username: line.username,
      timeoutMs: line.limits.request * patience,
      secrets: [line.password()],
    })
  } finally {
    connection.close()
  }
}

function toOptions({ host, port, tls }: MailServer, timeoutMs: number) {
  return {
    // of a name server that says something else about it nothing is believed
    ...(host === 'localhost' ? { host: '127.0.0.1', servername: host } : { host }),
    port,
    secure: tls === 'always',
    requireTLS: tls === 'first',
    ignoreTLS: tls === 'never',
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs * patience,
    socketCloseTimeout: 500,
    maxResponseSize: 64 * 1024,
  }
}

async function signIn(connection: SMTPConnection, { username, password }: Line): Promise<void> {
  if (username === '') return
  if (!connection.allowsAuth) throw new NoSignIn()
  const auth = { user: username, pass: password() }
  await new Promise<void>((resolve, reject) => connection.login(auth, (error) => (error ? reject(error) : resolve())))
}

function* toChunks(message: Buffer): Generator<Buffer> {
  const size = 64 * 1024
  for (let start = 0; start < message.length; start += size) yield message.subarray(start, start + size)
}
