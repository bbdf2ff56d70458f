import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { type MigrationStatus, newerHint, newerSentence } from '../../db/migrate.ts'
import { nameOf } from '../../db/open.ts'
import { type JsonOption, withJson } from '../options.ts'
import { type Change, countOf, isThere, readStatus, toChange } from './migrations.ts'

const fields = ['engine', 'place', 'exists', 'state', 'applied', 'pending', 'newer'] as const

export function registerDbStatus(db: Command, app: App, run = runDbStatus): void {
  const status = db.command('status').description('Show where the database is, and what it has and lacks; changes nothing')
  withJson(status, app, fields).action((options: JsonOption) => run(app, options))
}

export async function runDbStatus(app: Pick<App, 'io' | 'databasePlace' | 'exitCode'>, { json }: JsonOption): Promise<void> {
  const { io } = app
  const place = await app.databasePlace()
  const status = await readStatus(place)
  const applied = status.applied.filter((name) => !status.unknown.includes(name)).map(toChange)
  const newer = status.unknown.map(toChange)
  const { pending } = status
  const exists = isThere(place)
  const state = exists ? stateOf(status) : 'not made yet'
  io.show({ engine: place.engine, place: nameOf(place), exists, state, applied, pending, newer }, ['engine', 'place', 'state'], json)
  if (!json) io.list([...rows('applied', applied), ...rows('newer', newer), ...rows('pending', pending)], ['state', 'what', 'name'])
  if (newer.length > 0) {
    io.err(newerSentence(status), 'bad')
    io.err(newerHint)
    app.exitCode = 1
  } else if (!exists) io.err('The first command that needs the database makes it: msp init')
  else if (pending.length > 0) io.err('Apply what is missing: msp db migrate')
}

const rows = (state: string, changes: readonly Change[]) => changes.map((change) => ({ state, ...change }))

function stateOf({ pending, unknown }: MigrationStatus): string {
  if (unknown.length > 0) return 'newer than this msp'
  return pending.length === 0 ? 'up to date' : `lacks ${countOf(pending)}`
}
