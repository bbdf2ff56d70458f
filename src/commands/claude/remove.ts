import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { apply, lookAt, planRemoval } from '../../claude/setup.ts'
import { withJson } from '../options.ts'
import { doneFields, folderAt, type PlaceOptions, placeOf, printPlan, toDone, withPlace } from './places.ts'

export function registerClaudeRemove(claude: Command, app: App, run = runClaudeRemove): void {
  const remove = withPlace(claude.command('remove')).description('Take the command /msp and its rules out of Claude Code again')
  withJson(remove, app, doneFields).action((options: PlaceOptions) => run(app, options))
}

export async function runClaudeRemove(app: Pick<App, 'io' | 'env'>, options: PlaceOptions): Promise<void> {
  const { json, dryRun } = options
  const { io } = app
  const place = placeOf(options)
  const plan = planRemoval(await lookAt(folderAt(place, app)))
  const done = plan.map((change) => toDone(place, change))
  if (!dryRun) await apply(plan)
  if (dryRun && !json) printPlan(app, done)
  else io.list(done, ['change', 'path'], json)
  for (const { what, change, path } of done)
    if (what === 'skill' && change === 'kept')
      io.err(`${path} was changed by you, or is not from msp: it stays. Delete it yourself.`, 'warn')
  if (dryRun) io.err('Nothing was written.')
  else if (done.every(({ change }) => change === 'unchanged' || change === 'kept')) io.err('There was nothing to take out.')
}
