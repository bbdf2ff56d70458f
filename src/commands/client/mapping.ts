import type { Place } from '../../clients/mapping.ts'
import { MspError } from '../../errors.ts'
import type { Connected } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { toTableName } from '../../integrations/integration.ts'

/** What `--map` and `client map` name: an integration, and the vendor's id of the client when it is given. */
export interface MappingChoice {
  integration: string
  vendorClientId?: string | undefined
}

/** Reads `syncro=34288070` or `syncro`. */
export function toMappingChoice(typed: string): MappingChoice {
  const [, integration = '', vendorClientId] = /^([a-z][a-z0-9_-]*)(?:=(\S+))?$/i.exec(typed.trim()) ?? []
  if (integration === '')
    throw new MspError('usage', `"${typed}" is not <integration>=<vendor id>.`, { hint: 'Write it as syncro=34288070.' })
  return { integration: integration.toLowerCase().replaceAll('_', '-'), vendorClientId }
}

/** Where clients are looked for at a connected vendor. */
export const toPlace = ({ integration, connection }: Connected): Place => ({
  integration: toTableName(integration.id),
  label: integration.label,
  directory: need(integration, connection, 'clients'),
})
