import { dayOf, startOfDay } from '../zone.ts'
import type { BackupPlan, PlanStatus } from './backup.ts'
import { isAhead } from './expectation.ts'
import type { DayResult } from './report.ts'

/** What a vendor said of a client's plans at one time; the plans by their keys. */
export interface Snapshot {
  takenAt: Date
  /** False of what was put together of single runs: a plan that did not run then is not in it. */
  isWhole: boolean
  plans: ReadonlyMap<string, BackupPlan>
}

export interface Run {
  start: Date
  status: RunStatus
}

type RunStatus = Exclude<PlanStatus, 'gone' | 'noResult' | 'overdue' | 'neverRan'>

/** What the snapshots say of one plan. */
export interface PlanPast {
  /** In order of their starts, each once, as the latest snapshot has it. */
  runs: Run[]
  /** The last whole snapshot that had it, and the plan in it. */
  lastSeen: { at: Date; plan: BackupPlan } | undefined
}

/** What the snapshots say of each plan by its key; `snapshots` are in order of their time. */
export function readPast(snapshots: readonly Snapshot[]): Map<string, PlanPast> {
  const past = new Map<string, { runs: Map<number, Run>; lastSeen: PlanPast['lastSeen'] }>()
  for (const { takenAt, plans, isWhole } of snapshots) {
    for (const [key, plan] of plans) {
      const known = past.get(key) ?? { runs: new Map<number, Run>(), lastSeen: undefined }
      if (isWhole) known.lastSeen = { at: takenAt, plan }
      const run = toRun(plan, takenAt)
      if (run) known.runs.set(run.start.getTime(), run)
      past.set(key, known)
    }
  }
  const inOrder = ({ runs, lastSeen }: { runs: Map<number, Run>; lastSeen: PlanPast['lastSeen'] }): PlanPast => ({
    runs: [...runs.values()].toSorted((one, other) => one.start.getTime() - other.start.getTime()),
    lastSeen,
  })
  return new Map([...past].map(([key, known]) => [key, inOrder(known)]))
}

/** The last run of a plan. A vendor that says overdue says nothing any more of how that run ended. */
function toRun({ lastStart, status }: BackupPlan, takenAt: Date): Run | undefined {
  if (lastStart === null || status === 'overdue' || status === 'neverRan' || status === 'gone' || status === 'noResult') return undefined
  return isAhead(lastStart, takenAt) ? undefined : { start: lastStart, status }
}

export const lastSuccessOf = ({ runs }: PlanPast): Date | null => runs.findLast(({ status }) => status === 'successful')?.start ?? null

/** Gives how a plan's runs of each day ended. `snapshots` are in order of their time. */
export function dayReader(
  days: readonly string[],
  snapshots: readonly Snapshot[],
  zone: string,
): (key: string, runs: readonly Run[]) => DayResult[] {
  const spans = days.map((day) => ({ day, start: startOfDay(day, zone) }))
  const looks = Map.groupBy(snapshots, ({ takenAt }) => dayOf(takenAt, zone))
  const dayOfStart = new Map<number, string>()
  const dayOfRun = ({ start }: Run) => {
    const time = start.getTime()
    const day = dayOfStart.get(time) ?? dayOf(start, zone)
    dayOfStart.set(time, day)
    return day
  }
  return (key, runs) => {
    const byDay = Map.groupBy(runs, dayOfRun)
    return spans.map(({ day, start }) => {
      const ofDay = byDay.get(day)
      if (ofDay) return toDayResult(ofDay)
      const seen = looks.get(day)?.at(-1)?.plans.get(key)
      if (seen) return seen.status === 'overdue' || seen.status === 'neverRan' ? 'overdue' : 'noRun'
      // a later look shows the last run only: when that one is older still, none began on this day
      const next = snapshots.find(({ takenAt, plans }) => takenAt > start && plans.has(key))?.plans.get(key)
      return next?.lastStart && next.lastStart < start ? 'noRun' : 'noData'
    })
  }
}

const worstRunFirst: readonly RunStatus[] = ['failed', 'unknown', 'warning', 'running', 'successful']

/** Of several runs the worst; a failure that a later run mended is a warning. */
function toDayResult(runs: readonly Run[]): DayResult {
  const worst = worstRunFirst.find((status) => runs.some((run) => run.status === status)) ?? 'unknown'
  return worst === 'failed' && runs.at(-1)?.status === 'successful' ? 'warning' : worst
}
