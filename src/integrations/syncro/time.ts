import { MspError } from '../../errors.ts'
import type { VendorHttp, VendorRequest, VendorWrite } from '../../http/http.ts'
import type { Labor, NewTimeEntry, TimeSystem, VendorTimeEntry } from '../../time/time.ts'
import { toTicketUrl } from './address.ts'
import { chargeWrite } from './charge.ts'
import { whoAmI } from './identity.ts'
import { laborRate } from './labor-rate.ts'
import { type Timer, toProducts, toTimeRecord, toTimers, toTimersOfTicket, toWrittenId } from './map.ts'
import { dayBefore, type PagedList, readPages } from './pages.ts'
import { permission } from './permissions.ts'
import { aboutTicket, readTicket } from './read-ticket.ts'
import { findWritten } from './reference.ts'

export const timeSystem = (http: VendorHttp): TimeSystem => ({
  entriesSince: (since) => entriesSince(http, since),
  labor: (words) => findLabor(http, words),
  log: timeWrite(http),
  rate: (laborId) => laborRate(http, laborId),
  charge: chargeWrite(http),
})

// 100 a page, of everybody since a day: months of a small MSP, weeks of a large one; and what is named alike
const entries: PagedList = { what: 'time entries', mostPages: 200 }
const named: PagedList = { what: 'products', mostPages: 100 }

async function* entriesSince(http: VendorHttp, since: Date): AsyncGenerator<VendorTimeEntry, void> {
  const timers = readPages(entries, async (page) => {
    const query = { created_at_gt: dayBefore(since), page }
    const record = { type: 'syncro_time', action: 'searched' } as const
    return toTimers(await http.send({ method: 'GET', path: 'ticket_timers', query, needs: permission.listTimers, record }))
  })
  for await (const { createdAt, billable: _, ...entry } of timers) if (createdAt >= since) yield entry
}

/** There is no list of labour: it is among the products. */
async function findLabor(http: VendorHttp, words: string): Promise<Labor[]> {
  const products = readPages(named, async (page) => {
    const record = { type: 'syncro_account', action: 'searched' } as const
    const answer = await http.send({
      method: 'GET',
      path: 'products',
      query: { query: words, page },
      needs: permission.listProducts,
      record,
    })
    return toProducts(answer)
  })
  const wanted = words.toLowerCase().split(/\s+/)
  const found = (await Array.fromAsync(products)).filter(
    ({ name, isOffered }) => isOffered && wanted.every((word) => name.toLowerCase().includes(word)),
  )
  return found.map(({ id, name }) => ({ id, name }))
}

function timeWrite(http: VendorHttp): VendorWrite<NewTimeEntry> {
  const request = (content: NewTimeEntry, reference: string) => toRequest(http.baseUrl, content, reference)
  return {
    request,
    send: async (content, reference) =>
      toWrittenId(`the time on T${content.ticketNumber}`, 'ticket_timer', await http.send(request(content, reference))),
    find: async (content, reference, since) =>
      findWritten(await timersOf(http, content.ticketId), {
        ...{ reference, since, said: content.note },
        textOf: ({ note }) => note,
        isAlike: (timer) => isSameSpan(timer, content),
        isBy: ({ userId }, { id }) => (userId === null ? undefined : userId === id),
        account: () => whoAmI(http),
        toCandidate: ({ start, end, note }) => ({
          author: null,
          text: `${start.toISOString()} to ${end?.toISOString() ?? 'now'}: ${note}`,
        }),
      }),
    complete: (id, content) => settleBillable(http, id, content),
  }
}

function toRequest(baseUrl: string, content: NewTimeEntry, reference: string): VendorRequest {
  const { ticketId, start, end, minutes, note, billable, laborId } = content
  const notes = note.trim() === '' ? reference : `${note} (${reference})`
  return {
    method: 'POST',
    path: `tickets/${ticketId}/timer_entry`,
    // `billable` is not among them: Syncro drops it here without a word
    body: {
      start_at: start.toISOString(),
      end_at: end.toISOString(),
      duration_minutes: minutes,
      notes,
      ...(laborId !== null && { product_id: Number(laborId) }),
    },
    needs: permission.listTimers,
    record: {
      type: 'syncro_time',
      action: 'created',
      ...aboutTicket(baseUrl, content),
      sent: { minutes, start, end, note, billable, labor_id: laborId },
      received: toTimeRecord,
    },
  }
}

/** The same start and length, to the minute. */
const isSameSpan = ({ start, end }: Timer, entry: NewTimeEntry): boolean =>
  end !== null &&
  Math.abs(start.getTime() - entry.start.getTime()) < 60_000 &&
  Math.abs(end.getTime() - start.getTime() - entry.minutes * 60_000) < 60_000

/** A timer is billable or not as the account says; what was asked for is a second call, and only the timer itself tells whether it took. */
async function settleBillable(http: VendorHttp, id: string, content: NewTimeEntry): Promise<void> {
  const { billable, ticketId, ticketNumber } = content
  if ((await timerOf(http, id, content)).billable === billable) return
  const record = {
    type: 'syncro_time',
    action: 'updated',
    ...aboutTicket(http.baseUrl, content),
    externalId: id,
  } as const
  await http.send({ method: 'PATCH', path: `ticket_timers/${id}`, query: { billable }, needs: permission.editTimer, record })
  const timer = await timerOf(http, id, content)
  if (timer.billable === billable) return
  const [is, asked] = timer.billable ? ['billable', 'not billable'] : ['not billable', 'billable']
  throw new MspError('vendor', `Time entry ${id} on T${ticketNumber} is ${is} at SyncroMSP, although msp asked for ${asked}.`, {
    hint: `Change it in SyncroMSP: ${toTicketUrl(http.baseUrl, ticketId)}`,
  })
}

async function timerOf(http: VendorHttp, id: string, { ticketId, ticketNumber }: NewTimeEntry): Promise<Timer> {
  const timer = (await timersOf(http, ticketId)).find((one) => one.id === id)
  if (timer) return timer
  throw new MspError('vendor', `SyncroMSP does not show time entry ${id} on T${ticketNumber}, so msp cannot tell whether it is billable.`, {
    hint: `Look at it in SyncroMSP: ${toTicketUrl(http.baseUrl, ticketId)}`,
  })
}

const timersOf = async (http: VendorHttp, ticketId: string): Promise<Timer[]> => toTimersOfTicket(await readTicket(http, ticketId))
