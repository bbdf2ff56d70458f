import { parseHttpDate } from './date.ts'

const hour = 3_600_000

/** `Retry-After` in milliseconds, an hour at most; undefined when it is neither seconds nor a date. A date counts from the answer's own `Date`. */
export function toRetryAfterMs(header: string | undefined, date: string | undefined): number | undefined {
  const text = header?.trim() ?? ''
  // not Number() alone: it reads "" as 0
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, hour)
  const [until, since] = [parseHttpDate(text), parseHttpDate(date)]
  if (until === undefined || since === undefined) return undefined
  const wait = until - since
  return wait >= 0 ? Math.min(wait, hour) : undefined
}
