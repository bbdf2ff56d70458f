import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import type { Agent } from './agent.ts'
import { type Config, type Env, openConfig } from './config.ts'
import type { DatabasePlace } from './db/open.ts'
import type { Db } from './db/tables.ts'
import { createSilences } from './http/silence.ts'
import type { Connected } from './integrations/connect.ts'
import type { Connections } from './integrations/connections.ts'
import type { CallDeps } from './integrations/open-http.ts'
import { type Io, toClock } from './io.ts'
import type { OutboxDeps } from './outbox/outbox.ts'
import { keepToOwner } from './own-files.ts'
import type { Prompt } from './prompt.ts'
import { isReadOnly, readingStep } from './read-only.ts'
import type { CallContext } from './records/record.ts'
import type { Session } from './sessions/session.ts'
import type { Ticket, TicketPlace } from './tickets/ticket.ts'
import type { KeySource } from './vault/key-source.ts'
import type { Keys } from './vault/unlock.ts'
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
  /** Undefined when a person runs msp. */
  readonly agent: Agent | undefined
  /** `--json`, or an agent that did not say `--no-json`. */
  readonly asJson: boolean
  /** The file that --key-file names for this run. */
  readonly keyFile: string | undefined
  readonly limits: Limits
  readonly step: Step
  /** Instead of the system's way to open an address in the browser. */
  readonly browse: AppWorld['browse']
  /** What the process ends with when nothing was thrown: a check that found something sets it. */
  exitCode: number
  /** Set by `--dry-run`: nothing is sent, not even what was queued before. */
  sendsNothing: boolean
  /** Nobody waits for the calls to vendors that follow: those that somebody waits for go first. */
  isBackground: boolean
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
  /** The key source and what else may open the vault. */
  keys(): Promise<Keys>
  /** Sets msp up when the database is empty. */
  vault(options?: SetUpOptions): Promise<Vault>
  /** The open session, or the one of this reference, or of MSP_SESSION. */
  session(reference?: string): Promise<Session>
  /** The same, undefined when none was named and none is open. */
  currentSession(reference?: string): Promise<Session | undefined>
  /** What it takes to call a vendor with a key that is not stored. */
  callDeps(): Promise<CallDeps>
  connect(integration: string, context?: Partial<CallContext>): Promise<Connected>
  /** Every connected integration with the capability, one at least. */
  connectedWith: Connections['connectedWith']
  /** To look for what may be offered to a session: perhaps none, for a short time, and what is queued does not go out for it. */
  ticketSystems(session: Session): Promise<Connected[]>
  /** The ticket that a person named, and where it is. */
  ticket(reference: string): Promise<{ ticket: Ticket; at: Connected }>
  /** The same for a write, which is queued while the vendor cannot be asked. */
  ticketToWrite(reference: string): Promise<{ ticket: TicketPlace; at: Connected }>
  outbox(): Promise<OutboxDeps>
  /** After a command that worked: what was queued before goes out too. */
  afterwards(): Promise<void>
  close(): Promise<void>
}

/** How an empty database is set up. */
interface SetUpOptions {
  recoveryFile?: string | undefined
  withPassphrase?: boolean | undefined
}

/** What the app takes from outside, so that a test can hand in its own. */
export interface AppWorld {
  env: Env
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  now: () => Date
  sleep: (milliseconds: number) => Promise<void>
  step: Step
  limits: Limits
  /** Opens an address in the browser instead of the system; false when it cannot. */
  browse?: ((url: string) => Promise<boolean>) | undefined
}

export interface AppOptions {
  io: Io
  prompt: Prompt
  keyFile: string | undefined
  agent: Agent | undefined
  asJson: boolean
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
  const { env, now, sleep, limits } = world
  const readOnly = isReadOnly(env)
  const step = readOnly ? readingStep(world.step) : world.step
  const { io, prompt, agent, asJson } = options
  const config = openConfig(env)
  const machine = env.MSP_MACHINE || hostname()
  const technician = () => config.get('technician') ?? ''
  const zone = () => config.get('time.zone') ?? 'UTC'
  const worker = () => ({ technician: technician(), machine })
  let wasConnected = false
  let opened: { destroy(): Promise<void> } | undefined

  const databasePlace = once(async (): Promise<DatabasePlace> => {
    const url = config.find('database.url')
    if (!url) {
      const path = join(config.folders.data, 'msp.sqlite')
      for (const kept of [config.folders.data, path, `${path}-wal`, `${path}-shm`]) keepToOwner(kept)
      return { engine: 'sqlite', path, patience: limits.lock }
    }
    const { readDatabasePassword } = await import('./vault/database-password.ts')
    return { engine: 'mariadb', ...(await readDatabasePassword(url, app.keySource, config.folders)), patience: limits.statement }
  })

