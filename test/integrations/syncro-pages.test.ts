import assert from 'node:assert/strict'
import { test } from 'node:test'
import { syncro } from '../../src/integrations/syncro/index.ts'
import { type Page, type PagedList, readPages } from '../../src/integrations/syncro/pages.ts'
import { scripted } from './support.ts'

type Row = { id: string }
const rows = (...ids: number[]): Row[] => ids.map((id) => ({ id: String(id) }))
const things: PagedList = { what: 'things', mostPages: 30 }
const unused = (why: string, what = 'things') => `SyncroMSP's list of ${what} was not used, for some of it must not pass for all: ${why}.`

/** What a list gives that is read to its end, in how many calls, and how it ends when that is an error. */
async function readAll(list: PagedList, read: (page: number) => Page<Row>) {
  const found: string[] = []
  let calls = 0
  const answer = async (page: number) => {
    calls++
    return read(page)
  }
  try {
    for await (const { id } of readPages(list, answer)) found.push(id)
    return { found: found.length, calls }
  } catch (error) {
    assert.ok(error instanceof Error && 'outcome' in error, String(error))
    // nothing is known of what was not read
    return { calls, outcome: error.outcome, message: error.message }
  }
}
const refused = (calls: number, why: string) => ({ calls, outcome: 'unknown', message: unused(why) })

test('a list that is longer than that of any account is refused with its first page', async () => {
  const read = (page: number) => ({ rows: rows(page), page, totalPages: 99_999 })
  assert.deepEqual(await readAll(things, read), refused(1, 'it has 99999 pages, and msp reads 30 at most'))
})

test('a list whose end moves away with each page is given up, and one that grows a little is read', async () => {
  const growing = (page: number) => ({ rows: rows(page), page, totalPages: page + 1 })
  assert.deepEqual(await readAll(things, growing), refused(14, 'it goes on after 14 pages'))
  const grown = (page: number) => ({ rows: rows(page), page, totalPages: page === 1 ? 2 : 5 })
  assert.deepEqual(await readAll(things, grown), { found: 5, calls: 5 })
})

test('a list that gives the same rows again and again is given up, whatever number its pages have', async () => {
  const same = (page: number) => ({ rows: rows(1, 2), page, totalPages: 25 })
  assert.deepEqual(await readAll(things, same), refused(3, 'it gives the same rows again and again'))
  const first = (page: number) => ({ ...same(page), page: 1 })
  assert.deepEqual(await readAll(things, first), refused(2, 'it gave page 1 instead of page 2'))
})

test('one page of known rows, and pages of none, are not the end of a list', async () => {
  const moved = [rows(1, 2), rows(1, 2), rows(3), [], [], rows(4)]
  const read = (page: number) => ({ rows: moved[page - 1] ?? [], page, totalPages: moved.length })
  assert.deepEqual(await readAll(things, read), { found: 4, calls: 6 })
})

test('a list without an end in sight is given up after as many pages as it may have', async () => {
  const read = (page: number) => ({ rows: rows(page), page: undefined, totalPages: undefined })
  assert.deepEqual(await readAll(things, read), refused(30, 'it goes on after 30 pages'))
})

test('a search may be of any length, and is read as far as somebody wants, up to the same limit', async () => {
  const search: PagedList = { ...things, isSearch: true }
  const read = async (page: number) => ({ rows: rows(page), page, totalPages: 99_999 })
  for await (const { id } of readPages(search, read)) if (id === '3') break
  await assert.rejects(Array.fromAsync(readPages(search, read)), {
    message: unused('it goes on after 30 pages'),
    hint: 'Say more closely what you look for.',
  })
})

test("each list has its limit: a person's wait, and what real accounts have", async () => {
  const at = '2026-04-01T14:02:11Z'
  const meta = { page: 1, total_pages: 99_999 }
  const connect = async (answer: object) => syncro.connect(scripted({ ...answer, meta }), { zone: 'UTC' })
  const start = new Date(0)
  const comment = { ticketId: '1', ticketNumber: '1001', subject: '', body: '', visibility: 'internal' } as const
  for (const [what, most, read] of [
    ['time entries', 200, async () => Array.fromAsync((await connect({ ticket_timers: [] })).time?.entriesSince(start) ?? [])],
    ['changed tickets', 2000, async () => Array.fromAsync((await connect({ tickets: [] })).tickets?.changedSince(start) ?? [])],
    ['tickets with one number', 5, async () => (await connect({ tickets: [] })).tickets?.byNumber('7')],
    ['comments', 50, async () => (await connect({ comments: [] })).tickets?.comment.find?.(comment, 'msp 7F3K', new Date(at))],
    ['products', 100, async () => (await connect({ products: [] })).time?.labor('remote')],
    ['clients', 100, async () => (await connect({ customers: [] })).clients?.search('bell')],
  ] as const) {
    await assert.rejects(read, { code: 'vendor', message: unused(`it has 99999 pages, and msp reads ${most} at most`, what) })
  }
})
