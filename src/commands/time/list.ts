import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { parseDay, startOfNextDay } from '../../time/day.ts'
import { toDurationWords } from '../../time/duration.ts'
import { isCounted, listTimeEntries } from '../../time/store.ts'
import { startOfDay } from '../../zone.ts'
import { type ListOptions, withJson, withLimit } from '../options.ts'

const fields = ['id', 'ticket', 'minutes', 'start', 'end', 'billable', 'note', 'state', 'vendorId', 'chargedAt', 'sessionId'] as const

export interface TimeListOptions extends ListOptions {
  on?: string
  yesterday?: boolean
  since?: string
}

export function registerTimeList(time: Command, app: App, run = runTimeList): void {
  const list = withLimit(time.command('list').description('List your time entries, of today unless you say otherwise'), 200)
    .option('--on <day>', 'of friday, 15 Jan, 2026-01-15')
    .option('--yesterday', 'of the day before today')
    .option('--since <day>', 'from that day until now')
  withJson(list, app, fields).action((options: TimeListOptions) => run(app, options))
}

export async function runTimeList(app: Pick<App, 'io' | 'db' | 'now' | 'zone' | 'technician'>, options: TimeListOptions): Promise<void> {
  const span = await readSpan(options, app.now(), app.zone())
  const entries = await listTimeEntries(await app.db(), { technician: app.technician(), ...span })
  const shown = entries.map(({ ticketNumber, startedAt, endedAt, ...rest }) => ({
    ...rest,
    ticket: ticketNumber,
    start: startedAt,
    end: endedAt,
  }))
  app.io.list(shown.slice(0, options.limit), ['ticket', 'minutes', 'start', 'end', 'billable', 'state', 'chargedAt', 'note'], options.json)
  if (shown.length === 0) app.io.err('No time is logged there. Log it: msp time log 2.5h --ticket T12345')
  else app.io.err(inAll(entries, options.limit))
}

function inAll(entries: ReadonlyArray<Parameters<typeof isCounted>[0] & { minutes: number }>, limit: number): string {
  const counted = entries.filter(isCounted)
  const total = toDurationWords(counted.reduce((sum, { minutes }) => sum + minutes, 0))
  const left = entries.length - counted.length
  const notes = [
    left > 0 && `without ${left} that ${left === 1 ? 'was' : 'were'} cancelled or failed`,
    entries.length > limit && `shown are ${limit} of ${entries.length}`,
  ]
  return `${[`${total} in all`, ...notes.filter(Boolean)].join(', ')}.`
}

async function readSpan({ on, yesterday, since }: TimeListOptions, now: Date, zone: string): Promise<{ from: Date; to: Date }> {
  if ([on, since, yesterday || undefined].filter((typed) => typed !== undefined).length > 1)
    throw new MspError('usage', 'Use one of --on, --yesterday and --since.')
  const day = await parseDay(on ?? since ?? (yesterday ? 'yesterday' : 'today'), now, zone)
  return { from: startOfDay(day, zone), to: startOfNextDay(since === undefined ? day : await parseDay('today', now, zone), zone) }
}
