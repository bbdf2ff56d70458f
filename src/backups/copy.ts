import type { BackupPlan } from './backup.ts'

// A plan as it is kept in a copy: an array, because there may be tens of thousands of them. Only ever added to, at the end.
type Kept = [
  computer: string,
  computerKey: string,
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
]

/** A plan as a copy keeps it. */
export function toKept(plan: BackupPlan): string {
  const { lastStart, nextStart } = plan
  const kept: Kept = [
    plan.computer,
    plan.computerKey,
    plan.key,
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
  ]
  return JSON.stringify(kept)
}

/** The plans of a part of a copy. */
export const fromBody = (body: string): BackupPlan[] => (JSON.parse(body) as Kept[]).map(fromKept)

function fromKept(kept: Kept): BackupPlan {
  const [computer, computerKey, key, plan, type, kind, status, vendorStatus, lastStart, nextStart, ...rest] = kept
  const [filesFailed, protectedBytes, sentBytes, reason, vendorClient] = rest
  const [last, next] = [lastStart, nextStart].map((time) => (time === null ? null : new Date(time)))
  return {
    ...{ vendorClient, computer, computerKey, key, plan, type, kind, status, vendorStatus },
    ...{ lastStart: last ?? null, nextStart: next ?? null, filesFailed, protectedBytes, sentBytes, reason },
  }
}

const longestKey = 255 // that its column has room for

/** The vendor's name of a client as copies are found by. */
export const toVendorKey = (name: string | null): string => (name ?? '').trim().toLowerCase().slice(0, longestKey).trim()
