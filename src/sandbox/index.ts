import { MspError } from '../errors.ts'
import { canHappen, type Fault, FaultList } from './faults.ts'
import { seedMspBackups } from './msp-backups/demo.ts'
import { type MspBackupsSandbox, mspBackupsSandbox, mspBackupsVendor } from './msp-backups/index.ts'
import { createState as createMspBackups } from './msp-backups/state.ts'
import type { RateLimit } from './rate-limit.ts'
import { type PretendVendor, type Room, type SandboxRequest, startVendor } from './server.ts'
import { seedSyncro } from './syncro/demo.ts'
import { type SyncroSandbox, syncroSandbox, syncroVendor } from './syncro/index.ts'
import { createState as createSyncro } from './syncro/state.ts'

export { type Fault, parseFault } from './faults.ts'
export type { MspBackupsSandbox } from './msp-backups/index.ts'
export type { SandboxPlan } from './msp-backups/state.ts'
export { decide, pressButton } from './person.ts'
export type { SandboxRequest } from './server.ts'
export type { SyncroSandbox } from './syncro/index.ts'

export interface SandboxOptions {
  /** `demo` is a small MSP with three clients; `empty` has the technician only. */
  seed?: 'demo' | 'empty'
  now?: () => Date
  /** Syncro's port; MSP Backups gets the next one. 0, the default, takes free ones. */
  port?: number
  /** Syncro's, by default the real one: 180 requests in 60 seconds. */
  rateLimit?: RateLimit | 'off'
}

export interface Sandbox {
  readonly syncro: SyncroSandbox
  readonly mspBackups: MspBackupsSandbox
  /** Everything that came in, in order. */
  readonly requests: SandboxRequest[]
  arm(fault: Fault): void
  unfiredFaults(): Fault[]
  /** Routes, parameters and fields that the pretend vendor does not know: a test must fail on these. */
  unknownRequests(): string[]
  close(): Promise<void>
}

/** Starts the pretend vendors on loopback. They behave as the real ones do and refuse what those refuse. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { seed = 'demo', now = () => new Date(), port = 0, rateLimit = { limit: 180, windowMs: 60_000 } } = options
  const room: Room = { now, requests: [], unknown: [], faults: new FaultList() }
  const syncro = createSyncro(now)
  const mspBackups = createMspBackups(now)
  const vendors = [syncroVendor(syncro, rateLimit), mspBackupsVendor(mspBackups)] as const
  const [syncroServer, mspBackupsServer] = await startBoth(vendors, room, port)
  if (seed === 'demo') {
    seedSyncro(syncro)
    seedMspBackups(mspBackups, mspBackupsServer.url)
  }
  return {
    syncro: syncroSandbox(syncro, syncroServer.url),
    mspBackups: mspBackupsSandbox(mspBackups, mspBackupsServer.url),
    requests: room.requests,
    arm: (fault) => arm(fault, vendors, room),
    unfiredFaults: () => room.faults.unfired(),
    unknownRequests: () => [...room.unknown],
    close: async () => {
      syncro.closing.abort()
      await Promise.all([syncroServer.close(), mspBackupsServer.close()])
    },
  }
}

async function startBoth([syncro, mspBackups]: readonly [PretendVendor, PretendVendor], room: Room, port: number) {
  const first = await startVendor(syncro, room, port)
  try {
    return [first, await startVendor(mspBackups, room, port === 0 ? 0 : port + 1)] as const
  } catch (error) {
    await first.close()
    throw error
  }
}

function arm(fault: Fault, vendors: readonly PretendVendor[], room: Room): void {
  const routes = vendors.find(({ name }) => name === fault.vendor)?.routes ?? []
  if (!canHappen(fault, routes)) {
    const known = routes.map(({ on }) => on).join(', ')
    throw new MspError('usage', `The sandbox's ${fault.vendor} has no "${fault.on}".`, {
      hint: `It has: ${known}; or * for every request.`,
    })
  }
  room.faults.arm(fault)
}
