import type { Row } from '../db/tables.ts'

/** A stretch of work for one client. */
export type Session = Row<'sessions'> & { client: string }
export type WorkItem = Row<'workItems'>

/** Whole minutes between, at least 0. */
export const minutesBetween = (start: Date, end: Date): number => Math.max(0, Math.round((end.getTime() - start.getTime()) / 60_000))

/** As a terminal shows it: with the end of its id, in which ids differ. Wherever an id is asked for, that is enough. */
export const withShortId = <T extends { id: string }>(row: T): T => ({ ...row, id: row.id.slice(-8) })
