import { HttpFailure } from '../../http/failure.ts'

/** What the vendor says of a page; lists without `meta` say nothing. */
export interface Page<T> {
  rows: T[]
  page: number | undefined
  totalPages: number | undefined
}

/** A list that comes in pages. */
export interface PagedList {
  /** As an error names it: `time entries`. */
  what: string
  /** More than a real account has: what goes on after them has no end, and somebody waits. */
  mostPages: number
  /** It is read only as far as somebody wants, so that its length by itself is no reason to refuse it. */
  isSearch?: true
}

/** Every row of a list once; finishes or throws. */
export async function* readPages<T extends { id: string }>(
  list: PagedList,
  read: (page: number) => Promise<Page<T>>,
): AsyncGenerator<T, void> {
  const seen = new Set<string>() // the list moves while it is read
  let repeated = 0
  let mostPages = list.mostPages
  for (let page = 1; page <= mostPages; page++) {
    const { rows, page: given = page, totalPages } = await read(page)
    if (page === 1) mostPages = limitOf(list, totalPages)
    const fresh = rows.filter(({ id }) => !seen.has(id) && seen.add(id))
    if (given !== page && fresh.length === 0) throw unusable(list, `it gave page ${given} instead of page ${page}`)
    yield* fresh
    // page sizes differ per list: only total_pages says where the end is, without it a page that brings nothing new
    if (totalPages === undefined ? fresh.length === 0 : page >= totalPages) return
    repeated = isOld(rows, fresh) ? repeated + 1 : 0
    // one can be old because rows were added meanwhile
    if (repeated > 1) throw unusable(list, 'it gives the same rows again and again')
  }
  throw unusable(list, `it goes on after ${mostPages} pages`)
}

/** An empty page may hold what the key does not see. */
const isOld = (rows: readonly unknown[], fresh: readonly unknown[]): boolean => rows.length > 0 && fresh.length === 0

/** A list grows a little while it is read. One that grows with each page is never at its end. */
function limitOf(list: PagedList, totalPages: number | undefined): number {
  if (list.isSearch || totalPages === undefined) return list.mostPages
  if (totalPages > list.mostPages) throw unusable(list, `it has ${totalPages} pages, and msp reads ${list.mostPages} at most`)
  return Math.min(list.mostPages, 2 * totalPages + 10)
}

const unusable = ({ what, isSearch }: PagedList, why: string): HttpFailure =>
  new HttpFailure('vendor', `SyncroMSP's list of ${what} was not used, for some of it must not pass for all: ${why}.`, {
    outcome: 'unknown',
    hint: isSearch
      ? 'Say more closely what you look for.'
      : 'Try again later; if it stays so, ask SyncroMSP: msp record list shows the calls.',
  })

/** Date filters get a day, not a time, and it is an earlier one: in which zone Syncro reads it is not known. */
export const dayBefore = (date: Date): string => new Date(date.getTime() - 86_400_000).toISOString().slice(0, 10)
