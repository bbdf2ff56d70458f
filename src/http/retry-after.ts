const hour = 3_600_000
const imfDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** `Retry-After` in milliseconds, an hour at most; undefined when it is neither seconds nor a date. A date counts from the answer's own `Date`. */
export function toRetryAfterMs(header: string | undefined, date: string | undefined): number | undefined {
  const text = header?.trim() ?? ''
  // not Number() and not Date.parse() alone: they read "" as 0 and "7" as a day in 2001
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, hour)
  if (!imfDate.test(text) || !imfDate.test(date ?? '')) return undefined
  const wait = Date.parse(text) - Date.parse(date ?? '')
  return wait >= 0 ? Math.min(wait, hour) : undefined
}
