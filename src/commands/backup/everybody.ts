import { judgeAgainstPast, listPast } from '../../backups/against-past.ts'
import type { BackupPlan } from '../../backups/backup.ts'
import { byKey, findAlike } from '../../backups/collect.ts'
import type { JudgedPlan } from '../../backups/judge.ts'
import { fromPieces, toVendorKey } from '../../backups/snapshot.ts'
import { listSnapshots, listVendorKeys, readParts, type SnapshotHead } from '../../backups/store.ts'
import { type Client, toNameKey, type VendorClient } from '../../clients/client.ts'
import { listClients, listMappings } from '../../clients/store.ts'
import type { Db } from '../../db/tables.ts'
import { MspError } from '../../errors.ts'
import type { Connected } from '../../integrations/connect.ts'
import { need } from '../../integrations/index.ts'
import { toTableName } from '../../integrations/integration.ts'
import { both, type FindingApp, takeSnapshot, toAlikeWords } from './finding.ts'

/** One vendor, and when it was looked at. */
export interface Look {
  vendor: string
  takenAt: Date
  /** The one before; null when there was none. */
  previous: Date | null
  /** Why the vendor could not be asked: then it is an older snapshot that counts. */
  failure: MspError | undefined
}

export interface ClientBackups {
  /** Undefined of a vendor's client that is none of ours. */
  id: string | undefined
  /** Our name, else the vendor's. */
  client: string
  plans: JudgedPlan[]
}

export interface Everybody {
  clients: ClientBackups[]
  looks: Look[]
  /** What is wrong with how clients are named, as sentences. */
  mixedUp: string[]
}

export interface Whose {
  client?: Client | undefined
  /** Of the latest snapshot: nobody is asked. */
  stored?: boolean | undefined
}

/** Every client that the backup vendors know, or one; those that they knew before and our own that are mapped there are among them. */
export async function findEverybody(app: FindingApp, { client, stored = false }: Whose = {}): Promise<Everybody> {
  const everybody: Everybody = { clients: [], looks: [], mixedUp: [] }
  for (const at of await app.connectedWith('backups')) {
    const looked = await look(app, at, stored)
    everybody.looks.push(looked.look)
    for (const each of await groupByClient(app, at, looked, client)) {
      const same = each.id === undefined ? undefined : everybody.clients.find(({ id }) => id === each.id)
      const alike = findAlike(each.plans.filter(({ status }) => status !== 'gone'))
      if (alike.length > 0) everybody.mixedUp.push(toAlikeWords(at.integration.label, alike))
      if (same) same.plans.push(...each.plans)
      else everybody.clients.push(each)
    }
  }
  return everybody
}

interface Looked {
  look: Look
  /** The clients that have plans, by the vendor's name in lower case. */
  keys: readonly string[]
  plansOf(key: string): BackupPlan[]
  /** The vendor's clients as they are called now; none when it was not asked. */
  vendorClients: VendorClient[]
}

async function look(app: FindingApp, at: Connected, stored: boolean): Promise<Looked> {
  const { label, id } = at.integration
  const [db, takenAt, integration] = [await app.db(), app.now(), toTableName(id)]
  const until = stored ? new Date(takenAt.getTime() + 1) : takenAt
  const snapshots = (await listSnapshots(db, integration, { from: new Date(0), to: until })).filter(({ source }) => source === 'live')
  const last = snapshots.at(-1)
  if (stored) return readStored(db, label, snapshots)
  try {
    const asked = both(takeSnapshot(db, at, takenAt), need(at.integration, at.connection, 'clients').search(''))
    const [taken, vendorClients] = await app.io.progress(`Asking ${label}…`, asked)
    const look = { vendor: label, takenAt, previous: last?.takenAt ?? null, failure: undefined }
    return { look, keys: [...taken.parts.keys()], plansOf: (key) => fromPieces(taken.parts.get(key)), vendorClients }
  } catch (error) {
    if (!(error instanceof MspError) || last === undefined) throw error
    const old = await readStored(db, label, snapshots)
    return { ...old, look: { ...old.look, failure: error } }
  }
}

async function readStored(db: Db, vendor: string, snapshots: readonly SnapshotHead[]): Promise<Looked> {
  const [last, previous] = [snapshots.at(-1), snapshots.at(-2)]
  if (!last) throw new MspError('not_found', `msp has no snapshot yet of what ${vendor} says.`, { hint: 'Make one: msp backup status' })
  const parts = await readParts(db, last.id)
  const look = { vendor, takenAt: last.takenAt, previous: previous?.takenAt ?? null, failure: undefined }
  return { look, keys: [...parts.keys()], plansOf: (key) => parts.get(key) ?? [], vendorClients: [] }
}

async function groupByClient(
  app: FindingApp,
  at: Connected,
  { look, keys: keysNow, plansOf, vendorClients }: Looked,
  only: Client | undefined,
): Promise<ClientBackups[]> {
  const place = { db: await app.db(), integration: toTableName(at.integration.id), zone: app.zone() }
  // a client of whom the vendor says nothing any more is the one that must not be missing
  const heads = await listPast(place, look.takenAt)
  const known = await listVendorKeys(place.db, heads)
  const names = new Set((await listClients(place.db)).map(({ nameKey }) => nameKey))
  const groups: ClientBackups[] = []
  for (const { client, keys } of await toClients(place, new Set([...known, ...keysNow]), vendorClients)) {
    if (only && client?.id !== only.id) continue
    const now = { takenAt: look.takenAt, isWhole: true, plans: byKey(keys.flatMap(plansOf)) }
    const plans = await judgeAgainstPast({ ...place, client }, now, { keys, heads, days: [] })
    const name = client?.name ?? (keys[0] === '' ? '(no client)' : plans[0]?.vendorClient)
    if (!name) continue
    // one of ours may have that name, and be tied to another of the vendor's
    const isOurs = client === undefined && names.has(toNameKey(name))
    groups.push({ id: client?.id, client: isOurs ? `${name} (only at ${look.vendor})` : name, plans })
  }
  return groups
}

interface Whom {
  client: Client | undefined
  keys: string[]
}

/** Whose the vendor's names are: by their mapping, else by the same name as the report has it; the others are nobody's of ours. */
async function toClients(
  { db, integration }: { db: Db; integration: string },
  keys: ReadonlySet<string>,
  vendorClients: readonly VendorClient[],
): Promise<Whom[]> {
  const clients = await listClients(db)
  const mappings = (await listMappings(db)).filter((mapping) => mapping.integration === integration)
  const namesNow = new Map(vendorClients.map(({ id, name }) => [id.toLowerCase(), name]))
  const owners = new Map<string, Client>()
  const own = new Map<string, Whom>()
  for (const { clientId, vendorClientId, vendorName } of mappings) {
    const client = clients.find(({ id }) => id === clientId)
    if (client === undefined) continue
    own.set(clientId, { client, keys: [] })
    // it may have been renamed since it was mapped
    for (const name of [vendorName, namesNow.get(vendorClientId.toLowerCase()) ?? vendorName]) owners.set(toVendorKey(name), client)
  }
  const byName = (key: string) => clients.find(({ id, nameKey }) => !own.has(id) && nameKey === toNameKey(key))
  const byOwnName = new Map([...keys].map((key) => [key, key === '' ? undefined : (owners.get(key) ?? byName(key))]))
  const others: Whom[] = []
  for (const [key, client] of byOwnName) {
    if (!client) others.push({ client, keys: [key] })
    else own.set(client.id, { client, keys: [...(own.get(client.id)?.keys ?? []), key] })
  }
  return [...own.values(), ...others]
}
