import { MspError } from '../errors.ts'
import { toInstant } from '../zone.ts'
import { parseDay } from './day.ts'
import { parseClock } from './when.ts'

/** The instant of `2026-01-15T02:00:00Z`, `2026-01-15 02:00`, `yesterday 2am`, `02:00`, `2 hours ago`: in the zone where the text names none. */
export async function parseInstant(typed: string, now: Date, zone: string): Promise<Date> {
  const text = typed.trim()
  const instant = parseIso(text, zone) ?? (await parseWords(text, now, zone))
  if (instant.getTime() <= now.getTime() + 60_000) return instant
  throw new MspError('usage', `"${typed}" is in the future.`, { hint: 'Of another day, name it: yesterday 22:00' })
}

const notATime = (typed: string): MspError =>
  new MspError('usage', `"${typed}" is not a time.`, { hint: 'Write it as 02:00, yesterday 2am, "15 Jan 02:00" or 2026-01-15T02:00:00Z.' })

function parseIso(text: string, zone: string): Date | undefined {
  const [, day, clock, seconds = ':00', offset] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(text) ?? []
  if (day === undefined) return undefined
  if (offset === undefined) return toInstant(`${day}T${clock}${seconds}`, zone)
  // read as a time of UTC first, which refuses the 31st of February; Date would make it March
  const local = toInstant(`${day}T${clock}${seconds}`, 'UTC').getTime()
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d{2}):?(\d{2})/.exec(offset) ?? []
  return new Date(local - (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000)
}

async function parseWords(text: string, now: Date, zone: string): Promise<Date> {
  if (/^now$/i.test(text)) return now
  if (/\bago$/i.test(text)) return parseAgo(text, now)
  const [, before = '', clock, after = ''] = /^(.*?\s)??(?:at\s+)?(\d{1,2}(?::\d{2})?\s*[ap]m|\d{1,2}:\d{2})(\s.*)?$/i.exec(text) ?? []
  if (clock === undefined || (before && after)) throw notATime(text)
  const day = `${before}${after}`.replace(/\s+at$/i, '').trim()
  return toInstant(`${await parseDay(day || 'today', now, zone)}T${parseClock(clock)}`, zone)
}

async function parseAgo(text: string, now: Date): Promise<Date> {
  const { parse } = await import('chrono-node')
  const [result] = parse(text, { instant: now, timezone: 0 })
  if (!result || result.text.length !== text.length || result.end) throw notATime(text)
  return result.start.date()
}
