import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { addClient, checkNewName } from '../../clients/find.ts'
import { findVendorClient, mapClient, requireUnmapped } from '../../clients/mapping.ts'
import { listMappings } from '../../clients/store.ts'
import { quoted } from '../../files.ts'
import { type JsonOption, withJson } from '../options.ts'
import { type MappingChoice, toMappingChoice, toPlace } from './mapping.ts'
import { clientFields, showClient } from './shown.ts'

export interface ClientAddOptions extends JsonOption {
  map?: MappingChoice[]
}

export function registerClientAdd(client: Command, app: App, run = runClientAdd): void {
  const add = client
    .command('add')
    .description('Add a client')
    .argument('<name>', 'as you say it: Dataforth')
    .option(
      '--map <integration=id>',
      'its id at a vendor, such as syncro=34288070; may be repeated',
      (typed, all: MappingChoice[] = []) => [...all, toMappingChoice(typed)],
    )
  withJson(add, app, clientFields).action((name: string, options: ClientAddOptions) => run(app, name, options))
}

export async function runClientAdd(
  app: Pick<App, 'io' | 'db' | 'connect'>,
  name: string,
  { map = [], json }: ClientAddOptions,
): Promise<void> {
  const db = await app.db()
  await checkNewName(db, name)
  const places = await Promise.all(
    map.map(async ({ integration, vendorClientId }) => ({ place: toPlace(await app.connect(integration)), vendorClientId })),
  )
  const command = `msp client add ${quoted(name)} --map`
  // all of them are found before anything is stored: what was typed wrong must not leave half a client behind
  const found = await Promise.all(
    places.map(async ({ place, vendorClientId }) => ({ place, at: await findVendorClient(name, place, vendorClientId, command) })),
  )
  for (const { place, at } of found) await requireUnmapped(db, place, at)
  const client = await addClient(db, name)
  for (const { place, at } of found) await mapClient(db, client, place, at)
  app.io.err(`Client ${client.name} added.`, 'good')
  showClient(app.io, client, await listMappings(db, client.id), json)
  if (map.length === 0) app.io.err(`Find it at your vendors: msp client map ${quoted(client.name)}`)
}
