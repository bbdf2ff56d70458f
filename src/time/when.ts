import { MspError } from '../errors.ts'
import { toLocalTime } from '../io.ts'
import { dayOf, toInstant, toInstants } from '../zone.ts'
import { parseDay } from './day.ts'
import { checkMinutes } from './duration.ts'

/** What was typed about the time of an entry. */
export interface TypedTime {
  minutes?: number | undefined
  from?: string | undefined
  to?: string | undefined
  on?: string | undefined
  yesterday?: boolean | undefined
}

export interface Span {
  start: Date
  end: Date
}

const minute = 60_000
/** Where an entry of another day ends. */
export const endOfWork = '17:00'

export interface ResolvedTime extends Span {
  minutes: number
  /** Its place was typed; else it ends now (on another day at 17:00) and may move to avoid others. */
  isExplicit: boolean
  /** Of a time that the clock showed twice, that the first was taken. */
  twice: string | undefined
}

/** The span that was meant, in the zone. */
export async function resolveTime(typed: TypedTime, now: Date, zone: string): Promise<ResolvedTime> {
  if (typed.on !== undefined && typed.yesterday) throw new MspError('usage', 'Use --on or --yesterday, not both.')
  const day = await parseDay(typed.on ?? (typed.yesterday ? 'yesterday' : 'today'), now, zone)
  const { from, to, minutes, isSure } = toPlace(typed, day, zone)
  const rough = day === dayOf(now, zone) ? now : toInstant(`${day}T${endOfWork}`, zone)
  const fallback = new Date(Math.floor(rough.getTime() / minute) * minute)
  const end = to ?? (from ? new Date(from.getTime() + minutes * minute) : fallback)
  const start = from ?? new Date(end.getTime() - minutes * minute)
  if (end.getTime() > now.getTime() + minute)
    throw new MspError('usage', `That ends in the future, ${toLocalTime(end, zone)}.`, {
      hint: `It is ${toLocalTime(now, zone)} in ${zone}; for another day use --yesterday or --on.`,
    })
  const twice = isSure
    ? undefined
    : `The clocks in ${zone} went back on ${day}, and showed ${typed.from ?? typed.to} twice: the first is taken.`
  return { start, end, minutes, isExplicit: from !== undefined || to !== undefined, twice }
}

interface Place {
  from?: Date | undefined
  to?: Date | undefined
  minutes: number
  /** The clocks showed what was typed once. */
  isSure: boolean
}

function toPlace({ minutes, from: fromText, to: toText }: TypedTime, day: string, zone: string): Place {
  const [froms, tos] = [fromText, toText].map((typed) => (typed === undefined ? undefined : toShown(typed, day, zone)))
  if (!froms || !tos) {
    if (minutes !== undefined) return { from: froms?.[0], to: tos?.[0], minutes, isSure: (froms ?? tos)?.[1] === undefined }
    throw new MspError('usage', 'How long was it?', { hint: 'Give a duration such as 2.5h, or both --from and --to.' })
  }
  const places = froms.flatMap((from) => tos.map((to) => ({ from, to, minutes: Math.round((to.getTime() - from.getTime()) / minute) })))
  const possible = places.filter((place) => place.minutes > 0)
  const lengths = [...new Set(possible.map((place) => place.minutes))].sort((a, b) => a - b)
  const fitting = minutes === undefined ? possible : possible.filter((place) => place.minutes === minutes)
  const [first] = fitting
  if (lengths.length === 0)
    throw new MspError('usage', `--to ${toText} is not after --from ${fromText}.`, { hint: 'Over midnight, log two entries.' })
  const words = `From ${fromText} to ${toText} are ${lengths.join(' or ')} minutes`
  if (!first) throw new MspError('usage', `${words}, not ${minutes}.`, { hint: 'Leave out the duration, or one of the times.' })
  if (minutes === undefined && lengths.length > 1)
    throw new MspError('usage', `${words}: the clocks in ${zone} went back on ${day}.`, {
      hint: `Say how long it was: ${lengths[0]}m --from ${fromText} --to ${toText}`,
    })
  return { ...first, minutes: checkMinutes(first.minutes, `${fromText} to ${toText}`), isSure: fitting.length === 1 }
}

/** When clocks showed the time on that day. */
function toShown(typed: string, day: string, zone: string): Date[] {
  const found = toInstants(`${day}T${parseClock(typed)}`, zone)
  if (found.length > 0) return found
  throw new MspError('usage', `There was no ${typed} on ${day}: the clocks in ${zone} went forward over it.`, {
    hint: 'Give a time that the clocks showed.',
  })
}

/** `HH:MM` of `9:15`, `915`, `9`, `2pm`, `2:30 pm`. */
export function parseClock(typed: string): string {
  const [, hourText, minuteText = '0', half] = /^(\d{1,2})(?::?(\d{2}))?\s*([ap]m)?$/i.exec(typed.trim()) ?? []
  const hour =
    Number(hourText) +
    (half?.toLowerCase() === 'pm' && Number(hourText) < 12 ? 12 : 0) -
    (half?.toLowerCase() === 'am' && hourText === '12' ? 12 : 0)
  const minutes = Number(minuteText)
  if (hourText === undefined || hour > 23 || minutes > 59 || (half && (hourText === '0' || Number(hourText) > 12))) {
    throw new MspError('usage', `"${typed}" is not a time of day.`, { hint: 'Write it as 9:15 or 14:30.' })
  }
  return `${String(hour).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}

/** Moves a span back until it touches none of the others; it then ends where one of them starts. */
export function avoidOverlap(span: Span, others: readonly Span[]): Span {
  const length = span.end.getTime() - span.start.getTime()
  let end = span.end.getTime()
  for (const other of [...others].sort((a, b) => b.start.getTime() - a.start.getTime())) {
    if (other.start.getTime() < end && other.end.getTime() > end - length) end = other.start.getTime()
  }
  return { start: new Date(end - length), end: new Date(end) }
}

/** The first of the others that shares time with the span. */
export const findOverlap = <T extends Span>(span: Span, others: readonly T[]): T | undefined =>
  others.find(({ start, end }) => start < span.end && end > span.start)

/** `Thursday 2026-01-15 09:15 to 11:45`. */
export function toSpanWords({ start, end }: Span, zone: string): string {
  const weekday = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: zone }).format(start)
  const [from, to] = [toLocalTime(start, zone), toLocalTime(end, zone)]
  return `${weekday} ${from} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to}`
}
