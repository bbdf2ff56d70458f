import type { App } from '../../app.ts'
import { billingOf } from '../../config.ts'
import { MspError } from '../../errors.ts'
import { type Charging, openCharge, prepareCharge, toBilledWords, toChargeWords } from '../../outbox/charge-time.ts'
import type { LoggedTime } from '../../outbox/log-time.ts'
import { findAskedBefore, type NewWrite, type SendOptions, type Sent, sendWrite, type Target } from '../../outbox/outbox.ts'
import { requireWrite } from '../../outbox/store.ts'
import { agree } from '../../prompt.ts'
import { findTimeEntryOf, type TimeEntry } from '../../time/store.ts'
import type { TimeSystem } from '../../time/time.ts'
import { sayOutcome } from '../writing.ts'

/** How an entry of this kind of labour is charged. */
export const chargingOf = async (
  app: Pick<App, 'config'>,
  laborId: string | null,
  { system, target }: { system: TimeSystem; target: Target },
): Promise<Charging> => ({ labor: await system.rate(laborId), ...billingOf(app.config, target.id) })

/** How time is charged, and whether this is the first that is heard of it. */
export interface Agreed {
  charging: Charging
  isFirst: boolean
}

/** Shows what the client will be billed and asks; of what was charged before it says nothing, since nothing more comes of it. */
export async function agreeToCharge(
  app: App,
  time: NewWrite<'time_entry'>,
  at: { system: TimeSystem; client: string },
  options: SendOptions,
): Promise<Agreed> {
  const deps = await app.outbox()
  const earlier = await findAskedBefore(deps, time, options)
  const entry = earlier && (await findTimeEntryOf(deps.db, earlier.id))
  // an earlier entry is charged as what it was logged as
  const laborId = entry ? entry.laborId : time.content.laborId
  const charging = await chargingOf(app, laborId, { system: at.system, target: time.target })
  const charge = entry ? chargeOf(entry, time, charging) : chargeToCome(time, charging)
  if (entry && (await findAskedBefore(deps, charge, {}))) return { charging, isFirst: false }
  const words = toChargeWords(charge.content, at.client, time.target.label)
  // an agent's is a draft, before which a person is asked
  if (deps.agent) deps.io.err(words, 'warn')
  else await agree(deps, words, { question: 'Log and charge it?', no: 'Nothing was logged or charged.' })
  return { charging, isFirst: true }
}

/** The charge as `--dry-run` shows it, before there is an entry. */
export const chargeToCome = ({ sessionId, clientId, content, target }: NewWrite<'time_entry'>, charging: Charging): NewWrite<'charge'> => {
  const { ticketId, ticketNumber, minutes, note } = content
  return prepareCharge({ timeWriteId: '', ticketId, ticketNumber, sessionId, clientId, minutes, note }, { target, ...charging })
}

function chargeOf(entry: TimeEntry, { target }: Pick<NewWrite<'time_entry'>, 'target'>, charging: Charging): NewWrite<'charge'> {
  const { outboxId, ticketId, sessionId, clientId, minutes, note } = entry
  const ticketNumber = entry.ticketNumber ?? ticketId
  return prepareCharge({ timeWriteId: outboxId, ticketId, ticketNumber, sessionId, clientId, minutes, note }, { target, ...charging })
}

/** Charges what was logged. Its write follows the entry's to the same ticket. */
export async function chargeLogged(
  app: App,
  { target }: Pick<NewWrite<'time_entry'>, 'target'>,
  { logged, write }: { logged: LoggedTime; write: Sent },
  { charging, options }: { charging: Charging; options: SendOptions },
): Promise<Sent> {
  const deps = await app.outbox()
  const entry = await findTimeEntryOf(deps.db, write.id)
  if (!entry) throw new MspError('storage', `The time entry on T${logged.ticket} is missing.`)
  // what waits for its entry has been waited for with it
  const isLate = write.state !== 'done'
  return sendWrite(deps, chargeOf(entry, { target }, charging), { wait: (options.wait ?? false) && !isLate })
}

/** Says how it ended, with the line and what is billed where that is not what was logged: as it was stored, which may have been before. */
export async function sayCharged(app: App, charged: Sent, options: SendOptions): Promise<void> {
  const { ticket, vendorId, isRepeat } = charged
  const { db, vault } = await app.outbox()
  const content = openCharge(vault, await requireWrite(db, charged.id))
  const billed = content?.billedMinutes === undefined || content.billedMinutes === content.minutes ? '' : `${toBilledWords(content)}, `
  // of one that a person says was sent nobody knows the line
  const line = vendorId === null ? `see T${ticket}` : `line item ${vendorId} on T${ticket}`
  if (isRepeat && charged.state === 'done') app.io.err(`Charged already: ${billed}${line}. Nothing was sent.`)
  sayOutcome(app, charged, `Charged it: ${billed}${line}.`, options)
}
