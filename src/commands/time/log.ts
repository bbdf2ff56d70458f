import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { isPassing } from '../../http/failure.ts'
import { type Connected, targetOf } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { toChargeWords } from '../../outbox/charge-time.ts'
import { listTaken, loggedFields, logTime, placeTime, prepareTime, type TimeToLog } from '../../outbox/log-time.ts'
import { findAskedBefore, requireDelivered, type Sent } from '../../outbox/outbox.ts'
import { saidDay, saidNothing, saidTimes } from '../../outbox/same-time.ts'
import type { Session } from '../../sessions/session.ts'
import { shorten } from '../../shorten.ts'
import { listLinks } from '../../tickets/store.ts'
import { requireClock } from '../../time/clock.ts'
import { parseDuration } from '../../time/duration.ts'
import { findTimeEntryOf } from '../../time/store.ts'
import type { TimeSystem } from '../../time/time.ts'
import { endOfWork, resolveTime, type Span, toSpanWords } from '../../time/when.ts'
import { dayOf } from '../../zone.ts'
import { offerReport } from '../offer-report.ts'
import { type JsonOption, withJson } from '../options.ts'
import { sayLogged } from '../time-words.ts'
import { describeRequest, printRequest, showRequest, type WriteOptions, withWriting } from '../writing.ts'
import { type Agreed, agreeToCharge, chargeLogged, chargeToCome, chargingOf, sayCharged } from './charging.ts'

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
  charge?: boolean
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
    .option('--charge', 'put it on the bill too: shows what it comes to and asks first, --yes in scripts')
    .option('--overlap', 'may overlap with other entries')
    .option('--session <id>', 'another session than the open one')
    .addHelpText(
      'after',
      `\nWithout --from and --to it ends now, on another day at ${endOfWork}, or where an entry that it would overlap starts.\nAsked for again on the same day, in any session, it is the entry that is there; --again logs another.\nExample: msp time log 2.5h --ticket T12345 --note "Backup configuration and testing"`,
    )
  withJson(log, app, [...loggedFields, 'charge', 'chargedAt']).action((duration: string | undefined, options: TimeLogOptions) =>
    run(app, duration, options),
  )
}

export async function runTimeLog(app: App, duration: string | undefined, options: TimeLogOptions): Promise<void> {
  const { from, to, on, yesterday, charge, billable } = options
  if (charge && !billable) throw new MspError('usage', 'What is not billable is not charged.', { hint: 'Use --charge or --no-billable.' })
  const minutes = duration === undefined ? undefined : parseDuration(duration)
  const wanted = await resolveTime({ minutes, from, to, on, yesterday }, app.now(), app.zone())
  const { entry, system } = await prepareEntry(app, wanted, options)
  app.sendsNothing = options.dryRun ?? false
  if (options.dryRun) return showDryRun(app, entry, system, options)
  const agreed = charge ? await agree(app, { entry, system, wanted }, options) : undefined
  // what is charged now for the first time is asked for in more words than before, however it was logged
  const result = await logTime(await app.outbox(), entry, { ...options, isQuiet: agreed?.isFirst })
  const isThere = result.write.state !== 'failed' && result.write.state !== 'needs_human'
  // of an entry that failed its error says it, last
  if (isThere) sayLogged(app, result)
  const charged = agreed && isThere ? await chargeLogged(app, entry, result, { charging: agreed.charging, options }) : undefined
  await showLogged(app, result, charged, options)
  if (agreed && !isThere) app.io.err('It was not charged.', 'warn')
  requireDelivered(result.write, options)
  if (charged) await sayCharged(app, charged, options)
  if (entry.session && !result.write.isRepeat) await offerReport(app, entry.session, entry.note)
}

type Result = Awaited<ReturnType<typeof logTime>>

/** A terminal gets it as a sentence. */
async function showLogged(app: App, { logged, write }: Result, charged: Sent | undefined, { json }: TimeLogOptions): Promise<void> {
  if (!json && app.io.isTerminal) return
  const entry = await findTimeEntryOf(await app.db(), write.id)
  const more = charged ? (['charge'] as const) : []
  const shown = { ...logged, charge: charged?.state ?? null, chargedAt: entry?.chargedAt ?? null }
  app.io.show(shown, ['ticket', 'minutes', 'start', 'end', 'billable', 'state', ...more], json)
}

const farMs = 3_600_000 // how far back time may go without a word before the question: a bill says when it was

async function agree(
  app: App,
  { entry, system, wanted }: { entry: TimeToLog; system: TimeSystem; wanted: Span },
  options: TimeLogOptions,
): Promise<Agreed> {
  const time = await prepareTime(await app.db(), app.technician(), entry)
  const { db, vault } = await app.outbox()
  const isNew = !(await findAskedBefore({ db, vault }, time, options))
  // else the question would be about what is refused afterwards
  if (entry.span.refusal && isNew) throw entry.span.refusal
  if (isNew && app.prompt.canAsk && wanted.end.getTime() - entry.span.end.getTime() > farMs)
    app.io.err(`Your other entries leave room for it only at ${toSpanWords(entry.span, app.zone())}.`, 'warn')
  return agreeToCharge(app, time, { system, client: entry.ticket.client }, options)
}

