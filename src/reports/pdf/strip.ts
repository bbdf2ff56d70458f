import type { CanvasLine } from 'pdfmake/interfaces.js'
import type { DayResult } from '../../backups/report.ts'
import { fills } from './colours.ts'

const height = 9

/** The worse a day, the taller its mark: what is wrong sticks out without colours too. */
const tallness: Record<DayResult, number> = {
  failed: 9,
  overdue: 9,
  unknown: 7,
  warning: 7,
  running: 5,
  successful: 5,
  noRun: 1.5,
  noData: 0.5,
}

/** A mark for each day. Neighbours that ended alike are one dashed line: of what is drawn the number counts, not the length. */
export function toStrip(days: readonly DayResult[], width: number): CanvasLine[] {
  const day = width / days.length
  const dash = { length: day * 0.8, space: day * 0.2 }
  const marks: CanvasLine[] = []
  for (let start = 0, end = 1; end <= days.length; end++) {
    const result = days[start]
    if (result === undefined || days[end] === result) continue
    const y = height - tallness[result] / 2
    marks.push({ type: 'line', x1: start * day, x2: end * day, y1: y, y2: y, lineWidth: tallness[result], lineColor: fills[result], dash })
    start = end
  }
  return marks
}
