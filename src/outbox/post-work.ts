import type { Db, Visibility } from '../db/tables.ts'
import { hideSecrets } from '../live-secrets.ts'
import { type Link, listUnpostedWork } from '../tickets/store.ts'
import { toSummary } from '../tickets/sync.ts'
import { type NewComment, recipientsOf, type TicketSystem } from '../tickets/ticket.ts'
import { type NewWrite, type OutboxDeps, type SendOptions, type Sent, sendWrite, type Target } from './outbox.ts'
import { takeWork, WorkTaken } from './store.ts'

export interface PostWork {
  link: Link
  /** Where the ticket is. */
  tickets: Pick<TicketSystem, 'get'>
  target: Target
  visibility: Visibility
}

/** The comment with the work that a link's ticket has not had yet; undefined when there is none. */
export async function prepareWork(
  db: Db,
  { link, tickets, target, visibility }: PostWork,
): Promise<{ write: NewWrite<'comment'>; workItems: string[] } | undefined> {
  const items = await listUnpostedWork(db, link)
  if (items.length === 0 || link.clientId === null) return undefined
  const workItems = items.map(({ id }) => id)
  const content: NewComment = {
    ticketId: link.ticketId,
    ticketNumber: link.ticketNumber ?? link.ticketId,
    subject: 'Work summary',
    // what was noted stays noted: refused for the secret in one note, none of the session would ever be posted
    body: hideSecrets(toSummary(items.map(({ note }) => note))),
    visibility,
  }
  const write: NewWrite<'comment'> = {
    kind: 'comment',
    content,
    target,
    sessionId: link.sessionId,
    clientId: link.clientId,
    visibility,
    sameness: ['work', ...workItems.toSorted()],
    recipients: () => recipientsOf(tickets, link.ticketId),
    alongside: (transaction, outboxId) =>
      takeWork(transaction, outboxId, workItems, { integration: link.integrationType, id: link.ticketId }),
  }
  return { write, workItems }
}

/** Posts that comment. */
export async function postWork(
  deps: OutboxDeps,
  post: PostWork,
  options: SendOptions,
): Promise<{ write: Sent; workItems: string[] } | undefined> {
  const prepared = await prepareWork(deps.db, post)
  if (!prepared) return undefined
  try {
    return { write: await sendWrite(deps, prepared.write, options), workItems: prepared.workItems }
  } catch (error) {
    if (error instanceof WorkTaken) return postWork(deps, post, options)
    throw error
  }
}
