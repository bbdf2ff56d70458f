import { isDuplicate } from '../db/dialect.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { quoted } from '../files.ts'
import { type Client, type ClientDirectory, type ClientMapping, toNameKey, type VendorClient } from './client.ts'
import { deleteMapping, findMappedClient, listMappings, saveMapping } from './store.ts'

/** Where a client is looked for. */
export interface Place {
  /** `syncro`, `msp_backups`: as the tables have it. */
  integration: string
  /** The vendor as it writes its name. */
  label: string
  directory: ClientDirectory
}

/** The vendor's client of this id, else the one that has the client's name. `command` is what an id is added to, when the name is not enough. */
export async function findVendorClient(
  name: string,
  place: Place,
  id?: string,
  command = `msp client map ${quoted(name)}`,
): Promise<VendorClient> {
  if (id === undefined) return findByName(name, place, command)
  const found = await place.directory.get(id)
  if (found) return found
  throw new MspError('not_found', `${place.label} has no client with the id ${id}.`)
}

/** Refuses a vendor's client that another of ours stands for: its tickets would change hands. */
export async function requireUnmapped(db: Db, { integration, label }: Place, found: VendorClient, client?: Client): Promise<void> {
  const other = await findMappedClient(db, integration, found.id)
  if (!other || other.id === client?.id) return
  const word = `${integration.replaceAll('_', '-')}=${found.id}`
  throw new MspError('client_mismatch', `${found.name} (${word}) at ${label} is mapped to ${other.name} already.`, {
    hint: `If that is wrong: msp client map ${quoted(other.name)} ${quoted(word)} --remove`,
  })
}

/** Ties a client to the vendor's client. */
export async function mapClient(db: Db, client: Client, place: Place, found: VendorClient): Promise<void> {
  await requireUnmapped(db, place, found, client)
  try {
    await saveMapping(db, client.id, place.integration, found)
  } catch (error) {
    if (!isDuplicate(error)) throw error
    // mapped by another process in this moment
    await requireUnmapped(db, place, found, client)
  }
}

/** Undoes it, and gives what was undone. */
export async function unmapClient(db: Db, client: Client, integration: string, vendorClientId: string): Promise<ClientMapping> {
  const mappings = await listMappings(db, client.id)
  const isMeant = (mapping: ClientMapping) =>
    mapping.integration === integration && mapping.vendorClientId.toLowerCase() === vendorClientId.toLowerCase()
  const mapping = mappings.find(isMeant)
  if (mapping) {
    await deleteMapping(db, mapping)
    return mapping
  }
  throw new MspError('not_found', `${client.name} is not mapped to ${integration.replaceAll('_', '-')}=${vendorClientId}.`, {
    hint: `See: msp client show ${quoted(client.name)}`,
  })
}

async function findByName(wanted: string, { integration, label, directory }: Place, command: string): Promise<VendorClient> {
  const candidates = await directory.search(wanted)
  const key = toNameKey(wanted)
  const exact = candidates.filter(({ name }) => toNameKey(name) === key)
  if (exact[0] && exact.length === 1) return exact[0]
  const near = exact.length > 1 ? exact : candidates.filter(({ name }) => toNameKey(name).includes(key))
  const id = integration.replaceAll('_', '-')
  const hint = `Name the one you mean: ${command} ${id}=<id>`
  if (near.length === 0) throw new MspError('not_found', `${label} has no client named ${wanted}.`, { hint })
  const list = near.slice(0, 10).map((each) => `${each.name} (${id}=${each.id})`)
  throw new MspError('ambiguous', `${wanted} may be ${list.join(' or ')} at ${label}.`, { hint })
}
