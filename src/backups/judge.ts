import { toLocalTime } from '../io.ts'
import { dayOf } from '../zone.ts'
import type { BackupPlan, PlanStatus } from './backup.ts'
import { type Deadline, deadlineOf, type Expectation, endOf, expectationOf, isAhead } from './expectation.ts'
import { dayReader, lastSuccessOf, readPast, type Snapshot } from './past.ts'
import type { DayResult } from './report.ts'

/** A plan as it stands after it was compared with what was expected of it. */
export interface JudgedPlan extends BackupPlan {
  /** Start of the latest run that is known to have succeeded. */
  lastSuccess: Date | null
  /** One for each of the days that were asked for. */
  days: DayResult[]
  expectation: Expectation | undefined
  deadline: Deadline | undefined
  /** Somebody must look at it. */
  isWrong: boolean
}

export interface ToJudge {
  /** What the vendor says now, or said on the day that is reported. */
  now: Snapshot
  /** Earlier ones of the same client, in order of their time. */
  earlier: readonly Snapshot[]
  expectations: readonly Expectation[]
  zone: string
  /** The days of the strip. */
  days: readonly string[]
}

/** Compares what a client's plans did with what was expected of them; what was there before and is not any more comes too. */
export function judgePlans({ now, earlier, expectations, zone, days }: ToJudge): JudgedPlan[] {
  const snapshots = [...earlier, now]
  const past = readPast(snapshots)
  const toDays = dayReader(days, snapshots, zone)
  const gone = [...past.values()].flatMap(({ lastSeen }) => (lastSeen && isMissed(lastSeen.plan, now) ? [lastSeen] : []))
  const judged = [...now.plans.values()].map((plan) => judge(plan))
  return [...judged, ...gone.map(toGone)].map((plan) => ({ ...plan, isWrong: isWrong(plan, now.takenAt) }))

  function judge(plan: BackupPlan): Standing {
    const known = past.get(plan.key)
    const runs = known?.runs ?? []
    const starts = runs.map(({ start }) => start)
    const expectation = expectationOf(plan, expectations)
    const deadline = plan.kind === 'backup' ? deadlineOf(plan, starts, expectation, zone) : undefined
    const standing = { ...plan, lastSuccess: known ? lastSuccessOf(known) : null, days: toDays(plan.key, runs), expectation, deadline }
    const doubt = canBeSilent.has(plan.status) ? doubtOf(standing, starts, now.takenAt, zone) : undefined
    if (doubt?.missedSince === undefined) return { ...standing, ...doubt?.instead }
    const missedFrom = dayOf(doubt.missedSince, zone)
    const withMissed = standing.days.map((result, index) => (result === 'noRun' && (days[index] ?? '') >= missedFrom ? 'overdue' : result))
    return { ...standing, ...doubt.instead, days: withMissed }
  }

  function toGone({ at, plan }: { at: Date; plan: BackupPlan }): Standing {
    const known = past.get(plan.key)
    const reason = `It is not in the list any more. It was last seen ${toLocalTime(at, zone)}.`
    return {
      ...plan,
      ...{ status: 'gone', reason, nextStart: null, filesFailed: 0, protectedBytes: 0, sentBytes: 0 },
      ...{ lastSuccess: known ? lastSuccessOf(known) : null, days: toDays(plan.key, known?.runs ?? []) },
      ...{ expectation: expectationOf(plan, expectations), deadline: undefined },
    }
  }
}

interface Doubt {
  instead: Pick<BackupPlan, 'status' | 'reason'>
  /** Since when a run is missed. */
  missedSince?: Date
}

/** Why what a vendor says of a plan cannot stand. */
function doubtOf(plan: Standing, starts: readonly Date[], at: Date, zone: string): Doubt | undefined {
  const { lastStart, status, reason, expectation, deadline } = plan
  if (lastStart && isAhead(lastStart, at))
    return {
      instead: {
        status: 'unknown',
        reason: `Its last start, ${toLocalTime(lastStart, zone)}, lies in the future: is the clock of the computer right?`,
      },
    }
  if (lastStart === null || deadline === undefined || isPaused(expectation, at)) return undefined
  // where somebody said how often it runs, that counts
  if (status === 'running' && expectation?.everyMinutes == null && endOf(lastStart, starts) < at)
    return { instead: { status: 'noResult', reason: `It has been running since ${toLocalTime(lastStart, zone)}.` } }
  if (deadline.at >= at) return undefined
  const expected = `A run was expected by ${toLocalTime(deadline.at, zone)} (${deadline.by}).`
  return {
    instead: { status: 'noResult', reason: reason ? `${expected} The last one: ${reason}` : expected },
    missedSince: deadline.at,
  }
}

/** What would go on counting as it does although nothing happens any more. */
const canBeSilent: ReadonlySet<PlanStatus> = new Set(['successful', 'warning', 'running', 'unknown'])

const isMissed = (plan: BackupPlan, { isWhole, plans }: Snapshot): boolean => isWhole && plan.kind === 'backup' && !plans.has(plan.key)

/** True while nothing is expected of a plan. */
export const isPaused = (expectation: Expectation | undefined, at: Date): boolean =>
  expectation !== undefined && (expectation.isIgnored || (expectation.pausedUntil !== null && expectation.pausedUntil > at))

/** True for what is gone and may be: it is only there to be named. */
export const isForgotten = ({ status, expectation }: JudgedPlan): boolean => status === 'gone' && expectation?.isIgnored === true

type Standing = Omit<JudgedPlan, 'isWrong'>

const isWrong = ({ status, expectation, kind }: Standing, at: Date): boolean =>
  kind === 'backup' && status !== 'successful' && status !== 'running' && !isPaused(expectation, at)
