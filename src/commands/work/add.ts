import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { toLocalTime } from '../../io.ts'
import { noteWork } from '../../sessions/note-work.ts'
import { linkTicket } from '../../tickets/link.ts'
import { checkMinutes, parseDuration } from '../../time/duration.ts'
import { offerReport } from '../offer-report.ts'
import { type JsonOption, withJson } from '../options.ts'

export const workFields = ['id', 'sessionId', 'note', 'minutes', 'billable', 'integration', 'ticketId', 'source', 'createdAt'] as const

export interface WorkAddOptions extends JsonOption {
  minutes?: number
  billable?: boolean
  ticket?: string
  session?: string
  again?: boolean
}

/** `--minutes 45`, and what a person may type there too: 1.5h. */
const toMinutes = (typed: string): number => (/^-?\d+$/.test(typed) ? checkMinutes(Number(typed), typed) : parseDuration(typed))

export function registerWorkAdd(work: Command, app: App, run = runWorkAdd): void {
  const add = work
    .command('add')
    .description('Note what you did in the open session')
    .argument('<note>', 'one thing done: "Configured Veeam backup job for D2TESTNAS"')
    .option('--minutes <n>', 'how long it took', toMinutes)
    .option('--billable', 'counts as billable, as it does unless you say otherwise')
    .option('--no-billable', 'does not count as billable')
    .option('--ticket <ticket>', 'belongs to this ticket only')
    .option('--session <id>', 'another session than the open one')
    .option('--again', 'meant, although the session has the same already')
  withJson(add, app, workFields).action((note: string, options: WorkAddOptions) => run(app, note, options))
}

export async function runWorkAdd(app: App, note: string, options: WorkAddOptions): Promise<void> {
  const text = note.trim()
  if (text === '') throw new MspError('usage', 'A work item needs words.')
  if (text.length > 4000) throw new MspError('usage', 'A work item has 4,000 characters at most.')
  const db = await app.db()
  const session = await app.session(options.session)
  const found = options.ticket === undefined ? undefined : await app.ticket(options.ticket)
  if (found) await linkTicket(db, session, found.ticket, { linkType: 'documents', linkDirection: 'automatic', linkedBy: app.technician() })
  const work = {
    sessionId: session.id,
    clientId: session.clientId,
    note: text,
    minutes: options.minutes ?? null,
    billable: options.billable ?? true,
    integration: found?.ticket.integration ?? null,
    ticketId: found?.ticket.id ?? null,
    createdAt: app.now(),
  }
  const { item, isNew } = await noteWork(db, work, { again: options.again ?? false })
  app.io.show(item, ['note', 'minutes', 'billable'], options.json)
  if (isNew) return offerReport(app, session, text)
  app.io.err(`That is in the session already, since ${toLocalTime(item.createdAt, app.zone())}. If it was done twice, use --again.`, 'warn')
}
