import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { quoted } from '../../files.ts'
import { type Connected, targetOf } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { listTaken, logTime, placeTime } from '../../outbox/log-time.ts'
import { saidBySession } from '../../outbox/same-time.ts'
import type { Session } from '../../sessions/session.ts'
import type { Link } from '../../tickets/store.ts'
import { requireClock } from '../../time/clock.ts'
import { mostMinutes, toDurationWords } from '../../time/duration.ts'
import { type UnloggedTime, unloggedTime } from '../../time/unlogged.ts'
import { resolveTime } from '../../time/when.ts'
import { sayLogged } from '../time-words.ts'

export type EndedSession = Session & { endedAt: Date }

/** Asks where the answer is plain: one ticket, and a person to answer, or `--yes`. Else prints the command for each ticket. */
export async function offerTime(app: App, session: EndedSession, links: readonly Link[]): Promise<void> {
  const time = await unloggedTime(await app.db(), session, session.endedAt)
  const [link] = links
  if (time.minutes === 0) return
  if (!link || links.length > 1 || !app.prompt.canConfirm || time.minutes > mostMinutes) return sayHowToLog(app, session, links)
  try {
    const at = await app.connect(link.integrationType, { sessionId: session.id, clientId: session.clientId })
    const what = `${toDurationWords(time.minutes)}${time.billable ? '' : ', not billable,'}`
    const question = `Log ${what} to ${at.integration.label} ticket T${link.ticketNumber}?`
    if (await app.prompt.confirm(question, 'msp time log')) return await logSessionTime(app, session, { at, link, time })
  } catch (error) {
    await sayHowToLog(app, session, links)
    throw error
  }
  await sayHowToLog(app, session, links)
}

/** Prints the commands that log what is not logged by now. */
export async function sayHowToLog(app: App, session: EndedSession, links: readonly Link[]): Promise<void> {
  const { minutes, billable } = await unloggedTime(await app.db(), session, session.endedAt)
  if (minutes === 0) return
  const fits = minutes <= mostMinutes
  const how = !fits
    ? 'A time entry holds a day at most, so log each day by itself:'
    : links.length > 1
      ? 'Log it on one of its tickets, or share it out:'
      : 'To log it:'
  app.io.err(`${toDurationWords(minutes)} of this session ${minutes === 1 ? 'is' : 'are'} not logged. ${how}`)
  const tickets = links.length === 0 ? ['<ticket>'] : links.map(({ ticketNumber }) => quoted(`T${ticketNumber}`))
  for (const ticket of tickets) {
    const words = [
      fits ? `${minutes}m` : '<duration> --on <day>',
      `--ticket ${ticket} --session ${session.id}`,
      ...(billable ? [] : ['--no-billable']),
    ]
    app.io.err(`  msp time log ${words.join(' ')}`)
  }
}

async function logSessionTime(
  app: App,
  session: EndedSession,
  { at, link, time }: { at: Connected; link: Link; time: UnloggedTime },
): Promise<void> {
  const ticket = await need(at.integration, at.connection, 'tickets').get(link.ticketId)
  if (!ticket)
    throw new MspError('not_found', `Ticket T${link.ticketNumber} is gone at ${at.integration.label}.`, {
      hint: `Take its link away: msp ticket unlink T${link.ticketNumber}`,
    })
  requireClock(at.integration.label, at.clockAhead())
  const { minutes, billable, note, isRest } = time
  // it ended when the session did, however long the question was left open
  const wanted = await resolveTime({ minutes }, session.endedAt, app.zone())
  const source = { system: need(at.integration, at.connection, 'time'), accountId: at.credential.accountId }
  const taken = await listTaken(await app.db(), app.technician(), wanted, source)
  const span = placeTime(wanted, taken, app.zone())
  const said = saidBySession(session, session.endedAt)
  const entry = { ticket, target: targetOf(at), session, span, minutes, note, billable, laborId: null, said }
  // as much again as was logged, in the same words, is no repeat of that: it was taken off
  sayLogged(app, await logTime(await app.outbox(), entry, { again: isRest }))
}
