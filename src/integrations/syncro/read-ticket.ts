import type { VendorHttp } from '../../http/http.ts'
import { toTicketUrl } from './address.ts'
import { permission } from './permissions.ts'

/** The answer as it is: it holds the ticket's comments, its time entries and its attachments. */
export function readTicket(http: VendorHttp, id: string): Promise<unknown> {
  const record = { type: 'syncro_ticket', action: 'retrieved', externalId: id, url: toTicketUrl(http.baseUrl, id) } as const
  return http.send({ method: 'GET', path: `tickets/${id}`, needs: permission.viewTicket, record })
}

/** What the record of a call says of the ticket that it is about. */
export const aboutTicket = (baseUrl: string, { ticketId, ticketNumber }: { ticketId: string; ticketNumber: string }) => ({
  externalId: ticketId,
  reference: `T${ticketNumber}`,
  url: toTicketUrl(baseUrl, ticketId),
})
