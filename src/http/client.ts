import { MspError } from '../errors.ts'
import { readOnlyRefusal } from '../read-only.ts'
import type { Limits, Step } from '../world.ts'
import { dateOf, readAnswer } from './answer.ts'
import { exchange } from './exchange.ts'
import { endOf, HttpFailure } from './failure.ts'
import { isReading, type VendorHttp, type VendorRequest } from './http.ts'
import { redact } from './redact.ts'
import type { Silence } from './silence.ts'

/** One attempt at a call, for the record. */
export interface Attempt {
  request: VendorRequest
  /** 0 for the first. */
  attempt: number
  status: 'success' | 'error' | 'timeout'
  error: string | null
  durationMs: number
  /** The parsed answer of a success. */
  answer: unknown
  /** Takes the secrets of this attempt out of a text. */
  redact: (text: string) => string
}

export interface VendorHttpOptions {
  /** The vendor as it writes its name. */
  label: string
  /** Without a slash at the end. */
  baseUrl: string
  /** A live access token. `refused`: the one that the vendor has just refused; another one then, or undefined when there is none to be had. */
  token: (refused?: string) => Promise<string | undefined>
  /** True when the key itself is good and only lacks a permission. */
  isKeyGood: () => Promise<boolean>
  reasonOf: (answer: unknown) => string | undefined
  /** What to do about a key that is refused, as a hint. */
  repair: string
  /** Waits until the call may go, for so many milliseconds at most, else throws. Gives how long it waited. */
  pace: (patience: number) => Promise<number>
  /** The vendor asks for a pause, for so long if it says how long. */
  pause: (milliseconds: number | undefined) => Promise<void>
  silence: Silence
  /** Refuses every request that changes something. */
  isReadOnly: boolean
  /** The last thing before a request that changes something leaves; throws when it must not. */
  beforeWrite?: (() => Promise<void>) | undefined
  /** Told of each answer what the vendor's clock says, if it says. */
  onDate?: ((time: number | undefined) => void) | undefined
  record: (attempt: Attempt) => Promise<void>
  sleep: (milliseconds: number) => Promise<void>
  step: Step
  limits: Pick<Limits, 'request' | 'list' | 'interactive'>
}

/** One call with all its attempts. */
interface Call {
  request: VendorRequest
  attempts: number
  isRenewed: boolean
  /** For how many milliseconds it may still wait. */
  patience: number
}

const reads = 3 // how often a read is tried

/** The HTTP client of one vendor account. */
export function createVendorHttp(options: VendorHttpOptions): VendorHttp {
  const { baseUrl, label } = options
  return {
    baseUrl,
    send: async (request) => {
      if (options.isReadOnly && !isReading(request)) throw readOnlyRefusal(`Nothing was sent to ${label}`)
      return sendCall(options, { request: checked(request, label), attempts: 0, isRenewed: false, patience: options.limits.interactive })
    },
  }
}

async function sendCall(options: VendorHttpOptions, call: Call): Promise<unknown> {
  requireTime(options, call.request)
  let token = await tokenOf(options)
  let left = reads
  for (;;) {
    try {
      return await sendOnce(options, call, token)
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
      if (error.status === 401) token = await anotherToken(options, call, token, error)
      else if (--left === 0 || !hasTime(options, call.request) || !isRepeatable(call, error)) throw error
      else await waitToRepeat(options, error, reads - left)
    }
  }
}

/** A moment, longer each time. A pause is waited for where every call waits for its turn. */
async function waitToRepeat({ sleep }: VendorHttpOptions, error: HttpFailure, times: number): Promise<void> {
  if (!asksForPause(error)) await sleep(Math.random() * 250 * 2 ** times)
}

function requireTime(options: VendorHttpOptions, request: VendorRequest): void {
  if (hasTime(options, request)) return
  const message = `${options.label} has not answered for ${Math.round(options.silence.ms() / 1000)} s, so it was not asked again.`
  throw new HttpFailure('network', message, { outcome: 'not_sent', hint: 'See whether it answers: msp integrate test' })
}

