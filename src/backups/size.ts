import { MspError } from '../errors.ts'

const units = ['', 'K', 'M', 'G', 'T', 'P']

/** Bytes of `10485760`, `45GB`, `1.5 TB`: units of 1024, as sizes are shown. */
export function parseSize(typed: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(?:(?:([kmgtp]?)i?b)|bytes?)?$/i.exec(typed.trim()) ?? []
  const bytes = Math.round(Number(number) * 1024 ** units.indexOf(unit.toUpperCase()))
  if (number !== undefined && Number.isSafeInteger(bytes)) return bytes
  throw new MspError('usage', `"${typed}" is not a size.`, { hint: 'Write it in bytes, or as 45GB.' })
}

/** Days of `30d`, `30`, `4w`. */
export function parseDays(typed: string): number {
  const [, number, unit = 'd'] = /^(\d{1,5})\s*(d|w)?(?:ays?|eeks?)?$/i.exec(typed.trim()) ?? []
  const days = Number(number) * (unit.toLowerCase() === 'w' ? 7 : 1)
  if (number !== undefined && days > 0) return days
  throw new MspError('usage', `"${typed}" is no number of days.`, { hint: 'Write it as 30d or 4w.' })
}
