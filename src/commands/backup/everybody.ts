import { byKey, type Taken, takePlans } from '../../backups/collect.ts'
import { fromPart, toVendorKey } from '../../backups/copy.ts'
import type { JudgedJob } from '../../backups/judge.ts'
import { addSnapshot, listSnapshots, readParts, type SnapshotHead } from '../../backups/store.ts'
import { type Client, type ClientMapping, toNameKey } from '../../clients/client.ts'
import { listClients, listMappings } from '../../clients/store.ts'
import type { Db } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import type { Connected } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { toTableName } from '../../integrations/integration.ts'
import { type FindingApp, judgeAgainstPast } from './finding.ts'

/** One vendor, and when it was looked at. */
export interface Look {
  vendor: string
  takenAt: Date
  /** The one before; null when there was none. */
  previous: Date | null
  /** Why the vendor could not be asked: then it is an older copy that counts. */
  failure: MspError | undefined
}

export interface ClientBackups {
  /** Our name, else the vendor's. */
  client: string
  plans: JudgedJob[]
}

export interface Everybody {
  clients: ClientBackups[]
  looks: Look[]
}

export interface Whose {
  client?: Client | undefined
  /** Of the latest copy: nobody is asked. */
  stored?: boolean | undefined
}

/** Every client that the backup vendors know, or one; those that they knew before and our own that are mapped there are among them. */
export async function findEverybody(app: FindingApp, { client, stored = false }: Whose = {}): Promise<Everybody> {
  const everybody: Everybody = { clients: [], looks: [] }
  for (const at of await app.connectedWith('backups')) {
    const looked = await look(app, at, stored)
    everybody.looks.push(looked.look)
    for (const each of await groupByClient(app, at, looked, client)) {
      const same = everybody.clients.find((known) => known.client === each.client)
      if (same) same.plans.push(...each.plans)
      else everybody.clients.push(each)
    }
  }
  return everybody
}

interface Looked {
  look: Look
  taken: Taken
  /** The copy before. */
  previous: SnapshotHead | undefined
}

async function look(app: FindingApp, at: Connected, stored: boolean): Promise<Looked> {
  const { label, id } = at.integration
  const [db, takenAt, integration] = [await app.db(), app.now(), toTableName(id)]
  const copies = (await listSnapshots(db, integration, { from: new Date(0), to: takenAt })).filter(({ source }) => source === 'live')
  const last = copies.at(-1)
  if (stored) return readStored(db, label, copies)
  try {
    const taken = await app.io.progress(`Asking ${label}…`, takePlans(need(at.integration, at.connection, 'backups')))
    await addSnapshot(db, { integration, takenAt, source: 'live', parts: taken.parts })
    return { look: { vendor: label, takenAt, previous: last?.takenAt ?? null, failure: undefined }, taken, previous: last }
  } catch (error) {
    if (!(error instanceof MspError) || last === undefined) throw error
    const old = await readStored(db, label, copies)
    return { ...old, look: { ...old.look, failure: error } }
  }
}

async function readStored(db: Db, vendor: string, copies: readonly SnapshotHead[]): Promise<Looked> {
  const [last, previous] = [copies.at(-1), copies.at(-2)]
  if (!last) throw new MspError('not_found', `msp has no copy yet of what ${vendor} says.`, { hint: 'Make one: msp backup status' })
  const parts = await readParts(db, last.id)
  const plansOfNobody = fromPart(parts.get('')).filter(({ kind }) => kind === 'backup').length
  const names = new Map([...parts].map(([key, body]) => [key, fromPart(body)[0]?.vendorClient ?? '']))
  const look = { vendor, takenAt: last.takenAt, previous: previous?.takenAt ?? null, failure: undefined }
  return {
    look,
    taken: { parts: new Map([...parts].map(([key, body]) => [key, [body.subarray(1, -1)]])), names, unassigned: plansOfNobody },
    previous,
  }
}

async function groupByClient(
  app: FindingApp,
  at: Connected,
  { look, taken, previous }: Looked,
  only: Client | undefined,
): Promise<ClientBackups[]> {
  const [db, zone, integration] = [await app.db(), app.zone(), toTableName(at.integration.id)]
  const earlier = previous ? await readParts(db, previous.id) : new Map<string, Buffer>()
  const names = new Map([...earlier].map(([key, body]) => [key, fromPart(body)[0]?.vendorClient ?? key]))
  for (const [key, name] of taken.names) names.set(key, name)
  if (names.has('')) names.set('', '(no company)')
  const groups: ClientBackups[] = []
  for (const { client, keys } of await toClients(db, integration, names)) {
    if (only && client?.id !== only.id) continue
    const now = { takenAt: look.takenAt, isWhole: true, plans: byKey(keys.flatMap((key) => fromPart(taken.parts.get(key)))) }
    const plans = await judgeAgainstPast({ db, client, integration, zone }, now, keys, [])
    groups.push({ client: client?.name ?? names.get(keys[0] ?? '') ?? '', plans })
  }
  return groups
}

interface Whom {
  client: Client | undefined
  keys: string[]
}

/** Whose the vendor's names are: by their mapping, else by the same name; the others are nobody's of ours. */
async function toClients(db: Db, integration: string, names: ReadonlyMap<string, string>): Promise<Whom[]> {
  const clients = await listClients(db)
  const mappings = (await listMappings(db)).filter((mapping) => mapping.integration === integration)
  const own = new Map<string, Whom>()
  const others: Whom[] = []
  for (const { clientId } of mappings) {
    const client = clients.find(({ id }) => id === clientId)
    if (client) own.set(clientId, { client, keys: [] })
  }
  for (const [key, name] of names) {
    const client = key === '' ? undefined : ownerOf(name, mappings, clients)
    if (!client) others.push({ client, keys: [key] })
    else own.set(client.id, { client, keys: [...(own.get(client.id)?.keys ?? []), key] })
  }
  return [...own.values(), ...others]
}

function ownerOf(name: string, mappings: readonly ClientMapping[], clients: readonly Client[]): Client | undefined {
  const mapping = mappings.find(({ vendorName }) => toVendorKey(vendorName) === toVendorKey(name))
  return clients.find(({ id, nameKey }) => (mapping ? id === mapping.clientId : nameKey === toNameKey(name)))
}
