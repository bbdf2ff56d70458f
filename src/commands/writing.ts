import type { Command } from 'commander'
import type { App } from '../app.ts'
import { dryRun, type NewWrite, requireDelivered, type SendOptions } from '../outbox/outbox.ts'
import { isSettled, type Kind, looksFirst, toTurn, type Write } from '../outbox/write.ts'

/** The options of every command that writes to a vendor. */
export interface WriteOptions extends SendOptions {
  dryRun?: boolean
  /** Takes what `--dry-run` prints, where it belongs into a larger document. */
  takeRequest?: ((request: Awaited<ReturnType<typeof describeRequest>>) => void) | undefined
}

/** Adds them. */
export const withWriting = (command: Command): Command =>
  command
    .option('--again', 'meant, although it was asked for before')
    .option('--wait', 'wait until it is delivered; exit 8 when it is not')
    .option('--dry-run', 'print the exact request and send nothing')

/** Prints the request of a write that is not sent. */
export async function showRequest<K extends Kind>(
  app: Pick<App, 'io'>,
  write: NewWrite<K>,
  asJson: boolean,
  take?: WriteOptions['takeRequest'],
): Promise<void> {
  const request = await describeRequest(write)
  if (take) take(request)
  else if (asJson) app.io.json(request)
  else printRequest(app, request)
  app.io.err('Nothing was sent.')
}

/** The exact request of a write, and who would see it. */
export async function describeRequest<K extends Kind>(write: NewWrite<K>) {
  const { method, url, body } = dryRun(write)
  const recipients = write.visibility === null || write.visibility === 'internal' ? [] : ((await write.recipients?.()) ?? [])
  return { method, url, body, recipients }
}

export function printRequest(
  { io }: Pick<App, 'io'>,
  { method, url, body, recipients }: Awaited<ReturnType<typeof describeRequest>>,
): void {
  io.out(`${method} ${url}`)
  io.out(JSON.stringify(body, io.isTerminal ? cut : undefined, 2))
  for (const { name, email } of recipients) io.out(`seen by ${email ? `${name} <${email}>` : name}`)
}

const longestShown = 2000 // characters: the page of a mail would push away all that there is to read

const cut = (_: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > longestShown
    ? `${value.slice(0, longestShown)}… (${value.length} characters; --json shows them all)`
    : value

/** Says how a write ended, or ends with the error that its state asks for. Of a repeat of what is there already nothing is claimed. */
export function sayOutcome(app: Pick<App, 'io' | 'now'>, write: Write & { isRepeat?: boolean }, done: string, options: SendOptions): void {
  requireDelivered(write, options)
  if (write.state === 'done' && !write.isRepeat) app.io.err(done, 'good')
  if (!isSettled(write.state)) sayQueued(app, write)
}

/** Says that a write is on its way, and why it is not there yet. */
export function sayQueued({ io, now }: Pick<App, 'io' | 'now'>, write: Write): void {
  const { shortId, state, lastError } = write
  const queued = `Queued as ${shortId}${state === 'unknown' ? looksFirst : ''}`
  const what = state === 'sending' ? `${shortId} is being sent` : queued
  // the reason is a sentence with its own full stop
  io.err(lastError ? `${what}: ${lastError}` : `${what}.`, 'warn')
  const turn = toTurn(write, now())
  if (turn === undefined) io.err('The next msp command that goes online delivers it. To do it now: msp outbox run')
  else if (turn.isSoon) io.err(`${turn.sentence} To wait for it: msp outbox run --wait`)
  else io.err(`${turn.sentence} The next msp command that goes online after that delivers it.`)
}
