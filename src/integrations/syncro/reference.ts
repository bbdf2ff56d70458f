import type { Candidate, Found } from '../../http/http.ts'
import type { Identity } from '../integration.ts'

interface Written {
  id: string
  createdAt: Date
}

interface ReferenceSearch<T extends Written> {
  /** Of the write. */
  reference: string
  /** When the write was first sent. */
  since: Date
  /** Where the reference stands. */
  textOf: (row: T) => string
  toCandidate: (row: T) => Omit<Candidate, 'vendorId' | 'createdAt'>
}

interface AlikeSearch<T extends Written> extends ReferenceSearch<T> {
  /** True when the row says what the write says. */
  isAlike: (row: T) => boolean
  /** What a person wrote where the reference stands: it may look like one. */
  said: string
}

interface Search<T extends Written> extends AlikeSearch<T> {
  /** Whether the row is by this account; undefined when the vendor does not say. */
  isBy: (row: T, account: Identity) => boolean | undefined
  account: () => Promise<Identity>
}

const day = 86_400_000
const minute = 60_000

/**
 * The one of these rows that carries the reference of an earlier write. `since` is generous by a month, because two clocks that differ must not
 * make a write look absent, or it would be sent twice; references that are older another installation may have given out.
 */
function findReference<T extends Written>(rows: readonly T[], search: ReferenceSearch<T>): Found {
  const { reference, since, textOf } = search
  const [found, ...others] = rows.filter((row) => isSince(row, since, 30 * day) && referenceOf(textOf(row)) === reference)
  if (found === undefined) return 'absent'
  return others.length === 0 ? { vendorId: found.id } : toCandidates([found, ...others], search)
}

/**
 * The same, and where no row carries the reference, because the vendor has not kept it: what the same account has written since in the same
 * words. What is a little older, of an account that is not told, or there twice is left to a person.
 */
export async function findWritten<T extends Written>(rows: readonly T[], search: Search<T>): Promise<Found> {
  const { since, isBy, account } = search
  const found = findReference(rows, search)
  if (found !== 'absent') return found
  const alike = alikeOf(rows, search)
  if (alike.length === 0) return 'absent'
  const by = await account()
  const [one, ...others] = alike.filter((row) => isBy(row, by) !== false)
  if (one === undefined) return 'absent'
  const isSure = others.length === 0 && isSince(one, since, 2 * minute) && isBy(one, by)
  return isSure ? { vendorId: one.id } : toCandidates([one, ...others], search)
}

/** The same of rows whose author nobody tells: what is alike and carries no reference is left to a person. */
export function findOrAsk<T extends Written>(rows: readonly T[], search: AlikeSearch<T>): Found {
  const found = findReference(rows, search)
  if (found !== 'absent') return found
  const alike = alikeOf(rows, search)
  return alike.length === 0 ? 'absent' : toCandidates(alike, search)
}

function alikeOf<T extends Written>(rows: readonly T[], { since, textOf, isAlike, said }: AlikeSearch<T>): T[] {
  const isAnothers = (row: T) => {
    const reference = referenceOf(textOf(row))
    return reference !== undefined && !said.includes(reference)
  }
  return rows.filter((row) => isSince(row, since, day) && isAlike(row) && !isAnothers(row))
}

const isSince = ({ createdAt }: Written, since: Date, grace: number): boolean => createdAt.getTime() >= since.getTime() - grace

const toCandidates = <T extends Written>(rows: readonly T[], { toCandidate }: ReferenceSearch<T>) => ({
  candidates: rows.map((row) => ({ vendorId: row.id, createdAt: row.createdAt, ...toCandidate(row) })),
})

/** The reference of the write that made a text: the last one that stands there as msp writes it. Others are words, or quote another write. */
export const referenceOf = (text: string): string | undefined =>
  [...text.matchAll(/(?:^| · |\()(msp [0-9A-Z]{4,})(?=\)|\s|$)/gm)].at(-1)?.[1]
