import { Readable } from 'node:stream'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SMTPSentMessageInfo } from 'nodemailer/lib/smtp-transport'
import type { Line } from '../line.ts'
import { NoSignIn, type Stage, toMailFailure } from './failure.ts'
import type { MailServer } from './server.ts'

/** A mail server and the key for it. */
export interface MailLine {
  server: MailServer
  line: Line
  label: string
}

/** Who sends to whom, as the server is told. */
export interface Envelope {
  from: string
  to: string[]
}

/** What a server said to a mail. */
export type MailAnswer = Pick<SMTPSentMessageInfo, 'accepted' | 'rejected' | 'rejectedErrors' | 'response'>

// for each answer: servers look into a mail before they take it, and let a client that they do not know wait
const patience = 3

/** Sends a mail once to all recipients that the server takes; throws an `HttpFailure` when it takes none. */
export const sendInSession = (at: MailLine, { envelope, message }: { envelope: Envelope; message: Buffer }): Promise<MailAnswer> =>
  inSession(at, (connection, enter) => {
    const body = Readable.from(toChunks(message))
    // the dot that ends a mail follows its last byte; a server that has not seen it has no mail
    body.once('end', () => enter('handed_over'))
    return new Promise((resolve, reject) => {
      connection.send({ ...envelope, size: message.length }, body, (error, answer) => (error ? reject(error) : resolve(answer)))
    })
  })

type Enter = (stage: Stage) => void

/** Connects, encrypts, signs in, does this, and ends the connection. What goes wrong is an `HttpFailure`. */
export async function inSession<T>(
  { server, line, label }: MailLine,
  use: (connection: SMTPConnection, enter: Enter) => Promise<T>,
): Promise<T> {
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
    const { username } = line
    const timeoutMs = line.limits.request * (stage === 'connect' ? 1 : patience)
    throw toMailFailure(error, { label, server, stage, username, timeoutMs, secrets: secretsOf(username, line.password()) })
  } finally {
    connection.close()
  }
}

/** A password in every form in which it goes over the line. */
export const secretsOf = (username: string, password: string): string[] =>
  password === '' ? [] : [password, ...[`\0${username}\0${password}`, password].map((text) => Buffer.from(text).toString('base64'))]

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
