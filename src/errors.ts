/** Stable codes for programs that read an error; `exitCodeOf` turns the ones with a meaning of their own into an exit status. */
export type ErrorCode =
  | 'usage'
  | 'not_checked'
  | 'sign_in'
  | 'locked'
  | 'not_found'
  | 'ambiguous'
  | 'not_delivered'
  | 'cancelled'
  | 'check_failed'
  | 'client_mismatch'
  | 'forbidden'
  | 'unsupported'
  | 'rate_limited'
  | 'network'
  | 'vendor'
  | 'config'
  | 'storage'

const exitCodes: Partial<Record<ErrorCode, number>> = {
  usage: 2,
  not_checked: 3,
  sign_in: 4,
  locked: 4,
  not_found: 5,
  ambiguous: 5,
  not_delivered: 8,
  cancelled: 130,
}

/** Every failure that a technician can meet: one sentence that says what happened, and a hint that says what to do. Anything else that is thrown is a bug in msp. */
export class MspError extends Error {
  override readonly name: string = 'MspError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  constructor(code: ErrorCode, message: string, options: ErrorOptions & { hint?: string | undefined } = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
  }
}

/** The exit status of a failed run, 1 when the code has none of its own. */
export const exitCodeOf = (error: unknown): number => (error instanceof MspError && exitCodes[error.code]) || 1

/** The code that Node, or a library, gave an error: `ENOENT`. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
