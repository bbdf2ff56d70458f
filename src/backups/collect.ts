import type { BackupPlan, BackupSource } from './backup.ts'
import { type Piece, toPiece, toVendorKey } from './snapshot.ts'

/** What a vendor says of all its clients at one time. */
export interface Taken {
  /** The plans of every client, as pieces of what a snapshot keeps: by the vendor's name in lower case, '' for plans of none. */
  parts: Map<string, Piece[]>
  /** How many backups belong to no client. */
  unassigned: number
}

/** Reads what the vendor says now. */
export async function takePlans(source: BackupSource): Promise<Taken> {
  const keys = new Map<string | null, string>()
  const keyOf = ({ vendorClient }: BackupPlan): string => {
    const key = keys.get(vendorClient) ?? toVendorKey(vendorClient)
    keys.set(vendorClient, key)
    return key
  }
  let parts: Taken['parts'] = new Map()
  let unassigned = 0
  await source.plans({
    begin: () => {
      parts = new Map()
      unassigned = 0
    },
    take: (plans) => {
      for (const [key, ofClient] of Map.groupBy(plans, keyOf)) {
        const part = parts.get(key)
        if (part) part.push(toPiece(ofClient))
        else parts.set(key, [toPiece(ofClient)])
        if (key === '') unassigned += ofClient.filter(({ kind }) => kind === 'backup').length
      }
    },
  })
  return { parts, unassigned }
}

/** Names of the vendor's clients that differ only in their case: the vendor may tell them apart, a snapshot does not. */
export function findAlike(plans: readonly BackupPlan[]): string[] {
  const names = [...new Set(plans.map(({ vendorClient }) => vendorClient ?? ''))]
  return names.filter((name) => names.some((other) => other !== name && toVendorKey(other) === toVendorKey(name))).toSorted()
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
