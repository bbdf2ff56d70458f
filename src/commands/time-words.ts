import type { App } from '../app.ts'
import type { LoggedTime } from '../outbox/log-time.ts'
import type { Sent } from '../outbox/outbox.ts'
import { toDurationWords } from '../time/duration.ts'
import { toSpanWords } from '../time/when.ts'
import { sayOutcome } from './writing.ts'

/** Says what was logged, or is there already; ends with the error of an entry that failed. */
export function sayLogged(app: Pick<App, 'io' | 'now' | 'zone'>, { logged, write }: { logged: LoggedTime; write: Sent }): void {
  const billable = logged.billable ? '' : ', not billable'
  const place = `${toDurationWords(logged.minutes)} on T${logged.ticket}, ${toSpanWords(logged, app.zone())}${billable}`
  if (write.isRepeat) app.io.err(`There already: ${place}.`)
  sayOutcome(app, write, `Logged ${place}.`, {})
}
