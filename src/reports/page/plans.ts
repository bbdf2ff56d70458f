import { type BackupReport, type ReportedPlan, toStatusWords, toTone } from '../../backups/report.ts'
import { toSizeWords } from '../../size.ts'
import { noPlans, noSuccess, notKnown, toNoStart } from '../words.ts'
import { toMarkup, toName } from './markup.ts'
import { toStrip, toStripLegend } from './strip.ts'
import type { PageTimes } from './times.ts'

/** Every plan of a report, and what the signs of its days mean. */
export function toPlans({ client, plans, days }: BackupReport, times: PageTimes): string {
  if (plans.length === 0) return `<p>${noPlans}</p>`
  const count = plans.length === 1 ? '1 plan' : `${plans.length} plans`
  // with focus the keyboard can move it sideways, where the table is wider than the window
  return `<p>Each sign under <b>Days</b> is one day, from <span class="time">${days.at(0)}</span> to <span class="time">${days.at(-1)}</span>, the latest at the right:</p>
${toStripLegend()}
<div class="wide" role="region" aria-label="Table of plans" tabindex="0">
<table class="plans">
<caption>${count} of ${toName(client)}, the worst first</caption>
<thead><tr><th scope="col">Computer and plan</th><th scope="col">Status</th><th scope="col">Last start</th><th scope="col">Next start</th>\
<th scope="col">Files failed</th><th scope="col">Protected</th><th scope="col">Sent</th><th scope="col">Days</th></tr></thead>
<tbody>
${plans.map((plan) => toRow(plan, days, times)).join('\n')}
</tbody>
</table>
</div>`
}

function toRow(plan: ReportedPlan, days: readonly string[], times: PageTimes): string {
  const { computer, type, filesFailed, nextStart } = plan
  const cells = [
    toStatus(plan, times),
    toLastStart(plan, times),
    nextStart ? times.show(nextStart) : toQuiet(notKnown),
    filesFailed > 0 ? `<b>${filesFailed}</b>` : '0',
    toSizeWords(plan.protectedBytes),
    toSizeWords(plan.sentBytes),
    toStrip(plan.days, days),
  ]
  const names = `${toName(computer)} <span>${toName(plan.plan)}, ${toName(type)}</span>`
  return `<tr><th scope="row">${names}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}

const toQuiet = (words: string): string => `<span class="quiet">${words}</span>`

const toLastStart = (plan: ReportedPlan, times: PageTimes): string =>
  plan.lastStart ? times.showWithAge(plan.lastStart) : toQuiet(toNoStart(plan))

function toStatus({ status, reason, lastSuccess }: ReportedPlan, times: PageTimes): string {
  const lines = [`<b class="status ${toTone(status)}">${toStatusWords(status)}</b>`]
  if (reason !== null) lines.push(`<span class="reason">${toMarkup(reason)}</span>`)
  if (status !== 'successful')
    lines.push(`<span class="reason">${lastSuccess ? `Last success: ${times.showWithAge(lastSuccess)}` : noSuccess}</span>`)
  return lines.join(' ')
}
