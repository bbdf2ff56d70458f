import { existsSync } from 'node:fs'
import { readFile, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Env } from '../config.ts'
import { codeOf, MspError } from '../errors.ts'
import { quoted, writeOrdinaryFile } from '../files.ts'
import { thisUser } from '../user.ts'
import { missingRules, presentRules, readSettings, rulesState, type Settings, withoutRules, withRules } from './settings.ts'
import { type FileState, skillState, skillText } from './skill.ts'

/** For every project of this user, or for one project and whoever works on it. */
export type Place = 'user' | 'project'

/** The folder of Claude Code's configuration; a project's lies where its repository begins. */
export function folderOf(place: Place, env: Env, current: string): string {
  if (place === 'project') return join(repositoryOf(current) ?? current, '.claude')
  const home = process.platform === 'win32' ? thisUser().home : env.HOME || thisUser().home
  return env.CLAUDE_CONFIG_DIR || join(home, '.claude')
}

function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  return dirname(folder) === folder ? undefined : repositoryOf(dirname(folder))
}

/** What there is of one of the two files. */
export interface Part {
  what: 'skill' | 'permissions'
  path: string
  state: FileState
}

/** What happens to it: with `next` it is written, with null it is deleted, with undefined it stays. `lines` says what of it is ours. */
export interface Change extends Part {
  next: string | null | undefined
  lines: string[]
}

interface Found {
  skill: Part
  permissions: Part & { settings: Settings }
}

/** Reads both files; settings that are no valid JSON are refused. */
export async function lookAt(folder: string): Promise<Found> {
  const [skill, settings] = [join(folder, 'skills', 'msp', 'SKILL.md'), join(folder, 'settings.json')]
  const text = await readText(settings)
  const read = readSettings(settings, text === undefined || text.trim() === '' ? '{}\n' : text)
  return {
    skill: { what: 'skill', path: skill, state: skillState(await readText(skill)) },
    permissions: { what: 'permissions', path: settings, state: rulesState(read.value), settings: read },
  }
}

/** Writes what is missing or from an older msp, and nothing over what a person changed. */
export function planSetup({ skill, permissions: { settings, ...permissions } }: Found): Change[] {
  const isWritten = skill.state === 'missing' || skill.state === 'outdated'
  const rules = missingRules(settings.value)
  return [
    { ...skill, next: isWritten ? skillText() : undefined, lines: isWritten ? skillText().trimEnd().split('\n') : [] },
    {
      ...permissions,
      next: rules.length > 0 ? settings.write(withRules(settings.value, rules)) : undefined,
      lines: rules.map(({ kind, rule }) => `${kind} ${rule}`),
    },
  ]
}

/** Takes out what msp wrote, and nothing that a person changed. */
export function planRemoval({ skill, permissions: { settings, ...permissions } }: Found): Change[] {
  const rules = presentRules(settings.value)
  return [
    { ...skill, next: skill.state === 'current' || skill.state === 'outdated' ? null : undefined, lines: [] },
    {
      ...permissions,
      next: rules.length > 0 ? settings.write(withoutRules(settings.value, rules)) : undefined,
      lines: rules.map(({ kind, rule }) => `${kind} ${rule}`),
    },
  ]
}

export async function apply(changes: readonly Change[]): Promise<void> {
  // the settings first: of the two they are what may not be writable, and rules without the skill do no harm
  for (const { path, next } of changes.toReversed()) {
    if (next === null) await deleteFile(path)
    else if (next !== undefined) await writeOrdinaryFile(path, next, { throughLinks: true })
  }
}

/** Its folder goes too when nothing else is in it. */
async function deleteFile(path: string): Promise<void> {
  try {
    await rm(path)
    await rmdir(dirname(path))
  } catch (cause) {
    const code = codeOf(cause)
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return
    throw new MspError('storage', `${path} could not be deleted (${code}).`, {
      hint: `See who may write there: ls -ld ${quoted(dirname(path))}`,
      cause,
    })
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    // a pipe would never end
    if (!(await stat(path)).isFile())
      throw new MspError('config', `${path} is not a regular file.`, { hint: `See what it is: ls -ld ${quoted(path)}` })
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path))
  } catch (cause) {
    if (cause instanceof MspError) throw cause
    const code = codeOf(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    const message = code?.startsWith('ERR_') ? `${path} is no text in UTF-8.` : `${path} could not be read (${code}).`
    throw new MspError('config', message, { hint: `See what it is: ls -ld ${quoted(path)}`, cause })
  }
}
