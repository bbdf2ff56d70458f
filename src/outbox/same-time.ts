import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import type { Session } from '../sessions/session.ts'
import { listCountedEntries, type TimeEntry } from '../time/store.ts'
import type { Span } from '../time/when.ts'
import { addDays, dayOf, startOfDay } from '../zone.ts'
import type { KeyOf } from './outbox.ts'
import { requireWrite } from './store.ts'
import type { OutboxRow } from './write.ts'

/** What the person said of when it was, and where an entry that was asked for in the same words lies. */
export interface SaidTime {
  /** Never times that msp worked out. */
  words: readonly string[]
  among: Span
  /** Only at these times is it the same. */
  isExact: boolean
}

/** With its times. */
export const saidTimes = ({ start, end }: Span): SaidTime => ({
  words: [start.toISOString(), end.toISOString()],
  among: { start, end },
  isExact: true,
})

/** With its day. */
export const saidDay = (day: string, zone: string): SaidTime => ({
  words: [day],
  among: { start: startOfDay(day, zone), end: startOfDay(addDays(day, 1), zone) },
  isExact: false,
})

const lateMs = 6 * 3_600_000 // less than what lies between the end of work, where an entry of yesterday ends, and midnight

/** Without either: the same words are the same entry for the day, since daily work has the same words; and past midnight of a late one. */
export function saidNothing(now: Date, zone: string, session: Session | undefined): SaidTime {
  const day = dayOf(now, zone)
  const start = new Date(Math.min(startOfDay(day, zone).getTime(), now.getTime() - lateMs))
  return { words: session ? unsaid : [day], among: { start, end: now }, isExact: false }
}

/** What is offered at the end of a session: an earlier session's entry is another one. */
export const saidBySession = ({ startedAt }: Session, endedAt: Date): SaidTime => ({
  words: unsaid,
  among: { start: startedAt, end: endedAt },
  isExact: false,
})

const unsaid = ['']

/** What makes two time entries one. */
export interface SameTime {
  ticket: { integration: string; id: string }
  session: Pick<Session, 'id'> | undefined
  minutes: number
  note: string
  billable: boolean
  /** The kind of labour, where it was typed. */
  laborId: string | null
  said: SaidTime
}

/** The texts of which the key of the write is made. */
export const samenessOf = ({ session, minutes, note, billable, laborId, said }: SameTime, technician: string): readonly string[] => [
  session?.id ?? technician,
  String(minutes),
  note,
  String(billable),
  ...said.words,
  ...(laborId === null ? [] : [`labor ${laborId}`]),
]

/**
 * An entry like it on the ticket, in whatever session it was asked for: a script that runs again may run in another one. Two that are stored in
 * the same moment do not see each other; those of one session, or of one day without one, the unique key keeps apart. Without a typed kind of labour it is the same whatever its kind;
 * with one an entry without may be the same or another, which only the technician knows.
 */
export async function findSameTime(db: Db, technician: string, time: SameTime, keyOf: KeyOf): Promise<TimeEntry | undefined> {
  const { start: from, end: to } = time.said.among
  const entries = (await listCountedEntries(db, { from, to, technician })).filter((entry) => isAlike(entry, time))
  const alike: TimeEntry[] = []
  for (const entry of entries.reverse())
    if (time.said.isExact || !(await hasItsTimes(db, technician, { entry, time, keyOf }))) alike.push(entry)
  const same = alike.find(({ laborId }) => time.laborId === null || laborId === time.laborId)
  const unsaidLabor = same ? undefined : alike.find(({ laborId }) => laborId === null)
  if (unsaidLabor) throw mayBeSame(await requireWrite(db, unsaidLabor.outboxId))
  return same
}

/** An entry that was given its times is another one than one that was not, and only its key tells. */
async function hasItsTimes(
  db: Db,
  technician: string,
  { entry, time, keyOf }: { entry: TimeEntry; time: SameTime; keyOf: KeyOf },
): Promise<boolean> {
  const { sessionId, startedAt: start, endedAt: end, laborId } = entry
  const session = sessionId === null ? undefined : { id: sessionId }
  const { dedupeKey } = await requireWrite(db, entry.outboxId)
  return dedupeKey === keyOf(samenessOf({ ...time, session, laborId, said: saidTimes({ start, end }) }, technician))
}

const mayBeSame = ({ shortId, ticketNumber }: OutboxRow): MspError =>
  new MspError('usage', `${shortId} is this time on T${ticketNumber}, logged without --labor, so as the default kind of labour.`, {
    hint: 'Leave out --labor to mean that entry, or use --again for another one.',
  })

const isAlike = (entry: TimeEntry, { ticket, minutes, note, billable, said }: SameTime): boolean =>
  entry.integration === ticket.integration &&
  entry.ticketId === ticket.id &&
  entry.minutes === minutes &&
  entry.note === note &&
  entry.billable === billable &&
  isWhere(entry, said)

/** An entry is of the day on which it ends. */
const isWhere = ({ startedAt, endedAt }: TimeEntry, { among: { start, end }, isExact }: SaidTime): boolean =>
  isExact ? startedAt.getTime() === start.getTime() && endedAt.getTime() === end.getTime() : endedAt <= end
