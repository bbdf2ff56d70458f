import { MspError } from '../../errors.ts'
import type { VendorHttp, VendorRequest, VendorWrite } from '../../http/http.ts'
import { shorten } from '../../shorten.ts'
import type { Comment, NewComment } from '../../tickets/ticket.ts'
import { toTicketUrl } from './address.ts'
import { whoAmI } from './identity.ts'
import { toCommentRecord, toComments, toWrittenId, visibilityFlags } from './map.ts'
import { type PagedList, readPages } from './pages.ts'
import { permission } from './permissions.ts'
import { aboutTicket } from './read-ticket.ts'
import { findWritten } from './reference.ts'

export function commentWrite(http: VendorHttp): VendorWrite<NewComment> {
  const request = (content: NewComment, reference: string) => toRequest(http.baseUrl, content, reference)
  return {
    request,
    send: async (content, reference) =>
      toWrittenId(`the comment on T${content.ticketNumber}`, 'comment', await http.send(request(content, reference))),
    find: async ({ ticketId, subject: said, body: text }, reference, since) =>
      findWritten(await Array.fromAsync(commentsOf(http, ticketId)), {
        ...{ reference, since, said },
        textOf: ({ subject }) => subject,
        isAlike: ({ body }) => toPlain(body) === toPlain(text),
        isBy: ({ author }, { name }) => (author === null ? undefined : toPlain(author) === toPlain(name)),
        account: () => whoAmI(http),
        toCandidate: ({ author, subject, body }) => ({ author, text: `${subject}: ${body}` }),
      }),
    complete: (id, content) => checkVisibility(http, id, content),
  }
}

function toRequest(baseUrl: string, content: NewComment, reference: string): VendorRequest {
  const { ticketId, subject, body, visibility } = content
  const flags = visibilityFlags[visibility]
  return {
    method: 'POST',
    path: `tickets/${ticketId}/comment`,
    // a subject that Syncro cuts would lose the reference at its end, and with it the proof that it was sent
    body: { subject: `${shorten(subject, 200)} · ${reference}`, body, ...flags },
    needs: permission.editTicket,
    record: {
      type: 'syncro_ticket',
      action: 'updated',
      ...aboutTicket(baseUrl, content),
      sent: { comment: body, internal: flags.hidden, visibility },
      received: toCommentRecord,
    },
  }
}

// an account may keep comments as HTML
const toPlain = (text: string): string =>
  text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()

// of one ticket; 10 a page where Syncro does not heed per_page
const ofTicket: PagedList = { what: 'comments', mostPages: 50 }

/** Oldest first, so that a new comment does not move the others to another page. */
const commentsOf = (http: VendorHttp, ticketId: string): AsyncGenerator<Comment, void> =>
  readPages(ofTicket, async (page) => {
    const query = { sort_by: 'created_at', sort_direction: 'ASC', per_page: 100, page }
    const record = { type: 'syncro_ticket', action: 'retrieved', externalId: ticketId, url: toTicketUrl(http.baseUrl, ticketId) } as const
    return toComments(await http.send({ method: 'GET', path: `tickets/${ticketId}/comments`, query, needs: permission.viewTicket, record }))
  })

/** Syncro has no call to take a comment back: all that can be done is to say it at once. A list may lag, so a comment that is not in it is not judged. */
async function checkVisibility(http: VendorHttp, id: string, { ticketId, ticketNumber, visibility }: NewComment): Promise<void> {
  const comment = (await Array.fromAsync(commentsOf(http, ticketId))).find((one) => one.id === id)
  const wanted = visibilityFlags[visibility].hidden ? 'internal' : 'public'
  if (comment === undefined || comment.visibility === wanted) return
  const what = `Comment ${id} on T${ticketNumber} was meant to be ${wanted}, but SyncroMSP says that the client`
  throw new MspError('vendor', wanted === 'internal' ? `${what} can see it.` : `${what} cannot see it.`, {
    hint: `Look at it in SyncroMSP: ${toTicketUrl(http.baseUrl, ticketId)}`,
  })
}
