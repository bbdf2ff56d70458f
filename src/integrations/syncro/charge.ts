import { HttpFailure } from '../../http/failure.ts'
import type { Found, VendorHttp, VendorRequest, VendorWrite } from '../../http/http.ts'
import { shorten } from '../../shorten.ts'
import { type NewCharge, toHours, toMoney } from '../../time/time.ts'
import { laborRate } from './labor-rate.ts'
import { type ChargedTimer, type Charges, type LineItem, toAnsweredTimer, toCharges, toWrittenId } from './map.ts'
import { permission } from './permissions.ts'
import { aboutTicket, readTicket } from './read-ticket.ts'
import { findOrAsk, referenceOf } from './reference.ts'

/** Syncro itself charges a timer as often as it is asked: each time the ticket gets one more line. */
export function chargeWrite(http: VendorHttp): VendorWrite<NewCharge> {
  const request = (content: NewCharge, reference: string) => toRequest(http.baseUrl, content, reference)
  return {
    request,
    prepare: async (content) => {
      const charges = await chargesOf(http, content)
      requireUncharged(charges, content)
      requireSameLabor(charges, content)
      await requireSameRate(http, content)
      return content
    },
    send: async (content, reference) => toChargeId(content, await http.send(request(content, reference))),
    find: async (content, reference, since) => find(await chargesOf(http, content), content, { reference, since }),
    complete: async (id, content) => checkCharge(await chargesOf(http, content), id, content),
  }
}

/** The lines that a ticket bills, and which of its timers they come from. */
export const chargesOf = async (http: VendorHttp, { ticketId }: { ticketId: string }): Promise<Charges> =>
  toCharges(await readTicket(http, ticketId))

/** What charges the time entry already, in words; undefined when nothing does. */
export function chargeFound(charges: Charges, entryId: string): { lineId: string | undefined; words: string } | undefined {
  const timer = timerOf(charges, entryId)
  // a line may be there before the timer says so
  const line = charges.lines.find((each) => (timer?.lineId ? each.id === timer.lineId : isLineOf(charges, each, entryId)))
  if (line) return { lineId: line.id, words: toLineWords(line) }
  if (!timer?.isCharged) return undefined
  return { lineId: timer.lineId ?? undefined, words: timer.lineId === null ? 'SyncroMSP has it as recorded' : `line item ${timer.lineId}` }
}

const timerOf = ({ timers }: Charges, entryId: string | null): ChargedTimer | undefined => timers.find(({ id }) => id === entryId)

/** As msp itself writes it into a line, of any installation. */
const entryWords = (entryId: string): string => `time entry ${entryId}`

/** True of a line that charges the entry: by the words that msp writes, and people too, or by the reference of the entry, of whose note Syncro makes the line. */
function isLineOf(charges: Charges, line: LineItem, entryId: string | null): boolean {
  // what is another entry's line may quote this one
  if (entryId === null || charges.timers.some(({ id, lineId }) => lineId === line.id && id !== entryId)) return false
  const reference = referenceOf(timerOf(charges, entryId)?.note ?? '')
  return (
    new RegExp(`\\b${entryWords(entryId)}\\b`, 'i').test(textOf(line)) ||
    (reference !== undefined && referenceOf(textOf(line)) === reference)
  )
}

const textOf = ({ name, description }: LineItem): string => `${name}\n${description}`

/** `line item 456, 2.5 × Remote labor at 150.00` */
const toLineWords = ({ id, name, hours, perHour }: LineItem): string =>
  `line item ${id}, ${hours} × ${shorten(name, 60)} at ${toMoney(perHour)}`

function toRequest(baseUrl: string, content: NewCharge, reference: string): VendorRequest {
  const { ticketId, entryId, path, minutes, labor } = content
  const id = entryId === null ? 'the id of the time entry' : Number(entryId)
  const about = aboutTicket(baseUrl, content)
  if (path === 'timer+charge') {
    const received = (answer: unknown) => {
      const timer = toAnsweredTimer(answer)
      return timer && { time_entry_id: timer.id, recorded: timer.isCharged, line_item_id: timer.lineId }
    }
    return {
      method: 'POST',
      path: `tickets/${ticketId}/charge_timer_entry`,
      body: { timer_entry_id: id },
      needs: permission.listTimers,
      record: { type: 'syncro_time', action: 'updated', ...about, sent: { charged_time_entry_id: id }, received },
    }
  }
  const quantity = toHours(minutes)
  // the client reads it, and the note was written for nobody outside
  const description = `${entryWords(entryId ?? '????')} · ${reference}`
  return {
    method: 'POST',
    path: `tickets/${ticketId}/add_line_item`,
    body: { name: labor.name, description, product_id: Number(labor.id), quantity, price_retail: labor.perHour },
    needs: permission.editTicket,
    record: {
      ...{ type: 'syncro_ticket', action: 'updated', ...about },
      sent: { line_item: labor.name, quantity, price_retail: labor.perHour, time_entry_id: id },
    },
  }
}

