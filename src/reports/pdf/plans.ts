import type { CanvasLine, Content, ContentTable, TableCell } from 'pdfmake/interfaces.js'
import type { BackupReport, DayResult, ReportedPlan } from '../../backups/report.ts'
import { toDayWords } from '../../backups/report.ts'
import { noPlans, type Times } from '../words.ts'
import { fills, line, quiet, toInk } from './colours.ts'
import { toLegend } from './legend.ts'
import { contentWidth } from './paper.ts'
import { headings, toRow } from './rows.ts'
import { toStrip } from './strip.ts'

const reason = headings.indexOf('Reason')
const padding = 3
// figures end where the reason begins
const reasonPadding = 9
const stripWidth = 78
const around = [44, 78, 78, 38, 62, 62, 32, 44, 44, stripWidth]
const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0)
// all are given: a width that is left to pdfmake grows with a long word, off the page
const reasonWidth = contentWidth - sum(around) - 2 * padding * around.length - (reasonPadding - padding)
const widths = around.toSpliced(reason, 0, reasonWidth)
const [firstFigure, lastFigure] = [headings.indexOf('Files failed'), headings.indexOf('Sent')]

/** Every plan of a report, and what the marks of its days mean. */
export function toPlans(report: BackupReport, times: Times): Content[] {
  const { plans, days } = report
  const heading: Content = { text: 'Plans', style: 'heading' }
  if (plans.length === 0) return [heading, noPlans]
  const count = plans.length === 1 ? '1 plan' : `${plans.length} plans`
  const marks = `Each mark under Days is one day, from ${days.at(0)} to ${days.at(-1)}, the latest at the right:`
  return [
    heading,
    { text: `${count}, the worst first.${days.length > 0 ? ` ${marks}` : ''}`, style: 'quiet', margin: [0, 0, 0, 3] },
    ...(days.length > 0 ? [toLegend(toDayLegend(plans))] : []),
    toTable(report, times),
  ]
}

const results: readonly DayResult[] = ['successful', 'warning', 'failed', 'overdue', 'unknown', 'running', 'noRun', 'noData']

function toDayLegend(plans: readonly ReportedPlan[]) {
  const used = new Set(plans.flatMap(({ days }) => days))
  return results.filter((result) => used.has(result)).map((result) => ({ fill: fills[result], words: toDayWords(result) }))
}

function toTable({ plans, days }: BackupReport, times: Times): ContentTable {
  const head = [...headings, days.length > 0 ? 'Days' : ''].map((text, index): TableCell => ({ text, color: quiet, ...toAlignment(index) }))
  return {
    table: {
      headerRows: 1,
      keepWithHeaderRows: 1,
      dontBreakRows: true,
      widths,
      body: [head, ...plans.map((plan) => toCells(plan, times))],
    },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: () => 0,
      paddingLeft: (index) => (index === reason ? reasonPadding : index === 0 ? 0 : padding),
      paddingRight: (index) => (index === widths.length - 1 ? 0 : padding),
      paddingTop: () => padding,
      paddingBottom: () => padding,
    },
    fontSize: 7.5,
    margin: [0, 6, 0, 0],
  }
}

const toAlignment = (index: number) => (index >= firstFigure && index <= lastFigure ? { alignment: 'right' as const } : {})

function toCells(plan: ReportedPlan, times: Times): TableCell[] {
  const [status = '', ...words] = toRow(plan, times)
  const cells = words.map((text, index): TableCell => ({ text, ...toAlignment(index + 1) }))
  return [{ text: status, color: toInk(plan.status), bold: true }, ...cells, { canvas: [toRule(), ...toStrip(plan.days, stripWidth)] }]
}

// pdfmake draws the line of a row in a piece for each cell: one that starts at the last of them is a dozen times cheaper
const toRule = (): CanvasLine => ({
  type: 'line',
  x1: stripWidth - contentWidth,
  x2: stripWidth,
  y1: -padding,
  y2: -padding,
  lineWidth: 0.5,
  lineColor: line,
})
