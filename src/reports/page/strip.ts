import { type DayResult, toDayWords } from '../../backups/report.ts'

const [pitch, height] = [8, 14]

// Each has a shape of its own, so that no colour is needed to tell them apart. A path that turns the other way is a hole.
const shapes: Record<DayResult, string> = {
  successful: 'h6v14h-6z',
  warning: 'm3 1l3 12h-6z',
  failed: 'h6v14h-6zm1 6v2h4v-2z',
  overdue: 'h6v14h-6zm1.5 1.5v11h3v-11z',
  unknown: 'm3 1l3 6l-3 6l-3-6z',
  running: 'm0 2l6 5l-6 5z',
  noRun: 'm1 6h4v2h-4z',
  noData: 'm2 3h2v2h-2zm0 6h2v2h-2z',
}
const results = Object.keys(shapes) as DayResult[]
const uneventful: readonly DayResult[] = ['successful', 'noRun', 'noData']

/** `28 days: 26 successful, 1 failed, 1 no data`. */
function toDaysWords(days: readonly DayResult[]): string {
  const counted = results.map((result) => ({ result, count: days.filter((day) => day === result).length }))
  const parts = counted.filter(({ count }) => count > 0).map(({ result, count }) => `${count} ${toDayWords(result)}`)
  return `${days.length === 1 ? '1 day' : `${days.length} days`}: ${parts.join(', ')}`
}

/** A sign for each day, the oldest first. One path holds all days of a result: an element for each would be most of a large page. */
export function toStrip(days: readonly DayResult[], dates: readonly string[]): string {
  const paths = new Map<DayResult, { outline: string; when: string }>()
  for (const [index, day] of days.entries()) {
    const { outline, when } = paths.get(day) ?? { outline: '', when: '' }
    paths.set(day, { outline: `${outline}M${index * pitch} 0${shapes[day]}`, when: `${when}${when && ', '}${dates[index] ?? ''}` })
  }
  const drawn = [...paths].map(([day, { outline, when }]) => {
    const title = uneventful.includes(day) ? toDayWords(day) : `${toDayWords(day)}: ${when}`
    return `<path class="${day}" d="${outline}"><title>${title}</title></path>`
  })
  return toSvg(toDaysWords(days), days.length, drawn.join(''))
}

/** What the signs mean. */
export function toStripLegend(): string {
  const items = results.map((result) => {
    const sign = toSvg('Sign for', 1, `<path class="${result}" d="M0 0${shapes[result]}"/>`)
    return `<li>${sign} ${toDayWords(result)}</li>`
  })
  return `<ul class="legend">${items.join('')}</ul>`
}

function toSvg(label: string, days: number, drawn: string): string {
  const width = days * pitch - 2
  return `<svg class="strip" role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${drawn}</svg>`
}
