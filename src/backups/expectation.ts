import { addDays, dayOf, isWeekend, startOfDay } from '../zone.ts'
import type { BackupPlan } from './backup.ts'

/** What somebody expects of a client's plans, of one computer's, or of one plan. What is not named is ''. */
export interface Expectation {
  computer: string
  plan: string
  /** Null: as the plan's own schedule and history say. */
  everyMinutes: number | null
  graceMinutes: number | null
  weekdaysOnly: boolean
  pausedUntil: Date | null
  /** Nothing is expected any more. */
  isIgnored: boolean
}

/** The one that says most about a plan: its own, else its computer's, else the client's. A pause of any of them holds. */
export function expectationOf(
  plan: Pick<BackupPlan, 'key' | 'computerKey'>,
  expectations: readonly Expectation[],
): Expectation | undefined {
  const find = (computer: string, key: string) => expectations.find((each) => each.computer === computer && each.plan === key)
  const fitting = [find(plan.computerKey, plan.key), find(plan.computerKey, ''), find('', '')].filter((each) => each !== undefined)
  const [own, ...wider] = fitting
  if (own === undefined || wider.length === 0) return own
  const pauses = fitting.flatMap(({ pausedUntil }) => pausedUntil ?? []).toSorted((one, other) => other.getTime() - one.getTime())
  return { ...own, pausedUntil: pauses[0] ?? null }
}

const minute = 60_000
const hour = 60 * minute
// a zone that is read wrong, or a run that starts a little later than usual, must not turn a verdict
const usualGrace = 2 * hour
const shortestWait = 26 * hour
// a schedule that says nothing for longer is more often a mistake than a rare backup
const longestWait = 35 * 24 * hour

/** When a run of a plan is missed, and by what it is known. */
export interface Deadline {
  at: Date
  /** `every 24 h`, `its schedule` … */
  by: string
}

/**
 * When the next run has to have begun. As somebody set it; else by the vendor's own next start, where that is not more than 35 days after the last;
 * else one and a half times as long after the last start as between earlier ones, 26 hours at least. Undefined of a plan that never ran: that is a
 * status of its own.
 */
export function deadlineOf(
  plan: BackupPlan,
  starts: readonly Date[],
  expectation: Expectation | undefined,
  zone: string,
): Deadline | undefined {
  const { lastStart, nextStart } = plan
  const { everyMinutes = null, graceMinutes = null, weekdaysOnly = false, pausedUntil = null } = expectation ?? {}
  if (lastStart === null) return undefined
  // what was not expected in a pause is not missed when it ends
  const from = pausedUntil !== null && pausedUntil > lastStart ? pausedUntil : lastStart
  const grace = graceMinutes === null ? usualGrace : graceMinutes * minute
  const after = (milliseconds: number, start = from) =>
    weekdaysOnly ? addOnWeekdays(start, milliseconds, zone) : new Date(start.getTime() + milliseconds)
  if (everyMinutes !== null) return { at: after(everyMinutes * minute + grace), by: `every ${toGapWords(everyMinutes * minute)}` }
  const usual = usualGap([...starts, lastStart])
  if (nextStart !== null && nextStart > from) {
    const longest = new Date(from.getTime() + Math.max(longestWait, usual ?? 0))
    if (nextStart <= longest) return { at: after(grace, nextStart), by: 'its schedule' }
    return { at: after(grace, longest), by: `35 days at most, since its schedule says ${dayOf(nextStart, zone)}` }
  }
  if (usual === undefined) return { at: after(shortestWait), by: 'a day, since it has no schedule' }
  return { at: after(Math.max(shortestWait, 1.5 * usual)), by: `its runs, ${toGapWords(usual)} apart` }
}

/** When a run that is under way has to have ended: after 26 hours, or as long as it is until the next one usually. */
export function endOf(start: Date, starts: readonly Date[]): Date {
  return new Date(start.getTime() + Math.max(shortestWait, usualGap([...starts, start]) ?? 0))
}

/** True of a start that no difference of zones explains: the clock of the computer is wrong, or the vendor's answer. */
export const isAhead = (start: Date, at: Date): boolean => start.getTime() - at.getTime() > 26 * hour

/** The middle one of the gaps between runs; undefined of fewer than three runs. */
function usualGap(starts: readonly Date[]): number | undefined {
  const times = [...new Set(starts.map((start) => start.getTime()))].toSorted((a, b) => a - b)
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  return gaps.length < 2 ? undefined : gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]
}

/** The time after so many milliseconds of which none are on a Saturday or Sunday. */
function addOnWeekdays(from: Date, milliseconds: number, zone: string): Date {
  let [at, left, day] = [from.getTime(), milliseconds, dayOf(from, zone)]
  for (;;) {
    const next = addDays(day, 1)
    const end = startOfDay(next, zone).getTime()
    if (!isWeekend(day)) {
      if (at + left <= end) return new Date(at + left)
      left -= end - at
    }
    ;[at, day] = [end, next]
  }
}

/** `24 h`, `90 min`, `7 days`. */
export function toGapWords(milliseconds: number): string {
  const minutes = Math.round(milliseconds / minute)
  if (minutes % 60 !== 0 && minutes < 600) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours <= 48 ? `${hours} h` : `${Math.round((hours / 24) * 10) / 10} days`
}
