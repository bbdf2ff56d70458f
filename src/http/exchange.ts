import { setFlagsFromString } from 'node:v8'
import type { Request } from 'got'
import { codeOf, MspError } from '../errors.ts'
import { toSizeWords } from '../size.ts'
import type { Limits } from '../world.ts'
import type { Answer } from './answer.ts'
import { HttpFailure } from './failure.ts'
import type { VendorRequest } from './http.ts'
import { createListReader, type ListTaker } from './list-reader.ts'
import { type Sending, toNetworkFailure } from './network.ts'

const longestAnswer = 64 * 1024 * 1024
const longestList = 1024 * 1024 * 1024 // of which only a piece is in memory

interface Place {
  label: string
  /** Without a slash at the end. */
  baseUrl: string
  limits: Pick<Limits, 'request' | 'list'>
}

/** Sends a request once, with the token, and gives whatever answer comes; no answer is an `HttpFailure`. */
export function exchange({ label, baseUrl, limits }: Place, request: VendorRequest, token: string | undefined): Promise<Answer> {
  const { method, body, list } = request
  return transmit(label, {
    url: toUrl(baseUrl, request),
    method,
    headers: {
      ...{ accept: 'application/json', 'user-agent': 'msp' },
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    timeoutMs: list ? limits.list : limits.request,
    longest: list ? longestList : longestAnswer,
    list,
  })
}

/** A request as it goes over the line. */
export interface Transmission {
  url: URL
  method: VendorRequest['method']
  headers: Record<string, string>
  body: string | undefined
  timeoutMs: number
  /** Bytes of the answer. */
  longest: number
  /** Takes the answer when it is a good one. */
  list?: ListTaker | undefined
}

/** Sends these bytes once and gives whatever answer comes; redirects are not followed, nothing is repeated. No answer is an `HttpFailure`. */
export async function transmit(label: string, transmission: Transmission): Promise<Answer> {
  const { url, method, headers, body, timeoutMs, longest, list } = transmission
  // shorter, so that a connection that never comes about is not taken for a request without an answer
  const connect = Math.ceil(timeoutMs / 2)
  const stop = new AbortController()
  const { default: got } = await import('got')
  const options = {
    method,
    headers,
    // these bytes as they are; to look whether a `body` is a form, got would load all of fetch
    ...(body === undefined ? {} : { json: body, stringifyJson: String }),
    // got would follow redirects, repeat PUT and DELETE, and wait for ever
    followRedirect: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
    timeout: { lookup: connect, connect, secureConnect: connect, request: timeoutMs },
    signal: stop.signal,
  }
  // what is packed in a small answer may be endless
  const onProgress = ({ transferred }: { transferred: number }) => transferred > longest && stop.abort()
  try {
    if (list) return await receiveList(label, got.stream(url, options).on('downloadProgress', onProgress), list)
    const { statusCode, headers, body } = await got(url, options).on('downloadProgress', onProgress)
    return { status: statusCode, headers, text: body }
  } catch (error) {
    if (stop.signal.aborted) throw tooLong(label, longest)
    // what has no code comes from whoever takes the list, and is a bug
    if (error instanceof MspError || codeOf(error) === undefined) throw error
    const place: Sending = { label, host: url.host, limits: { connect, request: timeoutMs } }
    throw toNetworkFailure(error, place)
  }
}

/** What came back of a request for a list: of a good answer only how long the list is. */
async function receiveList(label: string, stream: Request, list: ListTaker): Promise<Answer> {
  list.begin()
  // of a long list nearly all is garbage at once: V8 would let the room for young objects grow to 32 MB for it
  setFlagsFromString('--semi-space-growth-factor=1')
  const reader = createListReader(list)
  const refusal: Buffer[] = []
  let refusalLength = 0
  let isGood = false
  stream.once('response', ({ statusCode }: { statusCode: number }) => {
    isGood = statusCode >= 200 && statusCode < 300
  })
  for await (const chunk of stream) {
    if (isGood) reader.write(chunk)
    else {
      refusal.push(chunk)
      refusalLength += chunk.length
    }
    // what is no list is kept whole until it ends
    if (Math.max(refusalLength, reader.waiting()) > longestAnswer) throw tooLong(label, longestAnswer)
  }
  const { statusCode = 0, headers = {} } = stream.response ?? {}
  if (!isGood) return { status: statusCode, headers, text: Buffer.concat(refusal).toString('utf8') }
  return { status: statusCode, headers, text: '', ...reader.end() }
}

function tooLong(label: string, longest: number): HttpFailure {
  return new HttpFailure('vendor', `${label} answered with more than ${toSizeWords(longest)}; msp stopped reading.`, {
    outcome: 'unknown',
    hint: 'No answer that msp knows is so long. Check the address: msp integrate list',
  })
}

/** The whole URL of a request. */
export function toUrl(baseUrl: string, { path, query = {} }: VendorRequest): URL {
  const url = new URL(`${baseUrl}/${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}
