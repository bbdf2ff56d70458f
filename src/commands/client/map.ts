import type { Command } from 'commander'
import type { App } from '../../app.ts'
import type { Client } from '../../clients/client.ts'
import { findClient } from '../../clients/find.ts'
import { findVendorClient, mapClient, unmapClient } from '../../clients/mapping.ts'
import { listMappings } from '../../clients/store.ts'
import { MspError } from '../../errors.ts'
import { quoted } from '../../files.ts'
import type { Connected } from '../../integrations/connect.ts'
import { toTableName } from '../../integrations/integration.ts'
import { type JsonOption, withJson } from '../options.ts'
import { type MappingChoice, toMappingChoice, toPlace } from './mapping.ts'

const fields = ['integration', 'vendorClientId', 'vendorName'] as const

export interface ClientMapOptions extends JsonOption {
  remove?: boolean
}

export function registerClientMap(client: Command, app: App, run = runClientMap): void {
  const map = client
    .command('map')
    .description("Tie a client to the vendors' clients: by its name at every connected vendor, or to the ids given")
    .argument('<client>', 'any part of the name that only one has')
    .argument('[integration=id...]', 'syncro=34288070, or syncro alone')
    .option('--remove', 'undo the mappings given')
  withJson(map, app, fields).action((words: string, typed: string[], options: ClientMapOptions) =>
    run(app, words, typed.map(toMappingChoice), options),
  )
}

type MapApp = Pick<App, 'io' | 'db' | 'connect' | 'connectedWith'>

export async function runClientMap(app: MapApp, words: string, choices: MappingChoice[], options: ClientMapOptions): Promise<void> {
  const client = await findClient(await app.db(), words)
  if (options.remove) return removeMappings(app, client, choices, options)
  const places = await Promise.all(
    choices.map(async (choice) => ({ at: await app.connect(choice.integration), id: choice.vendorClientId })),
  )
  const all = places.length > 0 ? places : (await listEverywhere(app)).map((at) => ({ at, id: undefined }))
  const known = await listMappings(await app.db(), client.id)
  const mapped: Array<Record<(typeof fields)[number], string>> = []
  const problems: MspError[] = []
  for (const { at, id } of all) {
    try {
      const place = toPlace(at)
      // mapped before: whatever name it has there
      const earlier = known.find(({ integration }) => integration === place.integration)
      const found = await findVendorClient(client.name, place, id ?? earlier?.vendorClientId)
      await mapClient(await app.db(), client, place, found)
      mapped.push({ integration: at.integration.id, vendorClientId: found.id, vendorName: found.name })
    } catch (error) {
      // one vendor that does not know the client must not keep the others from being mapped
      if (!(error instanceof MspError)) throw error
      problems.push(error)
    }
  }
  app.io.list(mapped, ['integration', 'vendorName', 'vendorClientId'], options.json)
  const [first] = problems
  if (first) throw new MspError(first.code, problems.map(({ message }) => message).join(' '), { hint: first.hint, cause: first })
}

const listEverywhere = async (app: MapApp): Promise<Connected[]> =>
  (await app.connectedWith('clients')).toSorted((one, other) => one.integration.id.localeCompare(other.integration.id))

async function removeMappings(app: MapApp, client: Client, choices: readonly MappingChoice[], { json }: ClientMapOptions): Promise<void> {
  const db = await app.db()
  const named = choices.map(({ integration, vendorClientId }) => {
    if (vendorClientId !== undefined) return { integration: toTableName(integration), vendorClientId }
    throw new MspError('usage', `Which client at ${integration}?`, {
      hint: `Give its id: ${integration}=<id>; see: msp client show ${quoted(client.name)}`,
    })
  })
  if (named.length === 0) {
    const hint = `Give it as syncro=34288070; see: msp client show ${quoted(client.name)}`
    throw new MspError('usage', 'Which mapping?', { hint })
  }
  const removed = []
  for (const { integration, vendorClientId } of named) removed.push(await unmapClient(db, client, integration, vendorClientId))
  app.io.err(`${client.name} is not mapped there any more.`, 'good')
  const shown = removed.map((mapping) => ({ ...mapping, integration: mapping.integration.replaceAll('_', '-') }))
  app.io.list(shown, ['integration', 'vendorName', 'vendorClientId'], json)
}
