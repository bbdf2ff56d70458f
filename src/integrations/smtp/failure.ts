import { MspError } from '../../errors.ts'
import { certificateRefusal } from '../../http/certificate.ts'
import { HttpFailure } from '../../http/failure.ts'
import { redact } from '../../http/redact.ts'
import { toInertLine } from '../../inert.ts'
import { shorten } from '../../shorten.ts'
import type { MailServer } from './server.ts'

/** How far a session had come. Until the whole mail is handed over a server that loses the line has to forget it. */
export type Stage = 'connect' | 'sign_in' | 'send' | 'handed_over'

/** What is read of an error of nodemailer. */
interface Thrown {
  message?: string
  code?: string
  /** Of the system, where nodemailer has put its own in place of it. */
  originalCode?: string
  command?: string
  response?: string
  responseCode?: number
  timeoutType?: string
}

interface Place {
  label: string
  server: MailServer
  stage: Stage
  username: string
  /** For one answer. */
  timeoutMs: number
  secrets: readonly string[]
}

/** A server that offers no sign-in where a user name is stored. */
export class NoSignIn extends Error {}

const laterMs = 5 * 60_000 // a server that does not know a client yet lets it wait for so long

/** A session that did not work, as a failure that says whether the mail may be on its way. What is none of its business stays what it is. */
export function toMailFailure(error: unknown, place: Place): unknown {
  const { label, server } = place
  const thrown: Thrown = error instanceof Error ? error : {}
  if (error instanceof MspError) return error
  if (error instanceof NoSignIn) {
    const hint = 'Check the port; or, where the server wants no user name, connect it without: msp integrate smtp'
    return new HttpFailure('sign_in', `${server.host} offers no sign-in, and a user name is stored for it.`, { outcome: 'refused', hint })
  }
  // every error of nodemailer has a code; without one it is a bug
  if (thrown.code === undefined) return error
  if (isRefusal(thrown, place.stage)) return toRefusal(thrown, place)
  if (thrown.code !== 'EENVELOPE' && thrown.code !== 'EMESSAGE') return toBrokenLine(thrown, place)
  if (place.stage === 'handed_over') return toOddAnswer(thrown, place)
  // before anything was asked: an address or a size that the server cannot take
  return new HttpFailure('vendor', `${label} cannot send this: ${toWords(thrown.message, place)}`, { outcome: 'refused' })
}

/** Of a server that has the whole mail nothing but a code of RFC 5321 says that it does not keep it. */
const isRefusal = ({ responseCode: status = 0 }: Thrown, stage: Stage): boolean =>
  status >= 400 && (status < 600 || stage !== 'handed_over')

const toOddAnswer = ({ response }: Thrown, place: Place): HttpFailure =>
  new HttpFailure(
    'vendor',
    `${place.server.host} has the mail and gave no answer that says what becomes of it: ${toWords(response, place)}`,
    {
      outcome: 'unknown',
    },
  )

function toRefusal(thrown: Thrown, place: Place): HttpFailure {
  const { server, username } = place
  const { responseCode: status = 0, command = '' } = thrown
  const words = toWords(thrown.response, place)
  if (command === 'STARTTLS' || command === 'EHLO') return noTls(server, words)
  if (status < 500)
    return new HttpFailure('vendor', `${server.host} takes no mail now: ${words}`, { outcome: 'not_sent', status, retryAfterMs: laterMs })
  if (thrown.code === 'EAUTH') {
    const message = `${server.host} refused the password of "${username}": ${words}`
    return new HttpFailure('sign_in', message, { outcome: 'refused', status, hint: 'Connect it again: msp integrate smtp' })
  }
  if (status === 530) {
    const hint = 'Connect it with one: msp integrate smtp --username NAME'
    return new HttpFailure('sign_in', `${server.host} wants a user name and a password: ${words}`, { outcome: 'refused', status, hint })
  }
  return new HttpFailure('vendor', `${server.host} refused the mail: ${words}`, { outcome: 'refused', status })
}

function toBrokenLine(thrown: Thrown, { label, server, stage, timeoutMs }: Place): HttpFailure {
  const { host, port } = server
  const code = thrown.originalCode ?? thrown.code ?? ''
  const outcome = stage === 'handed_over' ? 'unknown' : 'not_sent'
  const refusal = certificateRefusal(code, host)
  if (refusal) return new HttpFailure('network', refusal.message, { outcome, hint: refusal.hint })
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EDNS') {
    const hint = 'Check your network, and the address in: msp integrate list'
    return new HttpFailure('network', `${label} could not be reached: the name ${host} was not found.`, { outcome, hint })
  }
  const hint =
    stage === 'connect'
      ? 'Check your network, and the port: 465 speaks TLS at once, 587 begins without.'
      : 'Check your network, then try again.'
  if (thrown.timeoutType !== undefined)
    return new HttpFailure('network', `${host} did not answer on port ${port} within ${timeoutMs / 1000} s.`, { outcome, timeoutMs, hint })
  const what = stage === 'connect' ? `${label} could not be reached at ${host}:${port}` : `${host} cut the line`
  // of nodemailer's own codes none says more
  const why = thrown.originalCode === undefined ? '' : ` (${thrown.originalCode})`
  return new HttpFailure('network', `${what}${why}.`, { outcome, hint })
}

const noTls = ({ host }: MailServer, words: string): HttpFailure =>
  new HttpFailure('network', `${host} does not encrypt, so nothing was sent to it: ${words}`, {
    outcome: 'not_sent',
    hint: 'Use the port for sending that your provider names: 465 or 587.',
  })

const longest = 300

/** What a server said, in one line, without what it repeats of the sign-in. */
export function toWords(text: string | undefined, { secrets }: Pick<Place, 'secrets'>): string {
  const cut = shorten(toInertLine(redact(text ?? '', secrets)), longest)
  return /[.!?…]$/.test(cut) ? cut : `${cut}.`
}
