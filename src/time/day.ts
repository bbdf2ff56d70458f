import { MspError } from '../errors.ts'
import { addDays, dayOf, startOfDay } from '../zone.ts'

/** `YYYY-MM-DD` of `friday`, `15 Jan`, `2026-01-15`: the latest such day that is not in the future. */
export async function parseDay(typed: string, now: Date, zone: string): Promise<string> {
  const text = typed.trim()
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return checkDay(text, now, zone)
  const today = dayOf(now, zone)
  if (text.toLowerCase() === 'today') return today
  if (text.toLowerCase() === 'yesterday') return addDays(today, -1)
  const { day, hasYear, hasDay, weekday } = await readWords(text, today)
  const earlier = hasDay ? `${Number(day.slice(0, 4)) - 1}${day.slice(4)}` : addDays(day, -7)
  const latest = checkDay(day <= today || hasYear ? day : earlier, now, zone)
  if (weekday !== null && weekday !== new Date(latest).getUTCDay()) throw notADay(text)
  return latest
}

const notADay = (typed: string): MspError =>
  new MspError('usage', `"${typed}" is not a day.`, { hint: 'Write it as friday, yesterday, 15 Jan or 2026-01-15.' })

/** The day that chrono reads in words. What it only guesses or reads in part is refused: time on the wrong day is found by nobody. */
async function readWords(text: string, today: string) {
  // 1/2/2026 is in January for some and in February for others
  if (!/\p{Letter}/u.test(text)) throw notADay(text)
  const { parse } = await import('chrono-node')
  // noon in UTC of the day here: chrono then counts from that day, whatever the zone of this machine
  const [result] = parse(text, { instant: new Date(`${today}T12:00:00Z`), timezone: 0 })
  if (!result || result.text.length !== text.length || result.end || result.start.isCertain('hour')) throw notADay(text)
  const { start } = result
  const hasDay = start.isCertain('day')
  const hasWeekday = start.isCertain('weekday')
  if (!hasDay && !hasWeekday) throw notADay(text)
  // chrono takes weekdays from the week that it likes best, and next week is not over yet
  if (/\bnext\b/i.test(text)) throw new MspError('usage', `"${text}" is in the future.`)
  const [year, month, date] = [start.get('year'), start.get('month'), start.get('day')]
  const day = [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(date).padStart(2, '0')].join('-')
  return { day, hasDay, hasYear: start.isCertain('year'), weekday: hasWeekday ? start.get('weekday') : null }
}

function checkDay(day: string, now: Date, zone: string): string {
  if (Number.isNaN(Date.parse(day)) || new Date(day).toISOString().slice(0, 10) !== day)
    throw new MspError('usage', `There is no day ${day}.`, { hint: 'Write year, month and day: 2026-01-15' })
  if (day < '2000') throw new MspError('usage', `${day} is before the year 2000.`, { hint: 'Write year, month and day: 2026-01-15' })
  if (startOfDay(day, zone) > now) throw new MspError('usage', `${day} is in the future.`)
  return day
}

/** When the day ends, whether it has 23, 24 or 25 hours. */
export const startOfNextDay = (day: string, zone: string): Date => startOfDay(addDays(day, 1), zone)
