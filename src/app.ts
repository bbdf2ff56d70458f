import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { type Config, type Env, openConfig } from './config.ts'
import type { DatabasePlace } from './db/open.ts'
import type { Db } from './db/tables.ts'
import type { CallDeps, Connected } from './integrations/connect.ts'
import type { Connections } from './integrations/connections.ts'
import type { Io } from './io.ts'
import type { OutboxDeps } from './outbox/outbox.ts'
import type { Prompt } from './prompt.ts'
import type { CallContext } from './records/record.ts'
import type { Session } from './sessions/session.ts'
import type { Ticket } from './tickets/ticket.ts'
import type { KeySource } from './vault/key-source.ts'
import type { Vault } from './vault/vault.ts'
import type { Limits, Step } from './world.ts'

/** What a command may need. What costs or can fail is a function, made once, on first use. */
export interface App {
  readonly io: Io
  readonly prompt: Prompt
  readonly stdin: NodeJS.ReadableStream
  readonly env: Env
  readonly config: Config
  readonly machine: string
  /** The file that --key-file names for this run. */
  readonly keyFile: string | undefined
  readonly limits: Limits
  readonly step: Step
  /** What the process ends with when nothing was thrown: a check that found something sets it. */
  exitCode: number
  /** Set by `--dry-run`: nothing is sent, not even what was queued before. */
  sendsNothing: boolean
  now(): Date
  sleep(milliseconds: number): Promise<void>
  technician(): string
  zone(): string
  databasePlace(): Promise<DatabasePlace>
  /** For messages; reads nothing. */
  databaseName(): string
  /** Open and migrated. */
  db(): Promise<Db>
  keySource(): Promise<KeySource>
  /** Sets msp up when the database is empty. */
  vault(options?: { recoveryFile?: string | undefined }): Promise<Vault>
  /** The open session, or the one of this reference, or of MSP_SESSION. */
  session(reference?: string): Promise<Session>
  /** The same, undefined when none is open. */
  currentSession(): Promise<Session | undefined>
  /** What it takes to call a vendor with a key that is not stored. */
  callDeps(): Promise<CallDeps>
  connect(integration: string, context?: Partial<CallContext>): Promise<Connected>
  /** Every connected integration with the capability. */
  connectedWith(capability: 'tickets' | 'clients' | 'backups'): Promise<Connected[]>
  /** The ticket that a person named, and where it is. */
  ticket(reference: string): Promise<{ ticket: Ticket; at: Connected }>
  outbox(): Promise<OutboxDeps>
  /** After a command that worked: what was queued before goes out too. */
  afterwards(): Promise<void>
  close(): Promise<void>
}

/** What the app takes from outside, so that a test can hand in its own. */
export interface AppWorld {
  env: Env
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  now: () => Date
  sleep: (milliseconds: number) => Promise<void>
  step: Step
  limits: Limits
}

