import { type Answer, json } from '../answers.ts'
import type { Call } from '../routes.ts'

export const notFound = (): Answer => json(404, { message: 'Not found' })

/** One page of a list in the vendor's envelope. */
export function listPage(call: Call, key: string, rows: readonly unknown[], size: number, extra: Record<string, unknown> = {}): Answer {
  const page = Math.max(1, numberIn(call, 'page') ?? 1)
  const total_pages = Math.max(1, Math.ceil(rows.length / size))
  return json(200, { [key]: rows.slice((page - 1) * size, page * size), meta: { total_pages, page, ...extra } })
}

/** A whole number in the query. Other text is ignored, as the vendor does, and remembered. */
export function numberIn(call: Call, name: string): number | undefined {
  const text = call.query.get(name)
  if (text === null) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  call.complain(`?${name}=${text}`)
  return undefined
}

/** Filters by a date in the query: after it with 1, before it with -1. A day without a time means its start in UTC. */
export function byTime(call: Call, name: string, direction: 1 | -1): (time: string | null) => boolean {
  const text = call.query.get(name)
  if (text === null) return () => true
  const limit = Date.parse(text)
  const isClear = /^\d{4}-\d\d-\d\d$|(Z|[+-]\d\d:?\d\d)$/.test(text)
  if (Number.isNaN(limit) || !isClear) {
    call.complain(`?${name}=${text}`)
    return () => true
  }
  return (time) => time !== null && (Date.parse(time) - limit) * direction > 0
}

/** Keeps the rows with this value, when the query has one. */
export function byNumber(call: Call, name: string): (value: number | null) => boolean {
  if (!call.query.has(name)) return () => true
  const wanted = numberIn(call, name)
  return (value) => wanted === undefined || value === wanted
}

/** Free text: every word must be somewhere. */
export function byWords(text: string | null): (...texts: readonly (string | null)[]) => boolean {
  const words = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return (...texts) => {
    const all = texts.join('\n').toLowerCase()
    return words.every((word) => all.includes(word))
  }
}

interface Dated {
  id: number
  created_at: string
}

export const newestFirst = (one: Dated, other: Dated): number =>
  Date.parse(other.created_at) - Date.parse(one.created_at) || other.id - one.id
