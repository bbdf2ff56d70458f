import type { Content, TDocumentDefinitions } from 'pdfmake/interfaces.js'
import type { BackupReport, CrossCheck, Evidence } from '../../backups/report.ts'
import { toStatusWords } from '../../backups/report.ts'
import { toInertLine } from '../../inert.ts'
import { createTimes, noCounts, notRecorded, type Times, toProofs } from '../words.ts'
import { quiet, toInk } from './colours.ts'
import { contentWidth, pageMargins } from './paper.ts'
import { toPlans } from './plans.ts'
import { toSummary } from './summary.ts'
import { toText } from './text.ts'

/** A report as pdfmake takes it. */
export function toDocument(report: BackupReport): TDocumentDefinitions {
  const { client, date, notes } = report
  const times = createTimes(report)
  const name = toText(client, 60)
  return {
    info: { title: toInertLine(`Backup report: ${client}, ${date}`), creator: 'msp', producer: 'msp' },
    language: 'en',
    version: '1.7',
    displayTitle: true,
    pageSize: 'A4',
    pageOrientation: 'landscape',
    pageMargins,
    defaultStyle: { font: 'Roboto', fontSize: 9, lineHeight: 1.15, color: '#1b2129' },
    styles: {
      heading: { fontSize: 12, bold: true, margin: [0, 11, 0, 4] },
      quiet: { color: quiet },
    },
    footer: (page, pages) => ({
      margin: [pageMargins[0], 12, pageMargins[2], 0],
      columns: [
        { text: `Backup report · ${name} · ${toText(date)}`, width: contentWidth - 80, noWrap: true },
        { text: `Page ${page} of ${pages}`, width: 80, alignment: 'right' },
      ],
      fontSize: 8,
      color: quiet,
    }),
    content: [
      ...toSummary(report, times),
      ...toPlans(report, times),
      toSection('Restore tests and consistency checks', toEvidence(report, times)),
      toSection('Cross-check', report.crossChecks.length > 0 ? report.crossChecks.flatMap(toCrossCheck) : [noCounts]),
      ...toNotes(notes),
    ],
  }
}

/** A heading stays with what it is for. */
const toSection = (heading: string, content: Content[]): Content => ({
  stack: [{ text: heading, style: 'heading' }, ...content],
  unbreakable: true,
})

const toEvidence = (report: BackupReport, times: Times): Content[] =>
  toProofs(report).map(({ what, proof }) => ({ text: [`${what}: `, ...toProof(proof, times)] }))

function toProof(evidence: Evidence | null, { show, age }: Times): Content[] {
  if (!evidence) return [{ text: notRecorded, bold: true }]
  const { computer, plan, at, status } = evidence
  return [
    { text: toStatusWords(status), color: toInk(status), bold: true },
    `, ${toText(computer)}, ${toText(plan)}, ${show(at)} (${age(at)})`,
  ]
}

function toCrossCheck({ vendor, differences }: CrossCheck): Content[] {
  const name = toText(vendor)
  if (differences.length === 0) return [`${name} counts for itself, and agrees with this report.`]
  return [
    { text: `${name} counts for itself, and differs from this report:`, bold: true, color: toInk('warning') },
    { ul: differences.map(({ what, ours, theirs }) => `${toText(what)}: ${ours} in this report, ${theirs} at ${name}`) },
  ]
}

function toNotes([first, ...others]: readonly string[]): Content[] {
  if (first === undefined) return []
  return [toSection('Notes', [{ ul: [toText(first, 1000)] }]), { ul: others.map((note) => toText(note, 1000)) }]
}
