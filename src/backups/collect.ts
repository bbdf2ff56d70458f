import type { BackupPlan, BackupSource } from './backup.ts'
import { toBody, toPiece, toVendorKey } from './copy.ts'

/** What a vendor says of all its clients at one time. */
export interface Taken {
  /** The plans of every client, as a copy keeps them: by the vendor's name in lower case, '' for plans of none. */
  parts: Map<string, Buffer>
  /** The vendor's spelling of those names. */
  names: Map<string, string>
  /** How many backups belong to no client. */
  unassigned: number
}

/** Reads what the vendor says now. */
export async function takePlans(source: BackupSource): Promise<Taken> {
  let pieces = new Map<string, Buffer[]>()
  let names = new Map<string, string>()
  let unassigned = 0
  await source.plans({
    begin: () => {
      pieces = new Map()
      names = new Map()
      unassigned = 0
    },
    take: (plans) => {
      for (const [key, ofClient] of Map.groupBy(plans, ({ vendorClient }) => toVendorKey(vendorClient))) {
        const part = pieces.get(key)
        // as bytes: tens of thousands of texts would make the heap grow
        if (part) part.push(toPiece(ofClient))
        else pieces.set(key, [toPiece(ofClient)])
        names.set(key, ofClient[0]?.vendorClient ?? '')
        if (key === '') unassigned += ofClient.filter(({ kind }) => kind === 'backup').length
      }
    },
  })
  return { parts: new Map([...pieces].map(([key, part]) => [key, toBody(part)])), names, unassigned }
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
