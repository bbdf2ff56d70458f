import type { App } from '../app.ts'
import { listMappings } from '../clients/store.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { type Integration, toTableName } from '../integrations/integration.ts'

export const ticketFields = [
  'integration',
  'id',
  'number',
  'subject',
  'status',
  'priority',
  'state',
  'urgency',
  'client',
  'url',
  'createdAt',
  'updatedAt',
] as const

/** The vendor's ids of the client; none while it is not mapped there. */
export async function listCounterparts({ db }: Pick<App, 'db'>, clientId: string, { id }: Integration): Promise<string[]> {
  const mappings = await listMappings(await db(), clientId)
  return mappings.flatMap(({ integration, vendorClientId }) => (integration === toTableName(id) ? [vendorClientId] : []))
}

/** The same, one at least. */
export async function requireCounterparts(
  app: Pick<App, 'db'>,
  client: { id: string; name: string },
  integration: Integration,
): Promise<string[]> {
  const counterparts = await listCounterparts(app, client.id, integration)
  if (counterparts.length > 0) return counterparts
  throw new MspError('not_found', `${client.name} is not mapped to a client at ${integration.label} yet.`, {
    hint: `Find it there: msp client map ${quoted(client.name)}`,
  })
}

/** The first `limit`: the rest of a list is not fetched. */
export async function take<T>(list: AsyncIterable<T>, limit: number): Promise<T[]> {
  const taken: T[] = []
  for await (const each of list) {
    taken.push(each)
    if (taken.length === limit) break
  }
  return taken
}
