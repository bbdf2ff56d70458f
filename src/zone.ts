import { Temporal } from 'temporal-polyfill'
import { MspError } from './errors.ts'

/** The instant of a local time without an offset: `2026-03-07T22:00:05.113`. An hour that comes twice means the first, one that is skipped the time after it. */
export function toInstant(local: string, zone: string): Date {
  const time = read('time', local, () => Temporal.PlainDateTime.from(local))
  return toDate(inZone(zone, () => time.toZonedDateTime(zone)))
}

/** The instants at which clocks in the zone show that time: two where it comes twice, none where it is skipped. */
export function toInstants(local: string, zone: string): Date[] {
  const time = read('time', local, () => Temporal.PlainDateTime.from(local))
  const both = (['earlier', 'later'] as const).map((disambiguation) => inZone(zone, () => time.toZonedDateTime(zone, { disambiguation })))
  const shown = both.filter((each) => each.toPlainDateTime().equals(time)).map(toDate)
  return shown[0]?.getTime() === shown[1]?.getTime() ? shown.slice(0, 1) : shown
}

const minute = 60_000

/** Reads many local times of one zone, each hour by Temporal only once: that takes longer than all the rest. */
export function localReader(zone: string): (local: string) => Date {
  const hours = new Map<string, number | undefined>()
  /** Undefined of what is no hour, and of one in which the clocks are changed. */
  const startOf = (hour: string): number | undefined => {
    try {
      const [first, last] = [':00', ':59'].map((minutes) => toInstant(hour + minutes, zone).getTime()) as [number, number]
      return last - first === 59 * minute ? first : undefined
    } catch {
      return undefined
    }
  }
  return (local) => {
    const hour = local.slice(0, 13)
    if (!hours.has(hour)) hours.set(hour, startOf(hour))
    const start = hours.get(hour)
    const since = sinceTheHour(local)
    return start === undefined || since === undefined ? toInstant(local, zone) : new Date(start + since)
  }
}

/** Milliseconds; undefined of what is no time. */
function sinceTheHour(local: string): number | undefined {
  const two = (at: number) => 10 * (local.charCodeAt(at) - 48) + local.charCodeAt(at + 1) - 48
  const [minutes, seconds] = [two(14), two(17)]
  const fraction = local.length === 19 ? 0 : Number(`0${local.slice(19)}`)
  const isTime = minutes >= 0 && minutes < 60 && seconds >= 0 && seconds < 60 && fraction >= 0 && fraction < 1
  return isTime ? minutes * minute + seconds * 1000 + Math.trunc(fraction * 1000) : undefined
}

/** The months of a zone that a span touches; `to` is not in it. */
export function monthsOf({ from, to }: { from: Date; to: Date }, zone: string): Array<{ year: number; month: number }> {
  const [first, last] = [dayOf(from, zone), dayOf(new Date(to.getTime() - 1), zone)]
  const months: Array<{ year: number; month: number }> = []
  for (let day = Temporal.PlainYearMonth.from(first.slice(0, 7)); ; day = day.add({ months: 1 })) {
    months.push({ year: day.year, month: day.month })
    if (day.toString() >= last.slice(0, 7)) return months
  }
}

export const isWeekend = (day: string): boolean => [0, 6].includes(new Date(day).getUTCDay())

/** So many days later, or earlier: `2026-03-07`. */
export const addDays = (day: string, days: number): string =>
  read('day', day, () => Temporal.PlainDate.from(day))
    .add({ days })
    .toString()

/** The day that it is in the zone: `2026-03-07`. */
export function dayOf(date: Date, zone: string): string {
  const instant = Temporal.Instant.fromEpochMilliseconds(date.getTime())
  return inZone(zone, () => instant.toZonedDateTimeISO(zone))
    .toPlainDate()
    .toString()
}

/** The first instant of a day in the zone, which is not midnight where the clocks go forward at midnight. */
export function startOfDay(day: string, zone: string): Date {
  const date = read('day', day, () => Temporal.PlainDate.from(day))
  return toDate(inZone(zone, () => date.toZonedDateTime(zone)))
}

const toDate = (time: Temporal.ZonedDateTime): Date => new Date(time.epochMilliseconds)

function read<T>(what: string, text: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new MspError('usage', `"${text}" is not a ${what}.`, { cause })
  }
}

function inZone<T>(zone: string, convert: () => T): T {
  try {
    return convert()
  } catch (cause) {
    throw new MspError('config', `"${zone}" is not a time zone.`, { hint: 'Name it as in America/Phoenix or Europe/Berlin.', cause })
  }
}
