import { createHash } from 'node:crypto'
import type { BackupPlan } from './backup.ts'

// A plan as it is kept in a snapshot: an array, because there may be tens of thousands of them. Only ever added to, at the end.
type Kept = [
  computer: string,
  computerKey: string,
  /** Behind that of the computer. */
  key: string,
  plan: string,
  type: string,
  kind: BackupPlan['kind'],
  status: BackupPlan['status'],
  vendorStatus: BackupPlan['status'],
  lastStart: number | null,
  nextStart: number | null,
  filesFailed: number,
  protectedBytes: number,
  sentBytes: number,
  reason: string | null,
  vendorClient: string | null,
  durationSeconds: number | null,
]

/** Plans as a part of a snapshot keeps them: JSON, a comma between two. */
export const toPiece = (plans: readonly BackupPlan[]): Buffer => Buffer.from(JSON.stringify(plans.map(toKept)).slice(1, -1))

/** A part of a snapshot of its pieces. */
export const toBody = (pieces: readonly Buffer[]): Buffer =>
  Buffer.concat([open, ...pieces.flatMap((piece, index) => (index === 0 ? [piece] : [comma, piece])), close])

/** What stands for a part: SHA-256 of its pieces, in hex. */
export function toHash(pieces: readonly Buffer[]): string {
  const hashing = createHash('sha256')
  for (const piece of pieces) hashing.update(piece).update(comma)
  return hashing.digest('hex')
}

const [open, comma, close] = ['[', ',', ']'].map((mark) => Buffer.from(mark)) as [Buffer, Buffer, Buffer]

/** The plans of a part of a snapshot, of its pieces or as it is stored; none of one that is not there. */
export const fromPart = (part: Buffer | readonly Buffer[] | undefined): BackupPlan[] =>
  part === undefined ? [] : (JSON.parse((Buffer.isBuffer(part) ? part : toBody(part)).toString('utf8')) as Kept[]).map(fromKept)

function toKept(plan: BackupPlan): Kept {
  const { lastStart, nextStart } = plan
  return [
    plan.computer,
    plan.computerKey,
    plan.key.slice(plan.computerKey.length + 1),
    plan.plan,
    plan.type,
    plan.kind,
    plan.status,
    plan.vendorStatus,
    lastStart?.getTime() ?? null,
    nextStart?.getTime() ?? null,
    plan.filesFailed,
    plan.protectedBytes,
    plan.sentBytes,
    plan.reason,
    plan.vendorClient,
    plan.durationSeconds,
  ]
}

function fromKept(kept: Kept): BackupPlan {
  const [computer, computerKey, planKey, plan, type, kind, status, vendorStatus, lastStart, nextStart, ...rest] = kept
  const [filesFailed, protectedBytes, sentBytes, reason, vendorClient, durationSeconds] = rest
  const [last, next] = [lastStart, nextStart].map((time) => (time === null ? null : new Date(time)))
  return {
    ...{ vendorClient, computer, computerKey, key: `${computerKey}/${planKey}`, plan, type, kind, status, vendorStatus },
    ...{ lastStart: last ?? null, nextStart: next ?? null, durationSeconds, filesFailed, protectedBytes, sentBytes, reason },
  }
}

const longestKey = 255 // that its column has room for

/** The vendor's name of a client as snapshots are found by. */
export const toVendorKey = (name: string | null): string => (name ?? '').trim().toLowerCase().slice(0, longestKey).trim()