async function showDryRun(app: App, entry: TimeToLog, system: TimeSystem, { charge, json }: TimeLogOptions): Promise<void> {
  if (entry.span.refusal) throw entry.span.refusal
  const time = await prepareTime(await app.db(), app.technician(), entry)
  if (!charge) return showRequest(app, time, json !== undefined)
  const toCome = chargeToCome(time, await chargingOf(app, time.content.laborId, { system, target: time.target }))
  app.io.err(toChargeWords(toCome.content, entry.ticket.client, time.target.label), 'warn')
  const [request, charged] = [await describeRequest(time), await describeRequest(toCome)]
  if (json) app.io.json({ ...request, charge: charged })
  else for (const each of [request, charged]) printRequest(app, each)
  app.io.err('Nothing was sent.')
}

async function prepareEntry(
  app: App,
  wanted: Awaited<ReturnType<typeof resolveTime>>,
  options: TimeLogOptions,
): Promise<{ entry: TimeToLog; system: TimeSystem }> {
  const { on, yesterday, billable, overlap, labor } = options
  const note = options.note?.trim() ?? ''
  if (note.length > longestNote) throw new MspError('usage', `A note has ${longestNote} characters at most.`)
  if (wanted.twice) app.io.err(wanted.twice, 'warn')
  const session = await app.currentSession(options.session)
  const { ticket, at } = await app.ticketToWrite(options.ticket ?? (await onlyTicket(app, session)))
  const system = need(at.integration, at.connection, 'time')
  const [db, technician, zone] = [await app.db(), app.technician(), app.zone()]
  const taken = overlap
    ? undefined
    : await app.io
        .progress('Reading your other entries…', listTaken(db, technician, wanted, { system, accountId: at.credential.accountId }))
        .catch(sayOverlap)
  // after what was read of the vendor, whose clock only its answers tell
  requireClock(at.integration.label, at.clockAhead())
  const saidDayAtMost = on || yesterday ? saidDay(dayOf(wanted.end, zone), zone) : saidNothing(app.now(), zone, session)
  const entry = {
    ticket,
    target: targetOf(at),
    session,
    span: taken ? placeTime(wanted, taken, zone) : { ...wanted, refusal: null },
    minutes: wanted.minutes,
    note,
    billable,
    laborId: labor === undefined ? null : await findLabor(system, labor, at),
    said: wanted.isExplicit ? saidTimes(wanted) : saidDayAtMost,
  }
  return { entry, system }
}

/** Whatever is wrong with the vendor's list of entries, the time can do without it. */
function sayOverlap(error: unknown): never {
  if (!(error instanceof MspError && (isPassing(error) || error.code === 'vendor'))) throw error
  throw new MspError(error.code, error.message, {
    hint: `${(error.hint ?? 'Try again later').replace(/\.$/, '')} · or queue the time without a look at your other entries: --overlap`,
    cause: error,
  })
}

async function onlyTicket(app: Pick<App, 'db'>, session: Session | undefined): Promise<string> {
  if (!session) throw new MspError('usage', 'On which ticket?', { hint: 'Name it: --ticket T12345' })
  const links = await listLinks(await app.db(), { sessionId: session.id })
  const [link] = links
  if (!link) throw new MspError('not_found', 'No ticket is linked to the session.', { hint: 'Name it: --ticket T12345' })
  if (links.length > 1) {
    const numbers = links.map(({ ticketNumber }) => `T${ticketNumber}`).join(', ')
    throw new MspError('ambiguous', `The session is linked to several tickets: ${numbers}.`, { hint: 'Say which: --ticket T12345' })
  }
  return `${link.integrationType}:id:${link.ticketId}`
}

async function findLabor(system: TimeSystem, typed: string, { integration }: Connected): Promise<string> {
  if (/^\d+$/.test(typed)) return typed
  const found = await system.labor(typed)
  const exact = found.filter(({ name }) => name.toLowerCase() === typed.toLowerCase())
  const [first] = exact.length > 0 ? exact : found
  if (!first)
    throw new MspError('not_found', `${integration.label} has no labour named "${typed}".`, {
      hint: 'Give a word of its name, or its id there; without --labor it is the usual one.',
    })
  if (exact.length !== 1 && found.length > 1) {
    throw new MspError(
      'ambiguous',
      `"${typed}" fits several kinds of labour: ${found.map(({ id, name }) => `${shorten(name, 60)} (${id})`).join(', ')}.`,
      { hint: 'Name it in full, or by its id.' },
    )
  }
  return first.id
}
