import type { Db } from '../db/tables.ts'
import { minutesBetween, type Session } from '../sessions/session.ts'
import { listWorkItems } from '../sessions/store.ts'
import { shorten } from '../shorten.ts'
import { loggedMinutes } from './store.ts'

/** The time of a session that is not logged yet. */
export interface UnloggedTime {
  minutes: number
  billable: boolean
  /** What was done, in one line. */
  note: string
  /** Part of the session's time is logged already. */
  isRest: boolean
}

/** Its billable work, or its length when no work item has minutes, less what it has logged. */
export async function unloggedTime(db: Db, session: Session, end: Date): Promise<UnloggedTime> {
  const work = await listWorkItems(db, session.id)
  const billable = work.filter((item) => item.billable)
  const worked = work.some(({ minutes }) => minutes !== null)
    ? billable.reduce((sum, { minutes }) => sum + (minutes ?? 0), 0)
    : minutesBetween(session.startedAt, end)
  const isBillable = billable.length > 0 || work.length === 0
  const logged = await loggedMinutes(db, session.id)
  return {
    minutes: Math.max(0, worked - logged),
    billable: isBillable,
    note: toNote((isBillable ? billable : work).map(({ note }) => note)),
    isRest: logged > 0,
  }
}

const longestNote = 500

const toNote = (notes: readonly string[]): string => shorten(notes.join('; '), longestNote)
