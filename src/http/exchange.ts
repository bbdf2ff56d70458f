import type { Limits } from '../world.ts'
import type { Answer } from './answer.ts'
import { HttpFailure } from './failure.ts'
import type { VendorRequest } from './http.ts'
import { type Sending, toNetworkFailure } from './network.ts'

const longestAnswer = 64 * 1024 * 1024

interface Place {
  label: string
  /** Without a slash at the end. */
  baseUrl: string
  limits: Pick<Limits, 'request'>
}

/** Sends a request once, with the token, and gives whatever answer comes; no answer is an `HttpFailure`. */
export async function exchange({ label, baseUrl, limits }: Place, request: VendorRequest, token: string | undefined): Promise<Answer> {
  const url = toUrl(baseUrl, request)
  const limit = limits.request
  // shorter, so that a connection that never comes about is not taken for a request without an answer
  const connect = Math.ceil(limit / 2)
  const stop = new AbortController()
  const { default: got } = await import('got')
  const sending = got(url, {
    method: request.method,
    ...(request.body === undefined ? {} : { json: request.body }),
    headers: { accept: 'application/json', 'user-agent': 'msp', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    // got would follow redirects, repeat PUT and DELETE, and wait for ever
    followRedirect: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
    timeout: { lookup: connect, connect, secureConnect: connect, request: limit },
    signal: stop.signal,
  })
  // what is packed in a small answer may be endless
  sending.on('downloadProgress', ({ transferred }) => transferred > longestAnswer && stop.abort())
  try {
    const { statusCode, headers, body } = await sending
    return { status: statusCode, headers, text: body }
  } catch (error) {
    if (stop.signal.aborted) throw tooLong(label)
    const place: Sending = { label, host: url.host, limits: { connect, request: limit } }
    throw toNetworkFailure(error, place)
  }
}

const tooLong = (label: string) =>
  new HttpFailure('vendor', `${label} answered with more than ${longestAnswer / 1024 ** 2} MB; msp stopped reading.`, {
    outcome: 'unknown',
  })

/** The whole URL of a request. */
export function toUrl(baseUrl: string, { path, query = {} }: VendorRequest): URL {
  const url = new URL(`${baseUrl}/${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}
