import { type ReportedPlan, toStatusWords } from '../../backups/report.ts'
import { toSizeWords } from '../../size.ts'
import { noSuccess, notKnown, type Times, toNoStart } from '../words.ts'
import { toText } from './text.ts'

/** What stands above the columns of the plans' table, without that of the days. */
export const headings = [
  ...['Status', 'Computer', 'Plan', 'Type', 'Last start', 'Next start', 'Files failed', 'Protected', 'Sent', 'Reason'],
]

/** The words of a plan's row, one for each heading. */
export function toRow(plan: ReportedPlan, times: Times): string[] {
  const { computer, type, status, nextStart, filesFailed, protectedBytes, sentBytes } = plan
  return [
    toStatusWords(status),
    toText(computer),
    toText(plan.plan),
    toText(type, 40),
    toLastStart(plan, times),
    nextStart ? times.show(nextStart) : notKnown,
    String(filesFailed),
    toSizeWords(protectedBytes),
    toSizeWords(sentBytes),
    toReason(plan, times),
  ]
}

const toLastStart = (plan: ReportedPlan, { show, age }: Times): string =>
  plan.lastStart ? `${show(plan.lastStart)}\n${age(plan.lastStart)}` : toNoStart(plan)

/** Where all is well nothing is said. */
function toReason({ status, reason, lastSuccess }: ReportedPlan, { show, age }: Times): string {
  const sentences = reason ? [toText(reason, 300)] : []
  if (status !== 'successful') sentences.push(lastSuccess ? `Last success: ${show(lastSuccess)} (${age(lastSuccess)})` : noSuccess)
  return sentences.join('\n')
}
