import { toNameKey } from '../clients/client.ts'
import type { TicketState } from '../db/tables.ts'
import { dayOf } from '../zone.ts'
import type { ListedTicket } from './ticket.ts'

export interface Candidate {
  ticket: ListedTicket
  /** It is assigned to the technician. */
  isMine: boolean
}

/** What the tickets are compared with. */
export interface SessionWork {
  /** Of the work items; none at the start. */
  notes: readonly string[]
  /** The names of the client's machines and devices. */
  assets: readonly string[]
  now: Date
  zone: string
}

export interface Suggestion {
  ticket: ListedTicket
  /** Only comparable with those of the same ranking. */
  score: number
  /** `words: backup, nas · asset D2TESTNAS · assigned to you · in progress · updated today` */
  reason: string
  /** The work names something that the ticket names. */
  isAboutWork: boolean
}

/**
 * The tickets for a session, the best first. A ticket gets log2(1 + candidates / candidates that share it) points for each word and each asset
 * that it shares with the work: 1 for what all have, more for what is rare. So all the rest together weighs about as much as one rare word:
 * 1 when it is the technician's own, 1 when work on it has begun, and 1 for a change today, half of it a day ago, a third two days ago.
 * One that is done is left out, unless it changed today and shares something with the work.
 */
export function rankTickets(candidates: readonly Candidate[], work: SessionWork): Suggestion[] {
  const text = work.notes.join('\n')
  const words = new Set(toWords(text).keys())
  const assets = namedIn(text, work.assets)
  const compared = candidates.map((candidate) => ({ ...candidate, shared: sharedBy(candidate.ticket, words, assets) }))
  const holders = Map.groupBy(
    compared.flatMap(({ shared }) => [...shared.keys()]),
    (thing) => thing,
  )
  const rarity = (thing: string) => Math.log2(1 + candidates.length / (holders.get(thing)?.length ?? 1))
  return compared.flatMap((each) => toSuggestion(each, rarity, work)).toSorted(inOrder)
}

/** The one to offer: the best, which is about the work, when there is any. A bad offer is worse than none. */
export const toOffer = ([best]: readonly Suggestion[], hasWork: boolean): Suggestion | undefined =>
  hasWork && !best?.isAboutWork ? undefined : best

const statePoints: Record<TicketState, number> = { open: 0, in_progress: 1, resolved: -2, closed: -2 }

interface Compared extends Candidate {
  shared: Map<string, Shared>
}

function toSuggestion({ ticket, isMine, shared }: Compared, rarity: (thing: string) => number, { now, zone }: SessionWork): Suggestion[] {
  const days = daysBetween(dayOf(ticket.updatedAt, zone), dayOf(now, zone))
  const isDone = ticket.state === 'resolved' || ticket.state === 'closed'
  if (isDone && (shared.size === 0 || days > 0)) return []
  const points = [...shared.keys()].reduce((sum, thing) => sum + rarity(thing), 0)
  const score = points + (isMine ? 1 : 0) + statePoints[ticket.state] + 1 / (1 + days)
  const reasons = [...sharedInWords(shared), ...(isMine ? ['assigned to you'] : []), statusInWords(ticket), updatedInWords(days)]
  return [{ ticket, score: Math.round(score * 100) / 100, reason: reasons.join(' · '), isAboutWork: shared.size > 0 }]
}

function inOrder(one: Suggestion, other: Suggestion): number {
  const later = other.ticket.updatedAt.getTime() - one.ticket.updatedAt.getTime()
  return other.score - one.score || later || (placeOf(one) < placeOf(other) ? -1 : 1)
}

const placeOf = ({ ticket }: Suggestion): string => `${ticket.integration} ${ticket.id}`

/** What ticket and work have in common, as it is shown: a word as the ticket spells it, or the name of an asset. */
type Shared = { word: string } | { asset: string }

function sharedBy({ subject, description = '' }: ListedTicket, words: ReadonlySet<string>, assets: readonly string[]): Map<string, Shared> {
  const text = `${subject}\n${description}`
  const shared = [...toWords(text)].filter(([word]) => words.has(word))
  const named = namedIn(text, assets)
  return new Map<string, Shared>([
    ...shared.map(([word, spelling]) => [word, { word: spelling }] as const),
    // no word has a space
    ...named.map((asset) => [`asset ${toTokens(asset)}`, { asset }] as const),
  ])
}

const mostWordsShown = 4

function sharedInWords(shared: Map<string, Shared>): string[] {
  const assets = [...shared.values()].flatMap((each) => ('asset' in each ? [each.asset] : []))
  const said = new Set(assets.flatMap((asset) => [...toWords(asset).keys()]))
  const words = [...shared].flatMap(([key, each]) => ('word' in each && !said.has(key) ? [each.word] : []))
  const shown = [...words.slice(0, mostWordsShown), ...(words.length > mostWordsShown ? ['…'] : [])]
  return [...(shown.length > 0 ? [`words: ${shown.join(', ')}`] : []), ...assets.map((asset) => `asset ${asset}`)]
}

const statusInWords = ({ status, state }: ListedTicket): string => status.trim().toLowerCase() || state.replace('_', ' ')

const updatedInWords = (days: number): string =>
  days === 0 ? 'updated today' : days === 1 ? 'updated yesterday' : `updated ${days} days ago`

/** Whole days of the calendar, at least 0: a vendor's clock may be ahead. */
const daysBetween = (earlier: string, later: string): number =>
  Math.max(0, Math.round((Date.parse(later) - Date.parse(earlier)) / 86_400_000))

// words that say nothing of what was done, or stand in any ticket
const stopWords = new Set(
  `a about after again all also am an and any are as at be because been before being but by can client could customer did do does done down each
  every few for from get gets go got had has have he her here him his how i if in into is issue it its just let me more most my need needs new
  no not now of off old on only or other our out over own per please problem same set she so some still such than thank thanks that the their
  them then there these they this those through ticket to too under until up us very via was we were what when where which while who why will
  with without work working works would you your`.split(/\s+/),
)

/** Each word once, as it is compared (without case, accents and plural) and as it is spelled, in lower case. */
function toWords(text: string): Map<string, string> {
  const words = new Map<string, string>()
  for (const [spelling] of text.toLowerCase().matchAll(/[\p{Letter}\p{Number}\p{Mark}]+/gu)) {
    const word = toNameKey(spelling)
    const isTelling = word.length > 1 && /\p{Letter}/u.test(word) && !stopWords.has(word)
    if (isTelling && !words.has(toSingular(word))) words.set(toSingular(word), spelling)
  }
  return words
}

/** The same for one and many, not always a word: battery and batteries, box and boxes, licence and licences. */
const toSingular = (word: string): string =>
  word.length < 3 ? word : word.replace(/ies?$/, 'y').replace(/(?<=[sxzc]|[cs]h)es?$|(?<![siu])s$/, '')

/** The assets whose whole name is in the text, not as a part of another: `AD1` is not in `AD12`, nor `FS01` in `GD-FS01`. */
function namedIn(text: string, assets: readonly string[]): string[] {
  const tokens = ` ${toTokens(text)} `
  return assets.filter((asset) => toTokens(asset) !== '' && tokens.includes(` ${toTokens(asset)} `))
}

const token = /[\p{Letter}\p{Number}\p{Mark}]+(?:[_-]+[\p{Letter}\p{Number}\p{Mark}]+)*/gu

const toTokens = (text: string): string => (text.normalize('NFKC').toLowerCase().match(token) ?? []).join(' ')
