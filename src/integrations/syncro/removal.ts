import { HttpFailure } from '../../http/failure.ts'
import type { VendorHttp, VendorRequest } from '../../http/http.ts'
import type { Removal, RemovalWrite, Written } from '../../tickets/ticket.ts'
import { chargeFound } from './charge.ts'
import { toAttachments, toCharges } from './map.ts'
import { permission } from './permissions.ts'
import { aboutTicket, readTicket } from './read-ticket.ts'

interface Call {
  path: string
  field: string
  needs: string
  /** The ids of what hangs on the ticket. */
  ids: (ticket: unknown) => string[]
}

/** Of the rest Syncro has none. */
const calls: Partial<Record<Written, Call>> = {
  time_entry: {
    ...{ path: 'delete_timer_entry', field: 'timer_entry_id', needs: permission.listTimers },
    ids: (ticket) => toCharges(ticket).timers.map(({ id }) => id),
  },
  line_item: {
    ...{ path: 'remove_line_item', field: 'ticket_line_item_id', needs: permission.editTicket },
    ids: (ticket) => toCharges(ticket).lines.map(({ id }) => id),
  },
  attachment: {
    ...{ path: 'delete_attachment', field: 'attachment_id', needs: permission.editTicket },
    ids: (ticket) => toAttachments(ticket).map(({ id }) => id),
  },
}

/** Deletes what msp wrote on a ticket; what somebody else has deleted meanwhile counts as deleted. */
export function removal(http: VendorHttp): RemovalWrite {
  const isGone = async (content: Removal) =>
    !callFor(content)
      .ids(await readTicket(http, content.ticketId))
      .includes(content.vendorId)
  return {
    noCallFor,
    request: (content) => toRequest(http.baseUrl, content),
    prepare: async (content) => {
      if (content.what === 'time_entry') requireUncharged(await readTicket(http, content.ticketId), content)
      return content
    },
    send: async (content) => {
      try {
        await http.send(toRequest(http.baseUrl, content))
      } catch (error) {
        if (!(error instanceof HttpFailure && error.status === 404 && (await isGone(content)))) throw error
      }
      return content.vendorId
    },
    find: async (content) => ((await isGone(content)) ? { vendorId: content.vendorId } : 'absent'),
    complete: async (_, content) => {
      if (await isGone(content)) return
      const message = `SyncroMSP took the removal on T${content.ticketNumber}, and still shows what was removed.`
      throw new HttpFailure('vendor', message, { outcome: 'unknown' })
    },
  }
}

function noCallFor(what: Written, { ticketNumber, vendorId }: { ticketNumber: string; vendorId: string | null }) {
  if (calls[what]) return undefined
  const [it, todo] = what === 'comment' ? ['a comment', 'change or delete it'] : ['the charge of a time entry', 'remove its line']
  const line = what === 'comment' || vendorId === null ? '' : ` (${vendorId})`
  return { message: `SyncroMSP has no call that takes ${it} back.`, hint: `A person can ${todo} in SyncroMSP, on T${ticketNumber}${line}.` }
}

function callFor({ what, ...at }: Removal): Call {
  const call = calls[what]
  if (call) return call
  throw new HttpFailure('unsupported', noCallFor(what, at)?.message ?? '', { outcome: 'refused' })
}

function toRequest(baseUrl: string, content: Removal): VendorRequest {
  const { ticketId, what, vendorId } = content
  const { path, field, needs } = callFor(content)
  return {
    method: 'POST',
    path: `tickets/${ticketId}/${path}`,
    body: { [field]: Number(vendorId) },
    needs,
    record: {
      type: what === 'time_entry' ? 'syncro_time' : 'syncro_ticket',
      action: 'deleted',
      ...aboutTicket(baseUrl, content),
      sent: { [field]: Number(vendorId) },
    },
  }
}

/** The client would go on paying for time that nobody can see any more. */
function requireUncharged(ticket: unknown, { vendorId, ticketNumber }: Removal): void {
  const found = chargeFound(toCharges(ticket), vendorId)
  if (!found) return
  const message = `Time entry ${vendorId} on T${ticketNumber} is charged (${found.words}), so it is not deleted.`
  throw new HttpFailure('vendor', message, { outcome: 'refused' })
}
