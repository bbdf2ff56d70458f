import { MspError } from '../../errors.ts'
import { HttpFailure } from '../../http/failure.ts'
import type { VendorHttp } from '../../http/http.ts'
import type { ListedTicket, Ticket, TicketDetail, TicketQuery, TicketSystem } from '../../tickets/ticket.ts'
import { attachmentWrite } from './attachments.ts'
import { commentWrite } from './comments.ts'
import { toStatuses, toTicketDetail, toTickets } from './map.ts'
import { dayBefore, type PagedList, readPages } from './pages.ts'
import { permission } from './permissions.ts'
import { readTicket } from './read-ticket.ts'
import { removal } from './removal.ts'

type Filter = Record<string, string | number | boolean | undefined>

export function ticketSystem(http: VendorHttp): TicketSystem {
  return {
    search: (query) => search(http, query),
    byNumber: (number) => findByNumber(http, number),
    get: (id) => getTicket(http, id),
    changedSince: (since) => listAll(http, { since_updated_at: dayBefore(since) }, changes),
    comment: commentWrite(http),
    attach: attachmentWrite(http),
    remove: removal(http),
  }
}

// 50 a page. What a hundred technicians change in three months; what a person looks through; what has one number
const changes: PagedList = { what: 'changed tickets', mostPages: 2000 }
const found: PagedList = { what: 'tickets', mostPages: 200, isSearch: true }
const numbered: PagedList = { what: 'tickets with one number', mostPages: 5 }

const listAll = (http: VendorHttp, filter: Filter, list: PagedList): AsyncGenerator<ListedTicket, void> =>
  readPages(list, async (page) => {
    const query = { ...filter, page }
    const answer = await http.send({
      method: 'GET',
      path: 'tickets',
      query,
      needs: permission.listTickets,
      record: { type: 'syncro_ticket', action: 'searched' },
    })
    return toTickets(answer, http.baseUrl)
  })

async function* search(http: VendorHttp, query: TicketQuery): AsyncGenerator<ListedTicket, void> {
  const { words, vendorClientId, open, mine, since } = query
  const status = query.status === undefined ? undefined : await spellStatus(http, query.status)
  const filter = {
    query: words,
    customer_id: vendorClientId,
    status: status ?? (open ? 'Not Closed' : undefined),
    mine: mine || undefined,
    since_updated_at: since && dayBefore(since),
  }
  // Syncro lets a filter that it does not know pass without a word, and "Not Closed" knows its own statuses only.
  for await (const ticket of listAll(http, filter, found)) if (fits(ticket, { ...query, status })) yield ticket
}

function fits(ticket: Ticket, { vendorClientId, status, open, since }: TicketQuery): boolean {
  if (vendorClientId !== undefined && ticket.vendorClientId !== vendorClientId) return false
  if (status !== undefined && ticket.status.toLowerCase() !== status.toLowerCase()) return false
  if (open && (ticket.state === 'resolved' || ticket.state === 'closed')) return false
  return since === undefined || ticket.updatedAt >= since
}

/** The account's own spelling: Syncro finds nothing for another one. */
async function spellStatus(http: VendorHttp, typed: string): Promise<string> {
  const answer = await http.send({
    method: 'GET',
    path: 'tickets/settings',
    needs: permission.listTickets,
    record: { type: 'syncro_account', action: 'retrieved' },
  })
  const statuses = toStatuses(answer)
  const status = statuses.find((known) => known.toLowerCase() === typed.trim().toLowerCase())
  if (status !== undefined) return status
  throw new MspError('usage', `Your SyncroMSP has no ticket status "${typed}".`, { hint: `It has: ${statuses.join(', ')}` })
}

async function findByNumber(http: VendorHttp, number: string): Promise<Ticket | undefined> {
  for await (const ticket of listAll(http, { number }, numbered)) if (ticket.number === number) return ticket
  return undefined
}

async function getTicket(http: VendorHttp, id: string): Promise<TicketDetail | undefined> {
  if (!/^\d+$/.test(id)) return undefined
  try {
    return toTicketDetail(await readTicket(http, id), http.baseUrl)
  } catch (error) {
    if (error instanceof HttpFailure && error.status === 404) return undefined
    throw error
  }
}
