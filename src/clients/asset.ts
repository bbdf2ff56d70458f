import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { toNameKey } from './client.ts'
import { type Asset, insertAsset, listAssets } from './store.ts'

/** The client's machine or device of this name; a new one when it has none. */
export async function ensureAsset(db: Db, clientId: string, name: string): Promise<Asset & { isNew: boolean }> {
  const [found] = (await listAssets(db, clientId)).filter(isNamed(name))
  if (found) return { ...found, isNew: false }
  return { ...(await insertAsset(db, clientId, name.trim())), isNew: true }
}

/** The machines and devices of this name, of one client or of all. None is refused. */
export async function findAssets(db: Db, name: string, clientId?: string): Promise<Asset[]> {
  const found = (await listAssets(db, clientId)).filter(isNamed(name))
  if (found.length > 0) return found
  throw new MspError('not_found', `There is no machine or device "${name}".`, { hint: 'See the names in: msp backup list' })
}

const isNamed =
  (typed: string) =>
  ({ name }: Asset): boolean =>
    toNameKey(name) === toNameKey(typed)
