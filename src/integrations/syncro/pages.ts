import { MspError } from '../../errors.ts'

/** What the vendor says of a page; lists without `meta` say nothing. */
export interface Page<T> {
  rows: T[]
  page: number | undefined
  totalPages: number | undefined
}

// far beyond any account: a list without an end is a mistake
const mostPages = 20_000

/** Every row of a list once; finishes or throws. */
export async function* readPages<T extends { id: string }>(read: (page: number) => Promise<Page<T>>): AsyncGenerator<T, void> {
  const seen = new Set<string>() // the list moves while it is read
  for (let page = 1; page <= mostPages; page++) {
    const { rows, page: given = page, totalPages } = await read(page)
    const fresh = rows.filter(({ id }) => !seen.has(id) && seen.add(id))
    if (given !== page && fresh.length === 0)
      throw new MspError('vendor', `SyncroMSP gave page ${given} of a list instead of page ${page}.`)
    yield* fresh
    // page sizes differ per list: only total_pages says where the end is, without it a page that brings nothing new
    if (totalPages === undefined ? fresh.length === 0 : page >= totalPages) return
  }
  throw new MspError('vendor', `SyncroMSP's list does not end after ${mostPages} pages.`)
}

/** Date filters get a day, not a time, and it is an earlier one: in which zone Syncro reads it is not known. */
export const dayBefore = (date: Date): string => new Date(date.getTime() - 86_400_000).toISOString().slice(0, 10)
