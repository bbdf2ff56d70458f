import type { App } from '../../app.ts'
import { findIntegration } from '../../integrations/index.ts'
import { fromTableName, isDirect } from '../../integrations/integration.ts'
import { toClock } from '../../io.ts'
import { toLimit } from '../../pace/budget.ts'
import { readBudget, scopeOf } from '../../pace/store.ts'
import type { Credential } from '../../vault/secrets.ts'

const none = { limit: null, rateLimitRequests: null, rateLimitPeriodSeconds: null, rateLimitRemaining: null, pausedUntil: null }

/** What the vendor's limit leaves at this moment: `57 of 180 in 60 s`. */
export async function readLimit(app: Pick<App, 'db' | 'now' | 'zone'>, { integrationName, apiBaseUrl }: Credential) {
  const id = fromTableName(integrationName)
  const integration = id && (await findIntegration(id))
  if (!integration || isDirect(integration) || !URL.canParse(apiBaseUrl)) return none
  const found = await readBudget(await app.db(), scopeOf(integration.id, apiBaseUrl))
  const budget = found ?? { nowUs: 0, tatUs: 0, pauseUs: 0 }
  const { requests, periodSeconds, remaining } = toLimit(integration.pace, budget)
  const pauseMs = Math.max(0, budget.pauseUs - budget.nowUs) / 1000
  const pausedUntil = pauseMs > 0 ? new Date(app.now().getTime() + pauseMs) : null
  const left = `${remaining} of ${requests} in ${periodSeconds} s`
  return {
    limit: pausedUntil === null ? left : `paused until ${toClock(toWholeMinute(pausedUntil), app.zone())}`,
    ...{ rateLimitRequests: requests, rateLimitPeriodSeconds: periodSeconds, rateLimitRemaining: remaining, pausedUntil },
  }
}

/** As a call that is refused says it: in the minute before, the pause may still hold. */
const toWholeMinute = (time: Date): Date => new Date(Math.ceil(time.getTime() / 60_000) * 60_000)