function requireUncharged(charges: Charges, content: NewCharge): void {
  const { entryId, ticketNumber } = content
  requireTimer(charges, content)
  const found = entryId === null ? undefined : chargeFound(charges, entryId)
  if (!found) return
  const message = `Time entry ${entryId} on T${ticketNumber} is charged already: ${found.words}.`
  throw new HttpFailure('vendor', message, { outcome: 'refused', madeId: found.lineId ?? entryId ?? undefined })
}

function requireTimer(charges: Charges, { entryId, ticketNumber }: NewCharge): ChargedTimer {
  const timer = timerOf(charges, entryId)
  if (timer) return timer
  const message = `SyncroMSP does not show time entry ${entryId} on T${ticketNumber}, so msp cannot tell whether it is charged.`
  throw new HttpFailure('vendor', message, { outcome: 'refused' })
}

/** Syncro charges a timer as the kind of labour that it has there, which somebody may have changed. */
function requireSameLabor(charges: Charges, content: NewCharge): void {
  const { path, labor, ticketNumber } = content
  const { id, productId } = requireTimer(charges, content)
  if (path === 'line-item' || productId === null || productId === labor.id) return
  const message =
    `Time entry ${id} on T${ticketNumber} is another kind of labour at SyncroMSP (product ${productId}) than the ${shorten(labor.name, 60)} ` +
    `(${labor.id}) that was agreed to. Change it there, or charge it there.`
  throw new HttpFailure('vendor', message, { outcome: 'refused' })
}

/** A charge may have waited since a person agreed to it. */
async function requireSameRate(http: VendorHttp, { labor }: NewCharge): Promise<void> {
  const { name, perHour } = await laborRate(http, labor.id)
  if (perHour === labor.perHour) return
  const message = `An hour of ${shorten(name, 60)} costs ${toMoney(perHour)} now, and not the ${toMoney(labor.perHour)} that were agreed to. Charge it again to see what it comes to.`
  throw new HttpFailure('vendor', message, { outcome: 'refused' })
}

/** Of a charged timer that names no line its own id. */
function toChargeId({ path, ticketNumber }: NewCharge, answer: unknown): string {
  const what = `the charge on T${ticketNumber}`
  if (path === 'line-item') return toWrittenId(what, 'ticket_line_item', answer)
  const timer = toAnsweredTimer(answer)
  if (timer?.isCharged) return timer.lineId ?? timer.id
  throw new HttpFailure('vendor', `SyncroMSP took ${what}, but its answer does not show it.`, { outcome: 'unknown' })
}

function find(charges: Charges, content: NewCharge, { reference, since }: { reference: string; since: Date }): Found {
  const timer = content.path === 'timer+charge' ? requireTimer(charges, content) : undefined
  if (timer?.isCharged) return { vendorId: timer.lineId ?? timer.id }
  const line = charges.lines.find((each) => isLineOf(charges, each, content.entryId))
  if (line) return { vendorId: line.id }
  return findOrAsk(charges.lines, {
    ...{ reference, since, said: '' },
    textOf,
    isAlike: (line) => isAlike(line, content),
    toCandidate: (line) => ({ author: null, text: toLineWords(line) }),
  })
}

/** The same labour at the same price and so many hours, where Syncro counts them as many at least: it may round up. */
function isAlike({ productId, name, hours, perHour }: LineItem, { path, minutes, labor }: NewCharge): boolean {
  const isSameLabor = productId === null ? name === labor.name : productId === labor.id
  const more = hours - toHours(minutes)
  return isSameLabor && perHour === labor.perHour && more > -0.01 && (path === 'timer+charge' || more < 0.01)
}

/**
 * What SyncroMSP made of it: it rounds as the tenant has set it up, and only the line tells. Good is what a person was shown before: what his
 * tenant's rounding makes of the minutes where he has said it, else these minutes.
 */
function checkCharge(charges: Charges, id: string, content: NewCharge): void {
  const { path, minutes, billedMinutes = minutes, ticketNumber, entryId, labor } = content
  const line = charges.lines.find((each) => each.id === id)
  if (!line && !(path === 'timer+charge' && requireTimer(charges, content).isCharged))
    throw new HttpFailure('vendor', `SyncroMSP took the charge on T${ticketNumber}, and does not show it yet.`, { outcome: 'unknown' })
  const todo = 'Nothing more is charged; change the line in SyncroMSP, or leave it.'
  if (line && line.perHour !== labor.perHour) {
    const what = `SyncroMSP charged time entry ${entryId} on T${ticketNumber} at ${toMoney(line.perHour)} an hour, where ${toMoney(labor.perHour)} were agreed to`
    throw new HttpFailure('vendor', `${what}: ${toLineWords(line)}. ${todo}`, { outcome: 'refused' })
  }
  if (!line || Math.round(line.hours * 60) === billedMinutes) return
  const expected =
    billedMinutes === minutes ? `${minutes} minutes were logged` : `${billedMinutes} were agreed to for the ${minutes} that were logged`
  const message =
    `SyncroMSP charged ${Math.round(line.hours * 60)} minutes for time entry ${entryId} on T${ticketNumber}, where ${expected}: ` +
    `${toLineWords(line)}. ${todo} ` +
    'How it rounds is said with: msp config set syncro.rounding 15m'
  throw new HttpFailure('vendor', message, { outcome: 'refused' })
}
