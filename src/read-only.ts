import { isOn } from './agent.ts'
import type { Env } from './config.ts'
import { MspError } from './errors.ts'
import type { Step } from './world.ts'

/** `MSP_READONLY=1`: nothing is changed, neither at a vendor nor in what msp itself knows. */
export const isReadOnly = (env: Env): boolean => isOn(env.MSP_READONLY)

/** `what` was not done, as the beginning of a sentence. */
export const readOnlyRefusal = (what: string): MspError =>
  new MspError('forbidden', `${what}: MSP_READONLY is set, so msp only reads.`, {
    hint: 'Unset MSP_READONLY, or set it to 0, where msp may change something.',
  })

/** The seam of all effects, without those that store a write or move one on its way. */
export const readingStep =
  (step: Step): Step =>
  async (name, effect) => {
    if (name.startsWith('outbox.')) throw readOnlyRefusal('Nothing was stored and nothing was sent')
    return step(name, effect)
  }
