import type { BackupPlan, BackupSource } from './backup.ts'
import { toKept, toVendorKey } from './copy.ts'

/** What a vendor says of all its clients at one time. */
export interface Taken {
  /** The plans of every client, as a copy keeps them: by the vendor's name in lower case, '' for plans of none. */
  parts: Map<string, string>
  /** How many backups belong to no client. */
  unassigned: number
}

/** Reads what the vendor says now. */
export async function takePlans(source: BackupSource): Promise<Taken> {
  let kept = new Map<string, string[]>()
  let unassigned = 0
  await source.plans({
    begin: () => {
      kept = new Map()
      unassigned = 0
    },
    take: (plan) => {
      const key = toVendorKey(plan.vendorClient)
      const part = kept.get(key)
      if (part) part.push(toKept(plan))
      else kept.set(key, [toKept(plan)])
      if (plan.vendorClient === null && plan.kind === 'backup') unassigned++
    },
  })
  return { parts: new Map([...kept].map(([key, part]) => [key, `[${part.join(',')}]`])), unassigned }
}

/** The plans by their keys. The same plan twice in a list is one plan, as its later run left it. */
export function byKey(plans: readonly BackupPlan[]): Map<string, BackupPlan> {
  const once = new Map<string, BackupPlan>()
  for (const plan of plans) {
    const other = once.get(plan.key)
    if (other === undefined || (other.lastStart?.getTime() ?? 0) < (plan.lastStart?.getTime() ?? 0)) once.set(plan.key, plan)
  }
  return once
}
