import { MspError } from '../errors.ts'

/** A time entry lasts a day at most. */
export const mostMinutes = 24 * 60

/** Minutes of `2.5h`, `150m`, `1h30`, `1h 30m`, and of the words below; a sentence for anything else, and for what is not above 0 and at most 24 hours. */
export function parseDuration(typed: string): number {
  const text = typed.trim().toLowerCase().replace(',', '.')
  // nothing needs no unit
  const minutes = /^0+(?:\.0+)?$/.test(text) ? 0 : readMinutes(text)
  const hint = 'Write it as 2.5h, 150m or 1h30.'
  if (minutes === undefined) throw new MspError('usage', `"${typed}" is not a duration.`, { hint })
  const whole = Math.round(minutes)
  if (Math.abs(minutes - whole) > 1e-6) throw new MspError('usage', `"${typed}" is not a whole number of minutes.`, { hint })
  return checkMinutes(whole, typed)
}

function readMinutes(text: string): number | undefined {
  const [, wholeHours, more] = /^(\d+)\s*h\s*([0-5]?\d)\s*(?:m|min)?$/.exec(text) ?? []
  if (wholeHours !== undefined) return Number(wholeHours) * 60 + Number(more)
  const [, number, unit] = /^(\d+(?:\.\d+)?|\.\d+)\s*(h|hours?|m|min|minutes?)$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * (unit?.startsWith('h') ? 60 : 1)
}

/** Refuses 0, less, and more than a day. */
export function checkMinutes(minutes: number, typed: string): number {
  if (minutes <= 0) throw new MspError('usage', `"${typed}" is no time at all.`, { hint: 'The least is a minute.' })
  if (minutes > mostMinutes) throw new MspError('usage', `"${typed}" is more than 24 hours.`, { hint: 'Log each day by itself.' })
  return minutes
}

/** `10 minutes`, `1 hour`, `2.5 hours`, `1 h 40 min`. */
export function toDurationWords(minutes: number): string {
  if (minutes < 60) return minutes === 1 ? '1 minute' : `${minutes} minutes`
  // quarters of an hour are what people say
  if (minutes % 15 !== 0) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return minutes === 60 ? '1 hour' : `${minutes / 60} hours`
}
