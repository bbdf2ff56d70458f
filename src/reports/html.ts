import { type BackupReport, type CrossCheck, type Evidence, toSentence, toStatusWords, toTone } from '../backups/report.ts'
import { toSizeWords } from '../size.ts'
import { toChart } from './page/chart.ts'
import { toMarkup, toName } from './page/markup.ts'
import { toPlans } from './page/plans.ts'
import { style } from './page/style.ts'
import { createPageTimes, type PageTimes } from './page/times.ts'
import { toVerdict } from './verdict.ts'
import { noCounts, notRecorded, shown, sources, toLongDay, toProofs } from './words.ts'

/** A report as a page of one file: nothing is loaded, nothing runs, and whatever comes from data is only shown. */
export function toHtml(report: BackupReport): string {
  const { client, date, plans, notes } = report
  const times = createPageTimes(report)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>Backup report: ${toMarkup(client)}, ${toMarkup(date)}</title>
<style>${style}</style>
</head>
<body>
${toHeader(report, times)}
<main>
${toSection('totals', 'Totals', `${toTiles(report, times)}${plans.length > 0 ? `\n${toChart(report)}` : ''}`)}
${toSection('plans', 'Plans', toPlans(report, times))}
${toSection('evidence', 'Restore tests and consistency checks', toEvidence(report, times))}
${toSection('cross-check', 'Cross-check', toCrossChecks(report))}
${notes.length > 0 ? toSection('notes', 'Notes', `<ul>${notes.map((note) => `<li>${toMarkup(note)}</li>`).join('')}</ul>`) : ''}
</main>
</body>
</html>
`
}

const toSection = (id: string, heading: string, content: string): string =>
  `<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
${content}
</section>`

function toHeader(report: BackupReport, times: PageTimes): string {
  const { client, date, source, takenAt, zone } = report
  const { tone, words } = toVerdict(report)
  return `<header>
<h1><span>Backup report</span> ${toName(client)}</h1>
<p class="day"><time datetime="${toMarkup(date)}">${toMarkup(toLongDay(date))}</time></p>
<p class="verdict ${tone}"><strong>${toMarkup(words)}</strong> <span>${toMarkup(toSentence(report))}.</span></p>
<dl class="about">
<div><dt>Source</dt><dd>${sources[source]}</dd></div>
<div><dt>Data taken</dt><dd>${times.show(takenAt)}</dd></div>
<div><dt>Time zone</dt><dd>${toMarkup(zone)}</dd></div>
</dl>
</header>`
}

function toTiles({ totals, oldestSuccess }: BackupReport, times: PageTimes): string {
  const counts = shown.map((status) => toTile(toStatusWords(status), String(totals[status]), totals[status] > 0 ? status : 'none'))
  const oldest = oldestSuccess
    ? `${times.showWithAge(oldestSuccess.at)} <span class="small">${toName(oldestSuccess.computer)}, ${toName(oldestSuccess.plan)}</span>`
    : 'none'
  return `<dl class="tiles">
${[toTile('total', String(totals.totalJobs), 'all'), ...counts].join('\n')}
</dl>
<dl class="tiles sizes">
${toTile('protected', toSizeWords(totals.protectedBytes), 'all')}
${toTile('sent', toSizeWords(totals.sentBytes), 'all')}
${toTile('oldest success', oldest, 'all')}
</dl>`
}

const toTile = (label: string, value: string, kind: string): string => `<div class="${kind}"><dt>${label}</dt><dd>${value}</dd></div>`

function toEvidence(report: BackupReport, times: PageTimes): string {
  const facts = toProofs(report).map(({ what, proof }) => `<div><dt>${what}</dt><dd>${toProof(proof, times)}</dd></div>`)
  return `<dl class="facts">
${facts.join('\n')}
</dl>`
}

function toProof(evidence: Evidence | null, times: PageTimes): string {
  if (!evidence) return `<span class="quiet">${notRecorded}</span>`
  const { computer, plan, at, status } = evidence
  return `<b class="status ${toTone(status)}">${toStatusWords(status)}</b> ${toName(computer)}, ${toName(plan)}, ${times.showWithAge(at)}`
}

function toCrossChecks({ crossChecks }: BackupReport): string {
  if (crossChecks.length === 0) return `<p>${noCounts}</p>`
  return crossChecks.map(toCrossCheck).join('\n')
}

function toCrossCheck({ vendor, differences }: CrossCheck): string {
  if (differences.length === 0) return `<p>${toName(vendor)} counts for itself, and agrees with this report.</p>`
  const rows = differences.map(
    ({ what, ours, theirs }) => `<tr><th scope="row">${toMarkup(what)}</th><td>${ours}</td><td>${theirs}</td></tr>`,
  )
  return `<table class="differences">
<caption>${toName(vendor)} counts for itself, and differs from this report:</caption>
<thead><tr><th scope="col">Figure</th><th scope="col">This report</th><th scope="col">${toName(vendor)}</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`
}
