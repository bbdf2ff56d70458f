import { Temporal } from 'temporal-polyfill'
import { MspError } from './errors.ts'

/** The instant of a local time without an offset: `2026-03-07T22:00:05.113`. An hour that comes twice means the first, one that is skipped the time after it. */
export function toInstant(local: string, zone: string): Date {
  const time = read('time', local, () => Temporal.PlainDateTime.from(local))
  return toDate(inZone(zone, () => time.toZonedDateTime(zone)))
}

/** Reads many local times of one zone: to look up the zone's rules for each of them would take longer than the rest. */
export function localReader(zone: string): (local: string) => Date {
  if (zone === 'UTC') return (local) => toUtc(local) ?? toInstant(local, zone)
  const offsets = new Map<string, number | undefined>()
  const offsetOf = (hour: string): number | undefined => {
    const [first, last] = [`${hour}:00:00`, `${hour}:59:59`].map((local) => toInstant(local, zone).getTime() - Date.parse(`${local}Z`))
    // the clocks are changed in this hour
    return first === last ? first : undefined
  }
  return (local) => {
    const hour = local.slice(0, 13)
    const time = toUtc(local)
    if (time === undefined) return toInstant(local, zone)
    if (!offsets.has(hour)) offsets.set(hour, offsetOf(hour))
    const offset = offsets.get(hour)
    return offset === undefined ? toInstant(local, zone) : new Date(time.getTime() + offset)
  }
}

/** Undefined for what is no time, or one that does not exist: Date would turn 30 February into March. */
function toUtc(local: string): Date | undefined {
  const time = new Date(`${local}Z`)
  // two digits, as they are: to make a number of them takes longer
  const day = 10 * (local.charCodeAt(8) - 48) + local.charCodeAt(9) - 48
  return time.getUTCDate() === day ? time : undefined
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
