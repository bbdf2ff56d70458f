import { MspError } from '../errors.ts'
import { type Connection, type Integration, type IntegrationId, integrationIds } from './integration.ts'

const integrations: Record<IntegrationId, () => Promise<Integration>> = {
  syncro: async () => (await import('./syncro/index.ts')).syncro,
  'msp-backups': async () => (await import('./msp-backups/index.ts')).mspBackups,
}

/** The vendor of this name; only its own code is loaded. */
export async function findIntegration(name: string): Promise<Integration> {
  const id = integrationIds.find((known) => known === name || known.replace('-', '_') === name)
  if (id) return integrations[id]()
  throw new MspError('not_found', `There is no integration "${name}".`, { hint: `The integrations are: ${integrationIds.join(', ')}` })
}

type Capability = 'clients' | 'tickets' | 'time' | 'backups'

/** The capability of a connected vendor, or the sentence that it has none. */
export function need<C extends Capability>(integration: Integration, connection: Connection, capability: C): NonNullable<Connection[C]> {
  const found = connection[capability]
  if (found) return found
  throw new MspError('unsupported', `${integration.label} has no ${capability}.`)
}
