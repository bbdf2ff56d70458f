import { MspError } from '../errors.ts'
import { isObject } from '../object.ts'
import type { FileState } from './skill.ts'
import { personal, reading, toRules, writing } from './verbs.ts'

const kinds = ['allow', 'ask', 'deny'] as const
type RuleKind = (typeof kinds)[number]
export interface Rule {
  kind: RuleKind
  rule: string
}

/** The rules that msp has for Claude Code. */
const ours: readonly Rule[] = [
  ...toRules(reading).map((rule) => ({ kind: 'allow', rule }) as const),
  ...toRules(writing).map((rule) => ({ kind: 'ask', rule }) as const),
  ...toRules(personal).map((rule) => ({ kind: 'deny', rule }) as const),
]

type Json = Record<string, unknown>

/** A settings.json: what it says, and how it is written. */
export interface Settings {
  value: Json
  /** The same file with another value in it: its indentation, line ends and last line. */
  write(value: Json): string
}

/** Reads the text of a settings.json; one that msp could not write back as it is, is refused. */
export function readSettings(path: string, text: string): Settings {
  const [, mark = '', json = ''] = /^(\ufeff?)(.*)$/s.exec(text) ?? []
  const value = parse(path, json)
  if (withoutSpace(json) !== JSON.stringify(value)) {
    throw new MspError(
      'config',
      `${path} is written in a way that msp would not write back as it is (a key twice, number-like keys, numbers such as 1.0); it stays as it is.`,
      {
        hint: 'Write the rules into it yourself: msp claude setup --project --dry-run --no-json in an empty folder shows them',
      },
    )
  }
  for (const kind of kinds) listOf(path, value, kind)
  const [, indent = '  '] = /^\{\s*?\n([ \t]+)"/.exec(json) ?? []
  const [end = '\n'] = /\s*$/.exec(json) ?? []
  const write = (next: Json) => {
    const written = `${JSON.stringify(next, null, indent)}${end}`
    return mark + (json.includes('\r\n') ? written.replace(/\r?\n/g, '\r\n') : written)
  }
  return { value, write }
}

function parse(path: string, json: string): Json {
  const refuse = (what: string, cause?: unknown) =>
    new MspError('config', `${path} is ${what}; nothing was written.`, { hint: 'Mend it, then run this again.', cause })
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw refuse('not valid JSON', cause)
  }
  if (!isObject(value)) throw refuse('not an object in JSON')
  if (value.permissions !== undefined && !isObject(value.permissions)) throw refuse('in a form that msp does not know ("permissions")')
  return value
}

const withoutSpace = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (token) => (token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : ''))

function listOf(path: string, { permissions }: Json, kind: RuleKind): readonly unknown[] {
  const list = isObject(permissions) ? permissions[kind] : undefined
  if (list === undefined) return []
  if (Array.isArray(list)) return list
  throw new MspError('config', `"permissions.${kind}" in ${path} is not a list; nothing was written.`, {
    hint: 'Mend it, then run this again.',
  })
}

const has = ({ permissions }: Json, kind: RuleKind, rule: string): boolean => {
  const list = isObject(permissions) ? permissions[kind] : undefined
  return Array.isArray(list) && list.includes(rule)
}

/** Our rules that are missing. One that a person has put into another list is there; what is denied is denied besides. */
export const missingRules = (value: Json): Rule[] =>
  ours.filter(({ kind, rule }) => (kind === 'deny' ? !has(value, kind, rule) : !kinds.some((each) => has(value, each, rule))))

/** Our rules that stand where msp puts them. */
export const presentRules = (value: Json): Rule[] => ours.filter(({ kind, rule }) => has(value, kind, rule))

export function rulesState(value: Json): FileState {
  const missing = missingRules(value)
  if (missing.length > 0) return missing.length === ours.length ? 'missing' : 'outdated'
  return presentRules(value).length === ours.length ? 'current' : 'changed'
}

/** The settings with these rules, behind those that are there. */
export function withRules(value: Json, rules: readonly Rule[]): Json {
  const permissions = changeRules(value, (kind, list) => [...list, ...rules.filter((each) => each.kind === kind).map(({ rule }) => rule)])
  return { ...value, permissions }
}

/** The settings without these rules; a list that they leave empty goes too. */
export function withoutRules(value: Json, rules: readonly Rule[]): Json {
  const permissions = changeRules(value, (kind, list) =>
    list.filter((each) => !rules.some(({ kind: of, rule }) => of === kind && rule === each)),
  )
  const { permissions: _, ...others } = value
  return Object.keys(permissions).length === 0 ? others : { ...value, permissions }
}

/** Lists that do not change stay, empty ones too. */
function changeRules({ permissions: given }: Json, change: (kind: RuleKind, list: readonly unknown[]) => unknown[]): Json {
  const permissions: Json = isObject(given) ? { ...given } : {}
  for (const kind of kinds) {
    const list = Array.isArray(permissions[kind]) ? permissions[kind] : []
    const changed = change(kind, list)
    if (changed.length === list.length) continue
    if (changed.length > 0) permissions[kind] = changed
    else delete permissions[kind]
  }
  return permissions
}
