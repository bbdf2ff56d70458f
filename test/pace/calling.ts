import { openDatabase } from '../../src/db/open.ts'
import { createSilences } from '../../src/http/silence.ts'
import { findIntegration } from '../../src/integrations/index.ts'
import { openHttp } from '../../src/integrations/open-http.ts'
import { fixedToken } from '../../src/integrations/tokens.ts'
import { standardLimits } from '../../src/world.ts'
import { placeOf } from '../support/mariadb.ts'

/** A technician's machine that calls Syncro ten times as fast as Syncro allows: 60 at once, then 20 a second. */
export async function openCaller(place: string, baseUrl: string, token: string, isBackground: boolean) {
  const db = await openDatabase(placeOf(place))
  const deps = {
    ...{ db, zone: 'UTC', machine: 'laptop', isReadOnly: false, journalFolder: '', limits: { ...standardLimits, pace: 10 } },
    now: () => new Date(),
    sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
    step: <T>(_: string, effect: () => Promise<T>) => effect(),
    isBackground: () => isBackground,
    silenceOf: createSilences(),
    toClock: (time: Date) => time.toISOString(),
  }
  const context = { sessionId: null, clientId: null, createdBy: 'mike@example.com' }
  const http = openHttp(deps, await findIntegration('syncro'), { baseUrl, context, tokens: fixedToken(() => token) })
  const call = (page: number) =>
    http.send({ method: 'GET', path: 'tickets', query: { page }, record: { type: 'syncro_ticket', action: 'searched' } })
  return { call, close: () => db.destroy() }
}
