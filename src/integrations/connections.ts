import { MspError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { CallContext } from '../records/record.ts'
import type { Session } from '../sessions/session.ts'
import { findCredentials } from '../vault/store.ts'
import type { Vault } from '../vault/vault.ts'
import { type CallDeps, type Connected, connectIntegration, toTableName } from './connect.ts'
import { integrationIds } from './integration.ts'

type SearchedCapability = 'tickets' | 'clients' | 'backups'

/** The connected vendors of one process. */
export interface Connections {
  /** Without a context on behalf of the open session. */
  connect(id: string, context?: Partial<CallContext>): Promise<Connected>
  /** Every connected integration with the capability, one at least. */
  connectedWith(capability: SearchedCapability): Promise<Connected[]>
}

export interface ConnectionsDeps {
  callDeps: CallDeps
  vault: () => Promise<Vault>
  technician: string
  currentSession: () => Promise<Session | undefined>
  io: Pick<Io, 'err'>
}

/** Connects on first use, and each vendor once for each context. */
export function openConnections({ callDeps, vault, technician, currentSession, io }: ConnectionsDeps): Connections {
  const made = new Map<string, Promise<Connected>>()
  const connect: Connections['connect'] = async (id, given = {}) => {
    const session = given.sessionId === undefined ? await currentSession() : undefined
    const context: CallContext = { sessionId: session?.id ?? null, clientId: session?.clientId ?? null, createdBy: technician, ...given }
    const make = async () => connectIntegration({ ...callDeps, vault: await vault() }, id, context)
    // the connection of a write belongs to that write
    if (context.beforeWrite) return make()
    const { sessionId, clientId, createdBy } = context
    const key = JSON.stringify([id, sessionId, clientId, createdBy])
    const connected = made.get(key) ?? make()
    made.set(key, connected)
    return connected
  }
  const connectedIds = async () => {
    const credentials = await findCredentials(callDeps.db, { owners: ['', technician] })
    // a team's database may hold keys of systems that this msp does not know
    return integrationIds.filter((id) => credentials.some(({ integrationName }) => integrationName === toTableName(id)))
  }
  const connectedWith: Connections['connectedWith'] = async (capability) => {
    const tried = await Promise.allSettled((await connectedIds()).map((id) => connect(id)))
    const able = tried.flatMap((each) => (each.status === 'fulfilled' && each.value.connection[capability] ? [each.value] : []))
    for (const reason of tried.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))) {
      // one key that is damaged must not stop the work with the others
      if (able.length === 0 || !(reason instanceof MspError)) throw reason
      io.err(reason.message, 'warn')
    }
    if (able.length > 0) return able
    throw new MspError('sign_in', `No system with ${capability} is connected.`, { hint: 'Connect one: msp integrate syncro' })
  }
  return { connect, connectedWith }
}