export interface AppOptions {
  io: Io
  prompt: Prompt
  keyFile: string | undefined
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** The one place that puts domain, vendors and stores together. */
export function openApp(world: AppWorld, options: AppOptions): App {
  const { env, now, sleep, step, limits } = world
  const { io, prompt } = options
  const config = openConfig(env)
  const machine = env.MSP_MACHINE || hostname()
  const technician = () => config.get('technician') ?? ''
  const zone = () => config.get('time.zone') ?? 'UTC'
  const worker = () => ({ technician: technician(), machine })
  let wasConnected = false
  let opened: { destroy(): Promise<void> } | undefined

  const databasePlace = once(async (): Promise<DatabasePlace> => {
    const url = config.find('database.url')
    if (!url) return { engine: 'sqlite', path: join(config.folders.data, 'msp.sqlite'), patience: limits.lock }
    const { readDatabasePassword } = await import('./vault/database-password.ts')
    return { engine: 'mariadb', ...(await readDatabasePassword(url, app.keySource)) }
  })

  const db = once(async (): Promise<Db> => {
    const place = await databasePlace()
    const { openMigrated } = await import('./db/open-migrated.ts')
    const database = await openMigrated(place, prompt)
    opened = database
    return database
  })

  const vault = once(() => openOrSetUp(undefined))
  async function openOrSetUp(recoveryFile: string | undefined): Promise<Vault> {
    const [{ requireInstallation }, { openVault }] = await Promise.all([import('./vault/set-up.ts'), import('./vault/vault.ts')])
    const source = await app.keySource()
    const setUp = { db: await db(), source, machine, io, prompt, recoveryFile, stateFolder: config.folders.state }
    const { installation } = await requireInstallation(setUp)
    return openVault(await db(), installation, source, machine)
  }

  const callDeps = once(
    async (): Promise<CallDeps> => ({
      ...{ db: await db(), zone: config.get('msp-backups.zone') ?? 'UTC', now, sleep, step, limits, paces: new Map() },
    }),
  )

  const connections = once(async (): Promise<Connections> => {
    const { openConnections } = await import('./integrations/connections.ts')
    wasConnected = true
    return openConnections({ callDeps: await callDeps(), vault, technician: technician(), currentSession: app.currentSession, io })
  })

  const app: App = {
    io,
    prompt,
    // opening the real one costs time, and most commands do not read it
    get stdin() {
      return world.stdin
    },
    env,
    config,
    machine,
    keyFile: options.keyFile === undefined ? undefined : resolve(options.keyFile),
    limits,
    step,
    exitCode: 0,
    sendsNothing: false,
    now,
    sleep,
    technician,
    zone,
    databasePlace,
    databaseName: () => config.find('database.url')?.value.replace(/^.*@/, '') ?? join(config.folders.data, 'msp.sqlite'),
    db,
    keySource: once(async () => {
      const { openKeySource } = await import('./vault/key-source.ts')
      return openKeySource(
        app.keyFile ?? config.get('key.file'),
        config.folders.state,
        prompt.canAsk ? limits.keychain : Math.min(limits.keychain, 5000),
      )
    }),
    vault: (given) => (given?.recoveryFile === undefined ? vault() : openOrSetUp(given.recoveryFile)),
    session: async (reference) => {
      const { requireSession } = await import('./sessions/open.ts')
      return requireSession(await db(), worker(), reference ?? (env.MSP_SESSION || undefined))
    },
    currentSession: once(async () => {
      const { currentSession, requireSession } = await import('./sessions/open.ts')
      return env.MSP_SESSION ? requireSession(await db(), worker(), env.MSP_SESSION) : currentSession(await db(), worker())
    }),
    callDeps,
    connect: (id, context) => connections().then(({ connect }) => connect(id, context)),
    connectedWith: (capability) => connections().then(({ connectedWith }) => connectedWith(capability)),
    ticket: async (reference) => {
      const { findTicket } = await import('./integrations/find-ticket.ts')
      return findTicket(reference, await app.connectedWith('tickets'))
    },
    outbox: once(async () => {
      const [{ createRoute }, { channelsOf }] = await Promise.all([import('./outbox/route.ts'), import('./integrations/connect.ts')])
      const [{ thisOwner, toOwnerText }, { renewClaim }] = await Promise.all([import('./outbox/owner.ts'), import('./outbox/store.ts')])
      const deps = { db: await db(), vault: await vault(), io, prompt, technician: technician(), now, sleep }
      const owner = thisOwner(machine)
      const route = createRoute({
        vault: deps.vault,
        channels: async (id, context) => channelsOf(await app.connect(id, context)),
        isMine: ({ id }) => renewClaim(deps.db, id, toOwnerText(owner), limits.lease),
      })
      return { ...deps, delivery: { db: deps.db, owner, step, limits, route } }
    }),
    afterwards: async () => {
      if (!wasConnected || app.sendsNothing) return
      const [{ runOutbox }, { inPassing }] = await Promise.all([import('./outbox/outbox.ts'), import('./outbox/write.ts')])
      for (const write of await runOutbox(await app.outbox())) {
        const told = inPassing(write)
        if (told) io.err(told, write.state === 'done' ? 'good' : 'warn')
      }
    },
    close: async () => opened?.destroy(),
  }
  return app
}
