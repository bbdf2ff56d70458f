import { type Command, Option } from 'commander'
import type { App } from '../../app.ts'
import { type Change, folderOf, type Part, type Place } from '../../claude/setup.ts'
import type { JsonOption } from '../options.ts'

export interface PlaceOptions extends JsonOption {
  user?: boolean
  project?: boolean
  dryRun?: boolean
}

/** Adds where it is, and `--dry-run`. */
export const withPlace = (command: Command): Command =>
  command
    .option('--user', 'for you, in every project (the default)')
    .addOption(new Option('--project', 'for this project, in its .claude folder').conflicts('user'))
    .option('--dry-run', 'print exactly what would be written, and write nothing')

export const placeOf = ({ project }: PlaceOptions): Place => (project ? 'project' : 'user')

export const folderAt = (place: Place, { env }: Pick<App, 'env'>): string => folderOf(place, env, process.cwd())

/** A file with what was done to it. */
export interface Done extends Part {
  place: Place
  change: 'written' | 'deleted' | 'unchanged' | 'kept'
  /** What of it is ours: of the skill the text, of the settings the rules. */
  lines: string[]
}

export const doneFields = ['place', 'what', 'path', 'state', 'change', 'lines'] as const

export function toDone(place: Place, { next, ...change }: Change): Done {
  const stays = change.state === 'changed' ? 'kept' : 'unchanged'
  return { place, ...change, change: next === undefined ? stays : next === null ? 'deleted' : 'written' }
}

/** What would be done, with every line of it. */
export function printPlan({ io }: Pick<App, 'io'>, changes: readonly Done[]): void {
  for (const { path, change, lines } of changes) {
    if (change === 'kept' || change === 'unchanged') continue
    io.out(`${change}\t${path}`)
    for (const line of lines) io.out(`  ${line}`)
  }
}
