import { MspError } from '../errors.ts'

/** Days of `30d`, `30`, `4w`. */
export function parseDays(typed: string): number {
  const [, number, unit = 'd'] = /^(\d{1,5})\s*(d(?:ays?)?|w(?:eeks?)?)?$/i.exec(typed.trim()) ?? []
  const days = Number(number) * (/^w/i.test(unit) ? 7 : 1)
  if (number !== undefined && days > 0) return days
  throw new MspError('usage', `"${typed}" is no number of days.`, { hint: 'Write it as 30d or 4w.' })
}
