import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import { toLocalTime } from '../../io.ts'
import { syncLinks } from '../../outbox/sync.ts'
import { isSettled } from '../../outbox/write.ts'
import { closeSession } from '../../sessions/store.ts'
import { type Link, listLinks } from '../../tickets/store.ts'
import { type JsonOption, withJson } from '../options.ts'
import { syncDeps, toItemWords } from '../syncing.ts'
import { sayQueued } from '../writing.ts'
import { offerTicket } from './offer-ticket.ts'
import { type EndedSession, offerTime, sayHowToLog } from './offer-time.ts'

const fields = ['id', 'client', 'technician', 'machine', 'startedAt', 'endedAt'] as const

export interface SessionEndOptions extends JsonOption {
  session?: string
}

export function registerSessionEnd(session: Command, app: App, run = runSessionEnd): void {
  const end = session
    .command('end')
    .description('End the session; syncs the tickets that ask for it, and offers its ticket and to log the time')
    .option('--session <id>', 'another session than the open one')
  withJson(end, app, fields).action((options: SessionEndOptions) => run(app, options))
}

export async function runSessionEnd(app: App, { session: reference, json }: SessionEndOptions): Promise<void> {
  const db = await app.db()
  const session = await app.session(reference)
  const ended = { ...session, endedAt: app.now() }
  if (!(await closeSession(db, session.id, ended.endedAt))) throw endedAlready(session.client, session.endedAt, app.zone())
  app.io.err(`Session for ${session.client} ended.`, 'good')
  app.io.show(ended, ['id', 'client', 'startedAt', 'endedAt'], json)
  const links = await listLinks(db, { sessionId: session.id })
  await syncAutomatically(
    app,
    links.filter(({ autoSyncEnabled }) => autoSyncEnabled),
  )
  await offerTime(app, ended, links.length > 0 ? links : await offerLink(app, ended))
}

/** The link that the person takes, if any; that the time is not logged is not lost with the question. */
async function offerLink(app: App, session: EndedSession): Promise<Link[]> {
  try {
    const link = await offerTicket(app, session, 'documents')
    return link ? [link] : []
  } catch (error) {
    await sayHowToLog(app, session, [])
    throw error
  }
}

const endedAlready = (client: string, endedAt: Date | null, zone: string): MspError =>
  new MspError('usage', `The session for ${client} ended already${endedAt === null ? '' : `, ${toLocalTime(endedAt, zone)}`}.`, {
    hint: 'See: msp session list',
  })

/** `--auto-sync`: what was done goes to the ticket. A failure is said and kept, and undoes neither the end nor the question about the time. */
async function syncAutomatically(app: App, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return
  try {
    const { pushed, failed } = await syncLinks(
      await syncDeps(app),
      { ids: links.map(({ id }) => id) },
      { push: links, visibility: 'internal' },
    )
    for (const each of pushed) {
      if (each.write.state === 'done') app.io.err(`Posted ${toItemWords(each)} on T${each.ticket} (internal).`)
      // what failed has a line of its own
      else if (!isSettled(each.write.state)) sayQueued(app, each.write)
    }
    for (const { ticket, message } of failed) app.io.err(`T${ticket}: ${message}`, 'bad')
    if (failed.length > 0) app.exitCode = 1
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    app.io.err(`The tickets were not synced: ${error.message}`, 'bad')
    app.io.err(`Try again: msp ticket sync --session ${links[0]?.sessionId}`)
    app.exitCode = 1
  }
}
