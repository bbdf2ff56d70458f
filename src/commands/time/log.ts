import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { type Connected, targetOf } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { listTaken, loggedFields, logTime, placeTime, prepareTime, type TimeToLog } from '../../outbox/log-time.ts'
import type { Session } from '../../sessions/session.ts'
import { listLinks } from '../../tickets/store.ts'
import { parseDuration, toDurationWords } from '../../time/duration.ts'
import type { TimeSystem } from '../../time/time.ts'
import { endOfWork, resolveTime, toSpanWords } from '../../time/when.ts'
import { dayOf } from '../../zone.ts'
import { offerReport } from '../offer-report.ts'
import { type JsonOption, withJson } from '../options.ts'
import { requireOne, sayOutcome, showRequest, type WriteOptions, withWriting } from '../writing.ts'

const longestNote = 4000

export interface TimeLogOptions extends JsonOption, WriteOptions {
  ticket?: string
  note?: string
  from?: string
  to?: string
  on?: string
  yesterday?: boolean
  billable: boolean
  labor?: string
  overlap?: boolean
  session?: string
}

export function registerTimeLog(time: Command, app: App, run = runTimeLog): void {
  const log = withWriting(time.command('log'))
    .description('Log time on a ticket')
    .argument('[duration]', '2.5h, 150m or 1h30; left out with both --from and --to')
    .option('--ticket <ticket>', "without it the session's one ticket")
    .option('--note <text>', 'what was done')
    .option('--from <time>', 'started at 9:15')
    .option('--to <time>', 'ended at 11:45')
    .option('--on <day>', 'friday, 15 Jan, 2026-01-15')
    .option('--yesterday', 'on the day before today')
    .option('--no-billable', 'not billable')
    .option('--labor <product>', 'the kind of labour: its name or id at the vendor')
    .option('--overlap', 'may overlap with other entries')
    .option('--session <id>', 'another session than the open one')
    .addHelpText(
      'after',
      `\nWithout --from and --to it ends now, on another day at ${endOfWork}, or where an entry that it would overlap starts.\nExample: msp time log 2.5h --ticket T12345 --note "Backup configuration and testing"`,
    )
  withJson(log, app, loggedFields).action((duration: string | undefined, options: TimeLogOptions) => run(app, duration, options))
}

export async function runTimeLog(app: App, duration: string | undefined, options: TimeLogOptions): Promise<void> {
  const { from, to, on, yesterday } = options
  const minutes = duration === undefined ? undefined : parseDuration(duration)
  const wanted = await resolveTime({ minutes, from, to, on, yesterday }, app.now(), app.zone())
  const entry = await prepareEntry(app, wanted, options)
  app.sendsNothing = options.dryRun ?? false
  if (options.dryRun) {
    if (entry.span.refusal) throw entry.span.refusal
    return showRequest(app, await prepareTime(await app.db(), app.technician(), entry), options.json !== undefined)
  }
  const { logged, write } = await logTime(await app.outbox(), entry, options)
  // a terminal gets it as a sentence
  if (options.json || !app.io.isTerminal) app.io.show(logged, ['ticket', 'minutes', 'start', 'end', 'billable', 'state'], options.json)
  const place = `${toDurationWords(logged.minutes)} on T${logged.ticket}, ${toSpanWords(logged, app.zone())}${logged.billable ? '' : ', not billable'}`
  if (write.isRepeat) app.io.err(`There already: ${place}.`)
  sayOutcome(app, write, `Logged ${place}.`, options)
  if (entry.session && !write.isRepeat) await offerReport(app, entry.session, entry.note)
}

async function prepareEntry(app: App, wanted: Awaited<ReturnType<typeof resolveTime>>, options: TimeLogOptions): Promise<TimeToLog> {
  const { on, yesterday, billable, overlap, labor } = options
  const note = options.note?.trim() ?? ''
  if (note.length > longestNote) throw new MspError('usage', `A note has ${longestNote} characters at most.`)
  const session = options.session === undefined ? await app.currentSession() : await app.session(options.session)
  const { ticket, at } = await app.ticket(options.ticket ?? (await onlyTicket(app, session)))
  const system = need(at.integration, at.connection, 'time')
  const [db, technician, zone] = [await app.db(), app.technician(), app.zone()]
  const taken = overlap ? undefined : await listTaken(db, technician, wanted, { system, accountId: at.credential.accountId })
  // what was typed, and never the times that msp worked out; without a session a repeat is one of the same day
  const day = on || yesterday ? dayOf(wanted.end, zone) : session ? '' : dayOf(app.now(), zone)
  const typed = wanted.isExplicit ? [wanted.start.toISOString(), wanted.end.toISOString()] : [day]
  return {
    ticket,
    target: targetOf(at),
    session,
    span: taken ? placeTime(wanted, taken, zone) : { ...wanted, refusal: null },
    minutes: wanted.minutes,
    note,
    billable,
    laborId: labor === undefined ? null : await findLabor(system, labor, at),
    sameness: [session?.id ?? technician, String(wanted.minutes), note, String(billable), ...typed],
  }
}

async function onlyTicket(app: Pick<App, 'db'>, session: Session | undefined): Promise<string> {
  if (!session) throw new MspError('usage', 'On which ticket?', { hint: 'Name it: --ticket T12345' })
  const links = await listLinks(await app.db(), { sessionId: session.id })
  const numbers = links.map(({ ticketNumber }) => `T${ticketNumber}`).join(', ')
  const { integrationType, ticketId } = requireOne(
    links,
    'No ticket is linked to the session.',
    `The session is linked to several tickets: ${numbers}.`,
  )
  return `${integrationType}:id:${ticketId}`
}

async function findLabor(system: TimeSystem, typed: string, { integration }: Connected): Promise<string> {
  if (/^\d+$/.test(typed)) return typed
  const found = await system.labor(typed)
  const exact = found.filter(({ name }) => name.toLowerCase() === typed.toLowerCase())
  const [first] = exact.length > 0 ? exact : found
  if (!first) throw new MspError('not_found', `${integration.label} has no labour named "${typed}".`)
  if (exact.length !== 1 && found.length > 1) {
    throw new MspError(
      'ambiguous',
      `"${typed}" fits several kinds of labour: ${found.map(({ id, name }) => `${name} (${id})`).join(', ')}.`,
      { hint: 'Name it in full, or by its id.' },
    )
  }
  return first.id
}
