import { hostname } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { MspError } from './errors.ts'
import { type Folders, foldersOf, requireWholeFolders } from './folders.ts'
import { isLoopback } from './loopback.ts'
import { isObject } from './object.ts'
import { keepToOwner, readOwnFile } from './own-files.ts'
import { thisUser } from './user.ts'

export type Env = Record<string, string | undefined>

interface Setting {
  env: string
  what: string
  /** Gives the value as it is stored, or throws a sentence. */
  check: (value: string) => string
  fallback?: () => string
}

const oneOf = (name: string, values: readonly string[]) => (value: string) => {
  if (values.includes(value)) return value
  throw new MspError('usage', `"${value}" is not a ${name}: use ${values.join(', ')}.`)
}

function timeZone(value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
  } catch (cause) {
    throw new MspError('usage', `"${value}" is not a time zone.`, { hint: 'Use a name such as America/Phoenix or UTC.', cause })
  }
}

function technician(value: string): string {
  if (/^[^\s|@]+@[^\s|@]+$/.test(value) && !/[\p{Cc}\p{Cf}]/u.test(value)) return value
  throw new MspError('usage', `"${value}" is not an e-mail address.`, { hint: 'Use the address that your systems know you by.' })
}

/** One that depends on the folder in which msp happens to run leads to another key each time. */
function wholePath(value: string): string {
  if (isAbsolute(value)) return resolve(value)
  throw new MspError('usage', `"${value}" is no whole path.`, { hint: `From here it would be ${resolve(value)}` })
}

function keywords(value: string): string {
  if (value.split(',').some((word) => word.trim() !== '')) return value.trim()
  throw new MspError('usage', 'There is no word in that.', { hint: 'Write words with commas between them: backup,restore' })
}

const longestUndoWindow = 120

function undoWindow(value: string): string {
  if (/^\d+$/.test(value.trim()) && Number(value) <= longestUndoWindow) return String(Number(value))
  throw new MspError('usage', `"${value}" is not a number of seconds from 0 to ${longestUndoWindow}.`)
}

/** Without a slash at the end; what it leads to is checked again when it is used. */
function publicUrl(value: string): string {
  const url = URL.parse(value)
  const isOpen = url?.protocol === 'http:' && isLoopback(url.hostname)
  if (url && (url.protocol === 'https:' || isOpen) && url.username === '' && !/[?#]/.test(value)) return url.href.replace(/\/+$/, '')
  throw new MspError('usage', `"${value}" is not an https address without a user, ? and #.`, {
    hint: 'For example https://tunnel.example.com',
  })
}

/** Where msp listens, as a person writes it: `127.0.0.1:8765`; port 0 takes a free one. */
export function toListenPlace(typed: string): { host: string; port: number } {
  const [, six, host = six, port = ''] = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(typed.trim()) ?? []
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) }
  throw new MspError('usage', `"${typed}" is no place to listen on.`, { hint: 'Write HOST:PORT, such as 127.0.0.1:8765.' })
}

const toListenText = ({ host, port }: { host: string; port: number }): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

const billingPaths = ['timer+charge', 'line-item'] as const

/** Minutes: `15m`, or with the least that is billed `15m,30m`. */
function rounding(value: string): string {
  const [step = 0, least] = toMinutes(value)
  if (step >= 1 && step <= 60 && (least === undefined || (least >= 1 && least <= 24 * 60)))
    return toMinutes(value)
      .map((minutes) => `${minutes}m`)
      .join(',')
  throw new MspError('usage', `"${value}" does not say how time is rounded.`, {
    hint: 'Write the minutes that it is rounded up to, 15m; with the least that is billed: 15m,30m.',
  })
}

function toMinutes(value: string): number[] {
  const [, step, least] = /^(\d{1,4})\s*m?(?:\s*,\s*(\d{1,4})\s*m?)?$/i.exec(value.trim()) ?? []
  return [step, least].flatMap((minutes) => (minutes === undefined ? [] : [Number(minutes)]))
}

/** How a tenant bills its time at a vendor. */
interface Billing {
  path: (typeof billingPaths)[number]
  /** How the vendor rounds what it charges; undefined where nobody has said it. */
  rounding: { step: number; least: number } | undefined
}

