import type { Client, ClientMapping } from '../../clients/client.ts'
import type { Io } from '../../io.ts'

export const clientFields = ['id', 'name', 'mappings', 'createdAt'] as const

/** A client with its counterparts at the vendors. */
export const toShownClient = ({ id, name, createdAt }: Client, mappings: readonly ClientMapping[]) => ({
  id,
  name,
  mappings: mappings
    .filter(({ clientId }) => clientId === id)
    .map(({ integration, vendorClientId, vendorName }) => ({ integration: integration.replaceAll('_', '-'), vendorClientId, vendorName })),
  createdAt,
})

type Shown = ReturnType<typeof toShownClient>

/** `syncro=34288070 (Dataforth)`, as `client map` takes it. */
const toWords = ({ mappings }: Shown): string[] =>
  mappings.map(({ integration, vendorClientId, vendorName }) => `${integration}=${vendorClientId} (${vendorName})`)

export function showClient(io: Io, client: Client, mappings: readonly ClientMapping[], json: readonly string[] | undefined): void {
  const shown = toShownClient(client, mappings)
  if (json) io.show(shown, clientFields, json)
  else io.show({ ...shown, mappings: toWords(shown) }, ['name', 'mappings', 'createdAt', 'id'])
}

export function listShownClients(io: Io, clients: readonly Shown[], json: readonly string[] | undefined): void {
  if (json) io.list(clients, clientFields, json)
  // a terminal has no room for ids
  else if (io.isTerminal) {
    const names = (shown: Shown) => [...new Set(shown.mappings.map(({ integration }) => integration))]
    io.list(
      clients.map((shown) => ({ name: shown.name, mappedAt: names(shown) })),
      ['name', 'mappedAt'],
    )
  } else
    io.list(
      clients.map((shown) => ({ ...shown, mappings: toWords(shown) })),
      ['name', 'mappings'],
    )
}
