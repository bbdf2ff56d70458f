import { certificateRefusal } from './certificate.ts'
import { HttpFailure } from './failure.ts'

/** What is read of an error of got; the error itself holds headers and body, so it never goes further. */
interface Thrown {
  name?: string
  code?: string
  message?: string
  /** The phase whose time was up. */
  event?: string
  timings?: { connect?: number; secureConnect?: number }
}

export interface Sending {
  label: string
  host: string
  limits: { connect: number; request: number }
}

/** A request that got no whole answer, as a failure that says whether it may have arrived. */
export function toNetworkFailure(error: unknown, { label, host, limits }: Sending): HttpFailure {
  const thrown: Thrown = error instanceof Error ? error : {}
  const { code = '', name = '' } = thrown
  const outcome = surelyNotSent(thrown) ? 'not_sent' : 'unknown'
  if (name === 'TimeoutError') {
    const timeoutMs = outcome === 'not_sent' ? limits.connect : limits.request
    const what = outcome === 'not_sent' ? 'could not be reached' : 'did not answer'
    const hint = 'Try again later, or see what is on its way: msp outbox list'
    return new HttpFailure('network', `${label} ${what} within ${timeoutMs / 1000} s.`, { outcome, timeoutMs, hint })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const hint = 'Check your network, and the address in: msp integrate list'
    return new HttpFailure('network', `${label} could not be reached: the name ${host} was not found.`, { outcome, hint })
  }
  const refusal = certificateRefusal(code, host)
  if (refusal) return new HttpFailure('network', refusal.message, { outcome, hint: refusal.hint })
  return toBrokenLine(thrown, outcome, { label, host })
}

function toBrokenLine(thrown: Thrown, outcome: HttpFailure['outcome'], { label, host }: Pick<Sending, 'label' | 'host'>): HttpFailure {
  const { code = '', name = '' } = thrown
  if (outcome === 'not_sent' && isOtherProtocol(thrown)) {
    const hint = 'Check the address and its port in: msp integrate list'
    return new HttpFailure('network', `${label} could not be reached: what answers at ${host} does not speak https.`, { outcome, hint })
  }
  // the parser of HTTP and the one that unpacks
  const isGarbled = /^(HPE_|ERR_READING_)/.test(code)
  const what = outcome === 'not_sent' ? 'could not be reached' : isGarbled ? 'gave an answer that cannot be read' : 'cut the line'
  const hint = 'Check your network, then try again.'
  return new HttpFailure('network', `${label} ${what} (${code || name || 'no reason given'}).`, { outcome, hint })
}

/** Only for what is known to happen before a request leaves; any code that is not known may come after it. */
function surelyNotSent({ name, code = '', event = '', timings }: Thrown): boolean {
  if (name === 'TimeoutError') return ['lookup', 'connect', 'secureConnect'].includes(event)
  if (['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED'].includes(code) || certificateRefusal(code, '')) return true
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return timings !== undefined && timings.connect === undefined
  // TLS speaks up later, too: a server that wants a certificate of the client says so after the request
  return /^(EPROTO|ERR_SSL_)/.test(code) && timings?.connect !== undefined && timings.secureConnect === undefined
}

/** OpenSSL has one code for whatever goes wrong in a handshake: that the other side speaks no TLS stands in its words alone. */
const isOtherProtocol = ({ code = '', message = '' }: Thrown): boolean =>
  code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
  (code === 'EPROTO' && /:(wrong version number|http request|packet length too long):/.test(message))
