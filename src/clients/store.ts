import { newId } from '../db/id.ts'
import type { Db } from '../db/tables.ts'
import { type Client, type ClientMapping, toNameKey, type VendorClient } from './client.ts'

export async function insertClient(db: Db, name: string): Promise<Client> {
  const id = newId()
  await db
    .insertInto('clients')
    .values({ id, name, nameKey: toNameKey(name) })
    .execute()
  return db.selectFrom('clients').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export async function listClients(db: Db): Promise<Client[]> {
  return db.selectFrom('clients').selectAll().orderBy('nameKey').execute()
}

export async function listMappings(db: Db, clientId?: string): Promise<ClientMapping[]> {
  let query = db.selectFrom('clientMappings').selectAll()
  if (clientId !== undefined) query = query.where('clientId', '=', clientId)
  return query.orderBy('integration').orderBy('vendorName').execute()
}

/** Our client behind a vendor's client; undefined while nobody has mapped it. */
export async function findMappedClient(db: Db, integration: string, vendorClientId: string): Promise<Client | undefined> {
  return db
    .selectFrom('clients')
    .innerJoin('clientMappings', 'clientMappings.clientId', 'clients.id')
    .selectAll('clients')
    .where('clientMappings.integration', '=', integration)
    .where('clientMappings.vendorClientId', '=', vendorClientId)
    .executeTakeFirst()
}

/** Maps a vendor's client to ours; mapped before to the same, only its name is renewed. A duplicate when another of ours has it. */
export async function saveMapping(db: Db, clientId: string, integration: string, { id, name }: VendorClient): Promise<void> {
  const vendorName = name.slice(0, 255)
  const { numUpdatedRows } = await db
    .updateTable('clientMappings')
    .set({ vendorName, state: 'ok' })
    .where('integration', '=', integration)
    .where('vendorClientId', '=', id)
    .where('clientId', '=', clientId)
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return
  await db.insertInto('clientMappings').values({ integration, vendorClientId: id, clientId, vendorName }).execute()
}

export async function deleteMapping(db: Db, { integration, vendorClientId }: ClientMapping): Promise<void> {
  await db.deleteFrom('clientMappings').where('integration', '=', integration).where('vendorClientId', '=', vendorClientId).execute()
}

/** The names of the client's machines and devices. */
export async function listAssetNames(db: Db, clientId: string): Promise<string[]> {
  const rows = await db.selectFrom('infrastructure').select('name').distinct().where('clientId', '=', clientId).orderBy('name').execute()
  return rows.map(({ name }) => name)
}

/** A machine or device of a client. */
export interface Asset {
  id: string
  name: string
}

/** Of one client, or of all. */
export async function listAssets(db: Db, clientId?: string): Promise<Asset[]> {
  let query = db.selectFrom('infrastructure').select(['id', 'name'])
  if (clientId !== undefined) query = query.where('clientId', '=', clientId)
  return query.orderBy('name').orderBy('id').execute()
}

export async function insertAsset(db: Db, clientId: string, name: string): Promise<Asset> {
  const id = newId()
  await db.insertInto('infrastructure').values({ id, clientId, name }).execute()
  return { id, name }
}
