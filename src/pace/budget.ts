/** What a vendor allows: `burst` calls at once, then `perSecond`. */
export interface Rate {
  burst: number
  perSecond: number
}

/** How much of it is used up, in microseconds of one clock. */
export interface Budget {
  nowUs: number
  /** When the calls so far are paid for. */
  tatUs: number
  /** Until when nobody calls. */
  pauseUs: number
}

export const secondUs = 1_000_000
const hourUs = 3600 * secondUs

export const intervalOf = ({ perSecond }: Rate): number => Math.ceil(secondUs / perSecond)

/** The next place in the line (GCRA): how long the call waits for it, and what the budget is when it has been taken. `kept`: so many places of the burst stay for others. */
export function nextPlace(rate: Rate, { nowUs, tatUs, pauseUs }: Budget, kept = 0): { waitUs: number; tatUs: number } {
  const interval = intervalOf(rate)
  const base = Math.max(tatUs, nowUs, pauseUs)
  const at = Math.max(base - (rate.burst - 1 - kept) * interval, pauseUs, nowUs)
  return { waitUs: at - nowUs, tatUs: base + interval }
}

/** How many places stay for the calls that a person waits for. */
export const keptFor = ({ burst }: Rate): number => Math.floor(Math.min(5, burst / 4))

/** Of a clock that was once wrong, or a row that was damaged: no place and no pause lies further ahead than an hour and its line. */
export function sane({ nowUs, tatUs, pauseUs }: Budget): Budget {
  const known = (at: number) => (Number.isFinite(at) && at <= nowUs + 2 * hourUs ? at : 0)
  return { nowUs, tatUs: known(tatUs), pauseUs: known(pauseUs) }
}

/** A limit as the vendor would say it. */
export interface Limit {
  requests: number
  periodSeconds: number
  /** How many of them can still go in the time that begins now. */
  remaining: number
}

const periodSeconds = 60

/** The limit that keeping to the rate never passes, and what is left of it. */
export function toLimit(rate: Rate, budget: Budget): Limit {
  const { nowUs, tatUs, pauseUs } = budget
  const interval = intervalOf(rate)
  const requests = Math.floor(rate.burst + rate.perSecond * periodSeconds)
  const end = nowUs + periodSeconds * secondUs
  // the places that begin before the end of the time
  const places = Math.floor((end + (rate.burst - 1) * interval - Math.max(tatUs, nowUs, pauseUs)) / interval) + 1
  return { requests, periodSeconds, remaining: pauseUs > end ? 0 : Math.min(requests, Math.max(0, places)) }
}
