import { type ErrorCode, MspError } from '../errors.ts'

/**
 * What is known of a request that failed. `not_sent`: it never left, repeating is safe. `refused`: the vendor said no, nothing was done.
 * `unknown`: it may have been done; look before sending it again.
 */
export type Outcome = 'not_sent' | 'refused' | 'unknown'

interface FailureOptions {
  outcome: Outcome
  status?: number | undefined
  retryAfterMs?: number | undefined
  timeoutMs?: number | undefined
  madeId?: string | undefined
  hint?: string | undefined
}

/** True when the vendor cannot be asked now and may well be later: no line, a pause, an error of its own. */
export const isPassing = (error: unknown): error is HttpFailure =>
  error instanceof HttpFailure &&
  error.outcome !== 'refused' &&
  (error.code === 'network' || error.code === 'rate_limited' || (error.status ?? 0) >= 500)

/** A call to a vendor that did not work. It never holds the request: that carries the key. */
export class HttpFailure extends MspError {
  override readonly name = 'HttpFailure'
  readonly outcome: Outcome
  readonly status: number | undefined
  /** What the vendor asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** The limit that ran out, when it was one. */
  readonly timeoutMs: number | undefined
  /** The vendor's id of what was made all the same: of a mail that some of its recipients were refused. */
  readonly madeId: string | undefined
  constructor(code: ErrorCode, message: string, { outcome, status, retryAfterMs, timeoutMs, madeId, hint }: FailureOptions) {
    super(code, message, { hint })
    this.outcome = outcome
    this.status = status
    this.retryAfterMs = retryAfterMs
    this.timeoutMs = timeoutMs
    this.madeId = madeId
  }
}

/** How a call that failed ended, for the record. */
export function endOf(error: unknown): { status: 'error' | 'timeout'; error: string } {
  const timeoutMs = error instanceof HttpFailure ? error.timeoutMs : undefined
  if (timeoutMs !== undefined) return { status: 'timeout', error: `Request timeout after ${timeoutMs}ms` }
  return { status: 'error', error: error instanceof Error ? error.message : String(error) }
}
