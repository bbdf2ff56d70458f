import { Temporal } from 'temporal-polyfill'
import { MspError } from './errors.ts'

/** The instant of a local time without an offset: `2026-03-07T22:00:05.113`. An hour that comes twice means the first, one that is skipped the time after it. */
export function toInstant(local: string, zone: string): Date {
  const time = read('time', local, () => Temporal.PlainDateTime.from(local))
  return toDate(inZone(zone, () => time.toZonedDateTime(zone)))
}

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
