import type { Client } from '../clients/client.ts'
import { isDuplicate } from '../db/dialect.ts'
import { newId } from '../db/id.ts'
import type { Db } from '../db/tables.ts'
import { MspError } from '../errors.ts'
import { pickOne, toIdPart } from '../pick.ts'
import type { Session } from './session.ts'
import { findOpenSession, findSession, findSessionsByPart, insertSession } from './store.ts'

/** Who works where: one session may be open for each. */
export interface Worker {
  technician: string
  machine: string
}

const openKeyOf = ({ technician, machine }: Worker): string => `${technician}|${machine}`

/** Starts a session; refused while another one of this technician is open on this machine. */
export async function startSession(db: Db, client: Client, worker: Worker, now: Date): Promise<Session> {
  const id = newId()
  const openKey = openKeyOf(worker)
  try {
    await insertSession(db, { id, clientId: client.id, ...worker, startedAt: now, endedAt: null, openKey })
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const open = await findOpenSession(db, openKey)
    throw new MspError('usage', `A session for ${open?.client ?? 'another client'} is open on this machine.`, {
      hint: 'End it first: msp session end',
    })
  }
  return { id, clientId: client.id, client: client.name, ...worker, startedAt: now, endedAt: null, openKey }
}

/** The session that is meant: of this id, or its beginning or end; without one the open one of this technician here. */
export async function requireSession(db: Db, worker: Worker, reference: string | undefined): Promise<Session> {
  if (reference !== undefined) return findByReference(db, reference)
  const open = await findOpenSession(db, openKeyOf(worker))
  if (open) return open
  throw new MspError('not_found', 'No session is open.', { hint: 'Start one: msp session start --client NAME' })
}

/** The open session of this technician here, if there is one. */
export const currentSession = (db: Db, worker: Worker): Promise<Session | undefined> => findOpenSession(db, openKeyOf(worker))

const kind = { name: 'session', list: 'msp session list' }

async function findByReference(db: Db, reference: string): Promise<Session> {
  const part = toIdPart(reference, kind)
  const exact = part.length === 36 ? await findSession(db, part) : undefined
  return exact ?? pickOne(await findSessionsByPart(db, part), reference, kind)
}
