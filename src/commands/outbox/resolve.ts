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
    .description('Decide about a write of which msp cannot tell whether it is at the vendor; shows what it finds there')
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
  const seen = await look(app, row)
  say(app, seen)
  if (app.agent) throw isAPersons(row, app.agent)
  const verdict = toVerdict(row, await decide(app, row, seen, options), seen)
  const write = toWrite(await resolveWrite({ db: await app.db(), vault: app.vault }, row, verdict, app.technician()))
  app.io.err(verdict.isSent ? `${write.shortId} counts as delivered.` : `${write.shortId} is queued again. To send it now: msp outbox run`)
  app.io.show({ ...write, candidates: seen.candidates }, ['shortId', 'ticket', 'state'], options.json)
}

const isAPersons = ({ shortId }: OutboxRow, agent: NonNullable<App['agent']>): MspError =>
  new MspError('forbidden', `What became of ${shortId} is for a person to say: sent again, it could be there twice.`, {
    hint: askAPerson(agent, `outbox resolve ${shortId}`),
  })

/** What msp finds of it at the vendor. */
interface Seen {
  vendorId: string | null
  candidates: readonly Candidate[]
  sentence: string
  /** msp could not look. */
  isBlind?: true
}

/** When msp cannot look now the person may know without it. */
async function look(app: Pick<App, 'io' | 'outbox'>, row: OutboxRow): Promise<Seen> {
  // it need not be looked for
  if (row.vendorId !== null) return toSeen(row, { vendorId: row.vendorId })
  try {
    return toSeen(row, await lookFor((await app.outbox()).delivery, row))
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    return { ...nothing, sentence: `msp could not look for ${row.shortId}: ${error.message}`, isBlind: true }
  }
}

const nothing = { vendorId: null, candidates: [] }

function toSeen({ shortId, kind, ticketNumber }: OutboxRow, found: Found | 'blind'): Seen {
  const name = `${kind.replace('_', ' ')} ${shortId}`
  const what = ticketNumber === null ? name : `${name} on T${ticketNumber}`
  if (found === 'blind') return { ...nothing, sentence: `Whether ${name} arrived cannot be looked up.` }
  if (found === 'absent') return { ...nothing, sentence: `The vendor does not show ${what}.` }
  if (found === 'pending') return { ...nothing, sentence: `The vendor does not show ${what}; it may still come.` }
  if ('vendorId' in found) return { ...nothing, vendorId: found.vendorId, sentence: `The vendor has ${what}: ${found.vendorId}.` }
  return { ...nothing, candidates: found.candidates, sentence: `This may be ${what}:` }
}

function say({ io }: Pick<App, 'io'>, { sentence, candidates, isBlind }: Seen): void {
  io.err(sentence, isBlind && 'warn')
  for (const { vendorId, createdAt, author, text } of candidates)
    io.err(`  ${[vendorId, createdAt?.toISOString(), author, shorten(text, longestText)].filter(Boolean).join(' · ')}`)
}

/** Whether it is there, by the flag or the answer. */
async function decide(
  { prompt }: Pick<App, 'prompt'>,
  { shortId, kind }: OutboxRow,
  { vendorId }: Seen,
  { sent, notSent }: OutboxResolveOptions,
): Promise<boolean> {
  if (sent || notSent) return sent === true
  // a mail server shows nobody what it has sent
  const words = kind === 'email' ? wordsOfMail : wordsOfOthers
  const hint = vendorId === null ? `${words.look}, then say it: --sent or --not-sent` : `It is: msp outbox resolve ${shortId} --sent`
  if (!prompt.canAsk) throw new MspError('usage', words.ask('it'), { hint })
  const answer = await prompt.choose(
    words.ask(shortId),
    [
      { value: 'later', name: 'I do not know yet: leave it' },
      { value: 'sent', name: `${words.sent}: nothing more is sent` },
      { value: 'notSent', name: `${words.notSent}: send it again` },
    ],
    '--sent or --not-sent',
  )
  if (answer === 'later') throw new MspError('cancelled', 'Nothing was changed.')
  return answer === 'sent'
}

const wordsOfOthers = {
  look: 'Look there',
  ask: (name: string) => `Is ${name} at the vendor?`,
  sent: 'It is there',
  notSent: 'It is not there',
}

const wordsOfMail = {
  look: 'Ask who should have it',
  ask: (name: string) => `Did ${name} arrive?`,
  sent: 'It arrived',
  notSent: 'It did not arrive',
}

function toVerdict({ shortId }: OutboxRow, isSent: boolean, { vendorId, candidates }: Seen): Verdict {
  if (!isSent && vendorId !== null)
    throw new MspError('usage', `${shortId} is at the vendor as ${vendorId}, so it is not sent again.`, {
      hint: `msp outbox resolve ${shortId} --sent`,
    })
  if (!isSent) return { isSent }
  const [only, ...others] = candidates
  return { isSent, vendorId: vendorId ?? (others.length === 0 ? (only?.vendorId ?? null) : null) }
}
