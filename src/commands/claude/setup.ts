import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { apply, lookAt, planSetup } from '../../claude/setup.ts'
import { withJson } from '../options.ts'
import { type Done, doneFields, folderAt, type PlaceOptions, placeOf, printPlan, toDone, withPlace } from './places.ts'

export function registerClaudeSetup(claude: Command, app: App, run = runClaudeSetup): void {
  const setup = withPlace(claude.command('setup'))
    .description('Give Claude Code the command /msp, and the rules for what it may run: reading is allowed, writing asks')
    .addHelpText('after', '\nWhat you changed is left alone. --user is ~/.claude, or the folder that CLAUDE_CONFIG_DIR names.')
  withJson(setup, app, doneFields).action((options: PlaceOptions) => run(app, options))
}

export async function runClaudeSetup(app: Pick<App, 'io' | 'env'>, options: PlaceOptions): Promise<void> {
  const { json, dryRun } = options
  const { io, env } = app
  const place = placeOf(options)
  const folder = folderAt(place, app)
  const plan = planSetup(await lookAt(folder))
  const isNew = !existsSync(join(folder, 'skills'))
  const done = plan.map((change) => toDone(place, change))
  if (!dryRun) await apply(plan)
  if (dryRun && !json) printPlan(app, done)
  else io.list(done, ['change', 'path'], json)
  sayKept(app, done)
  if (dryRun) return io.err('Nothing was written.')
  if (!isOnPath(env)) io.err('There is no msp on your PATH: Claude Code needs one there.', 'warn')
  if (done.every(({ change }) => change !== 'written')) return io.err('All is set up already.', 'good')
  io.err(
    `In Claude Code: /msp ticket sync · /msp integrate syncro${isNew ? ' · restart it first: its folder of skills is new' : ''}`,
    'good',
  )
}

function sayKept({ io }: Pick<App, 'io'>, done: readonly Done[]): void {
  const skill = done.find(({ what, change }) => what === 'skill' && change === 'kept')
  if (!skill) return
  io.err(`${skill.path} was changed by you, or is not from msp: it stays as it is.`, 'warn')
  io.err(`To get the one of msp, move ${dirname(skill.path)} away and run this again.`)
}

function isOnPath(env: App['env']): boolean {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean)
  return folders.some((folder) => ['msp', 'msp.cmd', 'msp.exe'].some((name) => existsSync(join(folder, name))))
}