  const db = once(async (): Promise<Db> => {
    const place = await databasePlace()
    const { openMigrated } = await import('./db/open-migrated.ts')
    const database = await openMigrated(place, prompt, { readOnly })
    opened = database
    return database
  })

  let opening: Promise<Vault> | undefined
  const vault = (given: SetUpOptions = {}): Promise<Vault> => {
    opening ??= openVault(given)
    return opening
  }
  async function openVault({ recoveryFile, withPassphrase = false }: SetUpOptions): Promise<Vault> {
    const { openOrSetUp } = await import('./vault/set-up.ts')
    const setUp = { db: await db(), keys: await app.keys(), io, recoveryFile, withPassphrase, stateFolder: config.folders.state }
    return openOrSetUp({ ...setUp, isReadOnly: readOnly })
  }

  const openSession = once(async () => {
    const { currentSession } = await import('./sessions/open.ts')
    return env.MSP_SESSION ? app.session() : currentSession(await db(), worker())
  })

  const callDeps = once(
    async (): Promise<CallDeps> => ({
      ...{ db: await db(), zone: config.get('msp-backups.zone') ?? 'UTC', now, sleep, step, limits },
      ...{ isBackground: () => app.isBackground, silenceOf: createSilences(), toClock: (time: Date) => toClock(time, zone()) },
      ...{ machine, journalFolder: join(config.folders.state, 'sign-ins'), isReadOnly: readOnly },
    }),
  )

  const connections = once(async (): Promise<Connections> => {
    const { openConnections } = await import('./integrations/connections.ts')
    return openConnections({ callDeps: await callDeps(), vault, technician: technician(), currentSession: app.currentSession, io })
  })

  const online = () => {
    wasConnected = true
    return connections()
  }

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
    agent,
    asJson,
    keyFile: options.keyFile === undefined ? undefined : resolve(options.keyFile),
    limits,
    step,
    browse: world.browse,
    exitCode: 0,
    sendsNothing: false,
    isBackground: false,
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
    keys: once(async () => ({
      source: await app.keySource(),
      machine,
      passphrase: { file: env.MSP_PASSPHRASE_FILE ? resolve(env.MSP_PASSPHRASE_FILE) : undefined, prompt, io },
    })),
    vault,
    session: async (reference) => {
      const { requireSession } = await import('./sessions/open.ts')
      return requireSession(await db(), worker(), reference ?? (env.MSP_SESSION || undefined))
    },
    currentSession: (reference) => (reference === undefined ? openSession() : app.session(reference)),
    callDeps,
    connect: (id, context) => online().then(({ connect }) => connect(id, context)),
    connectedWith: (capability) => online().then(({ connectedWith }) => connectedWith(capability)),
    ticketSystems: (session) => connections().then(({ ticketSystems }) => ticketSystems(session, limits.offer)),
    ticket: async (reference) => {
      const { findTicket } = await import('./integrations/find-ticket.ts')
      return findTicket(reference, await app.connectedWith('tickets'))
    },
    ticketToWrite: async (reference) => {
      const { findTicketToWrite } = await import('./integrations/find-ticket.ts')
      return findTicketToWrite(await db(), reference, await app.connectedWith('tickets'))
    },
    outbox: once(async () => {
      const [{ createRoute }, { channelsOf }] = await Promise.all([import('./outbox/route.ts'), import('./integrations/connect.ts')])
      const { thisOwner } = await import('./owner.ts')
      const deps = { db: await db(), vault: await vault(), io, prompt, technician: technician(), agent, now, sleep }
      const owner = thisOwner(machine)
      const undoWindow = config.get('undo.window')
      const channels = async (id: string, context: Partial<CallContext>) => channelsOf(await app.connect(id, context))
      const route = createRoute({ db: deps.db, vault: deps.vault, owner, leaseMs: limits.lease, now, step, channels })
      const undoMs = undoWindow === undefined ? (prompt.canAsk ? limits.undo : 0) : Number(undoWindow) * 1000
      return { ...deps, undoMs, delivery: { db: deps.db, owner, step, limits, route } }
    }),
    afterwards: async () => {
      if (!wasConnected || app.sendsNothing || readOnly) return
      app.isBackground = true
      const [{ runOutbox }, { inPassing }] = await Promise.all([import('./outbox/queue.ts'), import('./outbox/write.ts')])
      for (const write of await runOutbox(await app.outbox())) {
        const told = inPassing(write)
        if (told) io.err(told, write.state === 'done' ? 'good' : 'warn')
      }
    },
    close: async () => opened?.destroy(),
  }
  return app
}