/** By that vendor's own settings. */
export function billingOf(config: Config, integration: string): Billing {
  const settingOf = (what: string) => {
    const set = settingNames.find((name) => name === `${integration}.${what}`)
    return set && config.get(set)
  }
  const [step, least = 0] = toMinutes(settingOf('rounding') ?? '')
  return {
    path: billingPaths.find((path) => path === settingOf('billing')) ?? billingPaths[0],
    rounding: step === undefined ? undefined : { step, least },
  }
}

const visibilities = ['internal', 'public', 'email'] as const

/** Who sees a comment when nobody has said it. */
export const visibilityOf = (config: Config): (typeof visibilities)[number] =>
  visibilities.find((each) => each === config.get('comment.visibility')) ?? visibilities[0]

/** Every setting: its name, the variable that overrides the file, and what it may hold. */
export const settings = {
  technician: {
    env: 'MSP_TECHNICIAN',
    what: 'your e-mail address; it stands behind whatever you do',
    check: technician,
    fallback: () => `${thisUser().name}@${hostname()}`,
  },
  'time.zone': {
    env: 'MSP_TIME_ZONE',
    what: 'the zone of the times that you type and of the day boundaries',
    check: timeZone,
    fallback: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  },
  'database.url': {
    env: 'MSP_DATABASE_URL',
    what: 'a MariaDB for the team, mysql://user@host/database; unset: a SQLite file',
    check: (value) => checkDatabaseUrl(value).href,
  },
  'key.file': {
    env: 'MSP_KEY_FILE',
    what: 'a file that holds the key of this machine, instead of the keychain',
    check: wholePath,
  },
  'comment.visibility': {
    env: 'MSP_COMMENT_VISIBILITY',
    what: 'who sees a comment when you do not say: internal, public or email',
    check: oneOf('visibility', visibilities),
    fallback: () => visibilities[0],
  },
  'files.public-url': {
    env: 'MSP_PUBLIC_URL',
    what: 'the https address of your tunnel or proxy to this machine, from which vendors fetch files',
    check: publicUrl,
  },
  'files.listen': {
    env: 'MSP_LISTEN',
    what: 'HOST:PORT to which the tunnel leads: there msp serves a file while a vendor fetches it',
    check: (value) => toListenText(toListenPlace(value)),
    fallback: () => '127.0.0.1:8765',
  },
  'undo.window': {
    env: 'MSP_UNDO_WINDOW',
    what: 'seconds that what a client sees or pays for waits before it is sent, so that you can withdraw it; unset: 5 on a terminal, else 0',
    check: undoWindow,
  },
  'backups.keywords': {
    env: 'MSP_BACKUPS_KEYWORDS',
    what: 'words, with commas between them, by which work is about backups: then the latest report is offered',
    check: keywords,
    fallback: () => 'backup',
  },
  'syncro.billing': {
    env: 'MSP_SYNCRO_BILLING',
    what: 'how Syncro bills your time: timer+charge charges the time entry, line-item adds a line to the ticket',
    check: oneOf('billing path', billingPaths),
    fallback: () => billingPaths[0],
  },
  'syncro.rounding': {
    env: 'MSP_SYNCRO_ROUNDING',
    what: 'what Syncro rounds the time up to that timer+charge charges, such as 15m, or 15m,30m with the least that it bills; its API does not tell',
    check: rounding,
  },
  'msp-backups.zone': {
    env: 'MSP_BACKUPS_ZONE',
    what: 'the zone of the times that MSP Backups sends without one',
    check: timeZone,
    fallback: () => 'UTC',
  },
} satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
export const settingNames = Object.keys(settings) as SettingName[]

