import type { Command } from 'commander'
import type { App } from '../../app.ts'
import { lookAt, type Part, type Place } from '../../claude/setup.ts'
import { type JsonOption, withJson } from '../options.ts'
import { folderAt } from './places.ts'

const fields = ['place', 'what', 'state', 'path'] as const

export function registerClaudeStatus(claude: Command, app: App, run = runClaudeStatus): void {
  const status = claude.command('status').description('Show what Claude Code has of msp: missing, current, outdated, or changed by you')
  withJson(status, app, fields).action((options: JsonOption) => run(app, options))
}

export async function runClaudeStatus(app: Pick<App, 'io' | 'env' | 'agent'>, { json }: JsonOption): Promise<void> {
  const parts: Array<Part & { place: Place }> = []
  // in the home folder itself the two are one: the user's
  const folders = new Map((['project', 'user'] as const).map((place) => [folderAt(place, app), place]))
  for (const [folder, place] of [...folders].reverse()) {
    const { skill, permissions } = await lookAt(folder)
    parts.push({ place, ...skill }, { place, ...permissions })
  }
  const shown = json ? parts : parts.map((part) => ({ ...part, state: part.state === 'changed' ? 'changed by you' : part.state }))
  app.io.list(shown, fields, json)
  if (parts.some(({ state }) => state === 'outdated'))
    app.io.err('To bring it up to date: msp claude setup, with --project for the project')
  if (app.agent) app.io.err(`msp takes you for an agent, ${app.agent.name}, because of ${app.agent.because.join(', ')}.`)
}
