import { createHash } from 'node:crypto'
import { MspError } from '../errors.ts'
import type { BackupPlan, PlanStatus } from './backup.ts'

// There may be tens of thousands of plans, and a snapshot of them each day. So what a plan is and how its last run went are kept apart: the first
// stays the same for months. Both are arrays, only ever added to, at the end.
type KeptPlan = [
  computer: string,
  computerKey: string,
  /** Behind that of the computer. */
  key: string,
  plan: string,
  type: string,
  kind: BackupPlan['kind'],
  vendorClient: string | null,
]
type KeptRun = [
  /** As `keptStatuses` has them. */
  status: number,
  vendorStatus: number,
  lastStart: number | null,
  nextStart: number | null,
  filesFailed: number,
  protectedBytes: number,
  sentBytes: number,
  durationSeconds: number | null,
  reason: string | null,
]

// a number that was used once never means another status
const keptStatuses: Record<PlanStatus, number> = {
  ...{ successful: 0, warning: 1, failed: 2, overdue: 3, running: 4, neverRan: 5, unknown: 6, noResult: 7, gone: 8 },
}
const statusOf = new Map(Object.entries(keptStatuses).map(([status, number]) => [number, status as PlanStatus]))

/** Some of a client's plans, and how their last runs went, in the same order: JSON, a comma between two. */
export interface Piece {
  plans: Buffer
  runs: Buffer
}

export const toPiece = (plans: readonly BackupPlan[]): Piece => ({
  plans: toJson(plans.map(toKeptPlan)),
  runs: toJson(plans.map(toKeptRun)),
})

const encoder = new TextEncoder()

// As bytes, since tens of thousands of texts would make the heap grow, and in memory of their own: what Node's pool gives keeps what lies beside it.
const toJson = (rows: readonly unknown[]): Buffer => Buffer.from(encoder.encode(JSON.stringify(rows).slice(1, -1)).buffer)

/** The JSON of one or several pieces. */
export const toBody = (pieces: readonly Buffer[]): Buffer =>
  Buffer.concat([open, ...pieces.flatMap((piece, index) => (index === 0 ? [piece] : [comma, piece])), close])

/** What stands for that JSON: SHA-256, in hex. */
export function toHash(pieces: readonly Buffer[]): string {
  const hashing = createHash('sha256')
  for (const piece of pieces) hashing.update(piece).update(comma)
  return hashing.digest('hex')
}

const [open, comma, close] = ['[', ',', ']'].map((mark) => Buffer.from(mark)) as [Buffer, Buffer, Buffer]

/** The plans in these pieces; none of a client of whom there are none. */
export const fromPieces = (pieces: readonly Piece[] = []): BackupPlan[] =>
  fromBodies(toBody(pieces.map(({ plans }) => plans)), toBody(pieces.map(({ runs }) => runs)))

/** The plans of the JSON of what they are and of that of how their last runs went. */
export function fromBodies(plans: Buffer, runs: Buffer): BackupPlan[] {
  const [kept, last] = [plans, runs].map((body) => JSON.parse(body.toString('utf8'))) as [KeptPlan[], KeptRun[]]
  return kept.map((plan, index) => {
    const run = last[index]
    if (run === undefined)
      throw new MspError('storage', 'A snapshot of backups in the database is damaged: it has fewer runs than plans.', {
        hint: 'Put the database back from your last backup. The status of now: msp backup status',
      })
    return fromKept(plan, run)
  })
}

const toKeptPlan = ({ computer, computerKey, key, plan, type, kind, vendorClient }: BackupPlan): KeptPlan => [
  computer,
  computerKey,
  key.slice(computerKey.length + 1),
  plan,
  type,
  kind,
  vendorClient,
]

function toKeptRun(plan: BackupPlan): KeptRun {
  const { status, vendorStatus, lastStart, nextStart, filesFailed, protectedBytes, sentBytes, durationSeconds, reason } = plan
  const [last, next] = [lastStart?.getTime() ?? null, nextStart?.getTime() ?? null]
  const numbers = [filesFailed, protectedBytes, sentBytes] as const
  return [keptStatuses[status], keptStatuses[vendorStatus], last, next, ...numbers, durationSeconds, reason]
}

function fromKept([computer, computerKey, planKey, plan, type, kind, vendorClient]: KeptPlan, run: KeptRun): BackupPlan {
  const [status, vendorStatus, lastStart, nextStart, filesFailed, protectedBytes, sentBytes, durationSeconds, reason] = run
  const toTime = (time: number | null) => (time === null ? null : new Date(time))
  return {
    ...{ vendorClient, computer, computerKey, key: `${computerKey}/${planKey}`, plan, type, kind },
    ...{ status: statusOf.get(status) ?? 'unknown', vendorStatus: statusOf.get(vendorStatus) ?? 'unknown' },
    ...{ lastStart: toTime(lastStart), nextStart: toTime(nextStart), durationSeconds, filesFailed, protectedBytes, sentBytes, reason },
  }
}

const longestKey = 255 // that its column has room for

/** The vendor's name of a client as snapshots are found by. */
export const toVendorKey = (name: string | null): string => (name ?? '').trim().toLowerCase().slice(0, longestKey).trim()
