import { type Command, Option } from 'commander'
import { askAPerson } from '../../agent.ts'
import type { App } from '../../app.ts'
import { MspError } from '../../errors.ts'
import type { Candidate, Found } from '../../http/http.ts'
import { findUndecided, resolveWrite, type Verdict } from '../../outbox/change.ts'
import { lookFor } from '../../outbox/deliver.ts'
import { type OutboxRow, toWrite, writeFields } from '../../outbox/write.ts'
import { shorten } from '../../shorten.ts'
import { type JsonOption, withJson } from '../options.ts'

const fields = [...writeFields, 'candidates'] as const
const longestText = 60

export interface OutboxResolveOptions extends JsonOption {
  sent?: boolean
  notSent?: boolean
}

export function registerOutboxResolve(outbox: Command, app: App, run = runOutboxResolve): void {
  const resolve = outbox
    .command('resolve')
    .description('Say of a write that waits for a person whether it is at the vendor; shows what msp finds there')
    .argument('<id>', 'its short id: 7F3K')
    .addOption(new Option('--sent', 'it is there: nothing more is sent').conflicts('notSent'))
    .option('--not-sent', 'it is not there: it is queued again')
  withJson(resolve, app, fields).action((shortId: string, options: OutboxResolveOptions) => run(app, shortId, options))
}

export async function runOutboxResolve(
  app: Pick<App, 'io' | 'db' | 'vault' | 'outbox' | 'prompt' | 'technician' | 'agent'>,
  shortId: string,
  options: OutboxResolveOptions,
): Promise<void> {
  const row = await findUndecided(await app.db(), shortId)
  const found = await look(app, row)
  sayFound(app, row, found)
  if (app.agent) throw isAPersons(row, app.agent)
  const verdict = toVerdict(row, await decide(app, row, found, options), found)
  const write = toWrite(await resolveWrite({ db: await app.db(), vault: app.vault }, row, verdict, app.technician()))
  app.io.err(verdict.isSent ? `${write.shortId} counts as delivered.` : `${write.shortId} is queued again. To send it now: msp outbox run`)
  app.io.show({ ...write, candidates: candidatesOf(found) }, ['shortId', 'ticket', 'state'], options.json)
}

const isAPersons = ({ shortId }: OutboxRow, agent: NonNullable<App['agent']>): MspError =>
  new MspError('forbidden', `What became of ${shortId} is for a person to say: sent again, it could be there twice.`, {
    hint: askAPerson(agent, `outbox resolve ${shortId}`),
  })

/** Undefined when msp cannot look now; it says why, and the person may know without it. */
async function look(app: Pick<App, 'io' | 'outbox'>, row: OutboxRow): Promise<Found | 'blind' | undefined> {
  // it need not be looked for
  if (row.vendorId !== null) return { vendorId: row.vendorId }
  try {
    return await lookFor((await app.outbox()).delivery, row)
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    app.io.err(`msp could not look for ${row.shortId}: ${error.message}`, 'warn')
    return undefined
  }
}

const candidatesOf = (found: Found | 'blind' | undefined): readonly Candidate[] =>
  typeof found === 'object' && 'candidates' in found ? found.candidates : []

const idOf = (found: Found | 'blind' | undefined): string | undefined =>
  typeof found === 'object' && 'vendorId' in found ? found.vendorId : undefined

function sayFound({ io }: Pick<App, 'io'>, { shortId, kind, ticketNumber }: OutboxRow, found: Found | 'blind' | undefined): void {
  const what = `${kind.replace('_', ' ')} ${shortId}`
  const where = ticketNumber === null ? '' : ` on T${ticketNumber}`
  if (found === 'blind') io.err(`Whether ${what} arrived cannot be looked up.`)
  if (found === 'absent') io.err(`The vendor does not show ${what}${where}.`)
  if (found === 'pending') io.err(`The vendor does not show ${what}${where}; it may still come.`)
  const known = idOf(found)
  if (known !== undefined) io.err(`The vendor has ${what}${where}: ${known}.`)
  const candidates = candidatesOf(found)
  if (candidates.length > 0) io.err(`This may be ${what}${where}:`)
  for (const { vendorId, createdAt, author, text } of candidates)
    io.err(`  ${[vendorId, createdAt?.toISOString(), author, shorten(text, longestText)].filter(Boolean).join(' · ')}`)
}

/** Whether it is there, by the flag or the answer. */
async function decide(
  { prompt }: Pick<App, 'prompt'>,
  { shortId }: OutboxRow,
  found: Found | 'blind' | undefined,
  { sent, notSent }: OutboxResolveOptions,
): Promise<boolean> {
  if (sent || notSent) return sent === true
  const hint = idOf(found) === undefined ? 'Look there, then say it: --sent or --not-sent' : `It is: msp outbox resolve ${shortId} --sent`
  if (!prompt.canAsk) throw new MspError('usage', 'Is it at the vendor?', { hint })
  const answer = await prompt.choose(
    `Is ${shortId} at the vendor?`,
    [
      { value: 'later', name: 'I do not know yet: leave it' },
      { value: 'sent', name: 'It is there: nothing more is sent' },
      { value: 'notSent', name: 'It is not there: send it again' },
    ],
    '--sent or --not-sent',
  )
  if (answer === 'later') throw new MspError('cancelled', 'Nothing was changed.')
  return answer === 'sent'
}

function toVerdict({ shortId }: OutboxRow, isSent: boolean, found: Found | 'blind' | undefined): Verdict {
  const known = idOf(found)
  if (!isSent && known !== undefined)
    throw new MspError('usage', `${shortId} is at the vendor as ${known}, so it is not sent again.`, {
      hint: `msp outbox resolve ${shortId} --sent`,
    })
  if (!isSent) return { isSent }
  const candidates = candidatesOf(found)
  return { isSent, vendorId: known ?? (candidates.length === 1 ? (candidates[0]?.vendorId ?? null) : null) }
}
