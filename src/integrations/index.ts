import { MspError } from '../errors.ts'
import { type Connection, fromTableName, type Integration, type IntegrationId, integrationIds, toTableName } from './integration.ts'

const integrations = {
  syncro: async () => (await import('./syncro/index.ts')).syncro,
  'msp-backups': async () => (await import('./msp-backups/index.ts')).mspBackups,
  smtp: async () => (await import('./smtp/index.ts')).smtp,
  files: async () => (await import('./files/index.ts')).files,
} satisfies Record<IntegrationId, () => Promise<Integration>>

/** Those that report backups: known without loading any. */
export const backupVendors: readonly IntegrationId[] = ['msp-backups']

type Found<Name extends string> = Name extends IntegrationId ? Awaited<ReturnType<(typeof integrations)[Name]>> : Integration

/** The vendor of this name, as it is typed or stored; only its own code is loaded. */
export async function findIntegration<const Name extends string>(name: Name): Promise<Found<Name>> {
  const id = fromTableName(toTableName(name))
  if (id) return (await integrations[id]()) as Found<Name>
  throw new MspError('not_found', `There is no integration "${name}".`, { hint: `The integrations are: ${integrationIds.join(', ')}` })
}

const capabilities = {
  clients: 'clients',
  tickets: 'tickets',
  time: 'time',
  backups: 'backups',
  mail: 'mail',
  fileHost: 'place for files',
} as const
type Capability = keyof typeof capabilities

/** The capability of a connected vendor, or the sentence that it has none. */
export function need<C extends Capability>(integration: Integration, connection: Connection, capability: C): NonNullable<Connection[C]> {
  const found = connection[capability]
  if (found) return found
  throw new MspError('unsupported', `${integration.label} has no ${capabilities[capability]}.`)
}
