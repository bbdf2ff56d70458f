import type { ErrorCode } from '../errors.ts'
import { toWaitWords } from '../waiting.ts'
import { parseHttpDate } from './date.ts'
import { HttpFailure, type Outcome } from './failure.ts'
import { toRetryAfterMs } from './retry-after.ts'

/** What came back of a request. */
export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** Of a list that was taken while it came in: its length. */
  count?: number | undefined
}

export interface AnswerContext {
  label: string
  host: string
  /** Only a whole list is a good answer. */
  isList: boolean
  reasonOf: (answer: unknown) => string | undefined
  needs: string | undefined
  /** What to do about a key that is refused. */
  repair: string
}

/** The parsed JSON of a good answer; anything else is an `HttpFailure` in the vendor's own words where it has any. */
export function readAnswer(answer: Answer, context: AnswerContext): unknown {
  const json = answer.count === undefined ? toJson(answer.text) : { count: answer.count }
  if (answer.status >= 200 && answer.status < 300) {
    if (json !== undefined && !(context.isList && answer.count === undefined)) return json
    throw unreadable(answer, context)
  }
  throw refusal(answer, json, context)
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}

function unreadable({ text, status }: Answer, { label, host, isList }: AnswerContext): HttpFailure {
  const other = isList ? 'no whole list' : 'broken JSON'
  const what = text.trim() === '' ? 'nothing' : /^\s*</.test(text) ? 'a web page' : other
  // a write may well have been done
  return new HttpFailure('vendor', `${label} answered with ${what} instead of data.`, {
    outcome: 'unknown',
    status,
    hint: `If it happens again, check that ${host} is the right address: msp integrate list`,
  })
}

function refusal({ status, headers }: Answer, json: unknown, { label, reasonOf, needs, repair }: AnswerContext): HttpFailure {
  const reason = json === undefined ? undefined : reasonOf(json)?.replace(/\s+/g, ' ').trim().replace(/\.$/, '')
  const said = reason ? `${reason} (status ${status})` : `status ${status}`
  const retryAfterMs = toRetryAfterMs(first(headers['retry-after']), first(headers.date))
  const fail = (code: ErrorCode, message: string, hint?: string) =>
    new HttpFailure(code, `${label} ${message}.`, { outcome: outcomeOf(status), status, retryAfterMs, hint })
  if (status === 401) return fail('sign_in', `refused the key: ${said}`, repair)
  if (status === 403) return fail('forbidden', `does not allow this: ${said}`, needs && `It needs the permission "${needs}".`)
  if (status === 404) return fail('not_found', `has no such thing: ${said}`, 'It may have been deleted there, or your key may not see it.')
  const when = retryAfterMs === undefined ? 'in a moment' : `in ${toWaitWords(retryAfterMs)}`
  if (status === 429) return fail('rate_limited', 'asks for a pause: too many calls', `Try again ${when}.`)
  if (status === 503 && retryAfterMs !== undefined) return fail('vendor', `asks for a pause: ${said}`, `Try again ${when}.`)
  if (status >= 300 && status < 400)
    return fail('vendor', 'answered with a redirect to another address, which msp does not follow', 'Check the address: msp integrate list')
  return fail('vendor', `refused: ${said}`, status >= 500 ? `The trouble is at ${label}. Try again in a few minutes.` : seeRecord)
}

const seeRecord = 'See what was asked: msp record list'

/** Whether a request that got this status, not a 2xx, may have been done. */
function outcomeOf(status: number): Outcome {
  if (status === 425 || status === 429) return 'not_sent'
  return status >= 400 && status < 500 && status !== 408 && status !== 409 ? 'refused' : 'unknown'
}

/** What the vendor's clock says in an answer, in whole seconds. */
export const dateOf = ({ headers }: Answer): number | undefined => parseHttpDate(first(headers.date))

const first = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header)
