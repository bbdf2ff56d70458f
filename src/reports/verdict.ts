import { planStatuses } from '../backups/backup.ts'
import { type BackupReport, toTone } from '../backups/report.ts'

export interface Verdict {
  tone: ReturnType<typeof toTone>
  words: string
}

/** What a report comes to, for someone who reads nothing else of it. */
export function toVerdict({ totals, crossChecks }: BackupReport): Verdict {
  const count = (tone: Verdict['tone']) =>
    planStatuses.filter((status) => toTone(status) === tone).reduce((sum, status) => sum + totals[status], 0)
  const outOf = (part: number) => `${part} of ${totals.totalJobs} ${totals.totalJobs === 1 ? 'plan' : 'plans'}`
  const [bad, warn, running] = [count('bad'), count('warn'), count('plain')]
  const differing = crossChecks.filter(({ differences }) => differences.length > 0).map(({ vendor }) => vendor)

  if (totals.totalJobs === 0) return { tone: 'bad', words: 'There is no backup plan: nothing protects this client.' }
  if (bad > 0) return { tone: 'bad', words: `Action is needed: ${outOf(bad)} did not back up as expected.` }
  if (warn > 0)
    return { tone: 'warn', words: `A closer look is needed: ${outOf(warn)} ended with a warning or in a state that is not known.` }
  if (differing.length > 0)
    return { tone: 'warn', words: `A closer look is needed: the counts of ${differing.join(' and ')} differ from those of this report.` }
  if (running > 0) return { tone: 'plain', words: `Nothing is known to be wrong; still running: ${outOf(running)}.` }
  return { tone: 'good', words: 'All is well: the latest backup of every plan was successful.' }
}
