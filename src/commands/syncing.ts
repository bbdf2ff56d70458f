import type { App } from '../app.ts'
import { targetOf } from '../integrations/connect.ts'
import { need } from '../integrations/index.ts'
import type { Pushed, SyncDeps } from '../outbox/sync.ts'

/** What a sync needs of the app. */
export const syncDeps = async (app: App): Promise<SyncDeps> => ({
  db: await app.db(),
  outbox: await app.outbox(),
  now: app.now(),
  connect: async (id) => {
    const at = await app.connect(id)
    return { tickets: need(at.integration, at.connection, 'tickets'), target: targetOf(at) }
  },
})

/** How much was posted. */
export const toItemWords = ({ workItems: { length } }: Pushed): string => (length === 1 ? '1 work item' : `${length} work items`)
