import { planStatuses } from '../../backups/backup.ts'
import { type BackupReport, toStatusWords } from '../../backups/report.ts'

const narrowest = 4

/** How the plans stand: one bar, a piece for each status, and what the pieces mean. */
export function toChart({ totals }: BackupReport): string {
  const statuses = planStatuses.filter((status) => totals[status] > 0)
  const words = statuses.map((status) => `${totals[status]} ${toStatusWords(status)}`)
  let start = 0
  const pieces = statuses.map((status) => {
    const share = (totals[status] / totals.totalJobs) * 100
    const piece = toPiece(status, start, share, totals[status])
    start += share
    return piece
  })
  const legend = statuses.map((status, index) => `<li><i class="swatch ${status}"></i> ${words[index]}</li>`)
  return `<figure>
<svg class="chart" role="img" aria-label="How the plans stand: ${words.join(', ')}" width="100%" height="32">${pieces.join('')}</svg>
<figcaption><ul class="legend">${legend.join('')}</ul></figcaption>
</figure>`
}

/** In per cent, so that the number keeps its shape on any width. A piece that is too narrow goes without one. */
function toPiece(status: string, start: number, share: number, count: number): string {
  const [x, width, middle] = [start, share, start + share / 2].map((part) => `${Math.round(part * 100) / 100}%`)
  const number = share < narrowest ? '' : `<text x="${middle}" y="21">${count}</text>`
  return `<rect class="${status}" x="${x}" width="${width}" height="32"/>${number}`
}
