import type { Candidate, Found } from '../../http/http.ts'
import type { Identity } from '../integration.ts'

interface Written {
  id: string
  createdAt: Date
}

interface Search<T extends Written> {
  /** As it stands in the text of what the write made. */
  reference: string
  /** When the write was first sent. */
  since: Date
  /** Where the reference stands. */
  textOf: (row: T) => string
  /** True when the row says what the write says. */
  isAlike: (row: T) => boolean
  /** Whether the row is by this account; undefined when the vendor does not say. */
  isBy: (row: T, account: Identity) => boolean | undefined
  account: () => Promise<Identity>
  toCandidate: (row: T) => Omit<Candidate, 'vendorId' | 'createdAt'>
}

const day = 86_400_000
const minute = 60_000

/**
 * The one of these rows that an earlier write made. The reference tells, where the vendor has kept it: then `since` is generous by a month,
 * because two clocks that differ must not make a write look absent, or it would be sent twice; references that are older another installation
 * may have given out. Without a reference it is what the same account has written since in the same words; what is a little older, of an account
 * that is not told, or there twice is left to a person.
 */
export async function findWritten<T extends Written>(rows: readonly T[], search: Search<T>): Promise<Found> {
  const { reference, textOf, isAlike, isBy, account } = search
  const since = search.since.getTime()
  const isSince = ({ createdAt }: T, grace: number) => createdAt.getTime() >= since - grace
  const toCandidates = (several: readonly T[]) => ({
    candidates: several.map((row) => ({ vendorId: row.id, createdAt: row.createdAt, ...search.toCandidate(row) })),
  })
  const carrying = rows.filter((row) => isSince(row, 30 * day) && carries(textOf(row), reference))
  if (carrying.length > 1) return toCandidates(carrying)
  const [found] = carrying
  if (found) return { vendorId: found.id }
  const alike = rows.filter((row) => isSince(row, day) && !anyReference.test(textOf(row)) && isAlike(row))
  if (alike.length === 0) return 'absent'
  const by = await account()
  const own = alike.filter((row) => isBy(row, by) !== false)
  const [one, another] = own
  if (one === undefined) return 'absent'
  return another === undefined && isSince(one, 2 * minute) && isBy(one, by) ? { vendorId: one.id } : toCandidates(own)
}

// of another write, which says the same on purpose
const anyReference = /\bmsp [0-9A-Z]{4}\b/

/** `msp 7F3K` is not in `msp 7F3K2`. */
function carries(text: string, reference: string): boolean {
  return text
    .split(reference)
    .slice(1)
    .some((rest) => !/^[A-Za-z0-9]/.test(rest))
}
