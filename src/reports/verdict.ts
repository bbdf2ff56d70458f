import { type BackupReport, toTone } from '../backups/report.ts'

export interface Verdict {
  tone: ReturnType<typeof toTone>
  words: string
}

/** What a report comes to, for someone who reads nothing else of it. A plan of which nothing is expected now needs no action. */
export function toVerdict({ plans, crossChecks }: BackupReport): Verdict {
  const wrong = plans.filter(({ isWrong }) => isWrong).map(({ status }) => toTone(status))
  const outOf = (part: number) => `${part} of ${plans.length} ${plans.length === 1 ? 'plan' : 'plans'}`
  const [bad, warn] = [wrong.filter((tone) => tone === 'bad').length, wrong.filter((tone) => tone === 'warn').length]
  const differing = crossChecks.filter(({ differences }) => differences.length > 0).map(({ vendor }) => vendor)

  if (plans.length === 0) return { tone: 'bad', words: 'There is no backup plan: nothing protects this client.' }
  if (bad > 0) return { tone: 'bad', words: `Action is needed: ${outOf(bad)} did not back up as expected.` }
  if (warn > 0)
    return { tone: 'warn', words: `A closer look is needed: ${outOf(warn)} ended with a warning or in a state that is not known.` }
  if (differing.length > 0)
    return { tone: 'warn', words: `A closer look is needed: the counts of ${differing.join(' and ')} differ from those of this report.` }
  const open = toOpen(plans, outOf)
  if (open.length > 0) return { tone: 'plain', words: `Nothing is known to be wrong; ${open.join('; ')}.` }
  return { tone: 'good', words: 'All is well: the latest backup of every plan was successful.' }
}

/** What is not wrong, and no success either. */
function toOpen(plans: BackupReport['plans'], outOf: (part: number) => string): string[] {
  const others = plans.filter(({ status, isWrong }) => !isWrong && status !== 'successful')
  const running = others.filter(({ status }) => status === 'running').length
  const resting = others.length - running
  return [
    ...(running > 0 ? [`still running: ${outOf(running)}`] : []),
    ...(resting > 0 ? [`nothing is expected now of ${outOf(resting)}`] : []),
  ]
}