/** A vendor that says nothing is asked for as long as a person waits. A request has its whole time or none: one that is cut short may have arrived. */
function hasTime({ silence, limits }: VendorHttpOptions, { list }: VendorRequest): boolean {
  return silence.ms() === 0 || silence.ms() + (list ? limits.list : limits.request) < limits.interactive
}

/** Only what changes nothing is repeated here; a write is the outbox's business. */
function isRepeatable({ request, patience }: Call, { code, outcome, status, retryAfterMs = 0 }: HttpFailure): boolean {
  if (!isReading(request) || retryAfterMs > Math.max(0, patience)) return false
  // what is too long once is so the next time
  return outcome !== 'refused' && (status === undefined ? code === 'network' : status === 429 || status >= 500)
}

/** A path stays below the base URL, whatever is put into it. */
function checked(request: VendorRequest, label: string): VendorRequest {
  const segments = request.path.split('/')
  if (/^[A-Za-z0-9_./%-]+$/.test(request.path) && segments.every((segment) => segment !== '' && !/^(\.|%2e)+$/i.test(segment)))
    return request
  throw new MspError('usage', `"${request.path}" is not a path of ${label}.`)
}

/** Without a token nothing of the request has left, whatever became of the sign-in. */
async function tokenOf({ token }: VendorHttpOptions, refused?: string): Promise<string | undefined> {
  try {
    return await token(refused)
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    throw new HttpFailure(error.code, error.message, { outcome: 'not_sent', hint: error.hint })
  }
}

/** For a request whose token was refused: another one, once; without one the refusal, in the words that fit. */
async function anotherToken(options: VendorHttpOptions, call: Call, refused: string | undefined, refusal: HttpFailure): Promise<string> {
  if (refused === undefined) throw refusal
  const other = call.isRenewed ? undefined : await tokenOf(options, refused)
  call.isRenewed = true
  if (other !== undefined) return other
  throw (await options.isKeyGood()) ? lacksPermission(options, call.request) : refusal
}

function lacksPermission({ label, repair }: VendorHttpOptions, { needs }: VendorRequest): HttpFailure {
  const permission = needs === undefined ? 'a permission' : `the permission "${needs}"`
  const hint = `Give it that permission, or use another key. ${repair}`
  return new HttpFailure('forbidden', `${label} accepts your key, but it lacks ${permission}.`, { outcome: 'refused', status: 401, hint })
}

const asksForPause = ({ status, retryAfterMs }: HttpFailure): boolean => status === 429 || (status === 503 && retryAfterMs !== undefined)

async function sendOnce(options: VendorHttpOptions, call: Call, token: string | undefined): Promise<unknown> {
  const { label, baseUrl, step, repair } = options
  const { request } = call
  const secrets = [...(token === undefined ? [] : [token]), ...(request.secrets ?? [])]
  const hide = (text: string) => redact(text, secrets)
  const reasonOf = (json: unknown) => {
    const reason = options.reasonOf(json)
    return reason === undefined ? undefined : hide(reason)
  }
  // less where all that is looked for has little time
  call.patience -= await options.pace(Math.min(call.patience, options.limits.interactive))
  if (!isReading(request)) await options.beforeWrite?.()
  const began = performance.now()
  const attempt = call.attempts++
  const record = (outcome: Pick<Attempt, 'status' | 'error' | 'answer'>) =>
    options.record({ request, attempt, durationMs: Math.round(performance.now() - began), redact: hide, ...outcome })
  let answer: unknown
  try {
    const received = await step('vendor.send', () => exchange(options, request, token))
    options.silence.end()
    options.onDate?.(dateOf(received))
    // of a refusal before it is cut to a reason: half a secret would not be found in that
    const known = received.status < 300 ? received : { ...received, text: hide(received.text) }
    const place = { label, host: new URL(baseUrl).host, isList: request.list !== undefined }
    answer = readAnswer(known, { ...place, reasonOf, needs: request.needs, repair })
  } catch (error) {
    await record({ ...endOf(error), answer: undefined })
    if (error instanceof HttpFailure) options.silence.add(error.timeoutMs ?? 0)
    if (error instanceof HttpFailure && asksForPause(error)) await options.pause(error.retryAfterMs)
    throw error
  }
  await record({ status: 'success', error: null, answer })
  return answer
}