/** The URL of a database, perhaps with its password; refused with a sentence about what is wrong. */
export function checkDatabaseUrl(value: string): URL {
  const url = URL.parse(value)
  const hint = 'Use mysql://user@host:3306/database.'
  if (url === null || !['mysql:', 'mariadb:'].includes(url.protocol))
    throw new MspError('usage', 'That is not the URL of a MariaDB.', { hint })
  if (url.pathname.length < 2) throw new MspError('usage', 'The URL of the database names no database.', { hint })
  if (url.username === '') throw new MspError('usage', 'The URL of the database names no user.', { hint })
  if (![url.username, url.password, url.pathname].every(isDecodable))
    throw new MspError('usage', 'The URL of the database has a % that stands for no character.', { hint: 'Write a % in it as %25.' })
  if (url.href.includes('#') || [...url.searchParams.keys()].some((name) => name !== 'socketPath'))
    throw new MspError('usage', 'The URL of the database has options that msp does not know.', {
      hint: 'Take out what stands behind its name; msp knows ?socketPath= alone, and always checks certificates.',
    })
  return url
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** A value and where it came from. */
export interface Value {
  value: string
  from: 'environment' | 'file' | 'default'
}

export interface Config {
  readonly folders: Folders
  /** Environment, then file, then the default; undefined when there is none of them. */
  get(name: SettingName): string | undefined
  find(name: SettingName): Value | undefined
  /** Checks the value and writes the file; an empty value takes the setting out. */
  set(name: SettingName, value: string): Promise<void>
}

/** Reads the config file once, at the first question. */
export function openConfig(env: Env): Config {
  const folders = foldersOf(env)
  const path = join(folders.config, 'config.json')
  let stored: Record<string, string> | undefined
  const read = () => {
    if (stored) return stored
    keepToOwner(folders.config)
    keepToOwner(path)
    stored = readStored(path)
    return stored
  }
  const find = (name: SettingName): Value | undefined => {
    const setting: Setting = settings[name]
    const fromEnv = env[setting.env]
    if (fromEnv) return { value: checked(setting, fromEnv, setting.env), from: 'environment' }
    const fromFile = read()[name]
    if (fromFile !== undefined) return { value: checked(setting, fromFile, `${name} in ${path}`), from: 'file' }
    const value = setting.fallback?.()
    return value === undefined ? undefined : { value, from: 'default' }
  }
  return {
    folders,
    find,
    get: (name) => find(name)?.value,
    set: async (name, value) => {
      const { [name]: _, ...others } = read()
      const next = value === '' ? others : { ...others, [name]: settings[name].check(value) }
      const { writeSecretFile } = await import('./files.ts')
      await writeSecretFile(path, `${JSON.stringify(next, null, 2)}\n`, { overwrite: true })
      stored = next
    },
  }
}

/** What somebody else wrote is refused with the place where it stands. */
function checked({ check }: Setting, value: string, where: string): string {
  try {
    return check(value)
  } catch (error) {
    if (!(error instanceof MspError)) throw error
    throw new MspError('config', `${where}: ${error.message}`, { hint: error.hint, cause: error })
  }
}

function readStored(path: string): Record<string, string> {
  const text = readOwnFile(path)
  if (text === undefined) return {}
  const refuse = (cause?: unknown) =>
    new MspError('config', `${path} is not a list of settings in JSON.`, {
      hint: 'Mend it, or move it away and set your settings again: msp config list',
      cause,
    })
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw refuse(cause)
  }
  if (!isObject(parsed) || !Object.values(parsed).every((value) => typeof value === 'string')) throw refuse()
  return parsed as Record<string, string>
}

export const envFileOf = (folders: Folders): string => join(folders.config, '.env')

/** Adds the variables of `.env` in the config folder, never of the current one; a variable that is set already wins. */
export async function withEnvFile(env: Env): Promise<Env> {
  requireWholeFolders(env)
  return { ...(await readEnvFile(foldersOf(env))), ...env }
}

/** The path of `.env` when the password of a database stands in it, which makes it a secret; undefined when none does. */
export async function secretEnvFile(folders: Folders): Promise<string | undefined> {
  const { MSP_DATABASE_URL: url = '' } = await readEnvFile(folders)
  return URL.parse(url)?.password ? envFileOf(folders) : undefined
}

async function readEnvFile(folders: Folders): Promise<Env> {
  const text = readOwnFile(envFileOf(folders))
  if (text === undefined) return {}
  keepToOwner(folders.config)
  const { parse } = await import('dotenv')
  return parse(text)
}
