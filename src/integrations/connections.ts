import { MspError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { CallContext } from '../records/record.ts'
import type { Session } from '../sessions/session.ts'
import { findCredentials } from '../vault/store.ts'
import type { Vault } from '../vault/vault.ts'
import { type Connected, connectIntegration } from './connect.ts'
import { findIntegration } from './index.ts'
import { type IntegrationId, integrationIds, toTableName } from './integration.ts'
import type { CallDeps } from './open-http.ts'

type SearchedCapability = 'tickets' | 'clients' | 'backups' | 'fileHost'

/** How it is said that there is none, and which one to connect. */
const wanted: Record<SearchedCapability, readonly [what: string, id: IntegrationId]> = {
  tickets: ['No system with tickets', 'syncro'],
  clients: ['No system with clients', 'syncro'],
  backups: ['No system with backups', 'msp-backups'],
  fileHost: ['No bucket', 'files'],
}

/** The connected vendors of one process. */
export interface Connections {
  /** Without a context on behalf of the open session. */
  connect(id: string, context?: Partial<CallContext>): Promise<Connected>
  /** Every connected integration with the capability, one at least. */
  connectedWith(capability: SearchedCapability): Promise<[Connected, ...Connected[]]>
  /** Those with tickets for a session, perhaps none, on connections of their own whose calls are given up so many milliseconds from now. */
  ticketSystems(session: Session, milliseconds: number): Promise<Connected[]>
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
  const allWith = async (capability: SearchedCapability, open: (id: IntegrationId) => Promise<Connected>) => {
    const tried = await Promise.allSettled((await connectedIds()).map(open))
    const able = tried.flatMap((each) => (each.status === 'fulfilled' && each.value.connection[capability] ? [each.value] : []))
    for (const reason of tried.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))) {
      // one key that is damaged must not stop the work with the others
      if (able.length === 0 || !(reason instanceof MspError)) throw reason
      io.err(reason.message, 'warn')
    }
    return able
  }
  const connectedWith: Connections['connectedWith'] = async (capability) => {
    const [first, ...others] = await allWith(capability, (id) => connect(id))
    if (first) return [first, ...others]
    const [what, id] = wanted[capability]
    throw new MspError('sign_in', `${what} is connected.`, { hint: `Connect one: msp integrate ${id}` })
  }
  const ticketSystems: Connections['ticketSystems'] = ({ id: sessionId, clientId }, milliseconds) =>
    allWith('tickets', async (id) => {
      const { label } = await findIntegration(id)
      const deps = { ...withinTime(callDeps, label, milliseconds), vault: await vault() }
      return connectIntegration(deps, id, { sessionId, clientId, createdBy: technician })
    })
  return { connect, connectedWith, ticketSystems }
}

/** Calls of which none takes longer than is left of the time, and that wait for no repeat behind it. */
function withinTime(deps: CallDeps, label: string, milliseconds: number): CallDeps {
  const end = performance.now() + milliseconds
  const left = () => Math.ceil(Math.max(1, end - performance.now()))
  return {
    ...deps,
    // this limit ends it
    silenceOf: () => ({ ms: () => 0, add: () => {}, end: () => {} }),
    limits: {
      ...deps.limits,
      get request() {
        return Math.min(deps.limits.request, left())
      },
      get interactive() {
        return Math.min(deps.limits.interactive, left())
      },
    },
    sleep: async (pause) => {
      if (pause < left()) return deps.sleep(pause)
      throw new MspError('network', `${label} could not be read within ${milliseconds / 1000} s.`, {
        hint: 'See whether it answers: msp integrate test',
      })
    },
  }
}
