import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { type DatabaseStatus, differencesHint, differencesSentence, newerHint, newerSentence } from '../../db/migrate.ts'
import { nameOf } from '../../db/open.ts'
import { type JsonOption, withJson } from '../options.ts'
import { type Change, countOf, isThere, readStatus, showTables, toChange, toTables } from './migrations.ts'

const fields = ['engine', 'place', 'exists', 'state', 'applied', 'pending', 'changes', 'differences', 'newer'] as const

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
  const { pending, changes, differences } = status
  const exists = isThere(place)
  const state = exists ? stateOf(status) : 'not made yet'
  const shown = { engine: place.engine, place: nameOf(place), exists, state, applied, pending, changes, differences, newer }
  io.show(shown, ['engine', 'place', 'state'], json)
  if (!json) showLists(app, status, [...rows('applied', applied), ...rows('newer', newer), ...rows('pending', pending)])
  const problem = problemOf(status)
  if (problem !== undefined) {
    for (const [index, line] of problem.entries()) io.err(line, index === 0 ? 'bad' : undefined)
    app.exitCode = 1
  } else if (!exists) io.err('The first command that needs the database makes it: msp init')
  else if (pending.length > 0) io.err('Apply what is missing: msp db migrate')
}

type Row = Omit<Change, 'name'> & { state: string; name: string | null }

function showLists({ io }: Pick<App, 'io'>, { changes, differences }: DatabaseStatus, migrations: Row[]): void {
  const differing = differences.map((what): Row => ({ state: 'differs', what, name: null }))
  const others = io.isTerminal ? [] : [...rows('changes', toTables(changes)), ...differing]
  io.list([...migrations, ...others], ['state', 'what', 'name'])
  if (!io.isTerminal) return
  showTables({ io }, changes)
  for (const difference of differences) io.out(difference)
}

const rows = (state: string, changes: readonly Change[]): Row[] => changes.map((change) => ({ state, ...change }))

function problemOf(status: DatabaseStatus): string[] | undefined {
  if (status.unknown.length > 0) return [newerSentence(status), newerHint]
  return status.differences.length > 0 ? [differencesSentence, differencesHint] : undefined
}

function stateOf({ pending, unknown, differences }: DatabaseStatus): string {
  if (unknown.length > 0) return 'newer than this msp'
  if (differences.length > 0) return 'has tables that msp cannot use'
  return pending.length === 0 ? 'up to date' : `lacks ${countOf(pending)}`
}
