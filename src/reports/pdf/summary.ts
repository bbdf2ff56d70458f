import type { CanvasRect, Content, TableCell } from 'pdfmake/interfaces.js'
import { planStatuses } from '../../backups/backup.ts'
import { type BackupReport, toSentence, toStatusWords } from '../../backups/report.ts'
import { toSizeWords } from '../../size.ts'
import { toVerdict } from '../verdict.ts'
import { shown, sources, type Times, toLongDay } from '../words.ts'
import { fills, inks, line, quiet } from './colours.ts'
import { toLegend } from './legend.ts'
import { contentWidth } from './paper.ts'
import { toText } from './text.ts'

/** What a report comes to: whose it is, the totals, and a bar that shows how the plans stand. */
export function toSummary(report: BackupReport, times: Times): Content[] {
  const { client, date, source, takenAt, zone } = report
  const verdict = toVerdict(report)
  return [
    { text: 'Backup report', style: 'quiet', fontSize: 10 },
    { text: toText(client, 120), fontSize: 20, bold: true },
    { text: toLongDay(date), fontSize: 11, margin: [0, 0, 0, 8] },
    { text: toText(verdict.words, 400), fontSize: 11, bold: true, color: inks[verdict.tone] },
    { text: `${toText(toSentence(report), 400)}.`, fontSize: 11, margin: [0, 0, 0, 4] },
    { text: `Source: ${sources[source]}. Data taken: ${times.show(takenAt)}. Time zone: ${toText(zone)}.`, style: 'quiet' },
    toTiles(report),
    { text: `Oldest success: ${toOldestSuccess(report, times)}`, margin: [0, 6, 0, 8] },
    ...(report.totals.totalJobs > 0 ? toChart(report) : []),
  ]
}

function toTiles({ totals }: BackupReport): Content {
  const tiles = [
    toTile('total', String(totals.totalJobs)),
    ...shown.map((status) => toTile(toStatusWords(status), String(totals[status]), totals[status] > 0 ? fills[status] : quiet)),
    toTile('protected', toSizeWords(totals.protectedBytes)),
    toTile('sent', toSizeWords(totals.sentBytes)),
  ]
  return {
    table: { widths: tiles.map(() => '*'), body: [tiles] },
    layout: { hLineWidth: (index) => (index === 0 ? 2 : 0), vLineWidth: () => 0, hLineColor: () => line, fillColor: () => '#f6f7f9' },
    margin: [0, 10, 0, 0],
  }
}

const toTile = (label: string, figure: string, color = '#1b2129'): TableCell => ({
  stack: [
    { text: figure, fontSize: 13, bold: true, color, noWrap: true },
    { text: label, fontSize: 8, style: 'quiet' },
  ],
})

function toOldestSuccess({ oldestSuccess }: BackupReport, { show, age }: Times): string {
  if (!oldestSuccess) return 'none'
  const { computer, plan, at } = oldestSuccess
  return `${show(at)} (${age(at)}), ${toText(computer)}, ${toText(plan)}`
}

function toChart({ totals }: BackupReport): Content[] {
  const statuses = planStatuses.filter((status) => totals[status] > 0)
  let x = 0
  const canvas = statuses.map((status): CanvasRect => {
    const w = (totals[status] / totals.totalJobs) * contentWidth
    const piece: CanvasRect = { type: 'rect', x, y: 0, w, h: 12, color: fills[status], lineColor: '#ffffff' }
    x += w
    return piece
  })
  const legend = statuses.map((status) => ({ fill: fills[status], words: `${totals[status]} ${toStatusWords(status)}` }))
  return [{ canvas, margin: [0, 0, 0, 4] }, toLegend(legend)]
}
