import { databaseTime, isDuplicate, runUpdate, transact } from '../db/dialect.ts'
import type { Db, NewRow, Row } from '../db/tables.ts'
import { MspError } from '../errors.ts'

export type Installation = Row<'installation'>
export type KeySlot = Row<'keySlots'>

/** The one installation of this database; undefined while nobody has set msp up. */
export async function findInstallation(db: Db): Promise<Installation | undefined> {
  return db.selectFrom('installation').selectAll().executeTakeFirst()
}

/** The same; without one it says so. */
export async function requireSetUp(db: Db): Promise<Installation> {
  const installation = await findInstallation(db)
  if (installation) return installation
  await requireNoSlots(db)
  throw new MspError('not_found', 'This database has no vault yet.', { hint: 'Set msp up: msp init' })
}

/** A vault is made in an empty database only: beside the slots of a lost one it would lock out what those still open. */
export async function requireNoSlots(db: Db): Promise<void> {
  const slots = await listSlots(db)
  if (slots.length === 0) return
  throw new MspError('storage', 'This database has key slots, but the row of its installation is gone. No new vault is made beside them.', {
    hint: 'Put the table installation back from a backup; the keys open it again.',
  })
}

/** Stores the installation with its first slots, all or nothing. False when another machine was first. */
export async function addInstallation(db: Db, installation: NewRow<'installation'>, slots: NewRow<'keySlots'>[]): Promise<boolean> {
  try {
    await transact(db, async (transaction) => {
      await transaction.insertInto('installation').values(installation).execute()
      await transaction.insertInto('keySlots').values(slots).execute()
    })
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

export async function listSlots(db: Db): Promise<KeySlot[]> {
  return db.selectFrom('keySlots').selectAll().orderBy('createdAt').orderBy('id').execute()
}

export async function addSlot(db: Db, slot: NewRow<'keySlots'>): Promise<void> {
  await db.insertInto('keySlots').values(slot).execute()
}

export async function updateWrappedDek(db: Db, id: string, wrappedDek: Buffer): Promise<void> {
  await db.updateTable('keySlots').set({ wrappedDek }).where('id', '=', id).execute()
}

/** Adds a passphrase slot in place of the one that bears the same name, all or nothing. */
export async function replacePassphraseSlot(db: Db, slot: NewRow<'keySlots'>): Promise<void> {
  await transact(db, async (transaction) => {
    await deletePassphraseSlot(transaction, slot.label)
    await addSlot(transaction, slot)
  })
}

export async function deletePassphraseSlot(db: Db, label: string): Promise<void> {
  await db.deleteFrom('keySlots').where('kind', '=', 'passphrase').where('label', '=', label).execute()
}

/** The credentials of an integration and of owners, or all; the team's (owner '') first. */
export async function findCredentials(
  db: Db,
  wanted: { integration?: string; owners?: string[] } = {},
): Promise<Row<'integrationCredentials'>[]> {
  let query = db.selectFrom('integrationCredentials').selectAll()
  if (wanted.integration !== undefined) query = query.where('integrationName', '=', wanted.integration)
  if (wanted.owners !== undefined) query = query.where('owner', 'in', wanted.owners)
  return query.orderBy('integrationName').orderBy('owner').execute()
}

/** False when there is one of that owner already. */
export async function insertCredential(db: Db, credential: NewRow<'integrationCredentials'>): Promise<boolean> {
  try {
    await db.insertInto('integrationCredentials').values(credential).execute()
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/** With `gen` only while the row still has that generation; false when it has not, or is gone. */
export async function updateCredential(
  db: Db,
  id: string,
  change: Partial<NewRow<'integrationCredentials'>>,
  gen?: number,
): Promise<boolean> {
  let query = db.updateTable('integrationCredentials').set(change).where('id', '=', id)
  if (gen !== undefined) query = query.where('gen', '=', gen)
  return runUpdate(db, query)
}

/** Keeps what the vendor allows the key, and what is left of it. */
export async function noteLimit(
  transaction: Db,
  id: string,
  { requests, periodSeconds, remaining }: { requests: number; periodSeconds: number; remaining: number },
): Promise<void> {
  await transaction
    .updateTable('integrationCredentials')
    .set({ rateLimitRequests: requests, rateLimitPeriodSeconds: periodSeconds, rateLimitRemaining: remaining })
    .where('id', '=', id)
    .execute()
}

export async function findCredentialById(db: Db, id: string): Promise<Row<'integrationCredentials'> | undefined> {
  return db.selectFrom('integrationCredentials').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Who wants to renew the tokens of a generation, and for how long. */
export interface RefreshClaim {
  id: string
  gen: number
  owner: string
  leaseMs: number
  /** A holder that is known to be gone: its lease counts no more. */
  dead: string | undefined
}

/** Takes the right to renew for one process of all: condition and change are one statement, on the database's clock. */
export async function takeRefreshLease(db: Db, { id, gen, owner, leaseMs, dead }: RefreshClaim): Promise<boolean> {
  const update = db
    .updateTable('integrationCredentials')
    .set({ leaseOwner: owner, leaseUntil: databaseTime(db, leaseMs) })
    .where('id', '=', id)
    .where('gen', '=', gen)
    .where('state', '=', 'ok')
    .where((where) =>
      where.or([
        where('leaseUntil', 'is', null),
        where('leaseUntil', '<', databaseTime(db)),
        // no process takes one that long
        where('leaseUntil', '>', databaseTime(db, 2 * leaseMs)),
        ...(dead === undefined ? [] : [where('leaseOwner', '=', dead)]),
      ]),
    )
  return runUpdate(db, update)
}

/** Gives the right to renew back, unless it has passed to another. */
export async function releaseRefreshLease(db: Db, id: string, owner: string): Promise<void> {
  const update = db
    .updateTable('integrationCredentials')
    .set({ leaseOwner: null, leaseUntil: null })
    .where('id', '=', id)
    .where('leaseOwner', '=', owner)
  await runUpdate(db, update)
}

export async function deleteCredential(db: Db, id: string): Promise<void> {
  await db.deleteFrom('integrationCredentials').where('id', '=', id).execute()
}
