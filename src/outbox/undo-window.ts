import { once } from 'node:events'
import { MspError } from '../errors.ts'
import { interruptible } from '../interrupt.ts'
import type { OutboxDeps } from './outbox.ts'
import { endUndoWindow, moveWrite, requireWrite } from './store.ts'
import { inWords, needsPerson, type OutboxRow } from './write.ts'

/** How long the write waits before it is sent, in milliseconds. */
export const undoMsOf = ({ undoMs }: Pick<OutboxDeps, 'undoMs'>, write: Pick<OutboxRow, 'kind' | 'visibility'>): number =>
  needsPerson(write) ? undoMs : 0

/** The time for second thoughts: until it is over nobody sends the write. Throws `cancelled` when it was withdrawn, by Ctrl-C or from elsewhere. */
export async function waitUndoWindow(deps: Pick<OutboxDeps, 'db' | 'io' | 'sleep' | 'undoMs'>, row: OutboxRow): Promise<void> {
  const { db, io, sleep } = deps
  const { id, shortId } = row
  const milliseconds = undoMsOf(deps, row)
  if (milliseconds === 0) return
  io.err(`${shortId} goes out in ${milliseconds / 1000} s. To withdraw it: Ctrl-C, or elsewhere: msp outbox cancel ${shortId}`)
  let isTooLate = false
  try {
    await interruptible(async (signal) => {
      await io.progress('Waiting…', Promise.race([sleep(milliseconds), once(signal, 'abort')]))
      signal.throwIfAborted()
    })
  } catch (error) {
    if (!(error instanceof MspError && error.code === 'cancelled')) throw error
    isTooLate = !(await moveWrite(db, id, ['ready'], { state: 'cancelled' }))
  }
  const now = await requireWrite(db, id)
  // the time entry has its own write, which went before
  const left = row.kind === 'charge' ? 'Nothing is charged; the time entry stays.' : 'Nothing was sent.'
  if (now.state === 'cancelled') throw new MspError('cancelled', `${shortId} is withdrawn. ${left}`)
  if (isTooLate) io.err(`Too late: ${shortId} is ${inWords(now)}.`, 'warn')
  await endUndoWindow(db, id)
}
