import type { Command } from 'commander'
import { migrations } from '../../../migrations/index.ts'
import type { App } from '../../app.ts'
import { refuseNewer, refuseOthersTables } from '../../db/migrate.ts'
import { type DatabasePlace, nameOf } from '../../db/open.ts'
import { makeFolder, migrateAt } from '../../db/open-migrated.ts'
import { MspError } from '../../errors.ts'
import { type JsonOption, withJson } from '../options.ts'
import { type Change, countOf, readStatus, showTables, toChange, toTables } from './migrations.ts'

const fields = ['name', 'what'] as const

export interface MigrateOptions extends JsonOption {
  dryRun?: boolean
}

export function registerDbMigrate(db: Command, app: App, run = runDbMigrate): void {
  const command = db
    .command('migrate')
    .description('Give the database what this msp needs; a MariaDB only when you say so')
    .option('--dry-run', 'only show what would be applied')
  withJson(command, app, fields).action((options: MigrateOptions) => run(app, options))
}

export async function runDbMigrate(app: Pick<App, 'io' | 'prompt' | 'databasePlace'>, { dryRun, json }: MigrateOptions): Promise<void> {
  const { io } = app
  const place = await app.databasePlace()
  const status = await readStatus(place)
  refuseNewer(status)
  refuseOthersTables(status)
  const todo = [...status.pending, ...toTables(status.changes)]
  if (dryRun) {
    io.err(status.pending.length === 0 ? nothingToDo(place) : `Would be applied to ${nameOf(place)}:`)
    if (json || !io.isTerminal) return io.list(todo, ['what', 'name'], json)
    io.list(status.pending, ['what', 'name'])
    return showTables(app, status.changes)
  }
  if (status.pending.length > 0 && place.engine === 'mariadb') await confirm(app, place, todo, countOf(status.pending))
  const applied = status.pending.length === 0 ? [] : await apply(place)
  io.err(applied.length === 0 ? nothingToDo(place) : `Applied to ${nameOf(place)}:`)
  io.list(applied, ['what', 'name'], json)
}

const nothingToDo = (place: DatabasePlace): string => `Nothing to do: ${nameOf(place)} has everything that this msp needs.`

async function confirm(
  { io, prompt }: Pick<App, 'io' | 'prompt'>,
  place: DatabasePlace,
  todo: readonly Change[],
  count: string,
): Promise<void> {
  io.err(`${nameOf(place)} lacks ${count}:`)
  for (const { name, what } of todo) io.err(name in migrations ? `  ${what}` : `    ${name}: ${what}`)
  if (!(await prompt.confirm('Apply now? Everybody who works with this database gets it.', '--yes')))
    throw new MspError('cancelled', 'Nothing was changed.')
}

async function apply(place: DatabasePlace): Promise<Change[]> {
  makeFolder(place)
  return (await migrateAt(place)).map(toChange)
}
