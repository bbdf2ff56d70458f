import type { Db } from '../db/tables.ts'
import type { VendorHttpOptions } from '../http/client.ts'
import { HttpFailure } from '../http/failure.ts'
import { type Budget, type Rate, toLimit } from '../pace/budget.ts'
import { isPaused, pauseAll, takeTurn } from '../pace/pace.ts'
import { scopeOf } from '../pace/store.ts'
import { noteLimit } from '../vault/store.ts'
import type { HttpIntegration } from './integration.ts'
import type { CallDeps, HttpWish } from './open-http.ts'

type Pacing = Pick<VendorHttpOptions, 'pace' | 'pause'>

const unlimited: Pacing = { pace: async () => 0, pause: async () => {} }

/** How the calls to a vendor share its limit with those of all other processes. */
export function openPace(deps: CallDeps, integration: HttpIntegration, { baseUrl, context, credentialId }: HttpWish): Pacing {
  const { db, limits, sleep, step } = deps
  if (limits.pace === Number.POSITIVE_INFINITY) return unlimited
  const { label, pace } = integration
  const rate: Rate = { burst: pace.burst, perSecond: pace.perSecond * limits.pace }
  const place = { db, scope: scopeOf(integration.id, baseUrl), rate, sleep }
  const note = async (transaction: Db, budget: Budget) => {
    if (credentialId !== undefined) await noteLimit(transaction, credentialId, toLimit(rate, budget))
  }
  const refuse = (waitMs: number, isPause: boolean) => {
    const at = new Date(Math.ceil((deps.now().getTime() + waitMs) / minute) * minute)
    const message = isPause
      ? `${label} asks for a pause until ${deps.toClock(at)}.`
      : `${label} takes no more calls before ${deps.toClock(at)}: too many are waiting.`
    const hint = isPause
      ? `Try again then, or ask in a terminal whether it is over: msp integrate test ${integration.id}`
      : 'Try again then.'
    return new HttpFailure('rate_limited', message, { outcome: 'not_sent', retryAfterMs: waitMs, hint })
  }
  return {
    pace: async (left) => {
      if (deps.asksInPause && (await isPaused(place))) return 0
      // a claim on a write must outlive the wait
      const patience = context.beforeWrite ? Math.min(left, limits.lease * 0.75) : left
      const asking = { patience, isBackground: deps.isBackground(), refuse, note, prolong: context.beforeWrite }
      return step('pace.turn', () => takeTurn(place, asking))
    },
    pause: (milliseconds) => step('pace.pause', () => pauseAll(place, milliseconds ?? pace.pauseMs / limits.pace, note)),
  }
}

const minute = 60_000
